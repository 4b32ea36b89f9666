package agent

import (
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// TestFindingsOfAnEmptyPoll: a monitor that knows no device is a problem; a source that has yet to be told of some is not.
func TestFindingsOfAnEmptyPoll(t *testing.T) {
	target := sdk.Finding{Topic: "discovery", Level: sdk.LevelAdvice, Text: "192.0.2.7 answers.", HCL: `target "nas1" { address = "192.0.2.7" }`}
	tests := map[string]struct {
		info     sdk.Info
		findings []sdk.Finding
		want     sdk.FindingLevel
	}{
		"a monitor":                 {want: sdk.LevelProblem},
		"it follows":                {info: sdk.Info{Capabilities: []sdk.Capability{sdk.CapabilityFollow}}, want: sdk.LevelOK},
		"it suggests what it found": {findings: []sdk.Finding{target}, want: sdk.LevelAdvice},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			it := looked{info: tt.info, findings: tt.findings}
			it.Source = SourceConfig{Type: "made-up", Name: "one", Interval: time.Minute, Timeout: time.Minute}
			it.Snapshot = device.Snapshot{Source: "one"}
			out := &SourceCheck{Works: true}
			(&Config{}).findings(out, &it, []looked{it})
			for _, f := range out.Findings {
				if f.Topic == "poll" {
					if f.Level != tt.want || f.Value != "0" {
						t.Errorf("%s: %s, want %s", f.Level, f.Text, tt.want)
					}
					return
				}
			}
			t.Errorf("nothing about the poll: %+v", out.Findings)
		})
	}
}

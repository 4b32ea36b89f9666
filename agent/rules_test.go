package agent

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/sdk"
)

// A device stands above its groups, source by source, and a later group above an earlier one.
func TestTrustOfGroupsAndDevices(t *testing.T) {
	dir := writeCase(t, `
agent {
  data_dir = "data"
}
source "exec" "librenms" {
  config {
    command = ["true"]
  }
}
source "exec" "prtg" {
  config {
    command = ["true"]
  }
}
device "nas1" {
  trust = { prtg = 0.5 }
  tags  = ["storage"]
}
group "core" {
  devices = ["switch"]
  tags    = ["storage"]
  trust   = { librenms = 2, prtg = 0 }
}
group "old" {
  devices = ["switch"]
  trust   = { librenms = 3 }
}
`)
	cfg, err := Load([]string{dir}, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]map[string]float64{}
	for name, o := range cfg.ConsensusConfig(nil).Overrides {
		got[name] = o.Trust
	}
	want := map[string]map[string]float64{"nas1": {"librenms": 2, "prtg": 0.5}, "switch": {"librenms": 3, "prtg": 0}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("trust (-want +got):\n%s", d)
	}
}

// A source that looks at what others report is asked before others that can be.
func TestFollowersAreAskedFirst(t *testing.T) {
	cfg := &Config{Sources: []SourceConfig{{Name: "reach"}, {Name: "snmp"}, {Name: "prtg"}}}
	rules := cfg.ConsensusConfig(map[string]sdk.Info{
		"reach": {Capabilities: []sdk.Capability{sdk.CapabilityPoll, sdk.CapabilityProbe, sdk.CapabilityFollow}},
		"snmp":  {Capabilities: []sdk.Capability{sdk.CapabilityPoll, sdk.CapabilityProbe}},
	})
	for name, want := range map[string][2]bool{"reach": {true, true}, "snmp": {true, false}, "prtg": {false, false}} {
		if s := rules.Sources[name]; s.CanProbe != want[0] || s.ProbeFirst != want[1] {
			t.Errorf("%s can be asked: %t, first: %t", name, s.CanProbe, s.ProbeFirst)
		}
	}
}

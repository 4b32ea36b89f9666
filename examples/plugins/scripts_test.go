package plugins

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/quorate/quorate/device"
	execsource "github.com/quorate/quorate/plugins/exec"
	"github.com/quorate/quorate/sdk"
)

// The scripts are polled as the agent polls them.
func TestScripts(t *testing.T) {
	for _, c := range []struct {
		script, needs string
		args          []string
		claims        int
	}{
		{"machine.sh", "sh", nil, 1},
		{"volumes.py", "python3", []string{"/", "/tmp"}, 2},
	} {
		t.Run(c.script, func(t *testing.T) {
			interpreter, err := exec.LookPath(c.needs)
			if err != nil {
				t.Skipf("SKIPPED: needs %s", c.needs)
			}
			path, err := filepath.Abs(c.script)
			if err != nil {
				t.Fatal(err)
			}
			config, err := json.Marshal(map[string]any{"command": append([]string{interpreter, path}, c.args...)})
			if err != nil {
				t.Fatal(err)
			}
			s := execsource.New()
			if err := s.Configure(t.Context(), config); err != nil {
				t.Fatal(err)
			}
			var got []device.Observation
			if err := s.Poll(t.Context(), func(o device.Observation) error {
				got = append(got, o)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if r := s.(sdk.Rejecter).Rejected(); len(r) > 0 {
				t.Fatalf("rejected: %s", r[0].Reason)
			}
			if len(got) != 1 || got[0].Ref == "" || len(got[0].Claims) != c.claims || len(got[0].Readings) == 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

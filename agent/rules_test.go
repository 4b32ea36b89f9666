package agent

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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

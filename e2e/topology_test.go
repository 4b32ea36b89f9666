package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
)

// TestSwitchExplainsWhatHangsOnIt: nobody has configured what hangs on the switch. It says itself, by SNMP, and when it
// dies there is one incident. The cameras are not in it: the switch knows them by MACs that no source reports.
func TestSwitchExplainsWhatHangsOnIt(t *testing.T) {
	t.Parallel()
	demo := read(t, filepath.Join("..", "examples", "hcl", "demo.hcl"))
	s := newSite(t, regexp.MustCompile(`(?m)^  parents = .*\n`).ReplaceAllString(demo, ""))
	a := s.agent(t)
	live := a.stream(t, 0)
	eventually(t, "68 devices up", func() bool { return countStatus(a.devices(t), device.StatusUp) == 68 })
	eventually(t, "four NAS and five access points behind ports of the switch", func() bool {
		behind := 0
		for name, d := range a.devices(t) {
			if len(d.Parents) == 1 && d.Parents[0].Name == coreSwitch && d.Parents[0].Discovered {
				behind++
				if !strings.HasPrefix(name, "nas-") && !strings.HasPrefix(name, "ap-") {
					t.Errorf("%s hangs on the switch: %+v", name, d.Parents)
				}
			}
		}
		return behind == 9
	})
	if err := s.World.Kill(coreSwitch); err != nil {
		t.Fatal(err)
	}
	eventually(t, "one incident of the switch with nine behind it", func() bool {
		_, ok := live.find(t, func(e device.Event) bool {
			return strings.Contains(e.Text, "core-switch is down, 9 devices behind it are unreachable")
		})
		return ok
	})
	a.stop(t, 0)
}

package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
)

// TestReachFollows: the agent's own eyes look at every device that LibreNMS and PRTG report, vote on each as a witness of
// their own, and say nothing about who it is.
func TestReachFollows(t *testing.T) {
	t.Parallel()
	s := newSite(t, " ")
	doors, err := lab.OpenDoors(s.World, 73)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := doors.Close(); err != nil {
			t.Error(err)
		}
	})
	nat, err := json.Marshal(doors.NAT)
	if err != nil {
		t.Fatal(err)
	}
	s.config = write(t, filepath.Join(s.dir, "quorate.hcl"), fmt.Sprintf(`
agent {
  data_dir = env("DEMO_DATA_DIR")
  listen   = env("DEMO_LISTEN")
}
source "librenms" "librenms" {
  interval = "500ms"
  config {
    url   = env("DEMO_LIBRENMS_URL")
    token = env("DEMO_LIBRENMS_TOKEN")
    step  = "1s"
  }
}
source "prtg" "prtg" {
  interval = "500ms"
  config {
    url       = env("DEMO_PRTG_URL")
    api_token = env("DEMO_PRTG_TOKEN")
  }
}
source "reach" "eyes" {
  interval = "500ms"
  config {
    methods = ["tcp"]
    ports   = [%d]
    timeout = "300ms"
    rate    = 5000
    exclude = ["plug-2"]
    nat     = %s
  }
}
`, doors.Port, nat))
	a := s.agent(t)
	vote := func(name string) (v device.Vote, ok bool) {
		for _, v := range a.devices(t)[name].Votes {
			if v.Source == "eyes" && v.Facet == device.FacetReach && v.Abstain == "" {
				return v, true
			}
		}
		return device.Vote{}, false
	}
	eventually(t, "a vote of its own eyes on every device that has an address, but the excluded one", func() bool {
		n := 0
		for _, d := range a.devices(t) {
			for _, v := range d.Votes {
				if v.Source == "eyes" && v.State == device.StateUp {
					n++
				}
			}
		}
		return n == 63 && len(a.devices(t)) == 68 // four sensors are known by no address of their own
	})
	if _, ok := vote("plug-2"); ok {
		t.Error("an excluded device is followed")
	}
	if v, _ := vote("nas-4"); v.Raw != fmt.Sprintf("tcp %d: answers", doors.Port) || v.Weight != 1 {
		t.Errorf("nas-4: %+v", v)
	}
	if err := s.World.Kill("tv-1"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "tv-1 down by PRTG and its own eyes", func() bool {
		d := a.devices(t)["tv-1"]
		v, _ := vote("tv-1")
		return d.Status == device.StatusDown && d.Standing == device.StandingConfirmed && v.State == device.StateDown && v.Raw == fmt.Sprintf("tcp %d: no answer", doors.Port)
	})
	if err := s.World.Revive("tv-1"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "tv-1 up again", func() bool { return a.devices(t)["tv-1"].Status == device.StatusUp })

	// One monitor alone is wrong about a device: two witnesses see it.
	s.LibreNMS.Mark("nas-4", lab.Mark{PingFiltered: true})
	eventually(t, "LibreNMS calling nas-4 down", func() bool {
		for _, v := range a.devices(t)["nas-4"].Votes {
			if v.Source == "librenms" && v.Facet == device.FacetReach && v.State == device.StateDown {
				return true
			}
		}
		return false
	})
	if d := a.devices(t)["nas-4"]; d.Status == device.StatusDown {
		t.Errorf("nas-4 is %s, and PRTG and its own eyes see it", d.Status)
	}
	for _, raw := range a.record(t) {
		var e device.Event
		decodeLine(t, string(raw), &e)
		switch e.Type {
		case device.EventIdentityConflict, device.EventDeviceMerged, device.EventDeviceSplit, device.EventSourceCrashed:
			if strings.Contains(string(raw), "eyes") {
				t.Errorf("%s", raw)
			}
		}
	}
	a.stop(t, 0)
}

package e2e

import (
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
)

// twoAPIs watches the home lab with LibreNMS and PRTG, and says nothing of who is who: no pin, no shared address.
const twoAPIs = `agent {
  data_dir = env("DEMO_DATA_DIR")
  listen   = "127.0.0.1:0"
  domains  = ["example.net"]
}
source "librenms" "librenms" {
  interval = "500ms"
  timeout  = "20s"
  config {
    url   = env("DEMO_LIBRENMS_URL")
    token = env("DEMO_LIBRENMS_TOKEN")
    step  = "1s"
  }
}
source "prtg" "prtg" {
  interval = "500ms"
  timeout  = "20s"
  config {
    url       = env("DEMO_PRTG_URL")
    api_token = env("DEMO_PRTG_TOKEN")
  }
}
`

// nextDoor gives each device the address of the next one: the worst of all moves, since every new address was somebody's.
func nextDoor(devices []lab.Device) map[string]netip.Addr {
	to := map[string]netip.Addr{}
	for i, d := range devices {
		to[d.Name] = devices[(i+1)%len(devices)].Address
	}
	return to
}

// TestMerge: the lab as it really is merges into exactly 68 devices, 11 of them with both monitors for witnesses. The
// two call a device by other host names, a NAS goes by two of them, two devices share an address, others have in PRTG
// that of the hub they speak with or 127.0.0.1. Then all of it moves to VLAN 100, each monitor learning of that at
// another time: no device is lost, none is merged with another, and whoever meets the lab only then finds the same.
func TestMerge(t *testing.T) {
	t.Parallel() // with others; its own cases run one after the other, since each has an agent
	for name, c := range map[string]struct {
		order []string
		to    func([]lab.Device) map[string]netip.Addr
	}{
		"librenms first":                    {[]string{"librenms", "prtg"}, lab.VLAN100},
		"prtg first":                        {[]string{"prtg", "librenms"}, lab.VLAN100},
		"onto each other's, librenms first": {[]string{"librenms", "prtg"}, nextDoor},
		"onto each other's, prtg first":     {[]string{"prtg", "librenms"}, nextDoor},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, twoAPIs)
			a := s.agent(t)
			want := s.pairs()
			a.wantPairs(t, want)
			met := a.ids(t)

			if err := s.World.Readdress(c.to(s.World.Devices())); err != nil {
				t.Fatal(err)
			}
			moved := map[string]int{}
			for _, monitor := range c.order {
				if monitor == "librenms" {
					s.LibreNMS.Correct()
					moved[monitor] = 11
				} else {
					s.PRTG.Correct()
					moved[monitor] = s.typedAddresses()
				}
				eventually(t, fmt.Sprintf("devices that have moved: %v", moved), func() bool { return maps.Equal(a.moved(t), s.movedByName(moved)) })
				a.wantPairs(t, want)
			}
			eventually(t, "everything up at its new address", func() bool { return countStatus(a.devices(t), device.StatusUp) == len(want) })
			a.stop(t, 0)
			a = s.agent(t)
			eventually(t, "everything up after a restart", func() bool { return countStatus(a.devices(t), device.StatusUp) == len(want) })
			a.wantPairs(t, want)
			if now := a.ids(t); !maps.Equal(now, met) {
				t.Errorf("bindings before the move\n%v\nand after it\n%v", met, now)
			}
			for _, line := range a.record(t) {
				var e device.Event
				decodeLine(t, string(line), &e)
				switch e.Type {
				case device.EventIdentityConflict, device.EventDeviceMerged, device.EventDeviceSplit:
					t.Errorf("%s: %s", e.Type, e.Text)
				}
			}
			a.stop(t, 0)

			// Nobody remembers anything any more.
			for i, env := range s.env {
				if strings.HasPrefix(env, lab.EnvDataDir+"=") {
					s.env[i] = lab.EnvDataDir + "=" + filepath.Join(s.dir, "anew")
				}
			}
			a = s.agent(t)
			a.wantPairs(t, want)
			a.stop(t, 0)
		})
	}
}

// pairs is what the lab really is: the refs of each device, LibreNMS' first.
func (s *site) pairs() []string {
	var all []string
	for _, d := range s.World.Devices() {
		refs := fmt.Sprintf("prtg/%d", d.PRTG.ID)
		if d.LibreNMS != nil {
			refs = fmt.Sprintf("librenms/%d ", d.LibreNMS.ID) + refs
		}
		all = append(all, refs)
	}
	slices.Sort(all)
	return all
}

// typedAddresses counts the devices that PRTG asks at an address.
func (s *site) typedAddresses() int {
	n := 0
	for _, d := range s.World.Devices() {
		host := strings.TrimSuffix(strings.TrimPrefix(d.PRTG.Host, "https://"), ":5001")
		if at, err := netip.ParseAddr(host); err == nil && !at.IsLoopback() {
			n++
		}
	}
	return n
}

// wantPairs waits until the agent holds exactly these devices, each made of these refs, all of which vote.
func (a *agent) wantPairs(t *testing.T, want []string) {
	t.Helper()
	var got []string
	double := 0
	defer func() {
		if t.Failed() {
			t.Logf("%d devices, %d with two witnesses: %q", len(got), double, got)
		}
	}()
	eventually(t, fmt.Sprintf("%d devices as they really are", len(want)), func() bool {
		got, double = nil, 0
		for _, d := range a.devices(t) {
			var refs []string
			for _, b := range d.Bindings {
				ref := b.Source + "/" + b.Ref
				if b.Weak {
					ref += "?"
				}
				refs = append(refs, ref)
			}
			if d.Witnesses.Enrolled == 2 {
				double++
			}
			got = append(got, strings.Join(refs, " "))
		}
		slices.Sort(got)
		return slices.Equal(got, want)
	})
	if len(want) != 68 || double != 11 {
		t.Errorf("%d devices, %d of them with two witnesses; want 68 and 11", len(want), double)
	}
}

// ids is the device of each ref.
func (a *agent) ids(t *testing.T) map[string]device.ID {
	t.Helper()
	all := map[string]device.ID{}
	for _, d := range a.devices(t) {
		for _, b := range d.Bindings {
			all[b.Source+"/"+b.Ref] = d.ID
		}
	}
	return all
}

// moved counts, by source, the devices of which it has told another address.
func (a *agent) moved(t *testing.T) map[string]int {
	t.Helper()
	seen := map[string]map[device.ID]bool{}
	for _, line := range a.record(t) {
		var e device.Event
		decodeLine(t, string(line), &e)
		if e.Type == device.EventDeviceMoved {
			if seen[e.Source] == nil {
				seen[e.Source] = map[device.ID]bool{}
			}
			seen[e.Source][e.Device.ID] = true
		}
	}
	n := map[string]int{}
	for source, devices := range seen {
		n[source] = len(devices)
	}
	return n
}

// movedByName adds to what was corrected what LibreNMS finds by itself: the devices that were added by their names.
func (s *site) movedByName(corrected map[string]int) map[string]int {
	n := maps.Clone(corrected)
	if n["librenms"] == 0 {
		for _, d := range s.World.Devices() {
			if d.LibreNMS != nil {
				if _, err := netip.ParseAddr(d.LibreNMS.Hostname); err != nil {
					n["librenms"]++
				}
			}
		}
	}
	return n
}

// TestCheckMerges: whoever only tries the configuration sees the same devices, before the move and after it.
func TestCheckMerges(t *testing.T) {
	t.Parallel()
	s := newSite(t, twoAPIs)
	for _, when := range []string{"before the move", "after it"} {
		var out string
		// A poll between LibreNMS' own and PRTG's may find one of them not back yet.
		eventually(t, "68 devices that are up", func() bool {
			out = s.command().ok(t, "agent", "--check", "--config", s.config)
			return strings.Contains(out, "68 devices: 68 up\n")
		})
		double := 0
		for line := range strings.Lines(out) {
			if strings.Contains(line, "librenms") && strings.Contains(line, "prtg") {
				double++
			}
		}
		if double != 11 {
			t.Errorf("%s: %d devices with two witnesses, want 11\n%s", when, double, out)
		}
		if err := s.World.Readdress(lab.VLAN100(s.World.Devices())); err != nil {
			t.Fatal(err)
		}
		s.LibreNMS.Correct()
		s.PRTG.Correct()
	}
}

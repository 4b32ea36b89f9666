package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
)

// TestCrowd: thousands of devices share a key. What is shared says nothing, and what is their own still does.
func TestCrowd(t *testing.T) {
	const many, fewer = 10_000, 4_000
	one := []string{"192.0.2.1"}
	// crowd is a poll of one source with that many devices.
	crowd := func(many int, id func(n int) device.Identity) []device.Observation {
		var all []device.Observation
		for n := range many {
			i := id(n)
			if i.Name == "" {
				i.Name = fmt.Sprintf("sensor%d", n)
			}
			all = append(all, reaches(fmt.Sprint(n), device.StateUp, i))
		}
		return all
	}
	for _, c := range []struct {
		name           string
		librenms, prtg []device.Observation
		devices        int
		// refs is how many refs each device has.
		refs int
	}{
		{
			name:     "one address",
			librenms: []device.Observation{reaches("x", device.StateUp, device.Identity{Name: "nas1", Addresses: one})},
			prtg:     crowd(many, func(int) device.Identity { return device.Identity{Addresses: one} }),
			devices:  many + 1, refs: 1,
		},
		{
			name: "one address and a name of their own",
			librenms: crowd(fewer, func(n int) device.Identity {
				return device.Identity{Addresses: one, Hostnames: []string{fmt.Sprintf("h%d.example.net", n)}}
			}),
			prtg: crowd(fewer, func(n int) device.Identity {
				return device.Identity{Addresses: one, Hostnames: []string{fmt.Sprintf("H%d.example.net.", n)}}
			}),
			devices: fewer, refs: 2,
		},
		{
			name: "one bare name, one MAC, one serial",
			librenms: []device.Observation{reaches("x", device.StateUp, device.Identity{
				Name: "nas1", Hostnames: []string{"sensor"}, MACs: []string{"00:00:5e:00:53:01"}, Serial: "SN-1",
			})},
			prtg: crowd(fewer, func(int) device.Identity {
				return device.Identity{Hostnames: []string{"sensor"}, MACs: []string{"00:00:5e:00:53:01"}, Serial: "SN-1"}
			}),
			devices: fewer + 1, refs: 1,
		},
		{
			name:    "one name and nothing else",
			prtg:    crowd(fewer, func(int) device.Identity { return device.Identity{Name: "sensor"} }),
			devices: fewer, refs: 1,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, _, _ := replayOf(t, twoSources, replayLines(t,
				poll(minute(0), "librenms", c.librenms...), poll(minute(0), "prtg", c.prtg...),
				poll(minute(1), "librenms", c.librenms...), poll(minute(1), "prtg", c.prtg...)))
			if len(r.Devices) != c.devices {
				t.Errorf("%d devices, want %d", len(r.Devices), c.devices)
			}
			names := map[string]bool{}
			for _, d := range r.Devices {
				if names[strings.ToLower(d.Name)] {
					t.Fatalf("two devices are called %q", d.Name)
				}
				names[strings.ToLower(d.Name)] = true
				if d.Status != device.StatusUp || len(d.Bindings) != c.refs {
					t.Fatalf("%s is %s and has %d refs: %v", d.Name, d.Status, len(d.Bindings), d.Bindings)
				}
				for _, b := range d.Bindings {
					if b.Weak || b.Ref != d.Bindings[0].Ref {
						t.Fatalf("%s has the refs %v", d.Name, d.Bindings)
					}
				}
			}
			for _, e := range r.Events {
				switch e.Type {
				case device.EventDeviceDiscovered, device.EventSourceUp, device.EventVerdictChanged:
				default:
					t.Fatalf("%s: %s", e.Type, e.Text)
				}
			}
		})
	}
}

package identity

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

func TestClose(t *testing.T) {
	one := func(source string, ids ...device.Identity) Arrival {
		a := Arrival{Source: source, Complete: true}
		for i := range ids {
			a.Observations = append(a.Observations, &device.Observation{Identity: ids[i]})
		}
		return a
	}
	id := func(ref, name, address string, change ...func(*device.Identity)) device.Identity {
		i := device.Identity{Ref: ref, Name: name, Addresses: []string{address}}
		for _, f := range change {
			f(&i)
		}
		return i
	}
	serial := func(s string) func(*device.Identity) { return func(i *device.Identity) { i.Serial = s } }
	for _, tt := range []struct {
		name         string
		cfg          Config
		a, b         Arrival
		near, shared []string
	}{
		{name: "nothing in common", a: one("a", id("1", "nas1", "192.0.2.1")), b: one("b", id("x", "nas2", "192.0.2.2"))},
		{name: "one device", a: one("a", id("1", "nas1", "192.0.2.1")), b: one("b", id("x", "other", "192.0.2.1"))},
		{
			name: "the same name", a: one("a", id("1", "NAS1.example.net", "192.0.2.1")), b: one("b", id("x", "nas1", "127.0.0.1")),
			near: []string{"a/1 b/x name nas1: name"},
		},
		{
			name: "addresses and placeholders are no names", a: one("a", id("1", "192.0.2.9", "192.0.2.1"), id("2", "unknown", "192.0.2.3")),
			b: one("b", id("x", "192.0.2.9", "127.0.0.1"), id("y", "unknown", "127.0.0.1")),
		},
		{
			name: "an address twice", a: one("a", id("1", "web", "192.0.2.1")), b: one("b", id("x", "fw1", "192.0.2.1"), id("y", "fw2", "192.0.2.1")),
			near:   []string{"a/1 b/x address 192.0.2.1: shared", "a/1 b/y address 192.0.2.1: shared"},
			shared: []string{"address 192.0.2.1 b [fw1 fw2]"},
		},
		{
			name: "an address that is said to be shared", cfg: Config{SharedAddresses: []netip.Addr{netip.MustParseAddr("192.0.2.1")}},
			a: one("a", id("1", "web", "192.0.2.1")), b: one("b", id("x", "fw1", "192.0.2.1"), id("y", "fw2", "192.0.2.1")),
		},
		{
			name: "other serials", a: one("a", id("1", "nas1", "192.0.2.1", serial("SN-1"))), b: one("b", id("x", "nas1", "192.0.2.1", serial("SN-2"))),
			near: []string{"a/1 b/x address 192.0.2.1: serial"},
		},
		{
			name: "the owner says so", cfg: Config{NeverMerge: [][2]string{{"web", "db"}}},
			a: one("a", id("1", "web", "192.0.2.1")), b: one("b", id("x", "db", "192.0.2.1")),
			near: []string{"a/1 b/x address 192.0.2.1: never_merge"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := NewState()
			s.Apply(Resolve(&tt.cfg, s, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), []Arrival{tt.a, tt.b}))
			near, shared := Close(&tt.cfg, s, "a")
			var gotNear, gotShared []string
			for _, n := range near {
				gotNear = append(gotNear, fmt.Sprintf("%s/%s %s/%s %s %s: %s", n.Ref.Source, n.Ref.Ref, n.Other.Source, n.Other.Ref, n.Kind, n.Value, n.Reason))
			}
			for _, x := range shared {
				names := []string{}
				for _, n := range x.Of {
					names = append(names, n.Name)
				}
				gotShared = append(gotShared, fmt.Sprintf("%s %s %s %v", x.Kind, x.Value, x.Source, names))
			}
			if d := cmp.Diff(tt.near, gotNear); d != "" {
				t.Errorf("near (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.shared, gotShared); d != "" {
				t.Errorf("shared (-want +got):\n%s", d)
			}
		})
	}
}

package identity

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestFollowable(t *testing.T) {
	at := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	cfg := &Config{SharedAddresses: []netip.Addr{netip.MustParseAddr("192.0.2.254")}}
	s := NewState()
	hear := func(source string, ids ...device.Identity) {
		a := Arrival{Source: source, Complete: true}
		for _, id := range ids {
			a.Observations = append(a.Observations, &device.Observation{Identity: id})
		}
		s.Apply(Resolve(cfg, s, at, []Arrival{a}))
		at = at.Add(time.Minute)
	}
	router := device.Identity{Ref: "r", Name: "router"}
	for i := range 12 {
		router.Addresses = append(router.Addresses, fmt.Sprintf("198.51.100.%d", i+1))
	}
	router.Addresses = append(router.Addresses, "2001:db8::1")
	hear("a",
		device.Identity{Ref: "1", Name: "nas1", Addresses: []string{"2001:db8::2", "192.0.2.10", "127.0.0.1", "169.254.1.1", "fe80::1", "224.0.0.1", "0.0.0.0", "192.0.2.254"}},
		device.Identity{Ref: "2", Name: "nameless", Hostnames: []string{"host.example.net"}},
		device.Identity{Ref: "3", Name: "own", Addresses: []string{"192.0.2.30"}},
		device.Identity{Ref: "4", Name: "lost", Addresses: []string{"192.0.2.40"}},
		router)
	hear("b", device.Identity{Ref: "10", Name: "gateway", Addresses: []string{"198.51.100.9"}})
	others := []device.Identity{{Ref: "u", Name: "u"}, {Ref: "v", Name: "v"}}
	hear("eyes", append(others, device.Identity{Ref: "t", Addresses: []string{"192.0.2.30"}})...)
	hear("eyes2", device.Identity{Ref: "x", Addresses: []string{"192.0.2.66"}, Follows: "dev_x"})
	hear("a",
		device.Identity{Ref: "1", Name: "nas1", Addresses: []string{"2001:db8::2", "192.0.2.10"}},
		device.Identity{Ref: "2", Name: "nameless", Hostnames: []string{"host.example.net"}},
		device.Identity{Ref: "3", Name: "own", Addresses: []string{"192.0.2.30"}},
		router)

	told := func(source string) map[string]string {
		out := map[string]string{}
		var before device.ID
		for _, f := range s.Followable(source, 8) {
			if f.ID <= before {
				t.Errorf("%s after %s", f.ID, before)
			}
			before = f.ID
			var words []string
			for _, a := range f.Addresses {
				words = append(words, a.String())
			}
			out[f.Name] = strings.Join(words, " ")
		}
		return out
	}
	nas, ofRouter := "192.0.2.10 2001:db8::2", "198.51.100.9 198.51.100.1 198.51.100.2 198.51.100.3 198.51.100.4 198.51.100.5 198.51.100.6 198.51.100.7"
	for source, want := range map[string]map[string]string{
		"eyes": {"nas1": nas, "router": ofRouter},
		"new":  {"nas1": nas, "router": ofRouter, "own": "192.0.2.30"},
		"b":    {"nas1": nas, "own": "192.0.2.30"},
	} {
		if got := told(source); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is told %v, want %v", source, got, want)
		}
	}
	// A target that is no longer its own is followed.
	hear("eyes", others...)
	if got := told("eyes")["own"]; got != "192.0.2.30" {
		t.Errorf("once eyes has no own: %q", got)
	}
}

func BenchmarkFollowable(b *testing.B) {
	s, cfg := NewState(), &Config{}
	var all []Arrival
	for _, source := range []string{"a", "b", "c"} {
		a := Arrival{Source: source, Complete: true}
		for i := range 10_000 {
			a.Observations = append(a.Observations, &device.Observation{Identity: device.Identity{
				Ref: fmt.Sprint(i), Name: fmt.Sprintf("host%d", i), Addresses: []string{netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)}).String()},
			}})
		}
		all = append(all, a)
	}
	s.Apply(Resolve(cfg, s, time.Now(), all))
	for b.Loop() {
		if n := len(s.Followable("eyes", 8)); n != 10_000 {
			b.Fatal(n)
		}
	}
}

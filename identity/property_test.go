package identity_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// few draws a sublist of pool, mostly short.
func few(t *rapid.T, label string, pool ...string) []string {
	var out []string
	for range rapid.IntRange(0, 2).Draw(t, label+" count") {
		out = append(out, rapid.SampledFrom(pool).Draw(t, label))
	}
	return out
}

func drawIdentity(t *rapid.T, ref int) device.Identity {
	return device.Identity{
		Ref: fmt.Sprint(ref), Name: rapid.SampledFrom([]string{"", "a", "B", "a.example.net", "unknown", "192.0.2.9"}).Draw(t, "name"),
		Addresses: few(t, "address", "192.0.2.1", "192.0.2.2", "::ffff:192.0.2.3", "127.0.0.1", "192.0.2.254", "h1"),
		Hostnames: few(t, "host", "h1", "h1.example.net", "H2.example.org.", "h2", "localhost", "192.0.2.4"),
		MACs:      few(t, "mac", "00:00:5e:00:53:01", "0000.5e00.5302", "02:42:00:00:00:01"),
		Serial:    rapid.SampledFrom([]string{"", "", "", "SN-1", "SN-2", "N/A"}).Draw(t, "serial"),
		EngineID:  rapid.SampledFrom([]string{"", "", "", "0x80001f8880aabbccdd", "80 00 1f 88 80 11 22 33 44"}).Draw(t, "engine"),
	}
}

// drawInstant is what some of three sources say; a source can come twice, and so can a ref within it.
func drawInstant(t *rapid.T) []identity.Arrival {
	var in []identity.Arrival
	// All words of an instant or none are dated: one that is not is of now, and so newer each time it is said.
	dated := rapid.Bool().Draw(t, "dated")
	for range rapid.IntRange(0, 4).Draw(t, "arrivals") {
		a := identity.Arrival{
			Source:   rapid.SampledFrom([]string{"librenms", "prtg", "snmp"}).Draw(t, "source"),
			Complete: rapid.Bool().Draw(t, "complete"),
		}
		for range rapid.IntRange(0, 5).Draw(t, "observations") {
			o := &device.Observation{Identity: drawIdentity(t, rapid.IntRange(1, 5).Draw(t, "ref"))}
			if dated {
				o.ObservedAt = start.Add(-time.Duration(rapid.IntRange(0, 3).Draw(t, "age")) * time.Second)
			}
			a.Observations = append(a.Observations, o)
		}
		in = append(in, a)
	}
	return in
}

func drawConfig(t *rapid.T) *identity.Config {
	cfg := &identity.Config{Domains: []string{"example.net"}}
	if rapid.Bool().Draw(t, "shared") {
		cfg.SharedAddresses = []netip.Addr{netip.MustParseAddr("192.0.2.254")}
	}
	if rapid.Bool().Draw(t, "never merge") {
		cfg.NeverMerge = [][2]string{{"a", "b"}}
	}
	if rapid.Bool().Draw(t, "pin by address") {
		cfg.Pins = append(cfg.Pins, identity.Pin{Name: "pinned", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.2")}})
	}
	if rapid.Bool().Draw(t, "pin by ref") {
		cfg.Pins = append(cfg.Pins, identity.Pin{Name: "a", Refs: map[string][]string{"prtg": {"1", "2"}}, Hostnames: []string{"h2"}})
	}
	return cfg
}

// words is all of an outcome that can be seen.
func words(t *rapid.T, o identity.Outcome) string {
	st := identity.NewState()
	maps.Copy(st.Devices, o.Devices)
	maps.Copy(st.Bindings, o.Bindings)
	b, err := json.MarshalIndent(map[string]any{"state": st, "events": o.Events, "infos": o.Infos}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	var bound []string
	for ref, a := range o.Bound {
		bound = append(bound, fmt.Sprint(ref, a))
	}
	slices.Sort(bound)
	return string(b) + fmt.Sprint(bound)
}

func stored(t *rapid.T, s *identity.State) *identity.State {
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again := identity.NewState()
	if err := json.Unmarshal(b, again); err != nil {
		t.Fatal(err)
	}
	return again
}

func marshal(t *rapid.T, v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Whatever happens in a life of a few instants: the order within an instant does not matter, Resolve changes nothing, a
// restart makes no difference, the same words again change nothing, and what binds two refs of one source is a pin.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := drawConfig(t)
		st := identity.NewState()
		at := start
		for range rapid.IntRange(1, 5).Draw(t, "instants") {
			at = at.Add(time.Duration(rapid.SampledFrom([]int{1, 60, 25 * 3600}).Draw(t, "pause")) * time.Second)
			if rapid.IntRange(0, 5).Draw(t, "reload") == 0 {
				cfg = drawConfig(t)
			}
			in := drawInstant(t)
			before := marshal(t, st)
			out := identity.Resolve(cfg, st, at, in)
			want := words(t, out)
			if after := marshal(t, st); after != before {
				t.Fatalf("Resolve has changed the state:\n%s", cmp.Diff(before, after))
			}

			shuffled := rapid.Permutation(in).Draw(t, "arrival order")
			for i := range shuffled {
				shuffled[i].Observations = rapid.Permutation(shuffled[i].Observations).Draw(t, "observation order")
			}
			if got := words(t, identity.Resolve(cfg, stored(t, st), at, shuffled)); got != want {
				t.Fatalf("the order matters, or a restart does:\n%s", cmp.Diff(want, got))
			}

			st.Apply(out)
			checkState(t, st)
			// At the same time: of two words of which one has no date, another one is newer a second later.
			again := identity.Resolve(cfg, st, at, in)
			for _, e := range again.Events {
				// Pairs that stay apart are given by name, and this instant may have given new ones.
				if len(cfg.NeverMerge) == 0 {
					t.Fatalf("the same words again: %s %s", e.Type, e.Text)
				}
			}
			for ref, b := range again.Bindings {
				if b.Device != st.Bindings[ref].Device && len(cfg.NeverMerge) == 0 {
					t.Fatalf("the same words again have moved %v", ref)
				}
			}
			// The index that Apply has kept up is the one that is built anew.
			if x, y := words(t, again), words(t, identity.Resolve(cfg, stored(t, st), at, in)); x != y {
				t.Fatalf("the kept index differs from a new one:\n%s", cmp.Diff(x, y))
			}
		}
	})
}

// checkState looks for what must hold at any time.
func checkState(t *rapid.T, st *identity.State) {
	names := map[string]device.ID{}
	members := map[device.ID]int{}
	for ref, b := range st.Bindings {
		if d := st.Devices[b.Device]; d == nil || d.MergedInto != "" {
			t.Fatalf("%v is bound to %q, which is no living device", ref, b.Device)
		} else if d.Gone() && b.AbsentSince.IsZero() {
			t.Fatalf("%v is there, and bound to %q, which is forgotten", ref, d.Name)
		}
		members[b.Device]++
	}
	for id, d := range st.Devices {
		if d.MergedInto != "" {
			if living, ok := st.Living(id); !ok || st.Devices[living].MergedInto != "" {
				t.Fatalf("the alias %s leads nowhere", id)
			}
			continue
		}
		if !d.Forgotten.IsZero() {
			continue
		}
		name := strings.ToLower(d.Name)
		other, taken := names[name]
		switch {
		case members[id] == 0:
			t.Fatalf("%s has no refs", d.Name)
		case name == "":
			t.Fatalf("%s has no name", id)
		case taken:
			t.Fatalf("%s and %s are both called %s", other, id, d.Name)
		}
		names[name] = id
	}
}

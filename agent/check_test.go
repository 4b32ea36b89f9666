package agent

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestMergeAndWitnesses(t *testing.T) {
	seen := func(ref, name, address string, reach device.State) device.Observation {
		return device.Observation{
			Identity: device.Identity{Ref: ref, Name: name, Addresses: []string{address}},
			Claims:   []device.Claim{{Facet: device.FacetReach, State: reach}},
		}
	}
	tests := []struct {
		name        string
		a, b        []device.Observation
		err         string // of b
		want        []string
		twice, once int
	}{
		{name: "nothing", want: nil},
		{
			name: "the same device by its address", want: []string{"nas1 up"}, twice: 1,
			a: []device.Observation{seen("1", "nas1", "192.0.2.10", device.StateUp)}, b: []device.Observation{seen("x", "NAS", "192.0.2.10", device.StateUp)},
		},
		{
			name: "two devices", want: []string{"nas1 up", "switch up"}, once: 2,
			a: []device.Observation{seen("1", "nas1", "192.0.2.10", device.StateUp)}, b: []device.Observation{seen("x", "switch", "192.0.2.2", device.StateUp)},
		},
		{
			name: "they contradict each other", want: []string{"nas1 unknown"}, twice: 1,
			a: []device.Observation{seen("1", "nas1", "192.0.2.10", device.StateUp)}, b: []device.Observation{seen("x", "nas1", "192.0.2.10", device.StateDown)},
		},
		{
			name: "a failed poll says nothing", want: []string{"nas1 up"}, once: 1, err: "timeout",
			a: []device.Observation{seen("1", "nas1", "192.0.2.10", device.StateUp)}, b: []device.Observation{seen("x", "switch", "192.0.2.2", device.StateDown)},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			cfg, err := Load([]string{writeCase(t, "source \"kitchen\" \"a\" {\n}\nsource \"kitchen\" \"b\" {\n}\n")}, LoadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for _, list := range [][]device.Observation{test.a, test.b} {
				for i := range list {
					list[i].ObservedAt = at
				}
			}
			devices := cfg.Merge([]Polled{
				{Source: cfg.Sources[0], Snapshot: device.Snapshot{Source: "a", At: at, Observations: test.a}},
				{Source: cfg.Sources[1], Snapshot: device.Snapshot{Source: "b", At: at, Observations: test.b, Err: test.err}},
			}, at)
			var got []string
			for _, d := range devices {
				got = append(got, fmt.Sprintf("%s %s", d.Name, d.Status))
			}
			twice, once := Witnesses(devices)
			if !slices.Equal(got, test.want) || twice != test.twice || once != test.once {
				t.Errorf("got %q, %d twice, %d once; want %q, %d, %d", got, twice, once, test.want, test.twice, test.once)
			}
		})
	}
}

func TestOnlyLooksAtOneSource(t *testing.T) {
	dir := writeCase(t, "source \"kitchen\" \"good\" {\n  config {\n    url = \"x\"\n  }\n}\nsource \"kitchen\" \"bad\" {\n  config {\n    urll = env(\"NOT_SET\")\n  }\n}\n")
	cfg, err := Load([]string{dir}, LoadOptions{Lookup: lookup})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := cfg.Settings(t.Context(), schemas{}, types); err == nil {
		t.Error("the mistakes in \"bad\" are not found")
	}
	one, err := cfg.Only("good")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := one.Settings(t.Context(), schemas{}, types); err != nil {
		t.Errorf("one source is polled in spite of mistakes in another's settings: %v", err)
	}
	if _, err := cfg.Only("god"); err == nil || !strings.Contains(err.Error(), "Did you mean \"good\"?") {
		t.Error("there is no such source")
	}
	if len(cfg.Sources) != 2 {
		t.Error("Only has changed its configuration")
	}
}

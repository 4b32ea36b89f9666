package pipeline

import (
	"io"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// A source that lists a ref twice and contradicts itself is heard the same, in whatever order it lists its words: the
// newer holds, and of one date the worse.
func TestContradictionWithinASnapshot(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	words := func(states ...device.State) []device.Observation {
		var out []device.Observation
		for _, s := range states {
			out = append(out, observed("1", s))
		}
		return append(out, observed("2", device.StateUp))
	}
	older := observed("1", device.StateDown)
	older.ObservedAt = at.Add(-30 * time.Second)
	paused := observed("1", "")
	paused.Claims, paused.Abstain = nil, device.AbstainPaused
	for _, c := range []struct {
		name  string
		words []device.Observation
		want  device.State
	}{
		{"up and down", words(device.StateUp, device.StateDown), device.StateDown},
		{"up, split and up", words(device.StateUp, device.StateSplit, device.StateUp), device.StateSplit},
		{"an older down", append(words(device.StateUp), older), device.StateUp},
		{"paused and up", append(words(device.StateUp), paused), device.StateUp},
	} {
		t.Run(c.name, func(t *testing.T) {
			var first []device.Current
			for range len(c.words) {
				c.words = append(c.words[1:], c.words[0]) // another one comes first
				for range 2 {
					slices.Reverse(c.words)
					in := []device.Snapshot{{At: at, Source: "prtg", Observations: slices.Clone(c.words)}}
					view, err := Replay(t.Context(), testConfig("prtg"), &MemJournal{}, func() (device.Snapshot, error) {
						if len(in) == 0 {
							return device.Snapshot{}, io.EOF
						}
						s := in[0]
						in = in[1:]
						return s, nil
					}, nil)
					if err != nil {
						t.Fatal(err)
					}
					got := view.Devices(at)
					if first == nil {
						first = got
					}
					if diff := cmp.Diff(first, got); diff != "" {
						t.Errorf("in another order:\n%s", diff)
					}
					if v := got[0].Votes[0]; v.State != c.want {
						t.Errorf("the vote is %q, want %q", v.State, c.want)
					}
				}
			}
		})
	}
}

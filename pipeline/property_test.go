package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
)

// life is what the sources of a random lab say, in the order in which it came, and what the lab is.
type life struct {
	cfg       Config
	snapshots []device.Snapshot
	rand      *rand.Rand
}

// drawLife draws a lab whose sources know the same devices by some of their addresses, names and MACs, by keys that
// others hold as well, and by keys that move from one device to another.
func drawLife(t *rapid.T, instants int) life {
	l := life{cfg: testConfig("librenms", "prtg", "snmp"), rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))}
	l.cfg.Identity.Domains = []string{"example.net"}
	if l.once(2) {
		l.cfg.Identity.NeverMerge = [][2]string{{"dev1", "dev2"}}
	}
	if l.once(2) {
		l.cfg.Consensus.Parents = map[string][]string{"dev3": {"dev0"}}
	}
	devices := rapid.IntRange(1, 7).Draw(t, "devices")
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	down := make([]bool, devices)
	for range rapid.IntRange(1, instants).Draw(t, "instants") {
		for d := range down {
			down[d] = down[d] != l.once(10)
		}
		for _, source := range []string{"librenms", "prtg", "snmp"} {
			for range pick(l.rand, 0, 1, 1, 1, 1, 2) {
				l.snapshots = append(l.snapshots, l.poll(at, source, down))
			}
		}
		if l.once(8) {
			l.snapshots = append(l.snapshots, device.Snapshot{At: at})
		}
		at = at.Add(time.Duration(pick(l.rand, 60, 60, 60, 10, 300, 4000)) * time.Second)
	}
	return l
}

func (l *life) once(n int) bool { return l.rand.IntN(n) == 0 }

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func (l *life) poll(at time.Time, source string, down []bool) device.Snapshot {
	s := device.Snapshot{At: at, Source: source, Partial: l.once(6)}
	if l.once(10) {
		s.Err = "timeout"
		return s
	}
	if l.once(5) {
		s.SourceClock = at.Add(pick(l.rand, time.Second, time.Minute, -time.Hour))
	}
	lies := l.once(10)
	for d := range down {
		if l.once(8) {
			continue
		}
		o := device.Observation{Identity: device.Identity{Ref: fmt.Sprint(d), Name: fmt.Sprintf("dev%d", d)}}
		k := d
		if l.once(12) {
			k = l.rand.IntN(len(down)) // a key that is another's
		}
		if !l.once(4) {
			o.Addresses = []string{fmt.Sprintf("192.0.2.%d", k+1)}
		}
		if l.once(3) {
			o.Hostnames = []string{fmt.Sprintf("dev%d%s", k, pick(l.rand, "", ".example.net", ".example.org"))}
		}
		if l.once(3) {
			o.MACs = []string{fmt.Sprintf("00:00:5e:00:53:%02x", k+1)}
		}
		if l.once(6) {
			o.Serial = fmt.Sprintf("SN-%d", pick(l.rand, d, d, d, k+10))
		}
		if l.once(4) {
			o.ObservedAt = at.Add(-time.Duration(l.rand.IntN(200)) * time.Second)
		}
		if l.once(4) && d > 0 {
			o.Parents = []string{fmt.Sprint(l.rand.IntN(len(down)))}
		}
		switch {
		case l.once(15):
			o.Abstain = device.AbstainPaused
		default:
			c := device.Claim{Facet: device.FacetReach, State: device.StateUp}
			if down[d] != l.once(15) || lies {
				c.State = device.StateDown
			}
			o.Claims = []device.Claim{c}
			if l.once(3) {
				o.Claims = append(o.Claims, device.Claim{Facet: device.FacetHealth, Component: "disk:1", State: pick(l.rand, device.StateOK, device.StateWarning)})
			}
		}
		s.Observations = append(s.Observations, o)
	}
	return s
}

// blackHole is a journal that keeps nothing, and takes no time for it.
type blackHole struct{ *MemJournal }

// Commit implements Journal.
func (blackHole) Commit(context.Context, *Record) error { return nil }

// replayed is all that can be told of a replay: what was emitted, and what is held at the end.
func replayed(t *rapid.T, cfg Config, journal Journal, snapshots []device.Snapshot) (events, state string) {
	i := 0
	var told []device.Event
	v, err := Replay(t.Context(), cfg, journal, func() (device.Snapshot, error) {
		if i == len(snapshots) {
			return device.Snapshot{}, io.EOF
		}
		i++
		return snapshots[i-1], nil
	}, func(es []device.Event) error {
		told = append(told, es...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := json.MarshalIndent(told, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent([]any{v.identity, v.consensus}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(a), string(b)
}

// Who is who and what is true do not depend on the order in which the snapshots of one instant came, nor on that of
// the observations in them: every permutation gives the same devices, verdicts and events.
func TestOrderWithinAnInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLife(t, 25)
		events, state := replayed(t, l.cfg, blackHole{&MemJournal{}}, l.snapshots)
		mixed := slices.Clone(l.snapshots)
		l.rand.Shuffle(len(mixed), func(a, b int) { mixed[a], mixed[b] = mixed[b], mixed[a] })
		slices.SortStableFunc(mixed, func(a, b device.Snapshot) int { return a.At.Compare(b.At) })
		for i := range mixed {
			obs := slices.Clone(mixed[i].Observations)
			l.rand.Shuffle(len(obs), func(a, b int) { obs[a], obs[b] = obs[b], obs[a] })
			mixed[i].Observations = obs
		}
		gotEvents, gotState := replayed(t, l.cfg, blackHole{&MemJournal{}}, mixed)
		if gotEvents != events || gotState != state {
			t.Fatalf("the order matters:\n%s\n%s", cmp.Diff(events, gotEvents), cmp.Diff(state, gotState))
		}
	})
}

// A replay that ends after any instant and goes on from the journal gives what one in a single piece does.
func TestReplayInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLife(t, 8)
		events, state := replayed(t, l.cfg, blackHole{&MemJournal{}}, l.snapshots)
		j := &MemJournal{}
		cut := 0
		for cut < len(l.snapshots) {
			from := cut
			for cut++; cut < len(l.snapshots) && (l.snapshots[cut].At.Equal(l.snapshots[cut-1].At) || !l.once(8)); cut++ {
			}
			_, got := replayed(t, l.cfg, j, l.snapshots[from:cut])
			if cut == len(l.snapshots) && got != state {
				t.Fatalf("the state differs:\n%s", cmp.Diff(state, got))
			}
		}
		all, err := j.Events(t.Context(), 0, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if len(l.snapshots) > 0 && string(b) != events {
			t.Fatalf("the events differ:\n%s", cmp.Diff(events, string(b)))
		}
	})
}

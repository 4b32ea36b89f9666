package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/pipeline"
)

var laneDay = time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)

// laneStory is a story of chance: three monitors of six devices, with all that a monitor can do to what it says.
func laneStory(seed uint64) (pipeline.Config, []device.Snapshot) {
	r := rand.New(rand.NewPCG(seed, 9))
	cfg := pipeline.Config{Consensus: consensus.Config{Sources: map[string]consensus.Source{}, Hash: "h"}, Identity: identity.Config{}}
	sources := []string{"mon0", "mon1", "mon2"}
	state := map[string][]device.State{}
	measures := map[string]time.Duration{"mon0": 0, "mon1": 5 * time.Minute, "mon2": 0}
	for _, s := range sources {
		cfg.Consensus.Sources[s] = consensus.Source{Name: s, Interval: time.Minute}
		state[s] = []device.State{"up", "up", "up", "up", "up", "up"}
	}
	var story []device.Snapshot
	failing, silent := map[string]int{}, map[string]int{}
	for at := laneDay; at.Before(laneDay.Add(3 * time.Hour)); at = at.Add(20 * time.Second) {
		s := sources[int(at.Sub(laneDay)/(20*time.Second))%3]
		switch r.IntN(40) {
		case 0:
			failing[s] = r.IntN(12)
		case 1:
			silent[s] = r.IntN(12)
		case 2: // it lies of everything
			for i := range state[s] {
				state[s][i] = device.StateDown
			}
		case 3:
			for i := range state[s] {
				state[s][i] = device.StateUp
			}
		}
		if silent[s]--; silent[s] >= 0 {
			story = append(story, device.Snapshot{At: at}) // only the clock
			continue
		}
		snap := device.Snapshot{At: at, Source: s}
		if failing[s]--; failing[s] >= 0 {
			snap.Err = "timeout"
			story = append(story, snap)
			continue
		}
		ahead := time.Duration(0)
		if s == "mon2" {
			ahead = time.Duration(r.IntN(2)) * 90 * time.Second
			snap.SourceClock = at.Add(ahead)
		}
		for i := range state[s] {
			if r.IntN(25) == 0 {
				continue // not in this answer
			}
			if r.IntN(15) == 0 {
				state[s][i] = []device.State{"up", "down", "split"}[r.IntN(3)]
			}
			o := device.Observation{Identity: device.Identity{Ref: fmt.Sprint(i), Name: fmt.Sprintf("dev%d", i), Addresses: []string{fmt.Sprintf("192.0.2.%d", i+1)}}}
			c := device.Claim{Facet: device.FacetReach, State: state[s][i], Interval: device.Duration(measures[s])}
			switch r.IntN(12) {
			case 0:
				o.Abstain = device.AbstainPaused
			case 1:
				o.ObservedAt = at.Add(ahead - time.Duration(r.IntN(400))*time.Second) // now and then late
			case 2:
				c.ObservedAt = at.Add(ahead - time.Duration(r.IntN(900))*time.Second)
			case 3:
				c.Facet = device.FacetMgmt
				c.State = device.StateUp
			case 4:
				c.Facet, c.State, c.Component = device.FacetHealth, device.StateOK, "fan:1" // nothing of reach
			}
			o.Claims = []device.Claim{c, {Facet: device.FacetMgmt, State: device.StateUp}}
			if c.Facet != device.FacetReach {
				o.Claims = o.Claims[:1]
			}
			snap.Observations = append(snap.Observations, o)
		}
		story = append(story, snap)
	}
	return cfg, story
}

// TestLanesAreWhatWasCounted: at every instant and between any two, a lane says what the vote of its ref was, as the record judged
// again has it. Only that a source has lost its network is told a poll later than it is acted on.
func TestLanesAreWhatWasCounted(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			cfg, story := laneStory(seed)
			s, err := store.Open(ctx, t.TempDir(), store.Options{Temporary: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			rest := story
			v, err := pipeline.Replay(ctx, cfg, s, func() (device.Snapshot, error) {
				if len(rest) == 0 {
					return device.Snapshot{}, io.EOF
				}
				next := rest[0]
				rest = rest[1:]
				return next, nil
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			from, to := laneDay.Add(time.Hour), laneDay.Add(3*time.Hour)
			events, err := s.OfSources(ctx, from, maxLaneLooked)
			if err != nil {
				t.Fatal(err)
			}
			health := map[string]device.SourceStatus{}
			for _, x := range v.Sources(to) {
				health[x.Name] = x
			}
			lanes := map[device.SourceRef]*lane{}
			for name := range cfg.Consensus.Sources {
				for i := range 6 {
					l := &lane{interval: time.Minute, stale: 4, slack: 2 * time.Second, from: from, to: to, silenced: silences(events, health[name], from, to)}
					ref := device.SourceRef{Source: name, Ref: fmt.Sprint(i)}
					if _, err := (&reader{&Agent{store: s}}).lane(ctx, l, ref); err != nil {
						t.Fatal(err)
					}
					lanes[ref] = l
				}
			}
			compareLanes(t, s, lanes, from, to)
		})
	}
}

// compareLanes judges the record again and compares what each lane says with the votes of then.
func compareLanes(t *testing.T, s *store.Store, lanes map[device.SourceRef]*lane, from, to time.Time) {
	t.Helper()
	ctx := context.Background()
	x, err := s.Recording(ctx, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var again *pipeline.Again
	seen, wrong := map[view.LaneState]int{}, 0
	look := func(at time.Time) {
		if again == nil || at.Before(from) || !at.Before(to) {
			return
		}
		said := map[device.SourceRef]device.Vote{}
		for _, d := range again.View().Devices(at) {
			for _, v := range d.Votes {
				if v.Facet == device.FacetReach {
					said[device.SourceRef{Source: v.Source, Ref: v.Ref}] = v
				}
			}
		}
		for ref, l := range lanes {
			got, want := stateAt(l.spans, at), asLane(said[ref])
			seen[got]++
			if v := said[ref]; got != want && v.Abstain != device.AbstainSourceBlind && wrong < 20 {
				wrong++
				t.Errorf("%s %s at %s: %q, want %q (%+v)", ref.Source, ref.Ref, at.Format("15:04:05"), got, want, v)
			}
		}
	}
	last := time.Time{}
	for {
		in, err := x.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !last.IsZero() {
			look(last.Add(in.At.Sub(last) / 2))
		}
		cfg := in.Settings
		if cfg == nil {
			cfg = x.Settings
		}
		if again == nil {
			if again, err = pipeline.NewAgain(*cfg, x.Basis); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := again.Judge(ctx, in); err != nil {
			t.Fatal(err)
		}
		look(in.At)
		last = in.At
	}
	for _, state := range []view.LaneState{view.LaneUp, view.LaneDown, view.LaneSplit, view.LaneAbstains, view.LaneStale, ""} {
		if seen[state] == 0 {
			t.Errorf("the story has no %q", state)
		}
	}
}

func stateAt(spans []view.LaneSpan, at time.Time) view.LaneState {
	for _, s := range spans {
		if !at.Before(s.From) && at.Before(s.To) {
			return s.State
		}
	}
	return ""
}

// asLane is what a lane calls a vote.
func asLane(v device.Vote) view.LaneState {
	switch {
	case v.Source == "":
		return ""
	case v.Abstain == device.AbstainStale:
		return view.LaneStale
	case v.Abstain == device.AbstainSourceSuspect:
		return view.LaneDisbelieved
	case v.Abstain != "":
		return view.LaneAbstains
	}
	return view.LaneState(v.State)
}

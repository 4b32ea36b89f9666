package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// seedsEnv sets how many labs of chance are judged again.
const seedsEnv = "QUORATE_TEST_SEEDS"

// rejudge judges the record from since on as it was judged. It returns the story and where it began, and calls at after
// each instant.
func rejudge(t *testing.T, r *store.Reader, since time.Time, at func(time.Time, *pipeline.Again)) (story, time.Time) {
	t.Helper()
	ctx := context.Background()
	x, err := r.Recording(ctx, since)
	if err != nil {
		t.Fatal(err)
	}
	began := x.Basis.LastInstant
	s := story{}
	var again *pipeline.Again
	for {
		in, err := x.Next(ctx)
		if errors.Is(err, io.EOF) {
			return s, began
		}
		if err != nil {
			t.Fatal(err)
		}
		cfg := in.Settings
		if cfg == nil {
			cfg = x.Settings
		}
		switch {
		case again == nil:
			if again, err = pipeline.NewAgain(*cfg, x.Basis); err != nil {
				t.Fatal(err)
			}
		case in.Settings != nil:
			if err := again.Use(*cfg); err != nil {
				t.Fatal(err)
			}
		}
		record, err := again.Judge(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		if record.ConfigHash != in.ConfigHash {
			t.Fatalf("%v was judged by %s, recorded is %s", in.At, record.ConfigHash, in.ConfigHash)
		}
		for _, e := range record.Events {
			s.event(t, e)
		}
		for _, v := range record.Verdicts {
			s.verdict(t, v)
		}
		if at != nil {
			at(in.At, again)
		}
	}
}

// The record judged again is the record, byte for byte, from its beginning and from every checkpoint: whatever happened
// to the lab, orders, restarts and other settings among it.
func TestJudgedAgainIsTheRecord(t *testing.T) {
	seeds := uint64(8)
	if n, err := strconv.ParseUint(os.Getenv(seedsEnv), 10, 64); err == nil {
		seeds = n
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { judgedAgain(t, seed) })
		})
	}
}

func judgedAgain(t *testing.T, seed uint64) {
	l := newLab(t, seed)
	defer func() { l.end() }()
	for range 120 {
		l.live()
		if seed%4 == 0 {
			l.look() // as if the agent could be killed after every step
		}
	}
	l.look()
	recorded := told(t, l.store.Reader)
	looked := 0
	again, began := rejudge(t, l.store.Reader, time.Time{}, func(at time.Time, a *pipeline.Again) {
		want, ok := l.states[at]
		if !ok || t.Failed() {
			return
		}
		looked++
		if d := cmp.Diff(want, stateTextOf(t, a)); d != "" {
			t.Errorf("state at %v (-stored +judged again):\n%s", at, d)
		}
	})
	if !began.IsZero() || looked != len(l.states) {
		t.Errorf("from %v, with %d of %d states", began, looked, len(l.states))
	}
	if d := cmp.Diff(recorded, again); d != "" {
		t.Fatalf("seed %d (-recorded +judged again):\n%s", seed, d)
	}
	ats := slices.SortedFunc(maps.Keys(l.states), time.Time.Compare)
	step := 1 + len(ats)/8 // a state costs the rest of the record: some of many will do
	for i := l.rnd.IntN(step); i < len(ats); i += step {
		sameSince(t, l.store.Reader, recorded, ats[i], ats[i])
	}
	// Pruning leaves all that is needed from any instant that it keeps.
	n := l.rnd.IntN(len(ats))
	horizon := ats[n].Add(time.Duration(l.rnd.IntN(30)) * time.Second)
	for n+1 < len(ats) && !ats[n+1].After(horizon) {
		n++
	}
	if _, err := l.store.PruneBefore(context.Background(), store.Horizon{Polls: horizon, Observations: horizon, Rejected: horizon}); err != nil {
		t.Fatal(err)
	}
	sameSince(t, l.store.Reader, recorded, time.Time{}, ats[n])
	sameSince(t, l.store.Reader, recorded, ats[n], ats[n])
}

// sameSince judges again what came after since, and wants the story of after want.
func sameSince(t *testing.T, r *store.Reader, recorded story, since, want time.Time) {
	t.Helper()
	part, began := rejudge(t, r, since, nil)
	if !began.Equal(want) {
		t.Fatalf("from %v, there is a checkpoint at %v", began, want)
	}
	rest := story{}
	for at, what := range recorded {
		if at.After(want) {
			rest[at] = what
		}
	}
	if d := cmp.Diff(rest, part); d != "" {
		t.Fatalf("from %v (-recorded +judged again):\n%s", want, d)
	}
}

func stateTextOf(t *testing.T, a *pipeline.Again) string {
	t.Helper()
	who, truth := a.State()
	return stateText(t, who, truth)
}

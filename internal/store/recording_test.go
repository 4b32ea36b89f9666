package store

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/quorate/quorate/pipeline"
)

// played is a store with a record of that many instants, which begins with settings.
func played(t *testing.T, instants int) *Store {
	t.Helper()
	s := mustOpen(t, folder(t), Options{})
	for n := range uint64(instants) {
		mustCommit(t, s, playedRecord(n+1))
	}
	return s
}

func playedRecord(batch uint64) *pipeline.Record {
	r := record(batch, 1)
	r.Polls[0].Marks = []pipeline.Mark{{Ref: "2000", Says: pipeline.InRow}}
	if batch == 1 {
		r.Settings = []byte(`{}`)
	}
	return r
}

func mustRecord(t *testing.T, s *Store, since time.Time) *Recording {
	t.Helper()
	x, err := s.Recording(context.Background(), since)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// rest reads to the end and returns the number of instants.
func rest(t *testing.T, x *Recording) int {
	t.Helper()
	for n := 0; ; n++ {
		in, err := x.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(in.Polls) != 1 || len(in.Polls[0].Observations) != 1 {
			t.Fatalf("instant %v: %+v", in.At, in.Polls)
		}
	}
}

func TestRecordingBegins(t *testing.T) {
	ctx := context.Background()
	t.Run("with nothing", func(t *testing.T) {
		if _, err := played(t, 0).Recording(ctx, start); !errors.Is(err, ErrNoBasis) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("at its beginning", func(t *testing.T) {
		x := mustRecord(t, played(t, 3), start)
		if !x.Basis.Fresh || x.Settings != nil || rest(t, x) != 3 {
			t.Errorf("fresh %v, settings %v", x.Basis.Fresh, x.Settings)
		}
	})
	t.Run("with a checkpoint", func(t *testing.T) {
		s := played(t, 3)
		at, err := s.Checkpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		mustCommit(t, s, playedRecord(4), playedRecord(5))
		x := mustRecord(t, s, at)
		if x.Basis.Fresh || !x.Basis.LastInstant.Equal(at) || x.Basis.LastSeq != 3 || x.Settings == nil || rest(t, x) != 2 {
			t.Errorf("from %+v, settings %v", x.Basis, x.Settings)
		}
		if x := mustRecord(t, s, at.Add(-time.Microsecond)); !x.Basis.Fresh || rest(t, x) != 5 {
			t.Errorf("before the checkpoint it begins with %+v", x.Basis)
		}
	})
	t.Run("with what an older version recorded", func(t *testing.T) {
		s := played(t, 3)
		if err := s.w.use(func() error { return s.w.exec("UPDATE poll SET marks = NULL WHERE id = 1") }); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Recording(ctx, start); !errors.Is(err, ErrNoBasis) {
			t.Errorf("got %v", err)
		}
		at, err := s.Checkpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		mustCommit(t, s, playedRecord(4))
		if x := mustRecord(t, s, start); !x.Basis.LastInstant.Equal(at) || rest(t, x) != 1 {
			t.Errorf("it begins at %v", x.Basis.LastInstant)
		}
	})
}

// A recording ends with the commit that was the last when it began, and says so when its rows are pruned meanwhile.
func TestRecordingBesideTheAgent(t *testing.T) {
	ctx := context.Background()
	s := played(t, 3)
	x := mustRecord(t, s, start)
	mustCommit(t, s, playedRecord(4))
	if n := rest(t, x); n != 3 {
		t.Errorf("%d instants", n)
	}
	x = mustRecord(t, s, start)
	if _, err := s.PruneBefore(ctx, Horizon{Polls: start.Add(3 * time.Minute)}); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Next(ctx); !errors.Is(err, ErrPruned) {
		t.Errorf("pruned meanwhile: %v", err)
	}
}

func TestDamagedRecording(t *testing.T) {
	ctx := context.Background()
	for name, damage := range map[string]string{
		"a row less":        "DELETE FROM observation WHERE id = 2",
		"a flipped byte":    "UPDATE observation SET body = x'7b7d' WHERE id = 2",
		"other marks":       "UPDATE poll SET marks = x'02' WHERE id = 2",
		"a poll less":       "DELETE FROM poll WHERE id = 2",
		"an instant less":   "DELETE FROM instant WHERE id = 2",
		"a word of nowhere": "UPDATE instant SET at = at + 1 WHERE id = 2",
	} {
		t.Run(name, func(t *testing.T) {
			s := played(t, 3)
			if err := s.w.use(func() error { return s.w.exec(damage) }); err != nil {
				t.Fatal(err)
			}
			x := mustRecord(t, s, start)
			var err error
			for err == nil {
				_, err = x.Next(ctx)
			}
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrPruned) {
				t.Errorf("got %v", err)
			}
		})
	}
}

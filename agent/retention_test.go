package agent

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// One state is kept a day, and none of a record that holds nothing yet.
func TestCheckpointADay(t *testing.T) {
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "data"), store.Options{Temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	a := &Agent{store: s}
	kept := func() time.Time {
		t.Helper()
		if err := a.checkpoint(ctx); err != nil {
			t.Fatal(err)
		}
		at, err := s.LastCheckpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	if at := kept(); !at.IsZero() {
		t.Errorf("a state of nothing at %v", at)
	}
	early := now().Add(-25 * time.Hour).Truncate(time.Microsecond)
	for i, at := range []time.Time{early, early.Add(24 * time.Hour), early.Add(24*time.Hour + time.Minute)} {
		if err := s.Commit(ctx, &pipeline.Record{Batch: uint64(i + 1), Instants: []time.Time{at}}); err != nil {
			t.Fatal(err)
		}
		// The first is old by now, so that the second follows it; the third is of the same day.
		if got, want := kept(), []time.Time{early, early.Add(24 * time.Hour), early.Add(24 * time.Hour)}[i]; !got.Equal(want) {
			t.Errorf("after commit %d the newest state is of %v, want %v", i+1, got, want)
		}
	}
}

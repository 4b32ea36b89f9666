package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// stateJSON is all of a state that is stored.
func stateJSON(t *testing.T, l pipeline.Loaded) string {
	t.Helper()
	b, err := json.Marshal([]any{l.Identity, l.Consensus})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCheckpointIsTheStateOfItsInstant(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	if at, err := s.Checkpoint(ctx); err != nil || !at.IsZero() {
		t.Fatalf("a checkpoint of nothing: %v, %v", at, err)
	}
	mustCommit(t, s, record(1, 70), record(2, 70))
	want, err := s.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	at, err := s.Checkpoint(ctx)
	if err != nil || !at.Equal(record(2, 0).Instants[0]) {
		t.Fatalf("checkpoint of %v, %v", at, err)
	}
	if again, err := s.Checkpoint(ctx); err != nil || !again.IsZero() {
		t.Errorf("nothing has changed, and a checkpoint of %v, %v", again, err)
	}
	mustCommit(t, s, record(3, 70))
	if last, err := s.LastCheckpoint(ctx); err != nil || !last.Equal(at) {
		t.Errorf("newest checkpoint %v, %v", last, err)
	}
	var got pipeline.Loaded
	err = s.each(ctx, s.t.checkpoint, s.t.checkpoint.selectAll("ORDER BY id"), nil, func(c columns) error {
		if c.int(2) != 2 || c.int(3) != 140 || c.int(4) != 2 || c.int(5) != 2 || c.int(6) != 140 {
			t.Errorf("its place in the journal: %v", c[:7])
		}
		var err error
		got, err = s.unpackState(c.blob(7))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(stateJSON(t, want), stateJSON(t, got)); d != "" {
		t.Errorf("state (-want +got):\n%s", d)
	}
}

func TestPruneKeepsTheCheckpointBefore(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	for n := range uint64(20) {
		r := record(n+1, 4)
		if n%3 == 0 {
			r.Settings = []byte(`{}`)
		}
		mustCommit(t, s, r)
		if n%5 == 4 { // after batches 5, 10, 15 and 20
			if _, err := s.Checkpoint(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	horizon := start.Add(13 * time.Minute)
	if _, err := s.PruneBefore(ctx, Horizon{Polls: horizon, Observations: horizon, Rejected: horizon}); err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, query := range []string{
		"SELECT min(at) FROM poll", "SELECT min(at) FROM instant", "SELECT min(at) FROM checkpoint", "SELECT min(recorded_at) FROM observation",
		"SELECT min(at) FROM settings",
	} {
		var at int64
		if err := s.db.QueryRowContext(ctx, query).Scan(&at); err != nil {
			t.Fatal(err)
		}
		got = append(got, int64(time.UnixMicro(at).Sub(start)/time.Minute))
	}
	// Nothing newer than the checkpoint of batch 10 goes; of observations the one before stays that polls refer to.
	if d := cmp.Diff([]int64{10, 10, 10, 9, 10}, got); d != "" {
		t.Errorf("the oldest poll, instant, checkpoint, observation and settings (-want +got):\n%s", d)
	}
}

func TestDamagedCheckpoint(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	mustCommit(t, s, record(1, 3))
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := s.packState(ctx, tx)
	if err := errors.Join(err, tx.Rollback()); err != nil {
		t.Fatal(err)
	}
	for n := range body {
		if _, err := s.unpackState(body[:n]); err == nil {
			t.Fatalf("cut to %d of %d bytes it reads without an error", n, len(body))
		}
	}
}

// What polls refer to stays: a ref's newest word before the horizon, and its newest late one.
func TestPruneKeepsLateWords(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	for n := range uint64(6) {
		r := record(n+1, 1)
		r.Observations[0].Late = n == 1 || n == 2
		mustCommit(t, s, r)
	}
	horizon := start.Add(6 * time.Minute)
	if _, err := s.PruneBefore(ctx, Horizon{Observations: horizon}); err != nil {
		t.Fatal(err)
	}
	rows, err := s.Observations(ctx, device.SourceRef{Source: "prtg", Ref: "2000"}, time.Time{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, o := range rows {
		kept = append(kept, fmt.Sprintf("%v late %v", o.RecordedAt.Sub(start), o.Late))
	}
	if d := cmp.Diff([]string{"3m0s late true", "5m0s late false", "6m0s late false"}, kept); d != "" {
		t.Errorf("kept (-want +got):\n%s", d)
	}
}

package store

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

// A commit waits for one small transaction of the pruning at most, however much goes: no transaction removes more rows
// than it may look at, and commits get their turn between them.
func TestPruneInSmallSteps(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	const batches, each = 6, 700
	for batch := range uint64(batches) {
		r := shift(record(batch+1, each), int64(batch)*each)
		r.IdentityDevices, r.Bindings, r.Readings, r.Devices = nil, nil, nil, nil
		for range each {
			r.Rejected = append(r.Rejected, device.Rejection{Source: "prtg", Reason: "no"})
		}
		mustCommit(t, s, r)
	}
	rows, most, steps := 0, 0, 0
	err := s.w.use(func() error {
		s.w.conn.RegisterUpdateHook(func(int, string, string, int64) { rows++ })
		s.w.conn.RegisterCommitHook(func() int {
			most, rows = max(most, rows), 0
			steps++
			return 0
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	horizon := start.Add((batches + 1) * time.Minute)
	n, err := s.PruneBefore(ctx, Horizon{Polls: horizon, Observations: horizon, Rejected: horizon})
	if err != nil {
		t.Fatal(err)
	}
	if want := int64((batches-1)*each + batches*each + 2*batches); n != want {
		t.Errorf("%d rows went, want %d", n, want)
	}
	if most > pruneRows || steps < int(n)/pruneRows {
		t.Errorf("one of %d transactions removed %d rows; it may remove %d", steps, most, pruneRows)
	}
}

// The room of what goes is used again: the file of a record that keeps a fixed span does not grow for ever.
func TestPrunedRoomIsUsedAgain(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	var sizes []int64
	for batch := range uint64(40) {
		r := record(batch+1, 300)
		r.Events, r.Verdicts, r.IdentityDevices, r.Bindings, r.Readings, r.Devices = nil, nil, nil, nil, nil, nil
		mustCommit(t, s, r)
		horizon := start.Add(time.Duration(batch-4) * time.Minute)
		if _, err := s.PruneBefore(ctx, Horizon{Polls: horizon, Observations: horizon}); err != nil {
			t.Fatal(err)
		}
		if err := s.w.use(func() error { return s.w.exec("PRAGMA wal_checkpoint(TRUNCATE)") }); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(s.Path())
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, info.Size())
	}
	if last, early := sizes[len(sizes)-1], sizes[15]; last > early*5/4 {
		t.Errorf("the file grows on: %d", sizes)
	}
}

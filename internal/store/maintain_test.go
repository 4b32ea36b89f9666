package store

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

func TestMaintainBoundsTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), folder(t), Options{Temporary: true})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Maintain(ctx) }()
		var largest int64
		for batch := range uint64(40) {
			mustCommit(t, s, record(batch+1, 700))
			time.Sleep(2 * checkpointEvery)
			synctest.Wait()
			size, err := s.walSize()
			if err != nil {
				t.Fatal(err)
			}
			largest = max(largest, size)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if largest == 0 || largest > 3*checkpointAt {
			t.Errorf("the log grew to %d bytes", largest)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if size, err := s.walSize(); size != 0 || err != nil {
			t.Errorf("%d bytes of log are left after the end, %v", size, err)
		}
	})
}

func TestReaderThatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s, err := Open(t.Context(), folder(t), Options{Temporary: true, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		s.walAlarm = checkpointAt
		mustCommit(t, s, record(1, 3))
		stuck, err := s.db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if err := stuck.QueryRow("SELECT count(*) FROM event").Scan(&n); err != nil { // it sees this state from now on
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Maintain(ctx) }()
		pass := func() {
			time.Sleep(5 * checkpointEvery)
			synctest.Wait()
		}
		for batch := range uint64(10) { // commits go on
			mustCommit(t, s, shift(record(batch+2, 700), 3+700*int64(batch)))
			pass()
		}
		if err := stuck.Rollback(); err != nil {
			t.Fatal(err)
		}
		pass()
		if size, err := s.walSize(); err != nil || size > checkpointAt {
			t.Errorf("the log still has %d bytes, %v", size, err)
		}
		stop()
		if err := errors.Join(<-ended, s.Close()); err != nil {
			t.Error(err)
		}
		if held, short := strings.Count(log.String(), "held back"), strings.Count(log.String(), "short again"); held != 1 || short != 1 {
			t.Errorf("the owner was not told once each:\n%s", log.String())
		}
	})
}

func TestPrune(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	for batch := range uint64(20) {
		r := record(batch+1, 60)
		if batch > 3 {
			r.Observations = r.Observations[:30] // the others say nothing new any more
		}
		r.Rejected = []device.Rejection{{Source: "prtg", Reason: "no"}}
		mustCommit(t, s, r)
	}
	before, err := s.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	horizon := start.Add(15 * time.Minute) // the instant of batch 15
	n, err := s.PruneBefore(ctx, Horizon{Polls: horizon, Observations: horizon, Rejected: horizon})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Counts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// 14 batches are older. Of their observations those stay that are the newest of their ref there.
	want := Counts{Devices: 60, Bindings: 60, Observations: 6*30 + 60, Polls: 6, Instants: 6, Events: 1200, Verdicts: 1200, Rejected: 6}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if want := int64(4*60 + 10*30 - 60 + 3*14); n != want {
		t.Errorf("%d rows went, want %d", n, want)
	}
	after, err := s.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before.Prints, after.Prints); d != "" {
		t.Errorf("prints (-before +after):\n%s", d)
	}
	mustCommit(t, s, record(21, 60))
	if n, err := s.PruneBefore(ctx, Horizon{}); n != 0 || err != nil {
		t.Errorf("no horizon: %d rows, %v", n, err)
	}
}

func TestConcurrent(t *testing.T) {
	s := mustOpen(t, folder(t), Options{Temporary: true})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 3)
	go func() { ended <- s.Maintain(ctx) }()
	for _, work := range []func(i int64) error{
		func(i int64) error { return s.Advance(ctx, "blog", i, nil) },
		func(int64) error {
			es, err := s.Events(ctx, 0, 1000)
			if len(es)%70 != 0 {
				t.Errorf("half a commit was seen: %d events", len(es))
			}
			return err
		},
	} {
		go func() {
			var err error
			for i := int64(0); err == nil && ctx.Err() == nil; i++ {
				err = work(i)
			}
			if ctx.Err() != nil {
				err = nil
			}
			ended <- err
		}()
	}
	for batch := range uint64(10) {
		mustCommit(t, s, record(batch+1, 70))
		if err := s.Reject(ctx, start, []device.Rejection{{Source: "prtg", Reason: "no"}}); err != nil {
			t.Error(err)
		}
	}
	stop()
	for range 3 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if err := s.Commit(ctx, &pipeline.Record{Batch: 11}); err == nil {
		t.Error("a commit after its context ended")
	}
}

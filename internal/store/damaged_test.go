package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// notebook is a sink that writes down what it gets.
type notebook struct{ got chan int64 }

func (*notebook) Name() string { return "notebook" }

func (n *notebook) Deliver(_ context.Context, events []device.Event) (int, error) {
	for _, e := range events {
		n.got <- e.Seq
	}
	return len(events), nil
}

// A sink passes over an event that is damaged: it is listed, the owner is told, and all others come.
func TestSinkPassesOverDamage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, 3)
		for l.pipe.LastSeq() < 60 {
			l.live()
		}
		last := l.pipe.LastSeq()
		l.end()
		db, err := sql.Open("sqlite3", filepath.Join(l.dir, "quorate.db"))
		if err != nil {
			t.Fatal(err)
		}
		// A damaged row, a row that is gone with its verdict, and one after the other.
		_, err = db.Exec(`UPDATE event SET body = x'7b7d' WHERE seq = 7; UPDATE event SET type = 'x' WHERE seq IN (40, 41);
			DELETE FROM verdict WHERE seq = 9; DELETE FROM event WHERE seq = 9`)
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}

		var mu sync.Mutex
		var damage []string
		s, err := store.Open(t.Context(), l.dir, store.Options{Temporary: true, OnDamage: func(err error) {
			mu.Lock()
			defer mu.Unlock()
			damage = append(damage, fmt.Sprint(err))
		}})
		if err != nil {
			t.Fatal(err)
		}
		sink := &notebook{got: make(chan int64, last)}
		p, err := pipeline.New(l.cfg, pipeline.Options{Journal: s, Routes: []pipeline.Route{{Sink: sink}}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.Run(ctx) }()
		var got, want []int64
		for seq := range last {
			if !slices.Contains([]int64{7, 9, 40, 41}, seq+1) {
				want = append(want, seq+1)
			}
		}
		for range want {
			select {
			case seq := <-sink.got:
				got = append(got, seq)
			case <-time.After(time.Hour):
				t.Fatalf("only %d of %d came", len(got), len(want))
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		time.Sleep(time.Minute) // of the bubble: the cursor is stored, and a pass of the watch may begin
		var listed []string
		rejected, err := s.Rejected(t.Context(), 100)
		for _, r := range rejected {
			if r.Source == pipeline.SinkPrefix+"notebook" {
				listed = append(listed, r.Ref)
			}
		}
		if d := cmp.Diff([]string{"7", "9", "40", "41"}, listed); d != "" || err != nil {
			t.Errorf("set aside (-want +got):\n%s%v", d, err)
		}
		mu.Lock()
		met := slices.Clone(damage)
		damage = nil
		mu.Unlock()
		if len(met) != 4 || !strings.Contains(met[0], "table event, row 7") {
			t.Errorf("the owner was told %q", met)
		}

		// The watch finds the same rows, and tells nobody twice.
		watched := make(chan error, 1)
		go func() { watched <- s.Watch(ctx) }()
		time.Sleep(2 * time.Hour)
		mu.Lock()
		if len(damage) > 4 || slices.ContainsFunc(damage, func(text string) bool { return slices.Contains(met, text) }) {
			t.Errorf("told again: %q", damage)
		}
		mu.Unlock()
		stop()
		if err := errors.Join(<-watched, <-ended, s.Close()); err != nil {
			t.Error(err)
		}
	})
}

// A record that is whole is said to be so, once a day.
func TestWatchOfAWholeRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		whole := 0
		s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "data"), store.Options{Temporary: true, OnDamage: func(err error) {
			mu.Lock()
			defer mu.Unlock()
			if whole++; err != nil {
				t.Error(err)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Watch(ctx) }()
		time.Sleep(3*24*time.Hour + time.Hour)
		mu.Lock()
		if whole != 4 {
			t.Errorf("read through %d times in three days and an hour, want 4", whole)
		}
		mu.Unlock()
		stop()
		if err := errors.Join(<-ended, s.Close()); err != nil {
			t.Error(err)
		}
	})
}

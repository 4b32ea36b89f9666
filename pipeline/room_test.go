package pipeline

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/device"
)

// What waits for a commit is bounded by its size: who comes when too much waits is let in later, in order, and the
// agent's own events are not held up.
func TestWhatWaitsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := make(chan struct{})
		j := &MemJournal{Fail: func(*Record) error { <-disk; return nil }}
		r := run(t, j, testConfig("a", "b", "c", "d"))
		words := strings.Repeat("x", 1<<20)
		large := func(source string) device.Snapshot {
			s := snapshot(source, device.StateUp, "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20")
			for i := range s.Observations {
				s.Observations[i].Claims[0].Raw = words
			}
			return s
		}
		var wg sync.WaitGroup
		send := func(s device.Snapshot) {
			wg.Go(func() { r.publish(s) })
			synctest.Wait()
		}
		send(large("a"))
		if w := r.Waiting(); w.Snapshots != 1 || w.Held != 0 || !w.HeldSince.IsZero() {
			t.Errorf("one: %+v", w)
		}
		held := time.Now()
		send(large("b"))
		time.Sleep(time.Second)
		send(snapshot("c", device.StateUp, "1"))
		if w := r.Waiting(); w.Snapshots != 3 || w.Held != 2 || !w.HeldSince.Equal(held) {
			t.Errorf("three: %+v", w)
		}
		gaveUp, end := context.WithTimeout(t.Context(), time.Second)
		if err := r.Publish(gaveUp, snapshot("d", device.StateUp, "1")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a publisher who gives up: %v", err)
		}
		end()
		wg.Go(func() {
			if err := r.AddEvents(t.Context(), []device.Event{{Type: device.EventAgentDegraded}}); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		r.batcher.mu.Lock()
		if n := len(r.batcher.waiting); n != 0 { // it has gone on to the queue
			t.Errorf("%d wait in the batcher", n)
		}
		r.batcher.mu.Unlock()
		close(disk)
		wg.Wait()
		if w := r.Waiting(); w != (Waiting{}) {
			t.Errorf("at last: %+v", w)
		}
		if r.batcher.room.used != 0 {
			t.Errorf("%d bytes are not given back", r.batcher.room.used)
		}
		if n := len(r.Devices(time.Now())); n != 20 {
			t.Errorf("%d devices", n)
		}
		r.end()
	})
}

// One that is larger than all that may wait is let in, alone.
func TestTheLargestIsLetIn(t *testing.T) {
	m := room{clock: time.Now}
	if err := m.enter(t.Context(), 3*maxBytes); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	end()
	if err := m.enter(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("beside it: %v", err)
	}
	m.leave(3 * maxBytes)
	if err := m.enter(ctx, maxBytes); err != nil {
		t.Errorf("after it: %v", err)
	}
}

package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view/viewtest"
)

var someTypes = []device.EventType{device.EventVerdictChanged, device.EventSourceBlind, device.EventDisputeOpened, device.EventAlertOpened}

func someEvent(r *rand.Rand) device.Event {
	name := func() *device.Name {
		return &device.Name{ID: device.ID(fmt.Sprint("d_", r.IntN(5))), Name: "a\nb\x1b[31m"}
	}
	e := device.Event{Type: someTypes[r.IntN(len(someTypes))], At: viewtest.Noon, Source: []string{"", "prtg", "snmp"}[r.IntN(3)], Text: "<script>"}
	if r.IntN(3) > 0 {
		e.Device = name()
	}
	if r.IntN(8) == 0 {
		e.Other = name()
	}
	return e
}

func someFilter(r *rand.Rand) Filter {
	var f Filter
	if r.IntN(3) == 0 {
		f.Types = someTypes[:1+r.IntN(2)]
	}
	if r.IntN(3) == 0 {
		f.Source = "prtg"
	}
	if r.IntN(3) == 0 {
		f.Device = device.ID(fmt.Sprint("d_", r.IntN(6)))
	}
	return f
}

// counted counts the questions that reach the record.
type counted struct {
	*viewtest.Lab
	reads atomic.Int64
}

func (c *counted) Events(ctx context.Context, after int64, limit int) ([]device.Event, error) {
	c.reads.Add(1)
	return c.Lab.Events(ctx, after, limit)
}

// TestEachGetsWhatItWantsOnceAndInOrder: commits go on while readers of every pace come, stall, leave and resume where
// they were, each with a filter of its own. Together each gets exactly what the record holds of what it wants.
func TestEachGetsWhatItWantsOnceAndInOrder(t *testing.T) {
	t.Parallel()
	for range 6 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			const before, during = 300, 400
			r := rand.New(rand.NewPCG(seed, 0))
			lab := viewtest.NewLab()
			for range before {
				lab.Record(someEvent(r))
			}
			feed := New(lab, lab.Subscribe)
			var all sync.WaitGroup
			for i := range 12 {
				all.Go(func() { readAll(t, feed, lab, rand.New(rand.NewPCG(seed, uint64(i+1))), before+during) })
			}
			for range during {
				lab.Record(someEvent(r))
				if r.IntN(20) == 0 {
					time.Sleep(time.Millisecond) // lets readers reach the head; nothing is asserted on it
				}
			}
			all.Wait()
		})
	}
}

// readAll follows from somewhere to the event last, with breaks, and compares what came with the record.
func readAll(t *testing.T, feed *Feed, lab *viewtest.Lab, r *rand.Rand, last int64) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	filter, from := someFilter(r), r.Int64N(300)
	at := from
	var got []int64
	for at < last {
		l, err := feed.Follow(ctx, at, filter)
		if err != nil {
			t.Errorf("follow from %d: %v", at, err)
			return
		}
		tick := time.NewTicker(5 * time.Millisecond)
		for turns := 1 + r.IntN(30); turns > 0 && l.Position() < last; turns-- {
			b, err := l.Next(ctx, tick.C)
			if err != nil || b.Reset != nil {
				t.Errorf("from %d: reset %v, error %v", at, b.Reset, err)
				l.Close()
				return
			}
			for _, e := range b.Events {
				got = append(got, e.Seq)
				var decoded device.Event
				if err := json.Unmarshal(e.JSON, &decoded); err != nil || decoded.Seq != e.Seq {
					t.Errorf("event %d is encoded as %s", e.Seq, e.JSON)
				}
			}
			if r.IntN(50) == 0 {
				time.Sleep(2 * time.Millisecond) // falls behind
			}
		}
		at = l.Position()
		tick.Stop()
		l.Close()
	}
	events, err := lab.Events(ctx, from, int(last))
	if err != nil {
		t.Error(err)
	}
	var want []int64
	for _, e := range events {
		if e.Seq <= last && filter.Match(&e) {
			want = append(want, e.Seq)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("from %d with %+v: %d events, want %d\ngot  %v\nwant %v", from, filter, len(got), len(want), got, want)
	}
}

// TestOneReadingForAll: those at the head do not each ask the record for the same event.
func TestOneReadingForAll(t *testing.T) {
	t.Parallel()
	lab := &counted{Lab: viewtest.NewLab()}
	feed := New(lab, lab.Subscribe)
	const readers, commits = 64, 100
	heard := make(chan int64, readers)
	var all sync.WaitGroup
	for range readers {
		l, err := feed.Follow(t.Context(), Newest, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			defer l.Close()
			for l.Position() < commits {
				b, err := l.Next(t.Context(), nil)
				if err != nil {
					t.Error(err)
					return
				}
				for _, e := range b.Events {
					heard <- e.Seq
				}
			}
		})
	}
	for i := range int64(commits) {
		lab.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
		for range readers {
			if seq := <-heard; seq != i+1 {
				t.Fatalf("event %d came in place of %d", seq, i+1)
			}
		}
	}
	all.Wait()
	if n := lab.reads.Load(); n > commits {
		t.Errorf("%d readings of the record for %d commits and %d readers", n, commits, readers)
	}
}

func TestWhereNobodyCanGoOn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		lab   func(*viewtest.Lab)
		after int64
		want  Reset
		first int64 // the event that comes next
	}{
		{"the record was restored and is behind", nil, 50, Reset{20, ResetAhead}, 21},
		{"a number out of the air", nil, 1 << 62, Reset{20, ResetAhead}, 21},
		{"what follows is no longer kept", func(l *viewtest.Lab) { l.Pruned = 10 }, 4, Reset{10, ResetPruned}, 11},
		{"from the very beginning, which is no longer kept", func(l *viewtest.Lab) { l.Pruned = 10 }, 0, Reset{10, ResetPruned}, 11},
		{"what follows is damaged", func(l *viewtest.Lab) { l.Damaged = map[int64]bool{6: true} }, 5, Reset{6, ResetDamaged}, 7},
		{"further on something is damaged", func(l *viewtest.Lab) { l.Damaged = map[int64]bool{6: true} }, 3, Reset{6, ResetDamaged}, 7},
		{"the newest is damaged", func(l *viewtest.Lab) { l.Damaged = map[int64]bool{20: true} }, 19, Reset{20, ResetDamaged}, 21},
		{"what comes is damaged", func(l *viewtest.Lab) { l.Damaged = map[int64]bool{21: true} }, 20, Reset{21, ResetDamaged}, 22},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			lab := viewtest.NewLab()
			for range 20 {
				lab.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
			}
			if tt.lab != nil {
				tt.lab(lab)
			}
			l, err := New(lab, lab.Subscribe).Follow(t.Context(), tt.after, Filter{})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			for range 3 {
				lab.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
			}
			var reset *Reset
			for {
				b, err := l.Next(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				if b.Reset != nil {
					reset = b.Reset
				}
				if len(b.Events) > 0 && reset != nil {
					if *reset != tt.want || b.Events[0].Seq != tt.first {
						t.Errorf("%+v and then event %d; want %+v and %d", *reset, b.Events[0].Seq, tt.want, tt.first)
					}
					return
				}
			}
		})
	}
}

// early is a record whose newest number comes a moment after the event can be read.
type early struct{ *viewtest.Lab }

func (e early) LastSeq() int64 { return e.Lab.LastSeq() - 1 }

func TestACommitThatIsNotYetTheNewestIsNoReset(t *testing.T) {
	t.Parallel()
	lab := viewtest.NewLab()
	for range 5 {
		lab.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
	}
	l, err := New(early{lab}, lab.Subscribe).Follow(t.Context(), 5, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if b, err := l.Next(t.Context(), nil); err != nil || b.Reset != nil || l.Position() != 5 {
		t.Errorf("%+v, %v, at %d", b, err, l.Position())
	}
}

// TestPositionGoesOnWithoutEvents: who wants nothing of what comes still gets further.
func TestPositionGoesOnWithoutEvents(t *testing.T) {
	t.Parallel()
	lab := viewtest.NewLab()
	for range 2000 {
		lab.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
	}
	l, err := New(lab, lab.Subscribe).Follow(t.Context(), 0, Filter{Types: []device.EventType{device.EventSourceUp}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if b, err := l.Next(t.Context(), nil); err != nil || len(b.Events) > 0 || l.Position() != 2000 || !l.Caught() {
		t.Errorf("%d events, %v, at %d", len(b.Events), err, l.Position())
	}
}

func TestNextEndsWithItsContext(t *testing.T) {
	t.Parallel()
	lab := viewtest.NewLab()
	l, err := New(lab, lab.Subscribe).Follow(t.Context(), Newest, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Next(t.Context(), nil); err != nil { // the head is reached
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := l.Next(ctx, nil)
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
)

// sinkBatch is how many events one delivery holds at most.
const sinkBatch = 256

// A failed delivery is tried again with these pauses, for ever.
const (
	sinkFirst = time.Second
	sinkMost  = time.Minute
)

// nudges tells everybody who listens the newest sequence number; who is slow misses the ones in between.
type nudges struct {
	mu   sync.Mutex
	next int
	to   map[int]chan int64
}

func (n *nudges) subscribe() (<-chan int64, func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.to == nil {
		n.to = map[int]chan int64{}
	}
	id, c := n.next, make(chan int64, 1)
	n.next++
	n.to[id] = c
	return c, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.to, id)
	}
}

func (n *nudges) send(seq int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.to {
		select {
		case <-c: // the older number, not yet read
		default:
		}
		c <- seq // only send fills it, so there is room
	}
}

// drain is one sink's goroutine: it delivers the journal from the sink's cursor on, in order, and waits for the nudge
// where there is nothing left. Another sink never notices.
type drain struct {
	sink    Sink
	journal Journal
	log     *slog.Logger
	nudge   <-chan int64
	newest  func() int64
	clock   func() time.Time
	failing bool
}

func (d *drain) run(ctx context.Context) {
	at, ok := d.start(ctx)
	for ok {
		var events []device.Event
		ok = d.patiently(ctx, "read the journal", func() (err error) {
			events, err = d.journal.Events(ctx, at, sinkBatch)
			return err
		})
		if !ok {
			return
		}
		if len(events) == 0 {
			select {
			case <-d.nudge:
				continue
			case <-ctx.Done():
				return
			}
		}
		if ok = d.deliver(ctx, events); !ok {
			return
		}
		at = events[len(events)-1].Seq
		ok = d.advance(ctx, at)
	}
}

// start returns where the sink left off.
func (d *drain) start(ctx context.Context) (at int64, ok bool) {
	ok = d.patiently(ctx, "read the cursor", func() (err error) {
		at, err = d.journal.Cursor(ctx, d.sink.Name())
		return err
	})
	if s, late := d.sink.(StartAtEnd); ok && at == 0 && late && s.StartAtEnd() {
		at = d.newest()
		ok = d.advance(ctx, at)
	}
	return at, ok
}

func (d *drain) advance(ctx context.Context, at int64) bool {
	return d.patiently(ctx, "move the cursor", func() error { return d.journal.Advance(ctx, d.sink.Name(), at) })
}

// deliver hands events on. Where the sink says that one can never be taken, it is set aside and the rest flows.
func (d *drain) deliver(ctx context.Context, events []device.Event) bool {
	var last error
	ok := d.patiently(ctx, "deliver", func() error {
		last = d.call(ctx, events)
		if permanent(last) {
			return nil
		}
		return last
	})
	if !ok || last == nil {
		return ok
	}
	if len(events) > 1 {
		for i := range events {
			if !d.deliver(ctx, events[i:i+1]) {
				return false
			}
		}
		return true
	}
	e := &events[0]
	d.log.Error("event set aside", "sink", d.sink.Name(), "seq", e.Seq, "err", last)
	return d.patiently(ctx, "set an event aside", func() error {
		reason := fmt.Sprintf("sink %s cannot take event %d: %v", d.sink.Name(), e.Seq, last)
		return d.journal.Reject(ctx, d.clock(), []device.Rejection{{Source: e.Source, Reason: reason}})
	})
}

// call is one attempt. A sink that panics has failed, no more.
func (d *drain) call(ctx context.Context, events []device.Event) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("sink panicked: %.200v", cause)
		}
	}()
	return d.sink.Deliver(ctx, events)
}

// patiently repeats f until it succeeds; it is false when ctx ended first. It says once that f fails, and once that
// it works again.
func (d *drain) patiently(ctx context.Context, what string, f func() error) bool {
	for pause := sinkFirst; ; pause = min(2*pause, sinkMost) {
		if ctx.Err() != nil {
			return false
		}
		err := f()
		if err == nil {
			if d.failing {
				d.failing = false
				d.log.Info("sink works again", "sink", d.sink.Name())
			}
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if !d.failing {
			d.failing = true
			d.log.Warn("sink failing, trying again", "sink", d.sink.Name(), "err", fmt.Errorf("%s: %w", what, err))
		}
		select {
		case <-time.After(jitter(pause)):
		case <-ctx.Done():
			return false
		}
	}
}

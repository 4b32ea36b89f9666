package pipeline

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate/device"
)

// ErrStopped is what Publish and AddEvents return once the pipeline no longer takes anything.
var ErrStopped = errors.New("the pipeline has stopped")

// maxWaiting bounds what waits for a commit, whatever its size; whoever comes then waits to be let in.
const maxWaiting = 1024

// submitted is one snapshot, or events of the agent's own, or orders, with whoever waits for the commit.
type submitted struct {
	snapshot device.Snapshot
	probe    bool
	settles  int64 // the rejection that the snapshot was, 0 for none
	events   []device.Event
	orders   *Orders
	preview  *Preview     // where set, orders are not carried out, and it is filled in
	done     chan<- error // buffered, gets one value
	answered func()       // gives its room back
}

// batch is what one commit takes: at most one snapshot a source, so that it is one instant, or orders alone.
type batch struct {
	items []submitted
}

// sources are those whose snapshots b holds.
func (b *batch) sources() []string {
	var names []string
	for _, it := range b.items {
		if it.snapshot.Source != "" {
			names = append(names, it.snapshot.Source)
		}
	}
	return names
}

func (b *batch) answer(err error) {
	for _, it := range b.items {
		it.answered()
		it.done <- err
	}
}

// batcher collects what waits while a commit runs and hands it on as one batch.
type batcher struct {
	slots   chan struct{}
	room    room
	wake    chan struct{} // capacity 1
	pending atomic.Int64  // callers of submit that have brought a snapshot

	mu      sync.Mutex
	waiting []submitted
	closed  bool
}

func newBatcher(clock func() time.Time) *batcher {
	return &batcher{slots: make(chan struct{}, maxWaiting), room: room{clock: clock}, wake: make(chan struct{}, 1)}
}

// submit queues one item and returns when it is committed or rejected. Ctx bounds the waiting only: what was queued
// may be committed after submit has given up.
func (b *batcher) submit(ctx context.Context, it submitted) error {
	if it.snapshot.Source != "" {
		b.pending.Add(1)
		defer b.pending.Add(-1)
	}
	bytes := size(&it.snapshot)
	if err := b.room.enter(ctx, bytes); err != nil {
		return err
	}
	select {
	case b.slots <- struct{}{}:
	case <-ctx.Done():
		b.room.leave(bytes)
		return context.Cause(ctx)
	}
	done := make(chan error, 1)
	it.done, it.answered = done, func() { b.room.leave(bytes) }
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		<-b.slots
		b.room.leave(bytes)
		return ErrStopped
	}
	b.waiting = append(b.waiting, it)
	b.mu.Unlock()
	b.nudge()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (b *batcher) nudge() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// close refuses what comes from now on; what waits is still handed on.
func (b *batcher) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.nudge()
}

// take returns all that waits as one batch, leaving a second snapshot of one source for the next, and whatever came
// after orders until those are carried out. It is false when the batcher is closed and empty; an empty batch says to
// wait for wake.
func (b *batcher) take() (*batch, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := &batch{}
	var rest []submitted
	sources := map[string]bool{}
	for i, it := range b.waiting {
		if it.orders != nil {
			if i == 0 {
				out.items = append(out.items, it)
				i++
			}
			rest = append(rest, b.waiting[i:]...)
			break
		}
		source := it.snapshot.Source
		if source != "" && sources[source] {
			rest = append(rest, it)
			continue
		}
		sources[source] = true
		out.items = append(out.items, it)
	}
	b.waiting = rest
	for range out.items {
		<-b.slots
	}
	return out, len(out.items) > 0 || !b.closed
}

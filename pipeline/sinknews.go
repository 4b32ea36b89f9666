package pipeline

import (
	"context"
	"log/slog"
	"sync"

	"github.com/quorate/quorate/device"
)

// news are the events of the sinks' own that wait to be recorded, one of a kind and sink: a drain never waits for a
// commit, which may wait for the drain.
type news struct {
	wake chan struct{} // capacity 1

	mu   sync.Mutex
	list []newsItem
}

type newsItem struct {
	event device.Event
	done  []func()
}

// put adds e, or lets it take the place of one of its kind and sink; then it is false. Done is called when the event is
// recorded, or cannot be.
func (n *news) put(e device.Event, done func()) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range n.list {
		it := &n.list[i]
		if it.event.Type == e.Type && it.event.Sink == e.Sink {
			it.event, it.done = e, append(it.done, done)
			return false
		}
	}
	n.list = append(n.list, newsItem{e, []func(){done}})
	select {
	case n.wake <- struct{}{}:
	default:
	}
	return true
}

func (n *news) take() []newsItem {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.list
	n.list = nil
	return list
}

// record records them until ctx ends.
func (n *news) record(ctx context.Context, log *slog.Logger, add func(context.Context, []device.Event) error) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.wake:
		}
		items := n.take()
		events := make([]device.Event, len(items))
		for i := range items {
			events[i] = items[i].event
		}
		if err := add(ctx, events); err != nil && ctx.Err() == nil {
			log.Warn("event of a sink not recorded", "err", err)
		}
		for _, it := range items {
			for _, done := range it.done {
				done()
			}
		}
	}
}

package pipeline

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
)

// maxBytes bounds what snapshots hold that were handed over and are not yet committed, by the estimate of size: some
// 50,000 observations of the ordinary kind. Who comes then waits to be let in, in order. One that is larger by itself is
// let in alone.
const maxBytes = 32 << 20

// Rough sizes in memory, in bytes: of an observation without its lists, and of an element of one.
const (
	observationBytes = 512
	elementBytes     = 128
)

// size estimates what a snapshot holds in memory, from its counts and its long texts alone: it is asked of every one.
func size(s *device.Snapshot) int64 {
	n := 0
	for i := range s.Observations {
		o := &s.Observations[i]
		n += observationBytes + elementBytes*o.Elements()
		for c := range o.Claims {
			n += len(o.Claims[c].Raw)
		}
		for a := range o.Alerts {
			n += len(o.Alerts[a].Text)
		}
	}
	for i := range s.Rejected {
		n += elementBytes + len(s.Rejected[i].Body)
	}
	return int64(n)
}

// room is a number of bytes of which callers hold parts. Who finds too few waits in line.
type room struct {
	clock func() time.Time

	mu    sync.Mutex
	used  int64
	line  []*inLine
	since time.Time // since when somebody has stood in line; zero where nobody does
}

type inLine struct {
	bytes int64
	in    chan struct{} // closed when it is let in
}

// enter returns when there is room for so many bytes, or when ctx ends, with its cause. None are asked for always fit.
func (r *room) enter(ctx context.Context, bytes int64) error {
	if bytes == 0 {
		return nil
	}
	r.mu.Lock()
	if len(r.line) == 0 && r.fits(bytes) {
		r.used += bytes
		r.mu.Unlock()
		return nil
	}
	if len(r.line) == 0 {
		r.since = r.clock()
	}
	me := &inLine{bytes: bytes, in: make(chan struct{})}
	r.line = append(r.line, me)
	r.mu.Unlock()
	select {
	case <-me.in:
		return nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.line, me); i >= 0 {
		r.line = slices.Delete(r.line, i, i+1)
	} else {
		r.used -= bytes
	}
	r.letIn()
	return context.Cause(ctx)
}

// leave gives back what enter gave.
func (r *room) leave(bytes int64) {
	if bytes == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used -= bytes
	r.letIn()
}

func (r *room) fits(bytes int64) bool { return r.used == 0 || r.used+bytes <= maxBytes }

func (r *room) letIn() {
	for len(r.line) > 0 && r.fits(r.line[0].bytes) {
		r.used += r.line[0].bytes
		close(r.line[0].in)
		r.line = slices.Delete(r.line, 0, 1)
	}
	if len(r.line) == 0 {
		r.since = time.Time{}
	}
}

// held returns how many wait to be let in, and since when some have.
func (r *room) held() (int, time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.line), r.since
}

package pipeline

import (
	"sync"
	"time"

	"github.com/quorate/quorate/device"
)

// maxErrorText bounds in characters what is shown of a sink's error: it may repeat what a stranger answered.
const maxErrorText = 300

// gauge is what anybody may read of a drain while it runs.
type gauge struct {
	mu sync.Mutex
	s  device.SinkStatus
}

// SinkStatus returns how far the sinks have come, in the order of their routes; nothing before Run.
func (p *Pipeline) SinkStatus() []device.SinkStatus {
	newest := p.LastSeq()
	p.drains.mu.RLock()
	defer p.drains.mu.RUnlock()
	out := make([]device.SinkStatus, 0, len(p.drains.list))
	for _, d := range p.drains.list {
		out = append(out, d.gauge.status(d.route.Load(), newest))
	}
	return out
}

func (g *gauge) status(r *Route, newest int64) device.SinkStatus {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.s
	s.Name, s.Cap = r.Sink.Name(), r.Cap
	if s.Waiting = max(0, newest-s.Cursor); s.Waiting == 0 {
		s.OldestWaiting = time.Time{}
	}
	s.Blocks = r.blocks() && s.Waiting >= r.Cap
	if s.State == "" {
		s.State = device.SinkOK
		if s.Waiting > int64(r.Batch) {
			s.State = device.SinkBehind
		}
	}
	return s
}

func (g *gauge) cursor() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.s.Cursor
}

func (g *gauge) failingSince() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.s.FailingSince
}

func (g *gauge) moved(at int64, t *tally) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.s.Cursor, g.s.Dropped, g.s.SetAside, g.s.OldestWaiting = at, t.Dropped, t.SetAside, time.Time{}
}

// oldest is when the first of the events that wait happened.
func (g *gauge) oldest(at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.s.OldestWaiting = at
}

func (g *gauge) delivered(n int64, at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.s.Delivered += n
	g.s.LastDelivery = at
}

func (g *gauge) retried() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.s.Retried++
	g.s.NextTry = time.Time{}
}

func (g *gauge) fails(state device.SinkState, err error, at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.s.State, g.s.Error = state, line(err.Error(), maxErrorText)
	if g.s.FailingSince.IsZero() {
		g.s.FailingSince = at
	}
}

func (g *gauge) nextTry(at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.s.NextTry = at
}

func (g *gauge) works() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.s.State, g.s.Error, g.s.FailingSince, g.s.NextTry = "", "", time.Time{}, time.Time{}
}

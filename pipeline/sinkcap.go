package pipeline

import (
	"context"
	"time"
)

// capEvery is how often it is looked whether more wait than may, while a sink is not called.
const capEvery = time.Second

// drops says that the oldest events are passed over at the cap.
func (r *Route) drops() bool { return r.Cap > 0 && r.AtCap == DropOldest }

// blocks says that commits wait at the cap.
func (r *Route) blocks() bool { return r.Cap > 0 && r.AtCap == Block }

// keepCap passes over the oldest events above the cap. They are counted in the transaction that moves the cursor: what
// was delivered, set aside and dropped is everything up to it. While a call is out nothing is passed over.
func (d *drain) keepCap(ctx context.Context) bool {
	r := d.route.Load()
	if !r.drops() {
		return true
	}
	n := d.newest() - d.at - r.Cap
	if n <= 0 {
		return true
	}
	d.tally.dropped(n)
	if !d.save(ctx, d.at+n) {
		return false
	}
	d.noteDropped(n)
	return true
}

// room returns when no sink that may block has its cap waiting for it, or ctx ends. It is looked at before a commit: one
// that brings many events may go beyond. The committer alone calls it.
func (s *drains) room(ctx context.Context, newest func() int64) {
	if s.blocking != "" && s.full(newest(), 2) == "" {
		s.log.Info("commits no longer wait for a sink", "sink", s.blocking)
		s.blocking = ""
	}
	for {
		moved := s.watch()
		name := s.full(newest(), 1)
		if name == "" {
			return
		}
		if s.blocking == "" {
			s.blocking = name
			s.log.Warn("commits wait for a sink: as many events wait for it as may", "sink", name)
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return
		}
	}
}

// full returns the name of a sink that may block and for which a part of its cap waits, "" for none.
func (s *drains) full(newest, part int64) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, d := range s.list {
		if r := d.route.Load(); r.blocks() && newest-d.gauge.cursor() >= (r.Cap+part-1)/part {
			return d.name
		}
	}
	return ""
}

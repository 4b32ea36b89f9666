package host

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// watching is the watch of a source across the processes of its plugin. Its status is guarded by the source's mutex, the
// rest belongs to the goroutine of Watch.
type watching struct {
	status device.WatchStatus
	pace   pace
	delay  time.Duration // before the next try after a failure; 0 means the first one
	told   bool          // that it fails
	slowed time.Time     // when it was said last that it is slowed down
}

// Watch hands what the plugin hears of by itself to deliver, one snapshot after the other, until ctx ends or the source is
// closed. The plugin goes on when deliver has returned nil, so nothing piles up; where it says too much for long, it waits
// longer. The stream is opened again whenever it ends or the plugin is started anew. A watch that fails says nothing of
// any device: WatchStatus and the log name it, once. Watch runs once at a time, beside the polls.
func (s *Source) Watch(ctx context.Context, deliver func(device.Snapshot) error) {
	w := &watching{status: device.WatchStatus{State: device.WatchWaiting}, pace: newPace(s.host.limits)}
	s.mu.Lock()
	s.watching = w
	s.mu.Unlock()
	var again <-chan time.Time // nil: not by the same process
	for last := (*process)(nil); ; {
		p := s.watchable(ctx, last, again)
		if p == nil {
			return
		}
		err := s.watchBy(ctx, p, w, deliver)
		last, again = p, nil
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, sdk.ErrUnavailable) && s.lost(ctx, p):
			s.watched(w, device.WatchWaiting, nil) // the supervisor says why
		case err == nil:
			s.watched(w, device.WatchIdle, nil)
		case sdk.IsPermanent(err), errors.Is(err, errors.ErrUnsupported):
			s.watched(w, device.WatchFailing, err)
		default:
			s.watched(w, device.WatchFailing, err)
			again = time.After(w.next(s.host.limits))
		}
	}
}

// WatchStatus tells how the watch does; nil where the plugin, as far as is known, cannot watch.
func (s *Source) WatchStatus() *device.WatchStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watching == nil || !s.status.Info.Can(sdk.CapabilityWatch) {
		return nil
	}
	status := s.watching.status
	return &status
}

// watchable waits for a running plugin that can watch: another process than last, or, once again says so, any. It is nil
// when there will be none.
func (s *Source) watchable(ctx context.Context, last *process, again <-chan time.Time) *process {
	for {
		s.mu.Lock()
		p, changed := s.proc, s.changed
		s.mu.Unlock()
		if p != nil && p != last && p.info.Can(sdk.CapabilityWatch) {
			return p
		}
		select {
		case <-changed:
		case <-again:
			last = nil
		case <-ctx.Done():
			return nil
		case <-s.done:
			return nil
		}
	}
}

// watchBy runs one stream to its end.
func (s *Source) watchBy(ctx context.Context, p *process, w *watching, deliver func(device.Snapshot) error) error {
	// A stream that stays open for a while, or that brings something, is well.
	ended := false
	well := time.AfterFunc(s.host.limits.watchWell, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !ended {
			s.watchIs(w, device.WatchOpen, nil)
		}
	})
	began := time.Now()
	err := p.Watch(ctx, func(h sdk.Heard) error {
		n := len(h.Observations) + len(h.Rejected)
		if n == 0 {
			return s.slow(ctx, w, 1)
		}
		snap := device.Snapshot{Source: s.spec.Name, Started: time.Now().UTC(), Observations: h.Observations, Rejected: h.Rejected}
		s.ours(snap.Rejected)
		s.counts.rejected.Add(int64(len(h.Rejected)))
		if err := deliver(snap); err != nil {
			return fmt.Errorf("what it heard was not stored: %w", err)
		}
		s.mu.Lock()
		s.watchIs(w, device.WatchOpen, nil)
		w.status.Heard += int64(len(h.Observations))
		w.status.Rejected += int64(len(h.Rejected))
		w.status.LastHeard = time.Now().UTC()
		s.mu.Unlock()
		return s.slow(ctx, w, n)
	})
	well.Stop()
	s.mu.Lock()
	ended = true
	s.mu.Unlock()
	if time.Since(began) >= s.host.limits.watchWell {
		w.delay = 0
	}
	return err
}

// slow holds the acknowledgement back where too much was said for too long.
func (s *Source) slow(ctx context.Context, w *watching, n int) error {
	now := time.Now()
	wait := w.pace.take(now, n)
	if wait <= 0 {
		return nil
	}
	if w.slowed.IsZero() || now.Sub(w.slowed) > time.Hour {
		w.slowed = now
		s.log.Warn("watch says too much and is slowed down", "per_second", s.host.limits.watchRate)
	}
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// watched notes how the watch does.
func (s *Source) watched(w *watching, state device.WatchState, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchIs(w, state, why)
}

// watchIs is watched with mu held. What is news is logged.
func (s *Source) watchIs(w *watching, state device.WatchState, why error) {
	w.status.State = state
	switch {
	case why != nil:
		w.status.LastError = s.text.line(why.Error())
		if !w.told {
			w.told = true
			s.log.Warn("watch failed", "err", w.status.LastError)
		}
	case w.told && state != device.WatchWaiting:
		w.told = false
		s.log.Info("watch works again")
	}
}

// next is the time to the next try after a failure, which doubles as that between two starts of a plugin.
func (w *watching) next(l limits) time.Duration {
	w.delay = min(max(2*w.delay, l.restart), l.restartMax)
	return time.Duration(float64(w.delay) * (0.8 + 0.2*rand.Float64()))
}

// pace lets so many things through in a second for long, and a burst of them at once.
type pace struct {
	each, burst time.Duration
	paid        time.Time // up to when what came is spread at the pace
}

func newPace(l limits) pace {
	each := time.Second / time.Duration(l.watchRate)
	return pace{each: each, burst: time.Duration(l.watchBurst) * each}
}

// take counts n in at now and returns for how long nothing more should come.
func (p *pace) take(now time.Time, n int) time.Duration {
	if p.paid.Before(now) {
		p.paid = now
	}
	p.paid = p.paid.Add(time.Duration(n) * p.each)
	return p.paid.Sub(now) - p.burst
}

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

// supervise keeps the plugin running until ctx ends or the plugin refuses its configuration.
func (s *Source) supervise(ctx context.Context) {
	defer close(s.done)
	var h history
	for first := true; ; first = false {
		if !first {
			s.change(func() { s.phase, s.status.Restarts = starting, s.status.Restarts+1 })
		}
		began := time.Now()
		p, err := s.launch(ctx)
		if err == nil {
			s.change(func() {
				s.phase, s.proc, s.err = running, p, nil
				s.status.Running, s.status.PID, s.status.Info, s.status.Quarantined = true, p.run.pid(), p.info, false
			})
			s.log.Info("plugin started", "plugin", p.info.Type, "pid", p.run.pid(), "took", time.Since(began))
			began = time.Now()
			err = s.watch(ctx, p)
			s.gone(ctx, p, err)
		}
		if ctx.Err() != nil {
			s.change(func() { s.phase, s.err = ended, errClosed })
			return
		}
		if time.Since(began) >= s.host.limits.healthy {
			h = history{}
		}
		var known *startError
		if errors.As(err, &known) && known.permanent {
			s.refused(err)
			return
		}
		if !s.pause(ctx, &h, err, known == nil || known.crashed) {
			return
		}
	}
}

// launch starts and configures the plugin.
func (s *Source) launch(ctx context.Context) (*process, error) {
	p, err := s.host.start(ctx, s.spec, s.text, s.log)
	if err != nil {
		return nil, err
	}
	call, cancel := context.WithTimeoutCause(ctx, s.host.limits.start, fmt.Errorf("configure: no answer within %v", s.host.limits.start))
	defer cancel()
	config := s.spec.Config
	if len(config) == 0 {
		config = []byte("{}")
	}
	if err = p.Configure(call, s.spec.Name, config); err == nil {
		return p, nil
	}
	permanent := sdk.IsPermanent(err)
	if permanent && ctx.Err() == nil {
		p.stop()
		return nil, &startError{err: fmt.Errorf("configure: %w", err), permanent: true}
	}
	p.kill()
	if errors.Is(err, sdk.ErrUnavailable) {
		return nil, &startError{err: fmt.Errorf("configure: the plugin ended: %s", p.run.epitaph()), crashed: true}
	}
	return nil, &startError{err: fmt.Errorf("configure: %w", err), crashed: call.Err() != nil}
}

// watch returns when p has ended, hangs, or ctx has ended: the error says which.
func (s *Source) watch(ctx context.Context, p *process) error {
	l := s.host.limits
	check := time.NewTimer(l.healthEvery)
	defer check.Stop()
	missed := 0
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.run.exited:
			return errors.New(p.run.epitaph())
		case late := <-s.overrun:
			if late == p && !s.settles(ctx, p) {
				return fmt.Errorf("it hangs: a poll went on for %v after its deadline", l.drain)
			}
		case <-check.C:
			next := l.healthEvery
			if err := p.healthy(ctx); err == nil || ctx.Err() != nil {
				missed = 0
			} else if missed++; missed >= l.missed {
				return fmt.Errorf("it hangs: %d health checks went unanswered", missed)
			} else {
				next = l.healthRetry
			}
			check.Reset(next)
		}
	}
}

// settles reports whether the poll that ran out of time ends soon.
func (s *Source) settles(ctx context.Context, p *process) bool {
	drain, cancel := context.WithTimeout(ctx, s.host.limits.drain)
	defer cancel()
	err := p.Drain(drain)
	// A plugin that is gone is seen elsewhere.
	return err == nil || errors.Is(err, sdk.ErrUnavailable) || ctx.Err() != nil
}

// gone takes p out of service and ends what is left of it.
func (s *Source) gone(ctx context.Context, p *process, why error) {
	s.change(func() {
		s.phase, s.proc, s.status.Running, s.status.PID = starting, nil, false, 0
		s.lastWord = s.text.line(why.Error())
	})
	if ctx.Err() == nil {
		p.kill()
		return
	}
	p.stop()
}

// refused ends supervision: with this configuration the plugin can never run.
func (s *Source) refused(err error) {
	text := s.text.line(err.Error())
	s.log.Error("plugin refused its configuration", "err", text)
	s.change(func() {
		s.phase, s.err, s.fatal = ended, err, err
		s.status.Permanent, s.status.LastError = true, text
	})
}

// pause waits until the plugin may be started again, and reports false when ctx ended instead.
func (s *Source) pause(ctx context.Context, h *history, err error, crashed bool) bool {
	now := time.Now()
	delay, tooMany := h.next(now, s.host.limits, crashed)
	// Not in step with the other plugins that the same cause ended.
	delay = time.Duration(float64(delay) * (0.8 + 0.4*rand.Float64()))
	text := s.text.line(err.Error())
	name := s.spec.Name
	s.change(func() {
		s.phase, s.next, s.status.LastError = waiting, now.Add(delay), text
		s.err = fmt.Errorf("the plugin is not running: %s", text)
		if tooMany {
			s.phase, s.status.Quarantined = quarantined, true
			s.err = fmt.Errorf("the plugin is quarantined after %d crashes: %s", s.host.limits.crashes, text)
		}
	})
	shown := delay.Round(100 * time.Millisecond)
	switch {
	case tooMany:
		s.log.Error("plugin quarantined", "err", text, "retry_in", shown)
		s.host.onEvent(name, device.EventSourceQuarantined, fmt.Sprintf("the plugin of %s keeps crashing and is left alone for %v: %s", name, shown, text))
	case crashed:
		s.log.Warn("plugin crashed", "err", text, "retry_in", shown)
		s.host.onEvent(name, device.EventSourceCrashed, fmt.Sprintf("the plugin of %s crashed and starts again in %v: %s", name, shown, text))
	case h.told != text:
		s.log.Warn("plugin cannot be started", "err", text)
	}
	h.told = text
	select {
	case <-ctx.Done():
		s.change(func() { s.phase, s.err = ended, errClosed })
		return false
	case <-time.After(delay):
		return true
	}
}

// history is what the supervisor remembers of the plugin's failures.
type history struct {
	failures int // in a row
	crashes  []time.Time
	told     string // what was logged last
}

// next counts a failure in and returns how long to wait, and whether that is a quarantine.
func (h *history) next(now time.Time, l limits, crashed bool) (time.Duration, bool) {
	delay := l.restart
	for range h.failures {
		if delay *= 2; delay >= l.restartMax {
			delay = l.restartMax
			break
		}
	}
	h.failures++
	if !crashed {
		return delay, false
	}
	var recent []time.Time
	for _, c := range h.crashes {
		if now.Sub(c) < l.crashWindow {
			recent = append(recent, c)
		}
	}
	h.crashes = append(recent, now)
	if len(h.crashes) < l.crashes {
		return delay, false
	}
	// After it one more crash is enough.
	h.crashes = h.crashes[1:]
	for i := range h.crashes {
		h.crashes[i] = now.Add(l.quarantine)
	}
	return l.quarantine, true
}

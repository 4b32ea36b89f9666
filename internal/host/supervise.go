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
			s.change(func() { s.phase, s.status.Restarts = device.PluginStarting, s.status.Restarts+1 })
		}
		began := time.Now()
		p, err := s.launch(ctx)
		if err == nil {
			s.welcome(ctx, p)
			s.change(func() {
				s.phase, s.proc, s.err = device.PluginRunning, p, nil
				s.status.Running, s.status.PID, s.status.Info, s.status.Quarantined = true, p.run.pid(), p.info, false
			})
			s.log.Info("plugin started", "plugin", p.info.Type, "pid", p.run.pid(), "took", time.Since(began))
			s.restarted(&h)
			err = s.watch(ctx, p, &h)
			s.gone(ctx, p, err)
		}
		if ctx.Err() != nil {
			s.change(func() { s.phase, s.err = device.PluginStopped, errClosed })
			return
		}
		failed := asFailure(err)
		if failed.permanent {
			s.refused(err)
			return
		}
		if !s.pause(ctx, &h, failed) {
			return
		}
	}
}

// launch starts and configures the plugin.
func (s *Source) launch(ctx context.Context) (*process, error) {
	p, err := s.host.start(ctx, s.spec, s.text, s.log, &s.counts)
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
		return nil, &failure{err: fmt.Errorf("configure: %w", err), permanent: true}
	}
	p.kill()
	switch {
	case p.run.condemned() != nil, errors.Is(err, sdk.ErrUnavailable):
		return nil, p.run.failed("configure: the plugin ended: ")
	case call.Err() != nil:
		return nil, &failure{err: fmt.Errorf("configure: %w", err), kind: device.EventSourceHung}
	}
	return nil, &failure{err: fmt.Errorf("configure: %w", err)}
}

// watch returns when p has ended, hangs, or ctx has ended: the error says which.
func (s *Source) watch(ctx context.Context, p *process, h *history) error {
	l := s.host.limits
	check, well := time.NewTimer(l.healthEvery), time.NewTimer(l.healthy)
	defer check.Stop()
	defer well.Stop()
	missed := 0
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.run.exited:
			return p.run.failed("")
		case <-well.C:
			h.well()
		case late := <-s.overrun:
			if late == p && !s.settles(ctx, p) {
				return &failure{err: fmt.Errorf("it hangs: a poll went on for %v after its deadline", l.drain), kind: device.EventSourceHung}
			}
		case <-check.C:
			next := l.healthRetry
			switch err := p.healthy(ctx); {
			case err == nil, ctx.Err() != nil:
				missed, next = 0, l.healthEvery
			case p.run.ended():
				// It does not hang: what it died of is known when all that it left is gone.
			default:
				if missed++; missed >= l.missed {
					return &failure{err: fmt.Errorf("it hangs: %d health checks went unanswered", missed), kind: device.EventSourceHung}
				}
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

// gone takes p out of service and ends what is left of it. It waits for as long as the kernel takes to end a process.
func (s *Source) gone(ctx context.Context, p *process, why error) {
	s.change(func() {
		s.phase, s.proc, s.status.Running, s.status.PID = device.PluginEnding, nil, false, 0
		s.ending, s.lastWord = p, s.text.line(why.Error())
	})
	if ctx.Err() == nil {
		p.kill()
	} else {
		p.stop()
	}
	s.change(func() { s.ending = nil })
}

// refused ends supervision: with this configuration the plugin can never run.
func (s *Source) refused(err error) {
	text := s.text.line(err.Error())
	s.log.Error("plugin refused its configuration", "err", text)
	s.change(func() {
		s.phase, s.err, s.fatal = device.PluginRefused, err, err
		s.status.Permanent, s.status.LastError = true, text
	})
}

// pause waits until the plugin may be started again, and reports false when ctx ended instead.
func (s *Source) pause(ctx context.Context, h *history, failed *failure) bool {
	now := time.Now()
	delay, tooMany := h.next(now, s.host.limits, failed.kind != "")
	// Not in step with the other plugins that the same cause ended, and never later than said.
	delay = time.Duration(float64(delay) * (0.8 + 0.2*rand.Float64()))
	text := s.text.line(failed.Error())
	s.change(func() {
		s.phase, s.next, s.status.LastError = device.PluginWaiting, now.Add(delay), text
		s.crashed, s.crashes = failed.kind != "", h.crashes
		s.err = fmt.Errorf("the plugin is not running: %s", text)
		if tooMany {
			s.phase, s.status.Quarantined = device.PluginQuarantined, true
			s.err = fmt.Errorf("the plugin is quarantined until %s: %s", s.next.UTC().Format("15:04 MST"), text)
		}
	})
	s.tell(h, failed, text, delay, tooMany)
	select {
	case <-ctx.Done():
		s.change(func() { s.phase, s.err = device.PluginStopped, errClosed })
		return false
	case <-time.After(delay):
		return true
	}
}

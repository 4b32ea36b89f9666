package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// Status is how a plugin does.
type Status struct {
	Running bool
	PID     int
	Info    sdk.Info // of the last start that went well
	// Restarts counts the starts after the first.
	Restarts    int
	Quarantined bool
	// Permanent says that the source is not polled any more until it is configured anew; LastError says why.
	Permanent bool
	LastError string
}

// counts are what was taken from all processes of a source's plugin and thrown away.
type counts struct {
	logs     atomic.Int64 // lines
	stdout   atomic.Int64 // bytes
	rejected atomic.Int64 // observations
	refused  atomic.Int64 // polls
}

// Source is one supervised plugin. Its methods may be called concurrently; polls run one at a time.
type Source struct {
	host   *Host
	spec   Spec
	text   texts
	log    *slog.Logger
	cancel context.CancelFunc
	done   chan struct{} // closed when the supervisor has returned
	turn   chan struct{} // held by the poll that runs
	probes chan struct{} // a place is held by each probe that runs
	counts counts
	told   *window // the supervisor's: events that it caused

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at each change of what follows
	phase    device.PluginState
	proc     *process // while running
	ending   *process // while it is being ended
	crashed  bool     // that is how it came to its end last, rather than not being there at all
	crashes  []time.Time
	next     time.Time
	status   Status
	err      error  // why it is not running
	fatal    error  // a permanent error of the plugin, which outlives its processes
	polls    uint64 // the number of the last poll
	overrun  chan *process
	lastWord string // how the last process ended
	// following is what the plugin is told before a poll, watching how its watch does; nil before Watch.
	following following
	watching  *watching
}

func newSource(h *Host, spec Spec, cancel context.CancelFunc) *Source {
	return &Source{
		host: h, spec: spec, text: newTexts(spec.Secrets), log: h.log.With("source", spec.Name), cancel: cancel,
		done: make(chan struct{}), turn: make(chan struct{}, 1), changed: make(chan struct{}), overrun: make(chan *process, 1),
		polls: spec.Polls, probes: make(chan struct{}, probesBeside),
		told: newWindow(maxTold, time.Hour), phase: device.PluginStarting,
	}
}

// Poll runs one poll and returns what it brought. It never fails otherwise than by the snapshot's Err, which is one
// line without secrets. A poll that a crash of the plugin cuts off is done again once, as far as ctx lets it.
func (s *Source) Poll(ctx context.Context) device.Snapshot {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.host.limits.poll, fmt.Errorf("poll timeout %v", s.host.limits.poll))
		defer cancel()
	}
	snap := device.Snapshot{Source: s.spec.Name, Started: time.Now().UTC()}
	var (
		polled sdk.Polled
		err    error
	)
	select {
	case s.turn <- struct{}{}:
		s.mu.Lock()
		s.polls++
		snap.Poll = s.polls
		s.mu.Unlock()
		snap.Started = time.Now().UTC()
		polled, err = s.poll(ctx, snap.Poll)
		<-s.turn
	case <-ctx.Done():
		err = fmt.Errorf("the poll before it still runs: %w", context.Cause(ctx))
	}
	snap.At = time.Now().UTC()
	s.counts.rejected.Add(int64(polled.RejectedCount))
	if errors.Is(err, sdk.ErrRefused) {
		s.counts.refused.Add(1)
	}
	if err != nil {
		snap.Err = s.text.line(s.reason(err, snap.At.Sub(snap.Started)))
		return snap
	}
	snap.SourceClock, snap.Observations, snap.Rejected = polled.SourceClock, polled.Observations, polled.Rejected
	s.ours(snap.Rejected)
	return snap
}

// ours makes rejections of the plugin fit to be listed.
func (s *Source) ours(rejected []device.Rejection) {
	for i := range rejected {
		r := &rejected[i]
		r.Source, r.Reason, r.Body = s.spec.Name, s.text.line(r.Reason), s.text.bytes(r.Body)
	}
}

// reason names a deadline in words.
func (s *Source) reason(err error, took time.Duration) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("timeout: the poll was not complete after %v: is the monitor slow, or \"timeout\" too short?", took.Round(100*time.Millisecond))
	}
	text := err.Error()
	if limit := s.spec.Limits.orDefault().blamed(text); limit != "" && !strings.Contains(text, limit) {
		text += ": " + limit
	}
	return text
}

func (s *Source) poll(ctx context.Context, n uint64) (sdk.Polled, error) {
	const tries = 2
	var err error
	for range tries {
		p, readyErr := s.ready(ctx, true)
		if readyErr != nil {
			// What cut the first try off says more than that there is no time for another.
			if err != nil {
				return sdk.Polled{}, err
			}
			return sdk.Polled{}, readyErr
		}
		var polled sdk.Polled
		if err = s.inform(ctx, p); err == nil {
			polled, err = p.Poll(ctx, n)
		}
		switch {
		case err == nil:
			return polled, nil
		case sdk.IsPermanent(err):
			s.remember(err)
			return sdk.Polled{}, err
		case ctx.Err() != nil:
			s.overran(p)
			return sdk.Polled{}, err
		case !errors.Is(err, sdk.ErrUnavailable) || !s.lost(ctx, p):
			return sdk.Polled{}, err
		}
		s.mu.Lock()
		err = fmt.Errorf("the plugin ended: %s", s.lastWord)
		s.mu.Unlock()
	}
	return sdk.Polled{}, err
}

// ready waits for a running plugin as long as one may come soon; patiently, for the next start of one that crashed, where
// ctx leaves time for it.
func (s *Source) ready(ctx context.Context, patiently bool) (*process, error) {
	first := -1
	for {
		s.mu.Lock()
		p, changed, err := s.proc, s.changed, s.err
		if first < 0 {
			first = s.status.Restarts
		}
		wait := s.host.limits.restart * 2
		if end, ok := ctx.Deadline(); ok && patiently && s.crashed && s.status.Restarts == first {
			wait = max(wait, time.Until(end)-wait)
		}
		soon := s.phase == device.PluginStarting || s.phase == device.PluginEnding || s.phase == device.PluginWaiting && time.Until(s.next) < wait
		fatal := s.fatal
		s.mu.Unlock()
		switch {
		case fatal != nil:
			return nil, fatal
		case p != nil:
			return p, nil
		case !soon:
			return nil, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("the plugin is not ready: %w", context.Cause(ctx))
		}
	}
}

// remember keeps a permanent error: the plugin is not asked again.
func (s *Source) remember(err error) {
	s.change(func() {
		s.fatal, s.status.Permanent, s.status.LastError = err, true, s.text.line(err.Error())
	})
	s.log.Warn("source is not polled again until it is configured anew", "err", s.text.line(err.Error()))
}

// overran tells the supervisor to see whether p ends the poll that ran out of time.
func (s *Source) overran(p *process) {
	select {
	case s.overrun <- p:
	default:
	}
}

// How long after a failed call the end of a process shows; a plugin that lives on has only given that error.
const showsAfter = time.Second

// lost reports whether p has ended, and waits until the supervisor has taken note of it.
func (s *Source) lost(ctx context.Context, p *process) bool {
	soon := time.NewTimer(showsAfter)
	defer soon.Stop()
	select {
	case <-p.run.fallen:
	case <-soon.C:
		return false
	case <-ctx.Done():
		return false
	}
	for {
		s.mu.Lock()
		changed, now := s.changed, s.proc
		s.mu.Unlock()
		if now != p {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// Probe asks for one device now.
func (s *Source) Probe(ctx context.Context, ref string) (device.Observation, error) {
	p, err := s.able(ctx, sdk.CapabilityProbe)
	if err != nil {
		return device.Observation{}, err
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	select {
	case s.probes <- struct{}{}:
		defer func() { <-s.probes }()
	case <-ctx.Done():
		return device.Observation{}, fmt.Errorf("too many other probes still run: %w", context.Cause(ctx))
	}
	o, err := p.Probe(ctx, ref)
	if err != nil {
		if sdk.IsPermanent(err) {
			s.remember(err)
		}
		return device.Observation{}, errors.New(s.text.line(err.Error()))
	}
	return o, nil
}

// Committed tells a source that wants to know that its poll number n is durable. What it does with that is its own
// affair: a plugin that is not there does not hear it.
func (s *Source) Committed(ctx context.Context, n uint64) {
	s.mu.Lock()
	p := s.proc
	s.mu.Unlock()
	if p == nil || !p.info.Can(sdk.CapabilityAcknowledged) {
		return
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	if err := p.Committed(ctx, n); err != nil {
		s.log.Warn("source was not told of a commit", "err", s.text.line(err.Error()))
	}
}

// Can reports whether the plugin has ability c; false until it has been started once.
func (s *Source) Can(c sdk.Capability) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status.Info.Can(c)
}

func (s *Source) able(ctx context.Context, c sdk.Capability) (*process, error) {
	p, err := s.ready(ctx, false)
	if err != nil {
		return nil, errors.New(s.text.line(err.Error()))
	}
	if !p.info.Can(c) {
		return nil, fmt.Errorf("source %q: %w: %s", s.spec.Name, errors.ErrUnsupported, c)
	}
	return p, nil
}

// limit gives a call a deadline of at most the usual one.
func (s *Source) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	d := s.host.limits.call
	return context.WithTimeoutCause(ctx, d, fmt.Errorf("no answer within %v", d))
}

// Status tells how the plugin does now.
func (s *Source) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Polls returns the number of the last poll that began.
func (s *Source) Polls() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.polls
}

// Name returns the source's name.
func (s *Source) Name() string { return s.spec.Name }

// Close ends the plugin and returns when it has ended. When ctx ends first the plugin is killed.
func (s *Source) Close(ctx context.Context) error {
	s.cancel()
	defer s.host.remove(s)
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	for _, p := range []*process{s.proc, s.ending} {
		if p != nil {
			p.run.kill()
		}
	}
	s.mu.Unlock()
	// A process that waits for a broken disk, say, ends when that answers.
	select {
	case <-s.done:
		return nil
	case <-time.After(2 * s.host.limits.kill):
		return fmt.Errorf("source %q: its plugin does not end although it was killed: the kernel holds it", s.spec.Name)
	}
}

// change changes the state under the lock and wakes who waits for it.
func (s *Source) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

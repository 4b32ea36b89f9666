package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sinks"
)

// DefaultOn is what people are told where "on" says nothing: what they may have to do something about.
func DefaultOn() []string {
	return []string{
		"verdict.changed:down", "verdict.changed:unknown", "verdict.changed:up", "flapping.started", "source.blind", "source.recovered",
		"agent.degraded", "agent.recovered", "sink.dropped",
	}
}

// Options is what a sink takes from outside its configuration.
type Options struct {
	Name   string // of the cursor and the ledger
	Target int    // which of the URLs
	Filter sinks.Filter
	// A message that was not taken is tried again after First, then after twice as long each time, up to Most.
	First, Most time.Duration
	// State is how all is now. Where events were dropped, or the sink is new, it stands for those that never came.
	State func() State
	Clock func() time.Time // nil is the wall clock
}

// State is how all is at one time.
type State struct {
	Devices   []device.Current
	Incidents []device.Incident
	Sources   []device.SourceStatus
	// Degraded says how the agent itself is not well, "" where it is.
	Degraded string
}

// Sink tells one target. Make one with New.
type Sink struct {
	opt Options
	t   *teller
	// send makes one attempt, or goes on waiting for one under way. It returns the number of the message that was taken.
	send    func(ctx context.Context, m *message, now time.Time) (int64, error)
	fails   int       // in a row
	retry   time.Time // not before then
	called  time.Time
	instant time.Time // of the newest event
	// booked is the newest message that the ledger has. Only such are sent: after a crash it is the same message that is
	// on its way, and what the reader was told is never forgotten.
	booked int64
	owes   error // why the last attempt failed, nil where it did not
}

// New makes the sink of one target and does no I/O.
func New(c Config, opt Options) (*Sink, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if opt.Target < 0 || opt.Target >= len(c.URLs) {
		return nil, fmt.Errorf("there is no URL number %d", opt.Target+1)
	}
	to, err := newTarget(c.URLs[opt.Target])
	if err != nil {
		return nil, err
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	t := &teller{ledger: newLedger(), wants: opt.Filter.Wants, perHour: c.PerHour, link: strings.TrimRight(c.Link, "/")}
	if t.settle, err = c.settle(); err != nil {
		return nil, err
	}
	if t.zone, err = c.zone(); err != nil {
		return nil, err
	}
	if t.perHour == 0 {
		t.perHour = DefaultPerHour
	}
	return &Sink{opt: opt, send: (&outbound{target: to}).send, t: t}, nil
}

// Name is that of the cursor and the ledger.
func (s *Sink) Name() string { return s.opt.Name }

// StartAtEnd reports that a new sink tells nothing of what was before it.
func (s *Sink) StartAtEnd() bool { return true }

// Recall reads what was booked.
func (s *Sink) Recall(entries []Entry) error {
	err := s.t.recall(entries)
	s.booked = s.t.head.Next
	return err
}

// Book returns what changed since the last call.
func (s *Sink) Book() []Entry {
	s.booked = s.t.head.Next
	return s.t.book()
}

// Next is when there is something to do without events.
func (s *Sink) Next() time.Time {
	if len(s.t.outbox) > 0 {
		if now := s.opt.Clock(); s.retry.Before(now) {
			return now
		}
		return s.retry
	}
	at := s.t.next()
	if soonest := s.called.Add(time.Second); !at.IsZero() && at.Before(soonest) {
		return soonest // what was due at the last call and is still, waits for something else
	}
	return at
}

// Deliver takes in all events, and sends one message at most: what it did is booked before the next.
func (s *Sink) Deliver(ctx context.Context, events []device.Event) (int, error) {
	now := s.opt.Clock()
	s.called = now
	s.t.rebase(now)
	if len(events) > 0 && s.opt.State != nil {
		switch first, last := events[0].Seq, s.t.head.Seq; {
		case last == 0 && first > 1:
			s.t.seed(s.opt.State())
		case last > 0 && first > last+1:
			s.t.heal(s.opt.State(), now)
		}
	}
	for i := range events {
		e := &events[i]
		if e.Seq <= s.t.head.Seq {
			continue // given once more by a person: what it led to is known
		}
		if e.At.After(s.instant) { // what happens in one instant happens together
			s.t.compose(e.At.Add(-time.Nanosecond), s.owes != nil)
			s.instant = e.At
		}
		s.t.fold(e)
	}
	s.t.compose(now, s.owes != nil)
	if len(s.t.outbox) == 0 {
		s.owes = nil
		return len(events), nil
	}
	if s.owes != nil && now.Before(s.retry) || s.t.outbox[0].ID > s.booked {
		return len(events), s.owes
	}
	id, err := s.send(ctx, &s.t.outbox[0], now)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return len(events), err
		}
		s.owes, s.retry = err, s.opt.Clock().Add(s.pause())
		s.fails++
		return len(events), err
	}
	s.t.sent(id)
	s.owes, s.fails, s.retry = nil, 0, time.Time{}
	return len(events), nil
}

// pause is how long to wait after a failure.
func (s *Sink) pause() time.Duration {
	pause := max(s.opt.First, time.Second)
	for range min(s.fails, 16) {
		pause = min(2*pause, max(s.opt.Most, s.opt.First))
	}
	return pause
}

// Service is the name of the service that a URL is for: all of it that may be shown.
func Service(u device.Secret) string {
	to, err := newTarget(u)
	if err != nil {
		return "unknown"
	}
	return to.scheme
}

// Try sends one message that says that it is a test, and returns why it was not taken.
func Try(ctx context.Context, u device.Secret, agent, sink string) error {
	to, err := newTarget(u)
	if err != nil {
		return errors.New("the URL " + err.Error())
	}
	out := &outbound{target: to}
	_, err = out.send(ctx, &message{
		ID: 1, Title: "test of " + name(agent), Body: "The sink " + name(sink) + " of the agent " + name(agent) + " reaches you. Nothing is down.",
	}, time.Now())
	return err
}

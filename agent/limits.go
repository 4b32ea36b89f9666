package agent

import (
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
)

// maxUnrecorded bounds the events on limits that wait to be recorded: a full disk records none of them.
const maxUnrecorded = 64

// limits knows which limits the agent is at. Whoever meets one says so, and says so again when it is over; a limit that
// was over for its calm is left, so that one which comes and goes is one. All methods are safe for concurrent use.
type limits struct {
	log   *slog.Logger
	clock func() time.Time

	mu         sync.Mutex
	held       map[limitKey]*heldLimit
	since      time.Time // of the state
	unrecorded []device.Event
	lost       int           // events that found no room in unrecorded
	wake       chan struct{} // capacity 1: unrecorded is not empty
}

type limitKey struct {
	kind    device.LimitKind
	subject string
}

type heldLimit struct {
	device.Limit
	over time.Time // since when it is no longer met; zero while it is
}

func newLimits(log *slog.Logger, clock func() time.Time) *limits {
	return &limits{log: log, clock: clock, held: map[limitKey]*heldLimit{}, since: clock(), wake: make(chan struct{}, 1)}
}

// met says that the agent is at a limit; the text is the first one until it is left, unless the limit changes its words.
func (l *limits) met(kind device.LimitKind, subject, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := limitKey{kind, subject}
	if h := l.held[key]; h != nil {
		h.over, h.Text = time.Time{}, text
		return
	}
	now := l.clock()
	if len(l.held) == 0 {
		l.since = now
	}
	h := &heldLimit{Limit: device.Limit{Limit: kind, Subject: subject, Since: now, Text: text, Advice: advice[kind]}}
	l.held[key] = h
	l.log.Warn("agent degraded", "limit", kind, "subject", subject, "text", text)
	l.note(device.Event{Type: device.EventAgentDegraded, Reason: string(kind), Sink: subject, Since: now, Text: text})
}

// over says that a limit is no longer met. It is left at a tick, once its calm has passed.
func (l *limits) over(kind device.LimitKind, subject string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.held[limitKey{kind, subject}]; h != nil && h.over.IsZero() {
		h.over = l.clock()
	}
}

// is says that a limit is met or over, whichever holds.
func (l *limits) is(met bool, kind device.LimitKind, subject, text string) {
	if met {
		l.met(kind, subject, text)
		return
	}
	l.over(kind, subject)
}

// subjects are what is at a limit of that kind.
func (l *limits) subjects(kind device.LimitKind) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for key := range l.held {
		if key.kind == kind {
			out = append(out, key.subject)
		}
	}
	return out
}

// tick leaves the limits that have been over for their calm.
func (l *limits) tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	for key, h := range l.held {
		if h.over.IsZero() || now.Sub(h.over) < calm(key.kind) {
			continue
		}
		delete(l.held, key)
		lasted := h.over.Sub(h.Since).Round(time.Millisecond)
		l.log.Info("agent recovered", "limit", key.kind, "subject", key.subject, "took", lasted)
		l.note(device.Event{
			Type: device.EventAgentRecovered, Reason: string(key.kind), Sink: key.subject, Since: h.Since, Until: h.over,
			Text: "over after " + lasted.Round(time.Second).String() + ": " + h.Text,
		})
		if len(l.held) == 0 {
			l.since = h.over
		}
	}
}

// note keeps an event until it can be recorded.
func (l *limits) note(e device.Event) {
	if len(l.unrecorded) >= maxUnrecorded {
		l.lost++
		return
	}
	l.unrecorded = append(l.unrecorded, e)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// take returns the events that wait to be recorded, and how many found no room.
func (l *limits) take() (events []device.Event, lost int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	events, lost = l.unrecorded, l.lost
	l.unrecorded, l.lost = nil, 0
	return events, lost
}

// current returns the state with its beginning, and the limits in the order in which they were met.
func (l *limits) current() (state device.AgentState, since time.Time, at []device.Limit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at = make([]device.Limit, 0, len(l.held))
	for _, h := range l.held {
		at = append(at, h.Limit)
	}
	slices.SortFunc(at, func(a, b device.Limit) int {
		if c := a.Since.Compare(b.Since); c != 0 {
			return c
		}
		return compareLimits(a, b)
	})
	if len(at) > 0 {
		return device.AgentDegraded, l.since, at
	}
	return device.AgentOK, l.since, at
}

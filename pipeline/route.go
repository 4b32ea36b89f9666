package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate/device"
)

// Sink consumes events. It is called by one goroutine at a time, with events in order, and may see one again after an
// error, a crash or a restart: an event's ID is the key to tell, and its bytes are the same each time.
type Sink interface {
	// Name is that of its cursor and its ledger.
	Name() string
	// Deliver takes events in order and returns how many of them, from the first, need not come again. With a nil error
	// the others come at once: a sink that needs its time says so by taking one or more, and less than all. With an
	// error, event n could not be taken: it comes again after a back-off. Events must not be changed or kept. Ctx ends
	// with the route's time-out; a call that goes on all the same holds up this sink alone.
	//
	// An error may say more by a method, found by errors.As. Permanent() bool: no repetition can help, and event n is set
	// aside at once. Answered() bool: whoever the sink speaks to is there and refuses event n; it is set aside after
	// eight such refusals in a row, unless the one before it was too. RetryAfter() time.Duration: not before then, at
	// most the longest back-off.
	Deliver(ctx context.Context, events []device.Event) (n int, err error)
}

// StartAtEnd is a Sink that wants no events older than itself.
type StartAtEnd interface{ StartAtEnd() bool }

// Timed is a Sink that has things to do at times of its own, such as to send what it held back. It takes all events that
// it is given; an error beside that says what it still owes, which is told and tried again when Next says so.
type Timed interface {
	// Next is when Deliver is to be called even if there are no events by then: with none. It is asked after each Deliver
	// and before the first; a time that has passed means at once, and zero means not before there are events.
	Next() time.Time
}

// Bookkeeper is a Sink that remembers what it sent. Its entries are its sent-ledger: they are committed in the
// transaction that moves the cursor, so that after a crash the two agree.
type Bookkeeper interface {
	// Recall gives it all that is stored, once, before the first delivery.
	Recall(entries []Entry) error
	// Book returns what changed since the last call. It is asked after every Deliver, also a failed one, and before the
	// next. What it returns is stored before anything else is sent.
	Book() []Entry
}

// Entry is one thing that a sink remembers, under a key of its own, which is not empty. A nil value removes it.
type Entry struct {
	Key   string
	Value []byte
}

// CapPolicy says what happens when as many events wait for a sink as may.
type CapPolicy int

// The policies. Block makes commits wait until the sink has taken some, which reaches the sources as back-pressure; a
// sink that records events during Deliver would wait for itself and must not have it. DropOldest passes over the oldest
// and counts them.
const (
	Block CapPolicy = iota
	DropOldest
)

// Route is a sink with how it is served. Zero values are the defaults.
type Route struct {
	Sink    Sink
	Timeout time.Duration // of one Deliver, default 10 s
	Batch   int           // events a Deliver at most, default 256
	// A failed delivery is tried again after First, then after twice as long each time, up to Most; spread by a fifth.
	// The defaults are 1 s and 1 min.
	First, Most time.Duration
	// Cap is how many events may wait; 0 means no limit: the journal keeps them all.
	Cap   int64
	AtCap CapPolicy
}

// The defaults of a Route.
const (
	sinkTimeout = 10 * time.Second
	sinkBatch   = 256
	sinkFirst   = time.Second
	sinkMost    = time.Minute
)

// maxSinkBatch bounds what is held in memory for a sink.
const maxSinkBatch = 10_000

// withDefaults replaces zero values.
func (r Route) withDefaults() Route {
	if r.Timeout == 0 {
		r.Timeout = sinkTimeout
	}
	if r.Batch == 0 {
		r.Batch = sinkBatch
	}
	if r.First == 0 {
		r.First = sinkFirst
	}
	if r.Most == 0 {
		r.Most = max(sinkMost, r.First)
	}
	return r
}

func (r *Route) check() error {
	switch name := r.Sink.Name(); {
	case name == "":
		return errors.New("a sink has no name")
	case r.Timeout < 0, r.Batch < 0, r.First < 0, r.Cap < 0:
		return fmt.Errorf("sink %s: time-out, batch, back-off and cap cannot be negative", name)
	case r.Batch > maxSinkBatch:
		return fmt.Errorf("sink %s: a batch of %d events, at most %d are held at a time", name, r.Batch, maxSinkBatch)
	case r.Most < r.First:
		return fmt.Errorf("sink %s: the longest back-off %s is shorter than the first %s", name, r.Most, r.First)
	case r.AtCap != Block && r.AtCap != DropOldest:
		return fmt.Errorf("sink %s: unknown policy %d at the cap", name, r.AtCap)
	}
	return nil
}

// CheckRoutes reports why SetRoutes would not take the routes.
func CheckRoutes(routes []Route) error {
	_, err := checkRoutes(routes)
	return err
}

// checkRoutes returns the routes with their defaults.
func checkRoutes(routes []Route) ([]Route, error) {
	out := make([]Route, 0, len(routes))
	names := map[string]bool{}
	for _, r := range routes {
		if r.Sink == nil {
			return nil, errors.New("a route has no sink")
		}
		r = r.withDefaults()
		if err := r.check(); err != nil {
			return nil, err
		}
		if names[r.Sink.Name()] {
			return nil, fmt.Errorf("two sinks are called %s", r.Sink.Name())
		}
		names[r.Sink.Name()] = true
		out = append(out, r)
	}
	return out, nil
}

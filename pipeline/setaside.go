package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/quorate/quorate/device"
)

// giveUpTries is how often an event is tried that the receiver answers with an error, or at which the sink panics,
// before it is set aside: about two minutes with the usual back-off. Errors of other kinds say nothing about the event:
// it is tried for ever.
const giveUpTries = 8

// maxAsides is how many events in a row are set aside at once. Where more are, it is not the events: the others wait
// for the back-off one by one, for as long as it takes a person to see it.
const maxAsides = 16

// SinkPrefix stands before a sink's name in the Source of a rejection: what it could not take. Sources have no colon in
// their names.
const SinkPrefix = "sink:"

// hopeless says that an event has failed often enough. Of several in a row only the first is given up: then it is not
// the event.
func (d *drain) hopeless(err error) bool {
	if d.held[0].Seq != d.suspect {
		d.suspect, d.blames = d.held[0].Seq, 0
	}
	d.blames++
	var a interface{ Answered() bool }
	if d.blames < giveUpTries || d.gaveUp || !errors.As(err, &a) || !a.Answered() {
		return false
	}
	d.gaveUp = true
	return true
}

// setAside lists the next event as rejected and moves past it, in one transaction.
func (d *drain) setAside(ctx context.Context, cause error) {
	e := &d.held[0]
	what := setAside(d.name, e, cause)
	d.log.Error("event set aside", "sink", d.name, "seq", e.Seq, "err", cause)
	d.tally.setAside(1)
	d.asides++
	d.at, d.held, d.tries = e.Seq, d.held[1:], 0
	d.store(ctx, "set an event aside", func(ctx context.Context, entries []Entry) error {
		return d.journal.SetAside(ctx, d.clock(), d.name, d.at, entries, what)
	})
}

// setAside is how an event that a sink could not take is listed: Source is SinkPrefix and the sink's name, Ref the
// event's sequence number and Body its JSON form. Pipeline.Redeliver with that name and number hands it over again.
func setAside(sink string, e *device.Event, cause error) device.Rejection {
	body, err := json.Marshal(e)
	if err != nil {
		body = nil // it came from the journal and has a form; Ref names it in any case
	}
	return device.Rejection{Source: SinkPrefix + sink, Ref: strconv.FormatInt(e.Seq, 10), Reason: line(cause.Error(), maxErrorText), Body: body}
}

// redelivery is an event that a sink is to be given once more.
type redelivery struct {
	event device.Event
	done  chan error // buffered
}

// Redeliver hands an event that a sink is done with to it once more, out of order: one that was set aside. It returns
// what the sink says, without trying again. The cursor stays; what the sink books is stored. It waits for a delivery
// that is out, and ctx bounds the waiting only.
func (p *Pipeline) Redeliver(ctx context.Context, sink string, seq int64) error {
	d := p.drains.find(sink)
	if d == nil {
		return fmt.Errorf("there is no sink %q", sink)
	}
	if at := d.gauge.cursor(); seq > at {
		return fmt.Errorf("sink %s is at event %d: %d comes by itself", sink, at, seq)
	}
	if seq < 1 {
		return fmt.Errorf("there is no event %d", seq)
	}
	events, err := p.opt.Journal.Events(ctx, seq-1, 1)
	if err != nil {
		return err
	}
	if len(events) == 0 || events[0].Seq != seq {
		return fmt.Errorf("there is no event %d", seq)
	}
	r := redelivery{event: events[0], done: make(chan error, 1)}
	select {
	case d.again <- r:
	case <-d.done:
		return ErrStopped
	case <-ctx.Done():
		return fmt.Errorf("sink %s is busy: %w", sink, context.Cause(ctx))
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("sink %s has not answered: %w", sink, context.Cause(ctx))
	}
}

// redeliver answers r. It is no part of the sink's course: whether it fails there says nothing here.
func (d *drain) redeliver(ctx context.Context, r redelivery) {
	_, err, ended := d.call(ctx, []device.Event{r.event})
	if !ended {
		r.done <- errEnding
		return
	}
	d.book()
	if err == nil {
		d.gauge.delivered(1, d.clock())
	}
	if len(d.unsaved) > 0 && !d.save(ctx, d.at) {
		err = errors.Join(err, errEnding)
	}
	if d.tries == 0 && d.owes == nil {
		d.works()
	}
	r.done <- err
}

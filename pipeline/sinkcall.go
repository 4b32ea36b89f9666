package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/crashpoint"
)

const (
	// overdue is how long after its time-out a call may take to notice; then the sink counts as stuck.
	overdue = time.Second
	// callGrace is how long a call that is out when the sink is to end may go on: what is half sent is sent whole. Then
	// its context ends, and after lastGrace it is left behind.
	callGrace = 2 * time.Second
	lastGrace = 500 * time.Millisecond
)

var errEnding = errors.New("the sink ends")

// call is one attempt, in a goroutine of its own: a sink that ignores its context holds up nobody but itself. There is
// never a second one beside it. Ended is false where ctx is over and the call had to be left behind; d.left is then
// closed when it ends.
func (d *drain) call(ctx context.Context, events []device.Event) (n int, err error, ended bool) {
	timeout := d.route.Load().Timeout
	live, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	callCtx, free := context.WithTimeoutCause(live, timeout, fmt.Errorf("it took longer than %s", timeout))
	defer free()
	out, got := make(chan struct{}), &outcome{}
	go func() {
		defer close(out)
		got.err = guard(func() (err error) {
			crashpoint.Here(crashpoint.BeforeDelivery)
			got.n, err = d.sink.Deliver(callCtx, events)
			crashpoint.Here(crashpoint.AfterDelivery)
			return err
		})
	}()
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	over, ending, late := ctx.Done(), false, false
	for {
		select {
		case <-out:
			if err := callCtx.Err(); err != nil && errors.Is(got.err, err) {
				got.err = context.Cause(callCtx) // says why
			}
			n, err = d.settle(got, len(events))
			return n, err, true
		case <-d.spell.minute():
			d.tellFailing()
		case <-over:
			over, ending = nil, true
			if limit.Reset(callGrace); late {
				limit.Reset(lastGrace)
			}
		case <-limit.C:
			switch {
			case !late && ending:
				cancel(errEnding)
				limit.Reset(lastGrace)
			case !late:
				limit.Reset(overdue)
			case ending:
				d.left = out
				d.log.Warn("sink left behind: its delivery does not end", "sink", d.name)
				return 0, nil, false
			default:
				d.fails(device.SinkStuck, fmt.Errorf("a delivery does not end although its %s are over; nothing else is sent meanwhile", timeout))
			}
			late = true
		}
	}
}

// outcome is what a call returned.
type outcome struct {
	n   int
	err error
}

// settle holds a sink to what Deliver promises.
func (d *drain) settle(o *outcome, all int) (int, error) {
	n := max(0, min(o.n, all))
	switch {
	case n == all:
		d.owe(o.err) // whatever it complains of, nothing need come again
		return n, nil
	case o.err == nil && n == 0:
		return n, fmt.Errorf("it took none of %d events and gave no reason", all)
	}
	return n, o.err
}

// owe notes what a Timed sink that took all events still has to do; nil for nothing.
func (d *drain) owe(err error) {
	if _, timed := d.sink.(Timed); !timed {
		return
	}
	was := d.owes
	if d.owes = err; err != nil {
		d.fails(device.SinkFailing, err)
	} else if was != nil {
		d.works()
	}
}

// alarm rings when a Timed sink is to be called without events; nil where none is. Quiet ends it.
func (d *drain) alarm() (rings <-chan time.Time, quiet func()) {
	s, timed := d.sink.(Timed)
	if !timed {
		return nil, func() {}
	}
	var at time.Time
	err := guard(func() error {
		at = s.Next()
		return nil
	})
	if err != nil || at.IsZero() {
		return nil, func() {}
	}
	t := time.NewTimer(at.Sub(d.clock()))
	return t.C, func() { t.Stop() }
}

// wake calls a Timed sink without events, and stores what that changes in its book.
func (d *drain) wake(ctx context.Context) {
	if _, _, ended := d.call(ctx, nil); !ended {
		return
	}
	if d.book(); len(d.unsaved) > 0 {
		d.save(ctx, d.at)
	}
}

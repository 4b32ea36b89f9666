package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate/device"
)

// drain is one sink's goroutine: it delivers the journal from the sink's cursor on, in order, and waits for the nudge
// where there is nothing left. Another sink never notices. Fields without a word on it belong to that goroutine.
type drain struct {
	name  string
	sink  Sink
	route atomic.Pointer[Route] // SetRoutes replaces it
	gauge gauge                 // anybody reads it
	again chan redelivery
	stop  context.CancelFunc
	done  chan struct{} // closed when it has ended

	journal Journal
	log     *slog.Logger
	nudge   <-chan int64
	newest  func() int64
	clock   func() time.Time
	moved   func() // the cursor has moved
	// tell has an event recorded and calls back when it is, or never will be. It is false where the event took the place
	// of one that had not been recorded yet.
	tell   func(e device.Event, done func()) bool
	unsaid atomic.Int64 // events told and not yet recorded
	// before is closed when a call to a sink of the same name, which had to be left behind, has ended; nil for none.
	before <-chan struct{}
	// left, where it is not nil when the drain has ended, is closed when the call ends that it left behind.
	left <-chan struct{}

	at      int64          // everything up to this event is done with
	held    []device.Event // read and not yet taken: the first is at+1
	tally   tally
	unsaved []Entry // of the sink's book and the tally, not yet stored
	spell   spell
	owes    error // what a Timed sink that took all events still has to do; nil for nothing
	// tries counts the calls in a row in which the sink took nothing.
	tries int
	// suspect is the event that could not be taken last, and blames how often in a row.
	suspect int64
	blames  int
	// asides counts the events set aside since one was taken.
	asides int
	// gaveUp says that an event was set aside since it failed too often, and that none was taken since.
	gaveUp bool
	// blind says that the journal could not be read: the next attempt is to read one event, so that those before a
	// damaged one get through.
	blind bool
}

// run ends when ctx does, or shortly after where a call is out.
func (d *drain) run(ctx context.Context) {
	defer d.spell.end()
	if !d.await(ctx) || !d.start(ctx) {
		return
	}
	for ctx.Err() == nil {
		switch {
		case !d.keepCap(ctx):
		case len(d.held) == 0 && d.newest() <= d.at:
			d.caughtUp()
			d.rest(ctx, 0)
		case len(d.held) > 0 || d.read(ctx):
			d.attempt(ctx)
		}
	}
}

// await waits for a call that was left behind: a sink is called by one goroutine at a time.
func (d *drain) await(ctx context.Context) bool {
	if d.before == nil {
		return true
	}
	select {
	case <-d.before:
		return true
	default:
	}
	d.fails(device.SinkStuck, errors.New("a delivery from before the reload has not ended"))
	select {
	case <-d.before:
		d.gauge.works()
		return true
	case <-ctx.Done():
		return false
	}
}

// start finds where the sink left off, and what it remembers.
func (d *drain) start(ctx context.Context) bool {
	ok := d.insist(ctx, "read the cursor", func(ctx context.Context) (err error) {
		d.at, err = d.journal.Cursor(ctx, d.name)
		return err
	})
	var entries []Entry
	ok = ok && d.insist(ctx, "read the ledger", func(ctx context.Context) (err error) {
		entries, err = d.journal.Entries(ctx, d.name)
		return err
	})
	known := false
	ok = ok && d.insist(ctx, "read the ledger", func(context.Context) (err error) {
		entries, known, err = d.tally.recall(entries)
		return err
	})
	if b, keeps := d.sink.(Bookkeeper); ok && keeps {
		ok = d.insist(ctx, "recall", func(context.Context) error { return guard(func() error { return b.Recall(entries) }) })
	}
	if s, late := d.sink.(StartAtEnd); ok && late && !known && d.at == 0 && s.StartAtEnd() {
		d.tally.changed = true // it is no new sink from now on, also where nothing has happened yet
		ok = d.save(ctx, d.newest())
	}
	d.gauge.moved(d.at, &d.tally)
	return ok
}

// read takes the next events from the journal. The sink works on them without holding a transaction.
func (d *drain) read(ctx context.Context) bool {
	limit := d.route.Load().Batch
	if d.blind {
		limit = 1
	}
	var damaged *Damaged
	failed := false
	ok := d.insist(ctx, "read the journal", func(ctx context.Context) (err error) {
		d.held, err = d.journal.Events(ctx, d.at, limit)
		if err == nil {
			return nil
		}
		if d.blind && errors.As(err, &damaged) { // twice, and by itself
			return nil
		}
		failed, d.blind, limit = true, true, 1
		return err
	})
	if ok && damaged != nil {
		// No sink will ever get it: it is listed, and the others flow.
		d.held = []device.Event{{Seq: damaged.Seq}}
		d.setAside(ctx, damaged)
		return false
	}
	if ok && !failed {
		d.blind = false
	}
	if len(d.held) > 0 {
		d.gauge.oldest(d.held[0].At)
	}
	return ok && len(d.held) > 0
}

// attempt delivers what is held, or a part of it, once. While the sink fails it gets one event at a time: so it is
// known which one it cannot take, and a sink that is down costs little.
func (d *drain) attempt(ctx context.Context) {
	r := d.route.Load()
	events := d.held[:min(len(d.held), r.Batch)]
	if d.tries > 0 {
		events = events[:1]
		d.gauge.retried()
	}
	n, err, ended := d.call(ctx, events)
	if !ended {
		return // ctx is over, and the call is left behind
	}
	d.book()
	if n > 0 {
		d.tries, d.asides, d.gaveUp = 0, 0, false
		d.gauge.delivered(int64(n), d.clock())
	}
	if n > 0 || len(d.unsaved) > 0 {
		if !d.save(ctx, d.at+int64(n)) {
			return
		}
	}
	switch {
	case err == nil && d.owes == nil:
		d.works()
	case err == nil:
		d.tries = 0
	case permanent(err):
		d.setAside(ctx, err)
		if d.asides > maxAsides && ctx.Err() == nil {
			d.tries = d.asides - maxAsides
			d.fails(device.SinkFailing, err)
			d.rest(ctx, backOff(r, d.tries, err))
		}
	case ctx.Err() != nil: // it may be the reason
	case d.hopeless(err):
		d.setAside(ctx, fmt.Errorf("given up after %d attempts: %w", d.blames, err))
	default:
		d.tries++
		d.fails(device.SinkFailing, err)
		d.rest(ctx, backOff(r, d.tries, err))
	}
}

// rest waits for pause, or with 0 until there is something new.
func (d *drain) rest(ctx context.Context, pause time.Duration) {
	var over, look <-chan time.Time
	nudge := d.nudge
	alarm, quiet := (<-chan time.Time)(nil), func() {}
	if pause == 0 {
		alarm, quiet = d.alarm()
	} else {
		d.gauge.nextTry(d.clock().Add(pause))
		end, tick := time.NewTimer(pause), time.NewTicker(capEvery)
		defer end.Stop()
		defer tick.Stop()
		over, look, nudge = end.C, tick.C, nil
	}
	defer quiet()
	for {
		select {
		case <-ctx.Done():
			return
		case <-over:
			return
		case <-alarm:
			d.wake(ctx)
			return
		case <-nudge:
			return
		case <-look:
			if !d.keepCap(ctx) {
				return
			}
		case <-d.spell.minute():
			d.tellFailing()
		case r := <-d.again:
			if d.redeliver(ctx, r); pause == 0 {
				return // a Timed sink may want to be called at another time
			}
		}
	}
}

// save moves the cursor and stores what is to be remembered with it. It insists also when ctx is over, once: what the
// sink has taken should not come again after a restart.
func (d *drain) save(ctx context.Context, at int64) bool {
	d.at = at
	d.held = after(d.held, at)
	return d.store(ctx, "move the cursor", func(ctx context.Context, entries []Entry) error {
		return d.journal.Advance(ctx, d.name, d.at, entries)
	})
}

func (d *drain) store(ctx context.Context, what string, write func(context.Context, []Entry) error) bool {
	d.unsaved = d.tally.entry(d.unsaved)
	ok := d.insist(ctx, what, func(ctx context.Context) error { return write(ctx, d.unsaved) })
	if ok {
		d.unsaved = nil
		d.gauge.moved(d.at, &d.tally)
		if len(d.held) > 0 {
			d.gauge.oldest(d.held[0].At)
		}
		d.moved()
	}
	return ok
}

// after returns the events with a sequence number above at.
func after(held []device.Event, at int64) []device.Event {
	for len(held) > 0 && held[0].Seq <= at {
		held = held[1:]
	}
	return held
}

// book asks the sink what it has to remember. Entries without a key would be taken for the tally.
func (d *drain) book() {
	b, keeps := d.sink.(Bookkeeper)
	if !keeps {
		return
	}
	err := guard(func() error {
		for _, e := range b.Book() {
			if e.Key != "" {
				d.unsaved = append(d.unsaved, e)
			}
		}
		return nil
	})
	if err != nil {
		d.log.Error("sink keeps no book", "sink", d.name, "err", err)
	}
}

// insist repeats f, which works on the journal, until it succeeds; it is false when ctx ended first. At least once it
// is tried in any case, and f's own context does not end: what the sink has taken is to be recorded. The sink is not
// called meanwhile.
func (d *drain) insist(ctx context.Context, what string, f func(context.Context) error) bool {
	// The journal is back as soon as the disk is, and no sink is to be late for it: the pauses are not the route's.
	r := &Route{First: commitFirst, Most: commitMost}
	for tries := 1; ; tries++ {
		err := f(context.WithoutCancel(ctx))
		if err == nil {
			if tries > 1 && d.tries == 0 && d.owes == nil {
				d.works()
			}
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		d.fails(device.SinkFailing, fmt.Errorf("%s: %w", what, err))
		pause := backOff(r, tries, nil)
		d.gauge.nextTry(d.clock().Add(pause))
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return false
		}
	}
}

// backOff is how long to wait after a failure that is the n-th in a row, as RetryAfter of the error wants it where it
// says so, and never longer than the route's longest.
func backOff(r *Route, n int, err error) time.Duration {
	pause := r.First
	for i := 1; i < n && pause < r.Most; i++ {
		pause *= 2
	}
	pause = jitter(min(pause, r.Most))
	var wish interface{ RetryAfter() time.Duration }
	if errors.As(err, &wish) {
		if after := wish.RetryAfter(); after > 0 {
			pause = min(max(after, r.First), r.Most)
		}
	}
	return pause
}

// guard makes an error of a panic: a sink that panics has failed, no more.
func guard(f func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &panicked{cause}
		}
	}()
	return f()
}

type panicked struct{ cause any }

func (p *panicked) Error() string { return fmt.Sprintf("sink panicked: %.200v", p.cause) }

// Answered makes an event that a sink's own mistake hangs on one that is given up after a while.
func (*panicked) Answered() bool { return true }

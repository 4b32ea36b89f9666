package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/pipeline"
)

// pasts keeps what was held at times that were asked for: working one out judges up to a day of the record again. One is
// worked out at a time, however many ask, so that looking back never takes more than a core from the present.
type pasts struct {
	once sync.Once
	turn chan struct{}
	kept []*then // the one used last at the end
}

// take waits for the turn. Whoever has it calls done.
func (p *pasts) take(ctx context.Context) (done func(), err error) {
	p.once.Do(func() { p.turn = make(chan struct{}, 1) })
	select {
	case p.turn <- struct{}{}:
		return func() { <-p.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// mostPasts is how many are kept.
const mostPasts = 4

// then is what was held after one instant.
type then struct {
	*pipeline.View
	at  time.Time
	seq int64
}

// LastSeq is the newest event of then, those that no instant gave among them.
func (t *then) LastSeq() int64 { return t.seq }

// Devices are in the order in which the agent lists them.
func (t *then) Devices(at time.Time) []device.Current {
	devices := t.View.Devices(at)
	device.SortByName(devices)
	return devices
}

// Past judges the record again.
func (r *reader) Past(ctx context.Context, at time.Time) (view.State, error) {
	if at.After(now()) {
		return nil, &view.Beyond{Future: true, Text: fmt.Sprintf("%s is still to come: nobody knows what will be held then.", at.UTC().Format(time.RFC3339))}
	}
	if r.a.pipe != nil && !r.a.pipe.LastInstant().IsZero() && !at.Before(r.a.pipe.LastInstant()) {
		return r, nil
	}
	instant, ok, err := r.a.store.InstantAt(ctx, at)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, r.beyond(ctx, at)
	}
	p := &r.a.pasts
	done, err := p.take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if i := slices.IndexFunc(p.kept, func(t *then) bool { return t.at.Equal(instant) }); i >= 0 {
		t := p.kept[i]
		p.kept = append(slices.Delete(p.kept, i, i+1), t)
		return t, nil
	}
	t, err := r.judgeAgain(ctx, instant)
	if errors.Is(err, store.ErrNoBasis) || errors.Is(err, store.ErrPruned) {
		return nil, r.beyond(ctx, at)
	}
	if err != nil {
		return nil, err
	}
	if len(p.kept) == mostPasts {
		p.kept = slices.Delete(p.kept, 0, 1)
	}
	p.kept = append(p.kept, t)
	return t, nil
}

func (r *reader) judgeAgain(ctx context.Context, instant time.Time) (*then, error) {
	v, last, err := r.a.store.Past(ctx, instant)
	if err != nil {
		return nil, err
	}
	t := &then{View: v, at: last}
	next, ok, err := r.a.store.SeqAt(ctx, last.Add(time.Microsecond))
	switch {
	case err != nil:
		return nil, err
	case ok:
		t.seq = next - 1
	default:
		t.seq, err = r.a.store.LastSeq(ctx)
	}
	return t, err
}

// beyond says that the record does not reach back so far.
func (r *reader) beyond(ctx context.Context, at time.Time) error {
	text := fmt.Sprintf("What was held at %s is not on record", at.UTC().Format(time.RFC3339))
	first, _, err := r.a.store.Kept(ctx)
	if err != nil {
		return err
	}
	if !first.IsZero() {
		text += fmt.Sprintf(": it reaches back to about %s", first.UTC().Format(time.RFC3339))
	}
	return &view.Beyond{Text: text + "."}
}

// ExplainAt takes the verdict from the record, which keeps all of them, and how the device stood beside it from the
// polls, which it does not.
func (r *reader) ExplainAt(ctx context.Context, name string, at time.Time) (device.Explanation, bool, error) {
	state, err := r.Past(ctx, at)
	beyond, gone := errors.AsType[*view.Beyond](err)
	if err != nil && (!gone || beyond.Future) {
		return device.Explanation{}, false, err
	}
	present, known := r.a.pipe.Device(name, now())
	id := present.ID
	if known && name == string(present.ID) || !known {
		id = device.ID(name) // also that of a merged one
	}
	var stand *device.Current
	if state != nil {
		c, ok := state.Device(name, at)
		if !ok && known {
			c, ok = state.Device(string(present.ID), at)
		}
		if ok {
			stand, id = &c, c.ID
		}
	}
	v, given, err := r.VerdictAt(ctx, id, at)
	switch {
	case err != nil:
		return device.Explanation{}, false, err
	case !given && stand == nil:
		return device.Explanation{}, false, nil
	case !given:
		v = consensus.AsVerdict(*stand)
	}
	e := device.Explanation{Text: consensus.Explain(v), Verdict: v}
	switch {
	case gone:
		e.Missing = "how it stood then is no longer on record"
	case stand == nil:
		e.Missing = "it was not known then"
	default:
		e.At, e.Stand = at, stand
		if s, ok := state.(interface {
			Stand(id device.ID, given device.Verdict, at time.Time) string
		}); ok {
			e.Now = s.Stand(stand.ID, v, at)
		}
	}
	return e, true, nil
}

// Stand says how a device stands now beside a verdict on it.
func (r *reader) Stand(id device.ID, given device.Verdict, at time.Time) string {
	return r.a.pipe.Stand(id, given, at)
}

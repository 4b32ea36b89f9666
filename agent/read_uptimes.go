package agent

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// turns are the changes of all devices' statuses within the longest time that is asked for, read on from the record.
type turns struct {
	mu     sync.Mutex
	seq    int64 // the last event that was looked at
	began  bool
	of     map[device.ID][]turn
	oldest time.Time // from when on they are whole
}

// turn is one change.
type turn struct {
	at       time.Time
	from, to device.Status
}

// keepTurns is the longest time that uptimes are told for, with room for the asking.
const keepTurns = 31 * 24 * time.Hour

// read brings them up to now.
func (t *turns) read(ctx context.Context, r *reader) error {
	if !t.began {
		t.oldest = now().Add(-keepTurns)
		seq, ok, err := r.a.store.SeqAt(ctx, t.oldest)
		if err != nil {
			return err
		}
		if ok {
			t.seq = seq - 1
		}
		t.began, t.of = true, map[device.ID][]turn{}
	}
	last, err := r.a.store.LastSeq(ctx)
	if err != nil || last == t.seq {
		return err
	}
	found, err := r.a.store.Turns(ctx, t.seq, last)
	if err != nil {
		return err
	}
	for _, x := range found {
		t.of[x.Device] = append(t.of[x.Device], turn{x.At, x.From, x.To})
	}
	t.seq = last
	if horizon := now().Add(-keepTurns); horizon.Sub(t.oldest) > 24*time.Hour {
		for id, list := range t.of {
			// The last one before says what it was then.
			i := slices.IndexFunc(list, func(x turn) bool { return !x.at.Before(horizon) })
			if i < 0 {
				i = len(list)
			}
			t.of[id] = slices.Clone(list[max(0, i-1):])
		}
		t.oldest = horizon
	}
	return nil
}

// Uptimes are of the devices of now.
func (r *reader) Uptimes(ctx context.Context, from, to time.Time) ([]view.Uptime, error) {
	t := &r.a.turns
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.read(ctx, r); err != nil {
		return nil, err
	}
	return uptimes(r.Devices(to), t.of, from, to), nil
}

// UptimesAt reads the turns up to that time from the record.
func (r *reader) UptimesAt(ctx context.Context, from, at time.Time) ([]view.Uptime, error) {
	state, err := r.Past(ctx, at)
	if err != nil {
		return nil, err
	}
	of := map[device.ID][]turn{}
	first, ok, err := r.a.store.SeqAt(ctx, at.Add(-keepTurns))
	if err != nil {
		return nil, err
	}
	if ok {
		found, err := r.a.store.Turns(ctx, first-1, state.LastSeq())
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			of[x.Device] = append(of[x.Device], turn{x.At, x.From, x.To})
		}
	}
	return uptimes(state.Devices(at), of, from, at), nil
}

// uptimes adds up the time of each device.
func uptimes(devices []device.Current, of map[device.ID][]turn, from, to time.Time) []view.Uptime {
	out := make([]view.Uptime, len(devices))
	for i := range devices {
		d := &devices[i]
		out[i] = uptime(of[d.ID], d, from, to)
		out[i].Device = device.Name{ID: d.ID, Name: d.Name}
	}
	return out
}

// uptime adds up a device's time. One that did not turn was what it is; before its first verdict nothing counts.
func uptime(list []turn, d *device.Current, from, to time.Time) view.Uptime {
	var u view.Uptime
	add := func(s device.Status, begin, end time.Time) {
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		took := end.Sub(begin)
		if took <= 0 {
			return
		}
		switch s {
		case device.StatusUp, device.StatusDegraded:
			u.Up += took
		case device.StatusDown:
			u.Down += took
		default:
			u.Unknown += took
		}
	}
	if len(list) == 0 {
		if !d.Since.IsZero() {
			add(d.Status, d.Since, to)
		}
		return u
	}
	if first := list[0]; first.from != "" && first.from != device.StatusUnknown {
		add(first.from, from, first.at)
	}
	for i, x := range list {
		end := to
		if i+1 < len(list) {
			end = list[i+1].at
		}
		add(x.to, x.at, end)
	}
	return u
}

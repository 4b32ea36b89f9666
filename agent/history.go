package agent

import (
	"context"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// through reads history newest first through all that an id has stood for: of the device that it leads to now since it
// stands for that one, and before of the one that was taken in. It stops at limit.
func through[T any](lives []identity.Life, limit int, read func(device.ID) ([]T, error), at func(T) time.Time) ([]T, error) {
	var out []T
	for i := len(lives) - 1; i >= 0 && len(out) < limit; i-- {
		found, err := read(lives[i].ID)
		if err != nil {
			return nil, err
		}
		for _, x := range slices.Backward(found) {
			mine := lives[i].Until.IsZero() || !at(x).After(lives[i].Until)
			if mine && (i == 0 || !at(x).Before(lives[i-1].Until)) && len(out) < limit {
				out = append(out, x)
			}
		}
	}
	return out, nil
}

// lives are what an id has stood for; an id that nobody knows any more stands for itself.
func (r *reader) lives(id device.ID) []identity.Life {
	if lives := r.a.pipe.Lives(id); len(lives) > 0 {
		return lives
	}
	return []identity.Life{{ID: id}}
}

func (r *reader) EventsOf(ctx context.Context, id device.ID, limit int) ([]device.Event, error) {
	return through(r.lives(id), limit, func(id device.ID) ([]device.Event, error) { return r.a.store.EventsOf(ctx, id, limit) },
		func(e device.Event) time.Time { return e.At })
}

func (r *reader) Verdicts(ctx context.Context, id device.ID, limit int) ([]device.Verdict, error) {
	return through(r.lives(id), limit, func(id device.ID) ([]device.Verdict, error) {
		return r.a.store.Verdicts(ctx, id, time.Time{}, time.Time{}, limit)
	}, func(v device.Verdict) time.Time { return v.DecidedAt })
}

func (r *reader) VerdictAt(ctx context.Context, id device.ID, at time.Time) (device.Verdict, bool, error) {
	for _, l := range r.lives(id) {
		if l.Until.IsZero() || at.Before(l.Until) {
			return r.a.store.VerdictAt(ctx, l.ID, at)
		}
	}
	return device.Verdict{}, false, nil
}

func (r *reader) EventsBefore(ctx context.Context, id device.ID, before int64, limit int) ([]device.Event, error) {
	return through(r.lives(id), limit, oldestFirst(func(id device.ID) ([]device.Event, error) { return r.a.store.EventsBefore(ctx, id, before, limit) }),
		func(e device.Event) time.Time { return e.At })
}

func (r *reader) VerdictsBefore(ctx context.Context, id device.ID, before int64, limit int) ([]device.Verdict, error) {
	return through(r.lives(id), limit, oldestFirst(func(id device.ID) ([]device.Verdict, error) {
		return r.a.store.VerdictsBefore(ctx, id, before, limit)
	}), func(v device.Verdict) time.Time { return v.DecidedAt })
}

func oldestFirst[T any](read func(device.ID) ([]T, error)) func(device.ID) ([]T, error) {
	return func(id device.ID) ([]T, error) {
		found, err := read(id)
		slices.Reverse(found)
		return found, err
	}
}

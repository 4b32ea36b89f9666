package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// exportRows is how many rows one query of an export reads. They are handed on when it is done, so that a slow taker never
// holds back the write-ahead log.
const exportRows = 500

// Span selects rows of the journal for an export.
type Span struct {
	// Since is included, Until is not; zero means no bound. They are compared with the instants at which things were
	// recorded.
	Since, Until time.Time
	// Source, where not "", selects what one source said, or what is about it.
	Source string
	// Damaged, where not nil, is told of rows that are damaged, and the export goes on behind them.
	Damaged func(error)
}

// EachEvent hands on the events of a span in order; with a source those that name it.
func (r *Reader) EachEvent(ctx context.Context, s Span, take func(device.Event) error) error {
	return r.export(ctx, r.t.event, 3, s, func(c columns) error {
		var e device.Event
		if err := json.Unmarshal(c.blob(5), &e); err != nil {
			return r.t.event.corrupt(c, err.Error())
		}
		if s.Source != "" && e.Source != s.Source {
			return nil
		}
		return take(e)
	})
}

// EachVerdict hands on the verdicts of a span in order; with a source those in which it has a vote.
func (r *Reader) EachVerdict(ctx context.Context, s Span, take func(device.Verdict) error) error {
	return r.export(ctx, r.t.verdict, 2, s, func(c columns) error {
		var v device.Verdict
		if err := json.Unmarshal(c.blob(3), &v); err != nil {
			return r.t.verdict.corrupt(c, err.Error())
		}
		if s.Source != "" && !slices.ContainsFunc(v.Votes, func(x device.Vote) bool { return x.Source == s.Source }) {
			return nil
		}
		return take(v)
	})
}

// EachObservation hands on the observations of a span that said something new, in the order of their recording.
func (r *Reader) EachObservation(ctx context.Context, s Span, take func(pipeline.ObservationRow) error) error {
	return r.export(ctx, r.t.observation, 5, s, func(c columns) error {
		if s.Source != "" && c.text(1) != s.Source {
			return nil
		}
		return take(observationOf(c))
	})
}

// EachPoll hands on the polls of a span in order.
func (r *Reader) EachPoll(ctx context.Context, s Span, take func(pipeline.Poll) error) error {
	return r.export(ctx, r.t.poll, 5, s, func(c columns) error {
		if s.Source != "" && c.text(1) != s.Source {
			return nil
		}
		p, err := pollOf(c)
		if err != nil {
			return r.t.poll.corrupt(c, err.Error())
		}
		return take(p)
	})
}

// export hands on the rows of a table whose ids, its first column, rise with the time in column at.
func (r *Reader) export(ctx context.Context, t *table, at int, s Span, take func(columns) error) error {
	first, err := r.firstAt(ctx, t, at, s.Since)
	if err != nil && s.Damaged != nil && errors.Is(err, ErrCorrupt) {
		s.Damaged(err)
		first, err = 0, nil // from the beginning: which rows are old enough is looked at one by one
	}
	if err != nil {
		return err
	}
	for after, more := first-1, true; more; {
		var page []columns
		err := r.each(ctx, t, t.selectAll("WHERE rowid > ? ORDER BY rowid LIMIT ?"), []any{after, exportRows}, func(c columns) error {
			page = append(page, slices.Clone(c))
			return nil
		})
		more = len(page) == exportRows
		for _, c := range page {
			after = c.int(0)
			switch when := c.int(at); {
			case when >= to(s.Until):
				return nil
			case when < from(s.Since):
				continue
			}
			if err := r.handOn(c, s, take); err != nil {
				return err
			}
		}
		if err == nil {
			continue
		}
		if s.Damaged == nil || !errors.Is(err, ErrCorrupt) {
			return err
		}
		s.Damaged(err)
		if more, err = r.behind(ctx, t, &after); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) handOn(c columns, s Span, take func(columns) error) error {
	err := take(c)
	if _, damaged := errors.AsType[*CorruptError](err); damaged && s.Damaged != nil {
		s.Damaged(err)
		return nil
	}
	return err
}

// behind moves after to the row that follows it, without reading what is in that; false where nothing follows, or nobody
// can say what.
func (r *Reader) behind(ctx context.Context, t *table, after *int64) (bool, error) {
	var next sql.NullInt64
	err := r.one(ctx, "SELECT min(rowid) FROM "+t.name+" WHERE rowid > ?", &next, *after)
	if err != nil && !errors.Is(err, ErrCorrupt) {
		return false, err
	}
	*after = next.Int64
	return next.Valid && err == nil, nil
}

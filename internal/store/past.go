package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/quorate/quorate/pipeline"
)

// Present is all that was held and believed after the last commit, and its instant. ErrNoBasis says that nothing was
// judged yet, or that nobody knows the settings.
func (r *Reader) Present(ctx context.Context) (*pipeline.View, time.Time, error) {
	view, at, err := r.present(ctx)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read the present state: %w", err)
	}
	return view, at, nil
}

func (r *Reader) present(ctx context.Context) (*pipeline.View, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, queryLimit)
	defer cancel()
	tx, err := r.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // the tables of one commit
	if err != nil {
		return nil, time.Time{}, classify(err)
	}
	defer func() { _ = tx.Rollback() }()
	l := empty()
	for _, t := range r.t.state() {
		if err := eachOf(ctx, tx, t.table, t.ordered(), nil, func(c columns) error { return t.take(c, &l) }); err != nil {
			return nil, time.Time{}, err
		}
	}
	var cfg *pipeline.Config
	err = eachOf(ctx, tx, r.t.settings, r.t.settings.selectAll("ORDER BY id DESC LIMIT 1"), nil, func(c columns) error {
		parsed, err := pipeline.ParseSettings(c.blob(3))
		cfg = &parsed
		return err
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	err = eachOf(ctx, tx, r.t.last, r.t.last.selectAll(""), nil, func(c columns) error {
		l.LastBatch, l.LastSeq, l.LastInstant = uint64(c.int(1)), c.int(2), c.time(3)
		return nil
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	if cfg == nil || l.LastBatch == 0 {
		return nil, time.Time{}, fmt.Errorf("%w: nothing was judged yet, or by an older version", ErrNoBasis)
	}
	again, err := pipeline.NewAgain(*cfg, l)
	if err != nil {
		return nil, time.Time{}, err
	}
	return again.View(), l.LastInstant, nil
}

// Past is all that was held and believed at a time, and the instant that it was judged at: the record judged again up to
// then, from the newest state that is kept from before. ErrNoBasis says that the record does not reach back so far.
func (r *Reader) Past(ctx context.Context, at time.Time) (*pipeline.View, time.Time, error) {
	x, err := r.Recording(ctx, at)
	if err != nil {
		return nil, time.Time{}, err
	}
	if x.Basis.LastInstant.After(at) {
		return nil, time.Time{}, fmt.Errorf("%w: the oldest that is kept is of %s", ErrNoBasis, x.Basis.LastInstant.Format(time.RFC3339))
	}
	last := x.Basis.LastInstant
	var again *pipeline.Again
	if x.Settings != nil {
		if again, err = pipeline.NewAgain(*x.Settings, x.Basis); err != nil {
			return nil, time.Time{}, err
		}
	}
	for {
		in, err := x.Next(ctx)
		switch {
		case errors.Is(err, io.EOF), err == nil && in.At.After(at):
			if again == nil && err == nil {
				return nil, time.Time{}, fmt.Errorf("%w: it begins with %s", ErrNoBasis, in.At.Format(time.RFC3339))
			}
			if again == nil {
				return nil, time.Time{}, fmt.Errorf("%w: nobody knows the settings of then", ErrNoBasis)
			}
			return again.View(), last, nil
		case err != nil:
			return nil, time.Time{}, err
		}
		switch {
		case in.Settings == nil:
		case again == nil:
			if again, err = pipeline.NewAgain(*in.Settings, x.Basis); err != nil {
				return nil, time.Time{}, err
			}
		default:
			if err := again.Use(*in.Settings); err != nil {
				return nil, time.Time{}, err
			}
		}
		if again == nil {
			continue
		}
		if _, err := again.Judge(ctx, in); err != nil {
			return nil, time.Time{}, err
		}
		last = in.At
	}
}

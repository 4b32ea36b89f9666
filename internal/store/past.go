package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/quorate/quorate/pipeline"
)

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

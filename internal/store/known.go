package store

import (
	"context"
	"fmt"
	"time"
)

// Known is something private that was known at some time: its kind is one of leakcheck's registry. Of a secret the value
// is a keyed hash with its length, never the secret.
type Known struct {
	Kind, Value         string
	FirstSeen, LastSeen time.Time
}

// Known returns all of it in the order of kind and value.
func (r *Reader) Known(ctx context.Context) ([]Known, error) {
	var all []Known
	err := r.each(ctx, r.t.known, r.t.known.selectAll("ORDER BY kind, value"), nil, func(c columns) error {
		all = append(all, Known{Kind: c.text(0), Value: c.text(1), FirstSeen: c.time(2), LastSeen: c.time(3)})
		return nil
	})
	return all, err
}

// knownAtOnce is how many values one transaction of PutKnown stores: commits wait for it.
const knownAtOnce = 1000

// PutKnown stores values, each over the one of its kind and value, whose first time it keeps where that is earlier.
func (s *Store) PutKnown(ctx context.Context, values []Known) error {
	for len(values) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := values[:min(knownAtOnce, len(values))]
		values = values[len(part):]
		err := s.w.update(func() error {
			for i := range part {
				if err := s.putKnown(part[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("store %d known values: %w", len(part), err)
		}
	}
	return nil
}

func (s *Store) putKnown(k Known) error {
	held, err := s.w.row(s.t.known, "WHERE kind = ? AND value = ?", k.Kind, k.Value)
	if err != nil {
		return err
	}
	if held != nil && held.time(2).Before(k.FirstSeen) {
		k.FirstSeen = held.time(2)
	}
	return s.w.put(s.t.known, k.Kind, k.Value, micros(k.FirstSeen), micros(k.LastSeen))
}

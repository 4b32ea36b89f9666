package store

import (
	"context"
	"fmt"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// Cursor returns the sequence number up to which a sink has consumed, 0 for a new sink.
func (r *Reader) Cursor(ctx context.Context, sink string) (int64, error) {
	var seq int64
	err := r.each(ctx, r.t.cursor, r.t.cursor.selectAll("WHERE sink = ?"), []any{sink}, func(c columns) error {
		seq = c.int(1)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("cursor of %s: %w", sink, err)
	}
	return seq, nil
}

// Entries returns the ledger of a sink, in the order of its keys.
func (r *Reader) Entries(ctx context.Context, sink string) ([]pipeline.Entry, error) {
	var entries []pipeline.Entry
	err := r.each(ctx, r.t.ledger, r.t.ledger.selectAll("WHERE sink = ? ORDER BY key"), []any{sink}, func(c columns) error {
		entries = append(entries, pipeline.Entry{Key: c.text(1), Value: c.blob(2)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ledger of %s: %w", sink, err)
	}
	return entries, nil
}

// Advance moves a sink's cursor to seq, never back, and stores its entries, in one transaction.
func (s *Store) Advance(ctx context.Context, sink string, seq int64, entries []pipeline.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.w.update(func() error { return s.advance(sink, seq, entries) }); err != nil {
		return fmt.Errorf("move the cursor of %s to %d: %w", sink, seq, err)
	}
	return nil
}

// SetAside does what Advance does and lists what the sink could not take as rejected, in one transaction. A cursor that
// is there already says that it was done before: then nothing is listed a second time.
func (s *Store) SetAside(ctx context.Context, at time.Time, sink string, seq int64, entries []pipeline.Entry, what device.Rejection) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.w.update(func() error {
		done, err := s.cursor(sink)
		if err != nil {
			return err
		}
		if done >= seq {
			return s.advance(sink, seq, entries)
		}
		_, given, err := s.lastGiven()
		if err != nil {
			return err
		}
		if err := s.storeRows(func(e *encoder) { e.rejected(at, []device.Rejection{what}, given.rejected) }); err != nil {
			return err
		}
		return s.advance(sink, seq, entries)
	})
	if err != nil {
		return fmt.Errorf("set event %d aside for %s: %w", seq, sink, err)
	}
	return nil
}

// cursor returns where a sink is, -1 for a new one, inside update.
func (s *Store) cursor(sink string) (int64, error) {
	row, err := s.w.row(s.t.cursor, "WHERE sink = ?", sink)
	if err != nil || row == nil {
		return -1, err
	}
	return row.int(1), nil
}

// advance runs inside update.
func (s *Store) advance(sink string, seq int64, entries []pipeline.Entry) error {
	at, err := s.cursor(sink)
	if err != nil {
		return err
	}
	if at < seq {
		if err := s.w.put(s.t.cursor, sink, seq); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if e.Value == nil {
			err = s.w.do("DELETE FROM ledger WHERE sink = ? AND key = ?", sink, e.Key)
		} else {
			err = s.w.put(s.t.ledger, sink, e.Key, e.Value)
		}
		if err != nil {
			return fmt.Errorf("ledger entry %.40q: %w", e.Key, err)
		}
	}
	return nil
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Cursor returns the sequence number up to which a sink has consumed, 0 for a new sink.
func (r *Reader) Cursor(ctx context.Context, sink string) (int64, error) {
	var seq int64
	err := r.db.QueryRowContext(ctx, "SELECT seq FROM cursor WHERE sink = ?", sink).Scan(&seq)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("cursor of %s: %w", sink, classify(err))
	}
	return seq, nil
}

// Advance moves a sink's cursor to seq, never back.
func (s *Store) Advance(ctx context.Context, sink string, seq int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.w.update(func() error {
		return s.w.do("INSERT INTO cursor (sink, seq) VALUES (?, ?) ON CONFLICT (sink) DO UPDATE SET seq = max(cursor.seq, excluded.seq)",
			sink, seq)
	})
	if err != nil {
		return fmt.Errorf("move the cursor of %s to %d: %w", sink, seq, err)
	}
	return nil
}

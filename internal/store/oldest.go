package store

import (
	"context"
	"fmt"
)

// OldestSeq returns the sequence number of the oldest event that is kept, 0 where there is none.
func (r *Reader) OldestSeq(ctx context.Context) (int64, error) {
	var seq int64
	if err := r.db.QueryRowContext(ctx, "SELECT coalesce(min(seq), 0) FROM event").Scan(&seq); err != nil {
		return 0, fmt.Errorf("oldest event: %w", classify(err))
	}
	return seq, nil
}

package store

import (
	"context"
	"fmt"
)

// CountRejected returns how much is kept that could not be processed.
func (r *Reader) CountRejected(ctx context.Context) (int64, error) {
	var n int64
	if err := r.db.QueryRowContext(ctx, "SELECT count(*) FROM rejected").Scan(&n); err != nil {
		return 0, fmt.Errorf("count rejections: %w", classify(err))
	}
	return n, nil
}

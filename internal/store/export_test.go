package store

import "context"

// QuickCheck is what Open does before it trusts a database.
func (r *Reader) QuickCheck(ctx context.Context) error { return r.quickCheck(ctx) }

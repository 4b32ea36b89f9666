package view

import "context"

// Kept says how far back the record reaches.
type Kept interface {
	// OldestSeq is the sequence number of the oldest event that is kept, 0 where there is none.
	OldestSeq(ctx context.Context) (int64, error)
}

package view

import (
	"context"
	"time"
)

// PollHistory tells of the polls that the journal still has.
type PollHistory interface {
	// PollsOf returns the newest polls of a source since since, at most limit, in order.
	PollsOf(ctx context.Context, source string, since time.Time, limit int) ([]Polled, error)
}

// Polled is one poll of a source.
type Polled struct {
	At time.Time
	// Took is 0 where nobody knows.
	Took time.Duration
	Err  string // why it failed: foreign text
	// Count is the number of observations that were accepted, Rejected of those that were not.
	Count, Rejected int
}

package blogsink

import (
	"context"

	"github.com/quorate/quorate/device"
)

// History is what a post is written from: the record, and the state of the last commit.
type History interface {
	// Events returns the next events after a sequence number in order, at most limit; none at the end.
	Events(ctx context.Context, after int64, limit int) ([]device.Event, error)
	// Devices, Sources and Scores are as of the last commit.
	Devices(ctx context.Context) ([]device.Current, error)
	Sources(ctx context.Context) ([]device.SourceStatus, error)
	Scores(ctx context.Context) (device.Scoreboard, error)
	// Milestone is the open one; its zero value leaves all to the owner's notes and the posts that exist.
	Milestone(ctx context.Context) (Milestone, error)
}

// Milestone is a stretch of the lab's story, from one post to the next.
type Milestone struct {
	Number       int
	Title, Phase string
	// After is the sequence number of the last event of the milestone before.
	After int64
}

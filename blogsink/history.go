package blogsink

import (
	"context"
	"time"

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
	// Words and Polls return what follows a row of the journal in the order of its recording, at most limit; none at the
	// end. The journal is shorter than the record: Kept says since when it is whole, zero meaning since the beginning.
	Words(ctx context.Context, after int64, limit int) ([]Word, error)
	Polls(ctx context.Context, after int64, limit int) ([]Poll, error)
	Kept(ctx context.Context) (time.Time, error)
	// Setup is the configuration in force, as it was decoded.
	Setup(ctx context.Context) (Setup, error)
	// Milestone is the open one. Where nobody opened one its number is the one behind the last publication, and 0 leaves
	// that too to the owner's notes and the posts that exist.
	Milestone(ctx context.Context) (Milestone, error)
}

// Milestone is a stretch of the lab's story, from one post to the next.
type Milestone struct {
	Number                 int
	Title, Subtitle, Phase string
	OpenedAt               time.Time // zero where nobody opened it
	// After is the sequence number of the last event of the milestone before.
	After int64
}

package view

import (
	"context"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

// State is all that is held and believed at one time. A Reader is the one of now.
type State interface {
	Devices(at time.Time) []device.Current
	Device(name string, at time.Time) (device.Current, bool)
	Profile(id device.ID) (device.Profile, bool)
	Sources(at time.Time) []device.SourceStatus
	Incidents() []device.Incident
	Disputes(at time.Time) []device.Dispute
	Coverage(at time.Time) consensus.CoverageReport
	Scores() device.Scoreboard
	LastSeq() int64
}

// Then tells of times that are over.
type Then interface {
	// Past returns what was held at a time: the record judged again up to then, so that a client which had asked then would
	// have read the same. It is as the configuration of then had it. An error of type *Beyond is for whoever asked.
	Past(ctx context.Context, at time.Time) (State, error)
	// ExplainAt says the verdict on a device that was in force at a time, with how it stood then where that can still be
	// told. It is false where nothing is known of the device at that time.
	ExplainAt(ctx context.Context, name string, at time.Time) (device.Explanation, bool, error)
}

// Beyond says why nothing is known of a time.
type Beyond struct {
	// Future says that it is still to come; else the record does not reach back so far.
	Future bool
	Text   string
}

func (e *Beyond) Error() string { return e.Text }

package view

import (
	"context"
	"time"

	"github.com/quorate/quorate/device"
)

// LaneTeller tells what was said of a device's reach over time, and what was held true.
type LaneTeller interface {
	// Lanes returns the lanes of one device from one time to another, as it is bound now.
	Lanes(ctx context.Context, id device.ID, from, to time.Time) (Lanes, error)
}

// Lanes is what was said of one device and what was held true, from one time to another.
type Lanes struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Known is the time from which the record has everything; it is From or later.
	Known time.Time `json:"known"`
	// Sources are by source and ref.
	Sources []Lane `json:"sources"`
	// Verdict is the device's status. Where the agent did not run, there is none. Disputes and maintenance lie over it: its spans
	// may overlap.
	Verdict []LaneSpan `json:"verdict"`
	// Marks are the events that tell of turns: of the device, and of how far its sources are believed.
	Marks []device.Event `json:"marks"`
}

// Lane is what one source said of a device by one ref.
type Lane struct {
	Source string `json:"source"`
	Ref    string `json:"ref"`
	// Note says why it does not vote as bound now; empty where it does.
	Note string `json:"note,omitempty"`
	// Spans are in order and do not overlap. Where there is none, the source made no claim.
	Spans []LaneSpan `json:"spans"`
	// Failed are the times from a failed poll to the next that succeeded. What was said before counts on until it is stale.
	Failed []LaneSpan `json:"failed"`
}

// LaneState is what a span of a lane was.
type LaneState string

// The states of a lane. Up to LaneStale they are of sources and, where the words fit, of verdicts.
const (
	LaneUp          LaneState = "up"
	LaneDown        LaneState = "down"
	LaneSplit       LaneState = "split"
	LaneAbstains    LaneState = "abstains"    // the source said that it says nothing; the reason is why
	LaneDisbelieved LaneState = "disbelieved" // it said down and was not believed; the reason is why
	LaneStale       LaneState = "stale"       // what it said last was too old to count

	LaneDegraded    LaneState = "degraded" // of verdicts, as are those below
	LaneUnknown     LaneState = "unknown"
	LaneDisputed    LaneState = "disputed"
	LaneMaintenance LaneState = "maintenance"
)

// LaneSpan is a stretch of time in one state, from From to before To.
type LaneSpan struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	State  LaneState `json:"state,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

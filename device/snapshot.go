package device

import (
	"encoding/json"
	"time"
)

// Snapshot is one poll of one source: all its observations, or the error that it met. A snapshot without a source
// is a clock instant: it only moves the time.
type Snapshot struct {
	// At is when the poll ended. Live, the committer assigns it.
	At     time.Time
	Source string
	// SourceClock is the source's own clock at At; zero means unknown.
	SourceClock  time.Time
	Observations []Observation
	// Partial is true where the poll ended well without covering every device ("complete": false).
	Partial bool
	// Err is why the poll failed; not empty means that it says nothing about any device.
	Err string

	// Started is when the poll began, and Poll its number in the running agent; both are unknown in a replay.
	Started time.Time
	Poll    uint64
	// Rejected are observations that the source handed over and that could not be accepted.
	Rejected []Rejection
}

// Rejection is one observation that was not accepted: which, and why.
type Rejection struct {
	Source string `json:"source"`
	Ref    string `json:"ref,omitempty"`
	Reason string `json:"reason"`
	// Body is what was handed over, cut to 64 KiB.
	Body []byte `json:"body,omitempty"`
}

type snapshotJSON struct {
	At           time.Time     `json:"at"`
	Source       string        `json:"source,omitempty"`
	SourceClock  time.Time     `json:"source_clock,omitzero"`
	Observations []Observation `json:"observations,omitempty"`
	Complete     *bool         `json:"complete,omitempty"`
	Err          string        `json:"error,omitempty"`
}

// MarshalJSON writes the replay file's form of s.
func (s Snapshot) MarshalJSON() ([]byte, error) {
	j := snapshotJSON{At: s.At.UTC(), Source: s.Source, SourceClock: s.SourceClock, Observations: s.Observations, Err: s.Err}
	if s.Partial {
		complete := false
		j.Complete = &complete
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads the replay file's form; an absent "complete" means true.
func (s *Snapshot) UnmarshalJSON(b []byte) error {
	var j snapshotJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*s = Snapshot{
		At: j.At.UTC(), Source: j.Source, SourceClock: j.SourceClock, Observations: j.Observations,
		Partial: j.Complete != nil && !*j.Complete, Err: j.Err,
	}
	return nil
}

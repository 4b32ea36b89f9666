package device

import "time"

// Dispute is a question on which witnesses disagree and neither side carries the vote.
type Dispute struct {
	Device    Name   `json:"device"`
	Facet     Facet  `json:"facet"`
	Component string `json:"component,omitempty"`
	// Held is the state that is kept meanwhile.
	Held State `json:"held"`
	// Since is the date of the oldest vote against it. OpenedAt is zero while it is not yet known to be a dispute, for a
	// source may only not have looked again: WaitingFor and Due name it and its next measurement.
	Since      time.Time `json:"since,omitzero"`
	OpenedAt   time.Time `json:"opened_at,omitzero"`
	WaitingFor string    `json:"waiting_for,omitempty"`
	Due        time.Time `json:"due,omitzero"`
	// Where nobody settles it, it ends in Then at EndsAt, an open one.
	Then   State     `json:"then,omitempty"`
	EndsAt time.Time `json:"ends_at,omitzero"`

	Up    float64 `json:"up"` // ok and not ok for health
	Down  float64 `json:"down"`
	Votes []Vote  `json:"votes"`
	Text  string  `json:"text"`
}

package device

import "time"

// SinkState says how a sink is doing.
type SinkState string

// The states of a sink.
const (
	SinkOK      SinkState = "ok"
	SinkBehind  SinkState = "behind"  // it takes events, and more wait than one delivery holds
	SinkFailing SinkState = "failing" // its last delivery failed and is tried again
	SinkStuck   SinkState = "stuck"   // a delivery is over its time and does not end: nothing else is sent meanwhile
)

// SinkStatus is how far a sink has come and how it is doing.
type SinkStatus struct {
	Name  string    `json:"name"`
	Kind  string    `json:"kind,omitempty"` // "webhook" and the like; empty where unknown
	State SinkState `json:"state"`
	// Cursor is the sequence number up to which it is done with the events; Waiting is how many come after it.
	Cursor  int64 `json:"cursor"`
	Waiting int64 `json:"waiting"`
	// OldestWaiting is when the first of them happened; zero where it is not known yet.
	OldestWaiting time.Time `json:"oldest_waiting,omitzero"`
	// FailingSince, Error and NextTry are of a sink that fails.
	FailingSince time.Time `json:"failing_since,omitzero"`
	Error        string    `json:"error,omitempty"`
	NextTry      time.Time `json:"next_try,omitzero"`
	// LastDelivery is when it last took something.
	LastDelivery time.Time `json:"last_delivery,omitzero"`
	// Delivered events and Retried deliveries count from the agent's start, Dropped and SetAside events from the sink's
	// first event on.
	Delivered int64 `json:"delivered"`
	Retried   int64 `json:"retried"`
	Dropped   int64 `json:"dropped"`
	SetAside  int64 `json:"set_aside"`
	// Cap is how many may wait, 0 for no limit. Blocks says that so many do and that commits wait for it.
	Cap    int64 `json:"cap,omitempty"`
	Blocks bool  `json:"blocks,omitempty"`
}

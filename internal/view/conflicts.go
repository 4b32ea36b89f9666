package view

import (
	"time"

	"github.com/quorate/quorate/device"
)

// OpenQuestions tells of what is open about who is who.
type OpenQuestions interface {
	// Conflicts returns what a person could settle, the newest first.
	Conflicts() []Conflict
}

// ConflictKind is what is open.
type ConflictKind string

// The kinds of conflicts.
const (
	ConflictKey  ConflictKind = "key"  // a key points at two devices: merge them, or say that they are two
	ConflictHeld ConflictKind = "held" // a ref has changed hands and its votes are held: split it off, or wait for its return
	ConflictWeak ConflictKind = "weak" // a ref is bound by a bare host name and may not vote: confirm it, or split it off
)

// Conflict is one question about who a device is that is still open.
type Conflict struct {
	Kind   ConflictKind      `json:"kind"`
	Device device.Name       `json:"device"`
	Other  *device.Name      `json:"other,omitempty"`
	Ref    *device.SourceRef `json:"ref,omitempty"`
	Key    string            `json:"key,omitempty"` // the kind of key
	Since  time.Time         `json:"since,omitzero"`
	Reason string            `json:"reason"`
	// Hint says what a person can do.
	Hint string `json:"hint"`
}

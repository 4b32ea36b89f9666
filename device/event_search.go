package device

import "time"

// EventWhich selects events of the record. The zero value selects all.
type EventWhich struct {
	Types   []EventType
	Devices []ID // it is about one of them, or about what one of them has stood for
	Source  string
	Text    string    // stands in the sentence, in upper or lower case
	Since   time.Time // included
	Until   time.Time // not included
	// Before and After are sequence numbers, neither included; a Before of 0 means the end. With After alone the oldest that
	// fit are taken, else the newest.
	Before, After int64
	// Forward says that the oldest that fit are taken also without After.
	Forward bool
}

// EventsFound is what a search found, newest first.
type EventsFound struct {
	Events []Event
	// Oldest and Newest are the events that the search reached, 0 where it saw none. Enough says that it ended early,
	// because it found or looked at as many as it may: there may be more beyond.
	Oldest, Newest int64
	Enough         bool
}

package view

import (
	"context"

	"github.com/quorate/quorate/device"
)

// EventLog is the record of events, searched.
type EventLog interface {
	// EventsWhere returns at most limit of the events that w selects, newest first.
	EventsWhere(ctx context.Context, w device.EventWhich, limit int) (device.EventsFound, error)
}

package view

import (
	"context"

	"github.com/quorate/quorate/device"
)

// History is the record of a device, a page at a time.
type History interface {
	// EventsBefore and VerdictsBefore return the newest of a device below a sequence number, newest first; 0 begins with
	// the newest of all.
	EventsBefore(ctx context.Context, id device.ID, before int64, limit int) ([]device.Event, error)
	VerdictsBefore(ctx context.Context, id device.ID, before int64, limit int) ([]device.Verdict, error)
}

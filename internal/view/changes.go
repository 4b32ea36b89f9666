package view

import (
	"context"
	"time"

	"github.com/quorate/quorate/device"
)

// Change is that a device's verdict became another.
type Change struct {
	Seq    int64
	Device device.ID
	// At is when it was decided.
	At       time.Time
	From, To device.Status
	// Unreachable says that another device was to blame.
	Unreachable bool
}

// Changes is what all devices went through.
type Changes interface {
	// Changes returns the changes since then, in order. It is cheap to ask again: the caller keeps the list as it is.
	Changes(ctx context.Context, since time.Time) ([]Change, error)
}

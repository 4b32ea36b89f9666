package view

import (
	"context"
	"time"

	"github.com/quorate/quorate/device"
)

// ReadingLists tells of the latest figures that the sources read.
type ReadingLists interface {
	// Readings returns those of one device, side by side; AllReadings those of all devices, by the devices' names.
	Readings(ctx context.Context, id device.ID) ([]Reading, error)
	AllReadings(ctx context.Context) ([]Reading, error)
}

// Reading is one quantity of one part of a device, as each source that reads it has it.
type Reading struct {
	Device    device.Name `json:"device"`
	Component string      `json:"component"` // "" for the device itself
	Quantity  string      `json:"quantity"`
	// Values are by source and ref.
	Values []ReadingValue `json:"values"`
}

// ReadingValue is what one source read last.
type ReadingValue struct {
	Source     string    `json:"source"`
	Ref        string    `json:"ref"`
	Value      float64   `json:"value"`
	Unit       string    `json:"unit,omitempty"`
	ObservedAt time.Time `json:"observed_at,omitzero"`
}

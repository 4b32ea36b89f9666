package device

import "time"

// Maintenance is a window of maintenance that is open or will come.
type Maintenance struct {
	Name   string `json:"name"`
	Reason string `json:"reason,omitempty"`
	// Devices are those that it covers; Unknown are names of the configuration that no device has.
	Devices []Name   `json:"devices"`
	Unknown []string `json:"unknown,omitempty"`
	// Scheduled says that it is a block of the configuration, with its Schedule and Timezone where it comes again;
	// otherwise a person began it.
	Scheduled bool   `json:"scheduled"`
	Schedule  string `json:"schedule,omitempty"`
	Timezone  string `json:"timezone,omitempty"`
	// Active says that it is open, from Since until Until, and not ended early.
	Active bool      `json:"active"`
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero"`
	// NextStart and NextEnd are the first window that is still to come.
	NextStart time.Time `json:"next_start,omitzero"`
	NextEnd   time.Time `json:"next_end,omitzero"`
}

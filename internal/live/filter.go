package live

import (
	"slices"

	"github.com/quorate/quorate/device"
)

// Filter says which events a reader wants: those that fit every field that is set. The zero Filter wants all.
type Filter struct {
	// Types are wanted, one of them; none means every type.
	Types []device.EventType
	// Device is the one that an event is about, or the other of a merge or split, or one of an incident's.
	Device device.ID
	Source string
}

// Match reports whether e is wanted.
func (f Filter) Match(e *device.Event) bool {
	if len(f.Types) > 0 && !slices.Contains(f.Types, e.Type) || f.Source != "" && e.Source != f.Source {
		return false
	}
	return f.Device == "" || named(e.Device, f.Device) || named(e.Other, f.Device) ||
		slices.ContainsFunc(e.Devices, func(n device.Name) bool { return n.ID == f.Device })
}

func named(n *device.Name, id device.ID) bool { return n != nil && n.ID == id }

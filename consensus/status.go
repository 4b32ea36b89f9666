package consensus

import "github.com/quorate/quorate/device"

// statusOf is a device's one word, from the states of its facets.
func statusOf(d *Device) device.Status {
	switch d.Reach.State {
	case device.StateDown:
		return device.StatusDown
	case device.StateUp:
		if d.Mgmt.State == device.StateDown || ailing(d) {
			return device.StatusDegraded
		}
		return device.StatusUp
	}
	return device.StatusUnknown
}

func ailing(d *Device) bool {
	for i := range d.Components {
		if severity(d.Components[i].State) > 0 {
			return true
		}
	}
	return false
}

// deciding is the facet that decides the status; where health does, reach stands for it.
func deciding(d *Device) device.Facet {
	if d.Reach.State == device.StateUp && d.Mgmt.State == device.StateDown {
		return device.FacetMgmt
	}
	return device.FacetReach
}

// facet returns the state of reach or mgmt.
func (d *Device) facet(f device.Facet) *FacetState {
	if f == device.FacetMgmt {
		return &d.Mgmt
	}
	return &d.Reach
}

// Overlays lists what mutes the device's notifications now, in a fixed order; never nil.
func (d *Device) Overlays() []device.OverlayKind {
	o := []device.OverlayKind{}
	add := func(on bool, k device.OverlayKind) {
		if on {
			o = append(o, k)
		}
	}
	add(muted(d.Mutes, device.OverlayMaintenance) != nil, device.OverlayMaintenance)
	add(d.Because != "", device.OverlayUnreachable)
	add(d.Flapping, device.OverlayFlapping)
	add(d.pending(), device.OverlayPending)
	add(muted(d.Mutes, device.OverlayAcknowledged) != nil, device.OverlayAcknowledged)
	return o
}

func (d *Device) pending() bool {
	if d.Reach.Pending != "" || d.Mgmt.Pending != "" {
		return true
	}
	for i := range d.Components {
		if d.Components[i].Pending != "" {
			return true
		}
	}
	return false
}

package maintenance

import (
	"slices"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

// Plan is all windows of a configuration.
type Plan []Window

// Names are the devices that the plan covers at any time.
func (p Plan) Names() map[string]bool {
	names := map[string]bool{}
	for i := range p {
		for _, n := range p[i].Devices {
			names[n] = true
		}
	}
	return names
}

// Due is what is to be ordered at a time so that the devices follow the plan: windows that are open and not yet on a
// device begin or go on, also on one that is only discovered while they are, and what the plan no longer knows of ends. A
// window that reaches its time ends by itself. Held are the devices of the plan's names and all that have mutes; the
// orders are in their order.
func (p Plan) Due(at time.Time, held []consensus.Held) []consensus.Mute {
	var due []consensus.Mute
	for _, h := range held {
		open := map[string]bool{}
		for i := range p {
			w := &p[i]
			if !covers(w, h.Device.Name) {
				continue
			}
			until, ok := w.Active(at)
			if !ok {
				continue
			}
			open[w.Name] = true
			if m := scheduled(h.Mutes, w.Name); m == nil || m.Until.Before(until) {
				due = append(due, consensus.Mute{
					Device: h.Device.ID, Kind: device.OverlayMaintenance, On: true, Name: w.Name, Reason: w.Reason, Until: until, Scheduled: true,
				})
			}
		}
		for _, m := range h.Mutes {
			if m.Scheduled && !open[m.Name] && (m.Until.IsZero() || at.Before(m.Until)) {
				due = append(due, consensus.Mute{Device: h.Device.ID, Kind: m.Kind, Name: m.Name, Scheduled: true, Reason: "the window no longer covers it"})
			}
		}
	}
	return due
}

func covers(w *Window, name string) bool { return slices.Contains(w.Devices, name) }

// scheduled returns what a device holds of a window, also where a person ended or began it.
func scheduled(mutes []device.Mute, name string) *device.Mute {
	for i := range mutes {
		if m := &mutes[i]; m.Kind == device.OverlayMaintenance && m.Name == name {
			return m
		}
	}
	return nil
}

// Boundary returns the first time after the given one at which a window begins, which is when to ask Due again; zero
// where none does.
func (p Plan) Boundary(after time.Time) time.Time {
	var first time.Time
	for i := range p {
		if start, _, ok := p[i].Next(after); ok && (first.IsZero() || start.Before(first)) {
			first = start
		}
	}
	return first
}

package consensus

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// Mute begins or ends an overlay that a person or a schedule puts on a device: maintenance or acknowledged. It mutes
// notifications and the questions to tie-breakers, never what is recorded.
type Mute struct {
	Device device.ID          `json:"device"`
	Kind   device.OverlayKind `json:"kind"`
	On     bool               `json:"on"`
	// Name is the window's. Windows of several names may lie over one device, whose maintenance ends with the last.
	// One that is on already goes on to the later of its ends. Off without a name ends all windows of the kind.
	Name   string `json:"name,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Until is when it ends by itself, at the first instant that is not before; zero means never.
	Until time.Time `json:"until,omitzero"`
	// Scheduled says that a schedule gives the order. A person who ends a scheduled window ends it until its Until: the
	// schedule does not begin it again.
	Scheduled bool `json:"scheduled,omitempty"`
}

// Refuse says why an order cannot be carried out in this state; nil where it can.
func (s *State) Refuse(m Mute) error {
	d := s.Devices[m.Device]
	switch {
	case d == nil:
		return fmt.Errorf("there is no device %q", string(m.Device))
	case m.Kind != device.OverlayMaintenance && m.Kind != device.OverlayAcknowledged:
		return fmt.Errorf("nobody can order %q", string(m.Kind))
	case m.Kind == device.OverlayAcknowledged && m.On && d.well():
		return errors.New(d.Name + " is up: there is nothing to acknowledge")
	}
	return nil
}

// muted returns the mute of a kind that ends last, nil where nothing mutes in that way.
func muted(mutes []device.Mute, kind device.OverlayKind) *device.Mute {
	var last *device.Mute
	for i := range mutes {
		m := &mutes[i]
		if m.Kind != kind || m.Ended {
			continue
		}
		if last == nil || m.Until.IsZero() || !last.Until.IsZero() && m.Until.After(last.Until) {
			last = m
		}
	}
	return last
}

// mute ends what has reached its time and carries out orders, those that end something first.
func (j *judge) mute(orders []Mute) {
	of := map[device.ID][]Mute{}
	for id := range j.prev.index.muted {
		of[id] = nil
	}
	for id, d := range j.devices {
		if len(d.Mutes) > 0 { // it came with a merger
			of[id] = nil
		}
	}
	for _, m := range orders {
		of[m.Device] = append(of[m.Device], m)
	}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		if j.glance(id) == nil {
			continue
		}
		list := of[id]
		slices.SortFunc(list, func(a, b Mute) int {
			return cmp.Or(compare(a.Kind, b.Kind), cmp.Compare(order(a.On), order(b.On)), compare(a.Name, b.Name), a.Until.Compare(b.Until), compare(a.Reason, b.Reason))
		})
		j.muteDevice(id, list)
	}
}

func order(on bool) int {
	if on {
		return 1
	}
	return 0
}

// muteDevice changes the mutes of one device and tells where an overlay begins or ends.
func (j *judge) muteDevice(id device.ID, orders []Mute) {
	d := j.glance(id)
	old := d.Mutes
	next := make([]device.Mute, 0, len(old)+len(orders))
	for _, m := range old {
		if m.Until.IsZero() || j.at.Before(m.Until) {
			next = append(next, m)
		}
	}
	for _, m := range orders {
		next = j.carryOut(next, m, d)
	}
	if slices.Equal(old, next) {
		return
	}
	if len(next) == 0 {
		next = nil
	}
	j.edit(id).Mutes = next
	for _, kind := range []device.OverlayKind{device.OverlayMaintenance, device.OverlayAcknowledged} {
		was, is := muted(old, kind), muted(next, kind)
		if (was == nil) == (is == nil) {
			continue
		}
		n := note{kind: startOf(kind), mute: is}
		if is == nil {
			n.kind, n.mute = endOf(kind), was
			for _, m := range orders {
				if m.Kind == kind && !m.On && m.Reason != "" {
					n.reason = m.Reason
				}
			}
		}
		if n.reason == "" {
			n.reason = cmp.Or(n.mute.Reason, n.mute.Name)
		}
		j.notes[id] = append(j.notes[id], n)
	}
}

// carryOut returns the mutes of d after one order.
func (j *judge) carryOut(mutes []device.Mute, m Mute, d *Device) []device.Mute {
	if !m.On {
		return lift(mutes, m)
	}
	if !m.Until.IsZero() && !j.at.Before(m.Until) || m.Kind == device.OverlayAcknowledged && d.well() {
		return mutes
	}
	put := device.Mute{Kind: m.Kind, Name: m.Name, Reason: m.Reason, Since: j.at, Until: m.Until, Scheduled: m.Scheduled}
	if m.Kind == device.OverlayAcknowledged {
		put.Status = d.Status
	}
	i, found := slices.BinarySearchFunc(mutes, put, func(a, b device.Mute) int {
		return cmp.Or(compare(a.Kind, b.Kind), compare(a.Name, b.Name))
	})
	if !found {
		return slices.Insert(mutes, i, put)
	}
	held := mutes[i]
	if !held.Ended {
		put.Since = held.Since
		if held.Until.IsZero() || !put.Until.IsZero() && put.Until.Before(held.Until) {
			put.Until = held.Until
		}
	}
	put.Reason = cmp.Or(put.Reason, held.Reason)
	mutes[i] = put
	return mutes
}

// lift ends the mutes that an order names. What a schedule began and a person ends stays as a reminder until its time.
func lift(mutes []device.Mute, m Mute) []device.Mute {
	left := mutes[:0]
	for _, held := range mutes {
		if held.Kind == m.Kind && (m.Name == "" || held.Name == m.Name) {
			if !held.Scheduled || m.Scheduled {
				continue
			}
			held.Ended = true
		}
		left = append(left, held)
	}
	return left
}

// well reports whether there is nothing about the device that somebody could acknowledge.
func (d *Device) well() bool {
	open := func(f *FacetState) bool { return f.Dispute != nil || f.Pending != "" }
	return d.Status == device.StatusUp && !open(&d.Reach) && !open(&d.Mgmt) &&
		!slices.ContainsFunc(d.Components, func(c Component) bool { return open(&c.FacetState) })
}

// recover ends the acknowledgement of a device that is well again, or that is down now and was not when somebody
// acknowledged it: that is another problem than the one that they know of.
func (h *hearing) recover(d *Device) {
	ack := muted(d.Mutes, device.OverlayAcknowledged)
	if ack == nil || !d.well() && (d.Status != device.StatusDown || ack.Status == device.StatusDown) {
		return
	}
	n := note{kind: device.EventAcknowledgedEnded, mute: ack, reason: cmp.Or(ack.Reason, ack.Name)}
	var left []device.Mute
	for _, m := range d.Mutes {
		if m.Kind != device.OverlayAcknowledged {
			left = append(left, m)
		}
	}
	d.Mutes = left
	h.note(n)
}

func startOf(kind device.OverlayKind) device.EventType {
	if kind == device.OverlayAcknowledged {
		return device.EventAcknowledged
	}
	return device.EventMaintenanceStarted
}

func endOf(kind device.OverlayKind) device.EventType {
	if kind == device.OverlayAcknowledged {
		return device.EventAcknowledgedEnded
	}
	return device.EventMaintenanceEnded
}

// inherit gives the survivor of a merger what mutes the other.
func inherit(into, from []device.Mute) []device.Mute {
	out := slices.Clone(into)
	for _, m := range from {
		i, found := slices.BinarySearchFunc(out, m, func(a, b device.Mute) int {
			return cmp.Or(compare(a.Kind, b.Kind), compare(a.Name, b.Name))
		})
		if !found {
			out = slices.Insert(out, i, m)
		}
	}
	return out
}

// Held is a device with what people and schedules put on it.
type Held struct {
	Device device.Name
	Mutes  []device.Mute
}

// Mutes lists the devices of the given names and all others that have mutes, by name and id.
func Mutes(s *State, names map[string]bool) []Held {
	var out []Held
	for id, d := range s.Devices {
		if len(d.Mutes) > 0 || names[d.Name] {
			out = append(out, Held{Device: device.Name{ID: id, Name: d.Name}, Mutes: d.Mutes})
		}
	}
	slices.SortFunc(out, func(a, b Held) int {
		return cmp.Or(device.CompareNames(a.Device.Name, b.Device.Name), compare(a.Device.ID, b.Device.ID))
	})
	return out
}

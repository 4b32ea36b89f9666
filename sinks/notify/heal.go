package notify

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// seed takes in how all is when the sink begins. Nobody is told of that, nor that it is over.
func (t *teller) seed(now State) {
	for i := range now.Devices {
		c := &now.Devices[i]
		muted, flapping := overlaid(c)
		if c.Status == device.StatusUp && !muted && !flapping || c.Status == device.StatusUnknown && c.Since.IsZero() {
			continue
		}
		d := t.touch(c.ID, c.Name)
		d.Status, d.Since, d.Muted, d.Flapping, d.Old = c.Status, c.Since, muted, flapping, c.Status != device.StatusUp
	}
	for i := range now.Incidents {
		t.foldIncident(standing(&now.Incidents[i]))
		if in := t.troubles[now.Incidents[i].ID]; in != nil {
			in.Old, in.Due = true, time.Time{}
		}
	}
	for i := range now.Sources {
		if s := &now.Sources[i]; s.Health == device.HealthBlind {
			t.touchSource(s.Name).Kind = string(s.Health)
		}
	}
}

// heal takes in how all is where events that said so were dropped. What the reader was told and is over by now is told
// to be over, and what they do not know yet is told.
func (t *teller) heal(now State, at time.Time) {
	known := map[device.ID]bool{}
	for i := range now.Devices {
		c := &now.Devices[i]
		known[c.ID] = true
		muted, flapping := overlaid(c)
		if t.devices[c.ID] == nil && (c.Status == device.StatusUp && !muted && !flapping || c.Status == device.StatusUnknown && c.Since.IsZero()) {
			continue
		}
		d := t.touch(c.ID, c.Name)
		if d.Status != c.Status {
			d.Status, d.Since, d.Who, d.Votes, d.Old, d.Again = c.Status, c.Since, "", "", false, ""
		}
		d.Muted, d.Flapping = muted, flapping
	}
	open := map[string]bool{}
	for i := range now.Incidents {
		open[now.Incidents[i].ID] = true
		e := standing(&now.Incidents[i])
		e.At = at
		t.foldIncident(e)
	}
	for id := range t.troubles {
		if !open[id] {
			t.close(id, at)
		}
	}
	for id := range t.devices {
		if !known[id] {
			t.touch(id, "").Gone = true
		}
		t.review(id, at)
	}
	for i := range now.Sources {
		s := &now.Sources[i]
		e := device.Event{Type: device.EventSourceUp, At: at, Source: s.Name}
		if s.Health == device.HealthBlind {
			e.Type, e.Text = device.EventSourceBlind, s.Name+" does not answer"
		}
		t.foldState(&e)
	}
	e := device.Event{Type: device.EventAgentRecovered, At: at}
	if now.Degraded != "" {
		e.Type, e.Text = device.EventAgentDegraded, now.Degraded
	}
	t.foldState(&e)
}

func overlaid(c *device.Current) (muted, flapping bool) {
	return slices.Contains(c.Overlays, device.OverlayMaintenance) || slices.Contains(c.Overlays, device.OverlayAcknowledged),
		slices.Contains(c.Overlays, device.OverlayFlapping)
}

// standing is an open incident in the form of an event.
func standing(in *device.Incident) *device.Event {
	e := &device.Event{Type: device.EventIncidentChanged, At: in.OpenedAt, Incident: in.ID, Devices: in.Devices}
	if in.Kind != "suspect" {
		root := in.Root
		e.Because = &root
	}
	return e
}

// rebase brings forward what is due by a clock that has been set back since.
func (t *teller) rebase(now time.Time) {
	late := now.Add(maxWait)
	for id, in := range t.troubles {
		if in.Due.After(late) || in.Held.After(late) {
			in = t.touchTrouble(id)
			in.Due, in.Held = now, now
		}
	}
	for id, d := range t.devices {
		if d.Due.After(late) {
			t.touch(id, "").Due = now
		}
	}
	for n, s := range t.sources {
		if s.Due.After(late) {
			t.touchSource(n).Due = now
		}
	}
	if t.head.UnknownAt.After(late) {
		t.head.UnknownAt = now
	}
}

package agent

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

const (
	incidentPage = 200 // events of incidents that are read at once
	// timelineLead is how long before an incident its timeline begins: what led to it is told then.
	timelineLead = 2 * time.Minute
	// timelineDevices and timelineEvents bound a timeline: so many devices, and so many events of each.
	timelineDevices = 64
	timelineEvents  = 50
)

// trail goes through the events of incidents before a sequence number, newest first, until take returns false.
func (r *reader) trail(ctx context.Context, before int64, take func(*device.Event) bool) error {
	for {
		events, err := r.a.store.IncidentEvents(ctx, before, incidentPage)
		if err != nil {
			return err
		}
		for i := range events {
			if !take(&events[i]) {
				return nil
			}
			before = events[i].Seq
		}
		if len(events) < incidentPage {
			return nil
		}
	}
}

// traced is an incident that is put together from its end to its beginning.
type traced struct {
	view.Incident
	known bool // who it held last
}

// take adds the next older event of the incident.
func (t *traced) take(e *device.Event) {
	if t.ID == "" {
		t.Incident.Incident = device.Incident{ID: e.Incident, Kind: e.Reason, Source: e.Source, OpenedAt: e.Since}
		if e.Because != nil {
			t.Root = *e.Because
		}
	}
	if !t.known && len(e.Devices) > 0 {
		t.Devices, t.known = e.Devices, true
	}
	for _, n := range e.Devices {
		if !slices.ContainsFunc(t.Everyone, func(x device.Name) bool { return x.ID == n.ID }) {
			t.Everyone = append(t.Everyone, n)
		}
	}
	switch e.Type {
	case device.EventIncidentClosed:
		t.Closed, t.ClosedAt = e.Seq, e.At
		if _, why, ok := strings.Cut(e.Text, ": "); ok {
			t.Ended = why
		}
	case device.EventIncidentOpened:
		t.Opened = e.Seq
	}
}

// done is the incident as it is told, at a time.
func (t *traced) done(at time.Time) view.Incident {
	in := t.Incident
	if in.Devices == nil {
		in.Devices = []device.Name{}
	}
	if in.Everyone == nil {
		in.Everyone = []device.Name{}
	}
	slices.SortFunc(in.Everyone, func(a, b device.Name) int {
		return cmp.Or(-cmp.Compare(number(a.ID == in.Root.ID), number(b.ID == in.Root.ID)), device.CompareNames(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	end := at
	if !in.ClosedAt.IsZero() {
		end = in.ClosedAt
	}
	in.Lasted = max(0, end.Sub(in.OpenedAt)).Seconds()
	return in
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// ClosedIncidents reads the events from the newest on, until the beginnings of all that are wanted are found.
func (r *reader) ClosedIncidents(ctx context.Context, before int64, limit int) ([]view.Incident, error) {
	found := map[string]*traced{}
	var order []*traced
	whole := 0 // those whose beginning is found
	err := r.trail(ctx, before, func(e *device.Event) bool {
		t := found[e.Incident]
		if t == nil {
			if e.Type != device.EventIncidentClosed || len(order) == limit {
				return whole < limit // of one that is open, or that is not wanted
			}
			t = &traced{}
			found[e.Incident] = t
			order = append(order, t)
		}
		t.take(e)
		if e.Type == device.EventIncidentOpened {
			whole++
		}
		return whole < limit
	})
	if err != nil {
		return nil, err
	}
	out := make([]view.Incident, len(order))
	for i, t := range order {
		out[i] = t.done(now())
	}
	return out, nil
}

// Incident is of the newest that is recorded.
func (r *reader) Incident(ctx context.Context, id string) (view.IncidentReport, bool, error) {
	return r.incident(ctx, id, r, math.MaxInt64, now())
}

// IncidentAt ends with the newest event of then.
func (r *reader) IncidentAt(ctx context.Context, id string, at time.Time) (view.IncidentReport, bool, error) {
	state, err := r.Past(ctx, at)
	if err != nil {
		return view.IncidentReport{}, false, err
	}
	return r.incident(ctx, id, state, state.LastSeq()+1, at)
}

// incident looks for the beginning of one, in the events before a sequence number. Who is acknowledged, and whom an open one
// holds, is as the state of that time has it.
func (r *reader) incident(ctx context.Context, id string, state view.State, before int64, at time.Time) (view.IncidentReport, bool, error) {
	var t traced
	err := r.trail(ctx, before, func(e *device.Event) bool {
		if e.Incident == id {
			t.take(e)
		}
		return t.Opened == 0
	})
	if err != nil || t.ID == "" {
		return view.IncidentReport{}, false, err
	}
	if t.Closed == 0 {
		// What holds is the state; the events tell how it came to be.
		open := state.Incidents()
		i := slices.IndexFunc(open, func(in device.Incident) bool { return in.ID == id })
		if i >= 0 {
			t.Incident.Incident = open[i]
		}
	}
	report := view.IncidentReport{Incident: t.done(at), Acknowledged: acknowledged(state, t.Everyone, at)}
	report.Timeline, report.Cut, err = r.timeline(ctx, &report.Incident, before)
	return report, true, err
}

// acknowledged lists those of the devices whose problem somebody knows of.
func acknowledged(state view.State, devices []device.Name, at time.Time) []view.Acknowledged {
	out := []view.Acknowledged{}
	for _, n := range devices {
		d, ok := state.Device(string(n.ID), at)
		if !ok {
			continue
		}
		for _, m := range d.Mutes {
			if m.Kind == device.OverlayAcknowledged && !m.Ended {
				out = append(out, view.Acknowledged{Device: device.Name{ID: d.ID, Name: d.Name}, Status: m.Status, Since: m.Since, Reason: m.Reason})
			}
		}
	}
	return out
}

// timeline collects the events of an incident and of its devices, before a sequence number.
func (r *reader) timeline(ctx context.Context, in *view.Incident, before int64) ([]device.Event, bool, error) {
	from, ok, err := r.a.store.SeqAt(ctx, in.OpenedAt.Add(-timelineLead))
	if err != nil {
		return nil, false, err
	}
	if !ok {
		from = in.Opened
	}
	last := in.Closed
	if last == 0 {
		last = before - 1
	}
	cut := len(in.Everyone) > timelineDevices
	all := map[int64]device.Event{}
	for _, n := range in.Everyone[:min(len(in.Everyone), timelineDevices)] {
		events, err := r.a.store.EventsOfWithin(ctx, n.ID, from, last, timelineEvents+1)
		if err != nil {
			return nil, false, err
		}
		cut = cut || len(events) > timelineEvents
		for _, e := range events[:min(len(events), timelineEvents)] {
			if e.Incident == "" || e.Incident == in.ID {
				all[e.Seq] = e
			}
		}
	}
	err = r.trail(ctx, last+1, func(e *device.Event) bool {
		if e.Incident == in.ID {
			all[e.Seq] = *e
		}
		return e.Seq > in.Opened
	})
	out := make([]device.Event, 0, len(all))
	for _, e := range all {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b device.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	return out, cut, err
}

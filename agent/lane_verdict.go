package agent

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// measured is how often what an observation says is measured, where that is slower than its polls: the slowest of its claims.
func measured(body []byte) time.Duration {
	var said struct {
		Claims []struct {
			Interval device.Duration `json:"interval"`
		} `json:"claims"`
	}
	if json.Unmarshal(body, &said) != nil {
		return 0 // whoever reads it whole will say so
	}
	longest := time.Duration(0)
	for _, c := range said.Claims {
		longest = max(longest, time.Duration(c.Interval))
	}
	return min(longest, 24*time.Hour)
}

// eventsSince are a device's newest events from a time on, through all that it stood for, in order.
func (r *reader) eventsSince(ctx context.Context, id device.ID, from time.Time) ([]device.Event, error) {
	events, err := through(r.lives(id), maxLaneEvents, func(id device.ID) ([]device.Event, error) {
		return r.a.store.EventsOfSince(ctx, id, from, time.Time{}, maxLaneEvents)
	}, func(e device.Event) time.Time { return e.At })
	slices.Reverse(events)
	return events, err
}

// verdictLane is the status of a device over time where the agent watched, and over it disputes of its reach and maintenance.
func (r *reader) verdictLane(ctx context.Context, id device.ID, events []device.Event, from, to time.Time) ([]view.LaneSpan, error) {
	var out []view.LaneSpan
	at, status := from, device.Status("")
	v, ok, err := r.VerdictAt(ctx, id, from)
	if err != nil {
		return nil, err
	}
	if ok {
		status = v.To
	}
	watched, err := r.watched(ctx, from, to)
	if err != nil {
		return nil, err
	}
	hold := func(until time.Time) {
		for _, w := range watched {
			a, b := later(w.From, at), earlier(w.To, until)
			if status != "" && a.Before(b) {
				out = append(out, view.LaneSpan{From: a, To: b, State: view.LaneState(status)})
			}
		}
		at = until
	}
	for i := range events {
		if e := &events[i]; e.Type == device.EventVerdictChanged && e.At.Before(to) {
			hold(e.At)
			status = device.Status(e.To)
		}
	}
	hold(to)
	d, _ := r.a.pipe.Device(string(id), r.a.pipe.LastInstant())
	muted := slices.Contains(d.Overlays, device.OverlayMaintenance)
	disputed := slices.ContainsFunc(r.a.pipe.Disputes(r.a.pipe.LastInstant()), func(q device.Dispute) bool {
		return q.Device.ID == d.ID && q.Facet == device.FacetReach && !q.OpenedAt.IsZero()
	})
	out = append(out, between(events, device.EventDisputeOpened, device.EventDisputeClosed, disputed, view.LaneDisputed, from, to)...)
	return append(out, between(events, device.EventMaintenanceStarted, device.EventMaintenanceEnded, muted, view.LaneMaintenance, from, to)...), nil
}

// between are the times from one kind of event to another. Where neither is on record, it is as now.
func between(events []device.Event, begins, ends device.EventType, now bool, state view.LaneState, from, to time.Time) []view.LaneSpan {
	var out []view.LaneSpan
	began, seen := time.Time{}, false
	add := func(a, b time.Time) {
		if b = earlier(b, to); a.Before(b) {
			out = append(out, view.LaneSpan{From: a, To: b, State: state})
		}
	}
	for i := range events {
		e := &events[i]
		if e.Facet != "" && e.Facet != device.FacetReach {
			continue
		}
		switch e.Type {
		case begins:
			if began.IsZero() {
				began = e.At
			}
			seen = true
		case ends:
			if !seen {
				began = from
			}
			if !began.IsZero() {
				add(began, e.At)
			}
			began, seen = time.Time{}, true
		}
	}
	switch {
	case !began.IsZero():
		add(began, to)
	case !seen && now:
		add(from, to)
	}
	return out
}

// watched are the times in which instants were judged one soon after the other: in between the agent did not run.
func (r *reader) watched(ctx context.Context, from, to time.Time) ([]view.LaneSpan, error) {
	gap := 2 * time.Minute
	for _, s := range r.a.generation().cfg.Sources {
		gap = max(gap, 5*s.Interval/2)
	}
	instants, err := r.a.store.Instants(ctx, from.Add(-gap), to)
	if err != nil {
		return nil, err
	}
	var out []view.LaneSpan
	for _, at := range instants {
		if n := len(out); n > 0 && at.Sub(out[n-1].To) <= gap {
			out[n-1].To = at
			continue
		}
		out = append(out, view.LaneSpan{From: at, To: at})
	}
	if n := len(out); n > 0 && to.Sub(out[n-1].To) <= gap {
		out[n-1].To = to
	}
	for i := range out {
		out[i].From = later(out[i].From, from)
	}
	return out, nil
}

// told are the events of a device that a lane marks.
var told = []device.EventType{
	device.EventVerdictChanged, device.EventDisputeOpened, device.EventDisputeClosed, device.EventDeviceDiscovered, device.EventDeviceMoved, device.EventDeviceMerged,
	device.EventDeviceSplit, device.EventDeviceRetired, device.EventIdentityConflict, device.EventFlappingStart, device.EventFlappingEnd,
	device.EventMaintenanceStarted, device.EventMaintenanceEnded, device.EventAcknowledged, device.EventAcknowledgedEnded,
}

// laneMarks are the events to be marked, in order.
func laneMarks(ofDevice, ofSources []device.Event, speaks map[string]bool, from, to time.Time) []device.Event {
	out := []device.Event{}
	add := func(e *device.Event) {
		if !e.At.Before(from) && e.At.Before(to) {
			out = append(out, *e)
		}
	}
	for i := range ofDevice {
		if slices.Contains(told, ofDevice[i].Type) {
			add(&ofDevice[i])
		}
	}
	for i := range ofSources {
		if speaks[ofSources[i].Source] {
			add(&ofSources[i])
		}
	}
	slices.SortStableFunc(out, func(a, b device.Event) int { return a.At.Compare(b.At) })
	return out
}

package api

import (
	"context"
	"math"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
)

func (s *Server) incidentRoutes(api registry) {
	get(api, op{
		ID: "incident", Path: "/api/v1/incidents/{incident}", Summary: "One incident from its beginning to its end, with the events of its devices.",
		Scope: access.Read, Errors: atErrors("not_found"), Example: IncidentAt{IncidentReport: exampleIncidentReport()},
	}, s.oneIncident)
}

type incidentsInput struct {
	PageInput
	AtInput
	State string `query:"state" enum:"open,closed,all" default:"open" doc:"Those that are open, those that are over, or both."`
}

// listIncidents lists the open ones first. A cursor that has a position in the record is behind them.
func (s *Server) listIncidents(ctx context.Context, in *incidentsInput) (*body[list[view.Incident]], error) {
	at := cursor{}
	if in.Cursor != "" {
		var err error
		if at, err = readCursor(ctx, in.Cursor); err != nil {
			return nil, err
		}
	}
	state, now, err := s.look(ctx, in.AtInput)
	if err != nil {
		return nil, err
	}
	out := &body[list[view.Incident]]{list[view.Incident]{Items: []view.Incident{}, At: in.At}}
	if in.State != "closed" && at.Seq == 0 {
		if out, err = page(ctx, in.PageInput, openIncidents(state, now), asListed(func(i *view.Incident) string { return i.ID })); err != nil {
			return nil, err
		}
		out.Body.At = in.At
		if in.State == "open" || out.Body.NextCursor != nil {
			return out, nil
		}
	}
	before := at.Seq
	if before == 0 {
		before = math.MaxInt64
		if !in.At.IsZero() {
			before = state.LastSeq() + 1
		}
	}
	room := in.Limit - len(out.Body.Items)
	closed, err := s.read.ClosedIncidents(ctx, before, room+1)
	if err != nil {
		return nil, err
	}
	if len(closed) > room {
		closed = closed[:room]
		if room > 0 {
			before = closed[room-1].Closed
		}
		out.Body.NextCursor = nextCursor(ctx, cursor{Seq: before})
	}
	out.Body.Items = append(out.Body.Items, closed...)
	return out, nil
}

func openIncidents(state view.State, at time.Time) []view.Incident {
	var out []view.Incident
	for _, x := range state.Incidents() {
		out = append(out, view.Incident{Incident: x, Everyone: x.Devices, Lasted: max(0, at.Sub(x.OpenedAt)).Seconds()})
	}
	return out
}

type incidentInput struct {
	AtInput
	Incident string `path:"incident" maxLength:"64" doc:"The id of an incident, as events and lists have it."`
}

// IncidentAt is an incident as it stood at one time.
type IncidentAt struct {
	view.IncidentReport
	At time.Time `json:"at,omitzero" doc:"The time that was asked for, where it was another than now."`
}

func (s *Server) oneIncident(ctx context.Context, in *incidentInput) (*body[IncidentAt], error) {
	var report view.IncidentReport
	var ok bool
	var err error
	if in.At.IsZero() {
		report, ok, err = s.read.Incident(ctx, in.Incident)
	} else {
		report, ok, err = s.read.IncidentAt(ctx, in.Incident, in.At)
	}
	if err != nil {
		return nil, unknownTime(err)
	}
	if !ok {
		return nil, fail("not_found", "There is no incident of that id on record.")
	}
	return &body[IncidentAt]{IncidentAt{report, in.At}}, nil
}

func exampleIncidentReport() view.IncidentReport {
	in := exampleIncident()
	in.ClosedAt = in.OpenedAt.Add(7 * time.Minute)
	return view.IncidentReport{
		Incident:     view.Incident{Incident: in, Opened: 42, Closed: 57, Everyone: in.Devices, Ended: "nas-1 is up again", Lasted: 420},
		Acknowledged: []view.Acknowledged{}, Timeline: []device.Event{exampleEvent()},
	}
}

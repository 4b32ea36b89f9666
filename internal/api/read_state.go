package api

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
)

func (s *Server) stateRoutes(api registry) {
	get(api, op{
		ID: "incidents", Path: "/api/v1/incidents", Summary: "Incidents, grouped by root: those that are open, and on demand those that are over.",
		Text:  "The open ones come first, then those that are over, the one that ended last first.",
		Scope: access.Read, Errors: atErrors(), Example: exampleOf(exampleIncidentReport().Incident),
	}, s.listIncidents)
	get(api, op{
		ID: "disputes", Path: "/api/v1/disputes", Summary: "What the sources disagree about now, and what each says.",
		Scope: access.Read, Errors: append(atErrors(), "not_found"), Example: exampleOf(exampleDispute()),
	}, s.listDisputes)
	get(api, op{
		ID: "coverage", Path: "/api/v1/coverage", Summary: "How many independent witnesses each device has, and the best standing it can reach.",
		Scope: access.Read, Errors: atErrors(), Example: exampleCoverage(),
	}, s.coverage)
	get(api, op{
		ID: "alerts", Path: "/api/v1/alerts", Summary: "What the sources themselves report of their devices.",
		Text: "Alerts are evidence, never votes.", Scope: access.Read, Errors: []string{"not_found"}, Example: exampleOf(exampleAlert()),
	}, s.listAlerts)
	get(api, op{
		ID: "maintenance", Path: "/api/v1/maintenance", Summary: "Windows of maintenance that are open or will come.",
		Scope: access.Read, Example: exampleOf(exampleMaintenance()),
	}, s.listMaintenance)
	get(api, op{
		ID: "milestones", Path: "/api/v1/milestones", Summary: "The milestones of the blog: what each is about and how far its post has come.",
		Scope: access.Read, Example: exampleOf(exampleMilestone()),
	}, s.listMilestones)
	get(api, op{
		ID: "notes", Path: "/api/v1/notes", Summary: "What the owner noted for the posts, as it was written.",
		Scope: access.Read, Example: exampleOf(exampleNote()),
	}, s.listNotes)
}

type pageAtInput struct {
	PageInput
	AtInput
}

type disputesInput struct {
	PageInput
	AtInput
	Device string `query:"device" maxLength:"256" doc:"Only disputes about this device: name, id or address."`
	Source string `query:"source" maxLength:"256" doc:"Only disputes in which this source has a word."`
}

type alertsInput struct {
	PageInput
	Device string `query:"device" maxLength:"256" doc:"Only alerts about this device: name, id or address."`
	Source string `query:"source" maxLength:"256" doc:"Only alerts of this source."`
}

// named is the id of the device that a parameter names; "" where it names none.
func (s *Server) named(name string) (device.ID, error) {
	if name == "" {
		return "", nil
	}
	d, err := s.find(name)
	return d.ID, err
}

func (s *Server) listDisputes(ctx context.Context, in *disputesInput) (*body[list[device.Dispute]], error) {
	id, err := s.named(in.Device)
	if err != nil {
		return nil, err
	}
	state, at, err := s.look(ctx, in.AtInput)
	if err != nil {
		return nil, err
	}
	disputes := slices.DeleteFunc(slices.Clone(state.Disputes(at)), func(d device.Dispute) bool {
		spoke := slices.ContainsFunc(d.Votes, func(v device.Vote) bool { return v.Source == in.Source })
		return id != "" && d.Device.ID != id || in.Source != "" && !spoke
	})
	some, err := page(ctx, in.PageInput, disputes, asListed(func(d *device.Dispute) string {
		return string(d.Device.ID) + " " + string(d.Facet) + " " + d.Component
	}))
	return dated(some, err, in.AtInput)
}

// CoverageAt is a report of coverage, and the time that it is of.
type CoverageAt struct {
	consensus.CoverageReport
	At time.Time `json:"at,omitzero" doc:"The time that was asked for, where it was another than now."`
}

func (s *Server) coverage(ctx context.Context, in *AtInput) (*body[CoverageAt], error) {
	state, at, err := s.look(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &body[CoverageAt]{CoverageAt{state.Coverage(at), in.At}}, nil
}

func (s *Server) listMaintenance(ctx context.Context, in *PageInput) (*body[list[device.Maintenance]], error) {
	return page(ctx, *in, s.read.Maintenance(s.now()), asListed(func(m *device.Maintenance) string { return m.Name }))
}

func (s *Server) listAlerts(ctx context.Context, in *alertsInput) (*body[list[device.ReportedAlert]], error) {
	id, err := s.named(in.Device)
	if err != nil {
		return nil, err
	}
	alerts, err := s.read.Alerts(ctx)
	if err != nil {
		return nil, err
	}
	alerts = slices.DeleteFunc(slices.Clone(alerts), func(a device.ReportedAlert) bool {
		return id != "" && a.Device.ID != id || in.Source != "" && a.Source != in.Source
	})
	return page(ctx, in.PageInput, alerts, asListed(func(a *device.ReportedAlert) string {
		return a.Source + "\x00" + a.SourceRef + "\x00" + a.Ref + "\x00" + a.Component
	}))
}

func (s *Server) listMilestones(ctx context.Context, in *PageInput) (*body[list[device.Milestone]], error) {
	milestones, err := s.read.Milestones(ctx)
	if err != nil {
		return nil, err
	}
	return page(ctx, *in, milestones, asListed(func(m *device.Milestone) string { return strconv.Itoa(m.Number) }))
}

func (s *Server) listNotes(ctx context.Context, in *PageInput) (*body[list[device.Note]], error) {
	notes, err := s.read.Notes(ctx)
	if err != nil {
		return nil, err
	}
	return page(ctx, *in, notes, asListed(func(n *device.Note) string { return n.File }))
}

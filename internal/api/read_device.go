package api

import (
	"context"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
)

func (s *Server) deviceRoutes(api registry) {
	get(api, op{
		ID: "devices", Path: "/api/v1/devices", Summary: "Every device with its verdict and the votes of now, by name.",
		Scope: access.Read, Errors: atErrors(), Example: exampleOf(exampleDevice()),
	}, s.listDevices)
	get(api, op{
		ID: "device", Path: "/api/v1/devices/{device}", Summary: "One device, by name, id or address.",
		Scope: access.Read, Errors: atErrors("not_found"), Example: Seen{Shown: Shown(exampleDevice())},
	}, s.oneDevice)
	get(api, op{
		ID: "device-identity", Path: "/api/v1/devices/{device}/identity", Summary: "Who a device is, and who says so.",
		Text:  "Its refs and why each is bound, its fields with their sources and who says otherwise, what was merged and split.",
		Scope: access.Read, Errors: []string{"not_found"}, Example: exampleProfile(),
	}, s.deviceProfile)
	get(api, op{
		ID: "device-verdicts", Path: "/api/v1/devices/{device}/verdicts", Summary: "A device's verdicts with every vote, newest first.",
		Scope: access.Read, Errors: []string{"not_found"}, Example: exampleOf(exampleVerdict()),
	}, s.deviceVerdicts)
	get(api, op{
		ID: "device-explain", Path: "/api/v1/devices/{device}/explain", Summary: "The stored record of a verdict, and its sentence.",
		Scope: access.Read, Errors: atErrors("not_found", "no_verdict"), Example: exampleExplanation(),
	}, s.explain)
	get(api, op{
		ID: "device-events", Path: "/api/v1/devices/{device}/events", Summary: "A device's events, newest first.",
		Scope: access.Read, Errors: []string{"not_found"}, Example: exampleOf(exampleEvent()),
	}, s.deviceEvents)
}

type devicesInput struct {
	PageInput
	AtInput
	Status string `query:"status" enum:"up,degraded,down,unknown" doc:"Only devices of this status."`
}

func (s *Server) listDevices(ctx context.Context, in *devicesInput) (*body[list[device.Current]], error) {
	state, at, err := s.look(ctx, in.AtInput)
	if err != nil {
		return nil, err
	}
	var out []device.Current
	for _, d := range state.Devices(at) {
		if in.Status == "" || string(d.Status) == in.Status {
			out = append(out, d)
		}
	}
	some, err := page(ctx, in.PageInput, out, byName(func(d *device.Current) device.Name { return device.Name{ID: d.ID, Name: d.Name} }))
	return dated(some, err, in.AtInput)
}

func (s *Server) deviceProfile(_ context.Context, in *DeviceInput) (*body[device.Profile], error) {
	d, err := s.find(in.Device)
	if err != nil {
		return nil, err
	}
	p, ok := s.read.Profile(d.ID)
	if !ok {
		return nil, noDevice()
	}
	return &body[device.Profile]{p}, nil
}

type historyInput struct {
	DeviceInput
	PageInput
}

func (s *Server) deviceVerdicts(ctx context.Context, in *historyInput) (*body[list[device.Verdict]], error) {
	d, err := s.find(in.Device)
	if err != nil {
		return nil, err
	}
	at, err := position(ctx, in.PageInput)
	if err != nil {
		return nil, err
	}
	vs, err := s.read.VerdictsBefore(ctx, asked(d, in.Device), at, in.Limit+1)
	return newestFirst(ctx, in.PageInput, vs, func(v *device.Verdict) int64 { return v.Seq }), err
}

func (s *Server) deviceEvents(ctx context.Context, in *historyInput) (*body[list[device.Event]], error) {
	d, err := s.find(in.Device)
	if err != nil {
		return nil, err
	}
	at, err := position(ctx, in.PageInput)
	if err != nil {
		return nil, err
	}
	es, err := s.read.EventsBefore(ctx, asked(d, in.Device), at, in.Limit+1)
	return newestFirst(ctx, in.PageInput, es, func(e *device.Event) int64 { return e.Seq }), err
}

package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
)

// figureRoutes are those of readings, uptimes and agreement.
func (s *Server) figureRoutes(api registry) {
	get(api, op{
		ID: "readings", Path: "/api/v1/readings", Summary: "The latest readings of all devices, those of one quantity side by side.",
		Scope: access.Read, Example: exampleOf(exampleReading()),
	}, s.listReadings)
	get(api, op{
		ID: "device-readings", Path: "/api/v1/devices/{device}/readings", Summary: "A device's latest readings, those of one quantity side by side.",
		Scope: access.Read, Errors: []string{"not_found"}, Example: exampleOf(exampleReading()),
	}, s.deviceReadings)
	get(api, op{
		ID: "uptime", Path: "/api/v1/uptime", Summary: "How much of 24 hours, 7 days and 30 days each device was up.",
		Text:  "By the verdicts that were given. The percentage is of the time in which a status was known; unknown time is told apart. Time before a device's first verdict is not counted.",
		Scope: access.Read, Errors: atErrors(), Example: exampleOf(exampleUptime()),
	}, s.listUptimes)
	get(api, op{
		ID: "device-uptime", Path: "/api/v1/devices/{device}/uptime", Summary: "How much of 24 hours, 7 days and 30 days a device was up.",
		Scope: access.Read, Errors: atErrors("not_found"), Example: exampleUptime(),
	}, s.deviceUptime)
	get(api, op{
		ID: "agreement", Path: "/api/v1/agreement", Summary: "How the sources agreed, two by two, and who was right where they did not.",
		Text:  "Two sources are compared over the devices that both know, for as long as both have a word on whether it answers. Who was right is who the other came round to.",
		Scope: access.Read, Errors: atErrors(), Example: AgreementAt{Agreement: exampleAgreement()},
	}, s.agreement)
}

// ReadingFilter selects readings.
type ReadingFilter struct {
	Source    string `query:"source" maxLength:"256" doc:"Only what this source reads."`
	Component string `query:"component" maxLength:"256" doc:"Only of this component."`
	Quantity  string `query:"quantity" maxLength:"256" doc:"Only this quantity."`
}

func (f *ReadingFilter) apply(all []view.Reading) []view.Reading {
	out := []view.Reading{}
	for _, r := range all {
		if f.Component != "" && r.Component != f.Component || f.Quantity != "" && r.Quantity != f.Quantity {
			continue
		}
		if f.Source != "" {
			r.Values = slices.DeleteFunc(slices.Clone(r.Values), func(v view.ReadingValue) bool { return v.Source != f.Source })
		}
		if len(r.Values) > 0 {
			out = append(out, r)
		}
	}
	return out
}

// readingOrder is that of lists of readings.
func readingOrder() order[view.Reading] {
	return order[view.Reading]{
		key: func(r *view.Reading) []string {
			return []string{r.Device.Name, string(r.Device.ID), r.Component, r.Quantity}
		},
		compare: func(a, b []string) int {
			return cmp.Or(device.CompareNames(a[0], b[0]), strings.Compare(a[1], b[1]), device.CompareNames(a[2], b[2]), strings.Compare(a[3], b[3]))
		},
	}
}

type readingsInput struct {
	PageInput
	ReadingFilter
	Device string `query:"device" maxLength:"256" doc:"Only of this device, by name, id or address."`
}

func (s *Server) listReadings(ctx context.Context, in *readingsInput) (*body[list[view.Reading]], error) {
	if in.Device != "" {
		return s.readingsOf(ctx, in.Device, in.ReadingFilter, in.PageInput)
	}
	all, err := s.read.AllReadings(ctx)
	if err != nil {
		return nil, err
	}
	return page(ctx, in.PageInput, in.apply(all), readingOrder())
}

type deviceReadingsInput struct {
	DeviceInput
	PageInput
	ReadingFilter
}

func (s *Server) deviceReadings(ctx context.Context, in *deviceReadingsInput) (*body[list[view.Reading]], error) {
	return s.readingsOf(ctx, in.Device, in.ReadingFilter, in.PageInput)
}

func (s *Server) readingsOf(ctx context.Context, name string, f ReadingFilter, in PageInput) (*body[list[view.Reading]], error) {
	d, err := s.find(name)
	if err != nil {
		return nil, err
	}
	all, err := s.read.Readings(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	return page(ctx, in, f.apply(all), readingOrder())
}

// UptimeOf is how much of several times a device was up.
type UptimeOf struct {
	Device  device.Name    `json:"device"`
	Windows []UptimeWindow `json:"windows"`
	At      time.Time      `json:"at,omitzero" doc:"The time that was asked for, where it was another than now: the windows end there."`
}

// UptimeWindow is how much of the time up to now, or up to the time that was asked for, a device was up.
type UptimeWindow struct {
	Window string `json:"window" doc:"24h, 7d or 30d."`
	// Percent is of the known time; absent where nothing is known.
	Percent        *float64 `json:"percent,omitempty" doc:"Of the time in which the status was known; absent where it never was."`
	UpSeconds      float64  `json:"up_seconds" doc:"Degraded counts as up."`
	DownSeconds    float64  `json:"down_seconds"`
	UnknownSeconds float64  `json:"unknown_seconds"`
}

// uptimeWindows are told by everything that tells of uptimes.
var uptimeWindows = []struct {
	name string
	span time.Duration
}{{"24h", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}, {"30d", 30 * 24 * time.Hour}}

// uptimesSince are the times from a span before on.
func (s *Server) uptimesSince(ctx context.Context, span time.Duration, in AtInput) ([]view.Uptime, error) {
	if in.At.IsZero() {
		now := s.now()
		return s.read.Uptimes(ctx, now.Add(-span), now)
	}
	all, err := s.read.UptimesAt(ctx, in.At.Add(-span), in.At)
	return all, unknownTime(err)
}

func (s *Server) uptimes(ctx context.Context, in AtInput) ([]UptimeOf, error) {
	var out []UptimeOf
	at := map[device.ID]int{}
	for _, w := range uptimeWindows {
		all, err := s.uptimesSince(ctx, w.span, in)
		if err != nil {
			return nil, err
		}
		for _, u := range all {
			i, ok := at[u.Device.ID]
			if !ok {
				i = len(out)
				at[u.Device.ID] = i
				out = append(out, UptimeOf{Device: u.Device})
			}
			one := UptimeWindow{Window: w.name, UpSeconds: u.Up.Seconds(), DownSeconds: u.Down.Seconds(), UnknownSeconds: u.Unknown.Seconds()}
			if p, known := u.Percent(); known {
				one.Percent = rounded(p)
			}
			out[i].Windows = append(out[i].Windows, one)
		}
	}
	return out, nil
}

func (s *Server) listUptimes(ctx context.Context, in *pageAtInput) (*body[list[UptimeOf]], error) {
	all, err := s.uptimes(ctx, in.AtInput)
	if err != nil {
		return nil, err
	}
	some, err := page(ctx, in.PageInput, all, byName(func(u *UptimeOf) device.Name { return u.Device }))
	return dated(some, err, in.AtInput)
}

func (s *Server) deviceUptime(ctx context.Context, in *deviceAtInput) (*body[UptimeOf], error) {
	d, _, err := s.findAt(ctx, in.Device, in.AtInput)
	if err != nil {
		return nil, err
	}
	all, err := s.uptimes(ctx, in.AtInput)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(u UptimeOf) bool { return u.Device.ID == d.ID })
	if i < 0 {
		return &body[UptimeOf]{UptimeOf{Device: device.Name{ID: d.ID, Name: d.Name}, At: in.At}}, nil
	}
	all[i].At = in.At
	return &body[UptimeOf]{all[i]}, nil
}

type agreementInput struct {
	AtInput
	Window string `query:"window" enum:"24h,7d,14d" default:"24h" doc:"How long a time up to now, or up to \"at\", is compared. The journal of what sources said has 14 days."`
}

// AgreementAt is how the sources agreed, up to one time.
type AgreementAt struct {
	view.Agreement
	At time.Time `json:"at,omitzero" doc:"The time that was asked for, where it was another than now."`
}

func (s *Server) agreement(ctx context.Context, in *agreementInput) (*body[AgreementAt], error) {
	span := map[string]time.Duration{"24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour, "14d": 14 * 24 * time.Hour}[in.Window]
	if in.At.IsZero() {
		a, err := s.read.Agreement(ctx, s.now().Add(-span))
		return &body[AgreementAt]{AgreementAt{Agreement: a}}, err
	}
	a, err := s.read.AgreementAt(ctx, in.At.Add(-span), in.At)
	return &body[AgreementAt]{AgreementAt{a, in.At}}, unknownTime(err)
}

func exampleReading() view.Reading {
	return view.Reading{Device: exampleName, Component: "disk:1", Quantity: "temperature", Values: []view.ReadingValue{
		{Source: "librenms", Ref: "7", Value: 41, Unit: "C", ObservedAt: exampleNow.Add(-time.Minute)}, {Source: "prtg", Ref: "7", Value: 40.5, Unit: "C", ObservedAt: exampleNow},
	}}
}

func exampleUptime() UptimeOf {
	p := 99.65
	return UptimeOf{Device: exampleName, Windows: []UptimeWindow{{Window: "24h", Percent: &p, UpSeconds: 86100, DownSeconds: 300}}}
}

func exampleAgreement() view.Agreement {
	p := 98.7
	return view.Agreement{
		From: exampleNow.Add(-24 * time.Hour), To: exampleNow, Percent: &p,
		Pairs:   []view.AgreementPair{{A: "librenms", B: "prtg", Devices: 11, Percent: &p, ComparedSeconds: 950400, Contradictions: 11, RightB: 10, Open: 1}},
		Sources: []view.AgreementScore{{Source: "librenms", Wrong: 10, FalseAlarms: 11}, {Source: "prtg", Right: 10}},
	}
}

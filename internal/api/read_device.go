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

func (s *Server) deviceRoutes(api registry) {
	get(api, op{
		ID: "devices", Path: "/api/v1/devices", Summary: "Every device with its verdict and the votes of now, by name.",
		Scope: access.Read, Errors: atErrors("not_found"), Example: exampleOf(exampleDevice()),
	}, s.listDevices)
	get(api, op{
		ID: "device", Path: "/api/v1/devices/{device}", Summary: "One device, by name, id or address.",
		Scope: access.Read, Errors: atErrors("not_found"), Example: Seen{Shown: Shown(exampleDevice())},
	}, s.oneDevice)
	get(api, op{
		ID: "device-identity", Path: "/api/v1/devices/{device}/identity", Summary: "Who a device is, and who says so.",
		Text:  "Its refs and why each is bound, its fields with their sources and who says otherwise, what was merged and split.",
		Scope: access.Read, Errors: atErrors("not_found"), Example: ProfileAt{Profile: exampleProfile()},
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
	Status   []string `query:"status" enum:"up,degraded,down,unknown" doc:"Only devices of these statuses, with commas between them."`
	Standing []string `query:"standing" enum:"confirmed,single,disputed,none" doc:"Only devices of these standings."`
	Overlay  []string `query:"overlay" enum:"maintenance,unreachable,flapping,pending,acknowledged" doc:"Only devices with one of these overlays."`
	Kind     string   `query:"kind" maxLength:"256" doc:"Only devices of this type, such as switch."`
	Source   string   `query:"source" maxLength:"256" doc:"Only devices that this source knows."`
	Group    string   `query:"group" maxLength:"256" doc:"Only devices that are in this group of the configuration of now."`
	Q        string   `query:"q" maxLength:"256" doc:"Only devices with these words in a name, an address, the vendor, the model, the place or the serial number, in upper or lower case."`
	Sort     string   `query:"sort" enum:"name,since" default:"name" doc:"By name, or by the time of the last change, the newest first."`
}

func (in *devicesInput) fits(d *device.Current) bool {
	source := func(b device.Binding) bool { return b.Source == in.Source }
	overlay := func(o device.OverlayKind) bool { return slices.Contains(in.Overlay, string(o)) }
	return (len(in.Status) == 0 || slices.Contains(in.Status, string(d.Status))) &&
		(len(in.Standing) == 0 || slices.Contains(in.Standing, string(d.Standing))) &&
		(len(in.Overlay) == 0 || slices.ContainsFunc(d.Overlays, overlay)) &&
		(in.Kind == "" || strings.EqualFold(d.Type, in.Kind)) &&
		(in.Source == "" || slices.ContainsFunc(d.Bindings, source)) &&
		(in.Q == "" || mentions(d, strings.ToLower(in.Q)))
}

func (in *devicesInput) order() order[device.Current] {
	if in.Sort == "since" {
		return order[device.Current]{
			key:     func(d *device.Current) []string { return []string{d.Since.UTC().Format(sortable), string(d.ID)} },
			compare: func(a, b []string) int { return cmp.Or(strings.Compare(b[0], a[0]), strings.Compare(a[1], b[1])) },
		}
	}
	return byName(func(d *device.Current) device.Name { return device.Name{ID: d.ID, Name: d.Name} })
}

// sortable writes times so that their texts are in their order.
const sortable = "2006-01-02T15:04:05.000000000"

// mentions reports whether one of the words by which people know a device holds text, which is in lower case.
func mentions(d *device.Current, text string) bool {
	words := slices.Concat([]string{d.Name, string(d.ID), d.Vendor, d.Model, d.Location, d.Serial}, d.Addresses, d.Hostnames, d.MACs)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(w), text) })
}

func (s *Server) listDevices(ctx context.Context, in *devicesInput) (*body[list[device.Current]], error) {
	state, at, err := s.look(ctx, in.AtInput)
	if err != nil {
		return nil, err
	}
	inGroup, err := s.membersOf(in.Group)
	if err != nil {
		return nil, err
	}
	var out []device.Current
	for _, d := range state.Devices(at) {
		if in.fits(&d) && inGroup(d.ID) {
			out = append(out, d)
		}
	}
	o := in.order()
	slices.SortStableFunc(out, func(a, b device.Current) int { return o.compare(o.key(&a), o.key(&b)) })
	some, err := page(ctx, in.PageInput, out, o)
	return dated(some, err, in.AtInput)
}

// membersOf tells who is in a group; everybody is in that of no name.
func (s *Server) membersOf(name string) (func(device.ID) bool, error) {
	if name == "" {
		return func(device.ID) bool { return true }, nil
	}
	groups := s.read.Groups()
	i := slices.IndexFunc(groups, func(g view.Group) bool { return g.Name == name })
	if i < 0 {
		return nil, fail("not_found", "There is no group of that name in the configuration.")
	}
	members := map[device.ID]bool{}
	for _, d := range groups[i].Devices {
		members[d.ID] = true
	}
	return func(id device.ID) bool { return members[id] }, nil
}

// ProfileAt is who a device is, at one time.
type ProfileAt struct {
	device.Profile
	At time.Time `json:"at,omitzero" doc:"The time that was asked for, where it was another than now."`
}

// profileAt is who a device was at a time.
func (s *Server) profileAt(ctx context.Context, name string, in AtInput) (device.Profile, error) {
	state, at, err := s.look(ctx, in)
	if err != nil {
		return device.Profile{}, err
	}
	d, err := s.foundIn(state, name, at, in)
	if err != nil {
		return device.Profile{}, err
	}
	p, ok := state.Profile(d.ID)
	if !ok {
		return p, noDevice()
	}
	return p, nil
}

func (s *Server) deviceProfile(ctx context.Context, in *deviceAtInput) (*body[ProfileAt], error) {
	p, err := s.profileAt(ctx, in.Device, in.AtInput)
	return &body[ProfileAt]{ProfileAt{p, in.At}}, err
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

package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/pipeline"
)

// DeviceCommand is what a person says about who is who, in their words: devices by name, id, address or SOURCE/REF.
type DeviceCommand struct {
	Kind   identity.OrderKind `json:"kind"`
	Device string             `json:"device,omitempty"`
	Other  string             `json:"other,omitempty"`
	Refs   []string           `json:"refs,omitempty"`
	Name   string             `json:"name,omitempty"`
	// Seq is the event that tells what is to be undone; 0 means the newest order of a person.
	Seq int64 `json:"seq,omitempty"`
	// Preview asks only what it would change.
	Preview bool `json:"preview,omitempty"`
}

// DeviceAnswer is what a command changes, or would change.
type DeviceAnswer struct {
	// Done says that it was carried out.
	Done bool `json:"done"`
	pipeline.Preview
}

func (a *Agent) commandDevice(ctx context.Context, c DeviceCommand) (DeviceAnswer, error) {
	o, err := a.readOrder(ctx, &c)
	if err != nil {
		return DeviceAnswer{}, err
	}
	orders := pipeline.Orders{Identity: []identity.Order{o}}
	preview, err := a.pipe.Preview(ctx, orders)
	if err != nil {
		return DeviceAnswer{}, err
	}
	preview.Notes = append(preview.Notes, a.generation().cfg.mentions(preview.Before, preview.After)...)
	if c.Preview {
		return DeviceAnswer{Preview: preview}, nil
	}
	err = a.pipe.Order(ctx, orders)
	return DeviceAnswer{Done: err == nil, Preview: preview}, err
}

// readOrder finds what a command is about.
func (a *Agent) readOrder(ctx context.Context, c *DeviceCommand) (identity.Order, error) {
	o := identity.Order{Kind: c.Kind, Name: c.Name}
	for _, of := range []struct {
		name string
		id   *device.ID
	}{{c.Device, &o.Device}, {c.Other, &o.Other}} {
		if of.name == "" {
			continue
		}
		d, ok := a.pipe.Device(of.name, a.pipe.LastInstant())
		if !ok {
			return o, &mistake{fmt.Sprintf("there is no device %q; name it by its name, id, address or SOURCE/REF", of.name)}
		}
		*of.id = d.ID
	}
	for _, s := range c.Refs {
		source, ref, ok := strings.Cut(s, "/")
		if !ok {
			return o, &mistake{fmt.Sprintf("%q is no ref; it takes SOURCE/REF, such as prtg/2003", s)}
		}
		o.Refs = append(o.Refs, device.SourceRef{Source: source, Ref: ref})
	}
	if c.Seq == 0 {
		return o, nil
	}
	var events []device.Event
	if c.Seq > 0 {
		var err error
		if events, err = a.store.Events(ctx, c.Seq-1, 1); err != nil {
			return o, fmt.Errorf("read event %d: %w", c.Seq, err)
		}
	}
	switch {
	case len(events) == 0:
		return o, &mistake{fmt.Sprintf("there is no event %d", c.Seq)}
	case events[0].Device == nil || !slices.Contains(undoable, events[0].Type):
		return o, &mistake{fmt.Sprintf("event %d (%s) is nothing that can be undone", c.Seq, events[0].Type)}
	}
	o.Device, o.At = events[0].Device.ID, events[0].At
	if events[0].Other != nil {
		o.Other = events[0].Other.ID
	}
	return o, nil
}

// undoable are the events of what identity can take back.
var undoable = []device.EventType{
	device.EventDeviceMerged, device.EventDeviceSplit, device.EventDeviceRenamed, device.EventDeviceRetired, device.EventDeviceConfirmed,
}

// mentions says where the configuration speaks of names that an order takes away.
func (c *Config) mentions(before, after []device.Current) []string {
	var notes []string
	for _, d := range before {
		if slices.ContainsFunc(after, func(x device.Current) bool { return x.Name == d.Name }) {
			continue
		}
		for _, place := range c.placesOf(d.Name) {
			notes = append(notes, fmt.Sprintf("the configuration speaks of %s in %s, and no device is called that then", d.Name, place))
		}
	}
	return notes
}

// placesOf lists the blocks that name a device.
func (c *Config) placesOf(name string) []string {
	var places []string
	for _, g := range c.Groups {
		if slices.Contains(g.Devices, name) {
			places = append(places, fmt.Sprintf("group %q", g.Name))
		}
	}
	for _, s := range c.Sources {
		if slices.Contains(s.Anchors, name) {
			places = append(places, fmt.Sprintf("the anchors of source %q", s.Name))
		}
	}
	for _, d := range c.Devices {
		if slices.Contains(d.Parents, name) {
			places = append(places, fmt.Sprintf("the parents of device %q", d.Name))
		}
	}
	for _, pair := range c.NeverMerge {
		if pair[0] == name || pair[1] == name {
			places = append(places, "never_merge")
		}
	}
	return places
}

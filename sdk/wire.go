package sdk

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// The far end of time: JSON cannot say a later year.
const lastYear = 9999

// toMicros writes t for the wire, 0 for the zero time.
func toMicros(t time.Time) (int64, error) {
	if t.IsZero() {
		return 0, nil
	}
	if y := t.UTC().Year(); y < 1970 || y > lastYear {
		return 0, fmt.Errorf("the year %d is out of range", y)
	}
	return t.UnixMicro(), nil
}

// fromMicros reads a time off the wire; what is out of range is an error.
func fromMicros(us int64) (time.Time, error) {
	if us == 0 {
		return time.Time{}, nil
	}
	t := time.UnixMicro(us).UTC()
	if t.Year() > lastYear || us < 0 {
		return time.Time{}, errors.New("time is out of range")
	}
	return t, nil
}

// toObservation gives o its wire form. Times are cut to microseconds. O must be valid.
func toObservation(o *device.Observation) (*sourcepb.Observation, error) {
	at, err := toMicros(o.ObservedAt)
	if err != nil {
		return nil, fmt.Errorf("observed_at: %w", err)
	}
	p := &sourcepb.Observation{Identity: toIdentity(&o.Identity), ObservedAtUs: at, Abstain: string(o.Abstain)}
	for i, c := range o.Claims {
		at, err := toMicros(c.ObservedAt)
		if err != nil {
			return nil, fmt.Errorf("claims[%d]: observed_at: %w", i, err)
		}
		p.Claims = append(p.Claims, &sourcepb.Claim{
			Facet: string(c.Facet), Component: c.Component, State: string(c.State), Confidence: c.Confidence,
			IntervalUs: time.Duration(c.Interval).Microseconds(), ObservedAtUs: at, Raw: c.Raw,
		})
	}
	for _, r := range o.Readings {
		p.Readings = append(p.Readings, &sourcepb.Reading{Component: r.Component, Quantity: r.Quantity, Value: r.Value, Unit: r.Unit})
	}
	for i, a := range o.Alerts {
		since, err := toMicros(a.Since)
		if err != nil {
			return nil, fmt.Errorf("alerts[%d]: since: %w", i, err)
		}
		p.Alerts = append(p.Alerts, &sourcepb.Alert{
			Ref: a.Ref, Component: a.Component, Class: a.Class, Severity: a.Severity, State: a.State, SinceUs: since, Text: a.Text,
		})
	}
	return p, nil
}

func toIdentity(i *device.Identity) *sourcepb.Identity {
	p := &sourcepb.Identity{
		Ref: i.Ref, Name: i.Name, Addresses: i.Addresses, Hostnames: i.Hostnames, Macs: i.MACs, Serial: i.Serial,
		EngineId: i.EngineID, Vendor: i.Vendor, Model: i.Model, Os: i.OS, Version: i.Version, Location: i.Location,
		Type: i.Type, Parents: i.Parents, Follows: i.Follows,
	}
	for _, l := range i.Links {
		p.Links = append(p.Links, &sourcepb.Link{Component: l.Component, Mac: l.MAC, Name: l.Name, Address: l.Address, Kind: l.Kind})
	}
	for _, v := range i.VLANs {
		p.Vlans = append(p.Vlans, &sourcepb.Vlan{Id: uint32(v.ID), Name: v.Name, Tagged: v.Tagged, Untagged: v.Untagged})
	}
	return p
}

// fromObservation reads an observation off the wire. The other end is not trusted: nil elements, absurd times and
// overflowing intervals are errors, and the caller validates the result besides.
func fromObservation(p *sourcepb.Observation) (device.Observation, error) {
	if p == nil {
		return device.Observation{}, errors.New("observation is empty")
	}
	o := device.Observation{Identity: fromIdentity(p.GetIdentity()), Abstain: device.Abstention(p.GetAbstain())}
	var err error
	if o.ObservedAt, err = fromMicros(p.GetObservedAtUs()); err != nil {
		return o, fmt.Errorf("observed_at: %w", err)
	}
	o.Claims = slices.Grow(o.Claims, len(p.GetClaims()))
	for i, c := range p.GetClaims() {
		at, err := fromMicros(c.GetObservedAtUs())
		if err != nil {
			return o, fmt.Errorf("claims[%d]: observed_at: %w", i, err)
		}
		const longest = int64(1<<63-1) / int64(time.Microsecond)
		if us := c.GetIntervalUs(); us < 0 || us > longest {
			return o, fmt.Errorf("claims[%d]: interval is out of range", i)
		}
		claim := device.Claim{
			Facet: device.Facet(c.GetFacet()), Component: c.GetComponent(), State: device.State(c.GetState()),
			Interval: device.Duration(time.Duration(c.GetIntervalUs()) * time.Microsecond), ObservedAt: at, Raw: c.GetRaw(),
		}
		if c != nil {
			claim.Confidence = c.Confidence
		}
		o.Claims = append(o.Claims, claim)
	}
	o.Readings = slices.Grow(o.Readings, len(p.GetReadings()))
	for _, r := range p.GetReadings() {
		o.Readings = append(o.Readings, device.Reading{Component: r.GetComponent(), Quantity: r.GetQuantity(), Value: r.GetValue(), Unit: r.GetUnit()})
	}
	for i, a := range p.GetAlerts() {
		since, err := fromMicros(a.GetSinceUs())
		if err != nil {
			return o, fmt.Errorf("alerts[%d]: since: %w", i, err)
		}
		o.Alerts = append(o.Alerts, device.Alert{
			Ref: a.GetRef(), Component: a.GetComponent(), Class: a.GetClass(), Severity: a.GetSeverity(), State: a.GetState(),
			Since: since, Text: a.GetText(),
		})
	}
	return o, nil
}

func fromIdentity(p *sourcepb.Identity) device.Identity {
	i := device.Identity{
		Ref: p.GetRef(), Name: p.GetName(), Addresses: p.GetAddresses(), Hostnames: p.GetHostnames(), MACs: p.GetMacs(),
		Serial: p.GetSerial(), EngineID: p.GetEngineId(), Vendor: p.GetVendor(), Model: p.GetModel(), OS: p.GetOs(),
		Version: p.GetVersion(), Location: p.GetLocation(), Type: p.GetType(), Parents: p.GetParents(), Follows: p.GetFollows(),
	}
	for _, l := range p.GetLinks() {
		i.Links = append(i.Links, device.Link{Component: l.GetComponent(), MAC: l.GetMac(), Name: l.GetName(), Address: l.GetAddress(), Kind: l.GetKind()})
	}
	for _, v := range p.GetVlans() {
		// Whatever is too large for a VLAN stays too large, and is refused.
		id := min(int64(v.GetId()), math.MaxInt16)
		i.VLANs = append(i.VLANs, device.VLAN{ID: int(id), Name: v.GetName(), Tagged: v.GetTagged(), Untagged: v.GetUntagged()})
	}
	return i
}

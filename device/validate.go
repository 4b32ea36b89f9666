package device

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
	"unicode/utf8"
)

// Limits of an observation. They bound what one source can make the agent hold.
const (
	MaxObservationBytes = 1 << 20
	MaxAddresses        = 64
	MaxName             = 256 // characters
	maxVLAN             = 4094
)

// latestYear is the last one that the JSON form of a time can hold, in whatever zone.
const latestYear = 9999

var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Validate reports why o cannot be accepted, or nil. The reason names the field and never repeats a long value.
func (o *Observation) Validate() error {
	if o.Ref == "" {
		return errors.New("ref is empty")
	}
	if n := len(o.Addresses); n > MaxAddresses {
		return fmt.Errorf("%d addresses, at most %d are taken", n, MaxAddresses)
	}
	for _, f := range []struct{ name, value string }{
		{"ref", o.Ref}, {"name", o.Name}, {"serial", o.Serial}, {"engine_id", o.EngineID}, {"vendor", o.Vendor},
		{"model", o.Model}, {"os", o.OS}, {"version", o.Version}, {"location", o.Location}, {"type", o.Type},
	} {
		if err := checkText(f.name, f.value, MaxName); err != nil {
			return err
		}
	}
	for _, list := range []struct {
		name   string
		values []string
	}{{"addresses", o.Addresses}, {"hostnames", o.Hostnames}, {"macs", o.MACs}, {"parents", o.Parents}} {
		for _, v := range list.values {
			if err := checkText(list.name, v, MaxName); err != nil {
				return err
			}
		}
	}
	if err := checkTime("observed_at", o.ObservedAt); err != nil {
		return err
	}
	if o.Abstain != "" && !o.Abstain.BySource() {
		return fmt.Errorf("abstain: unknown reason %.40q", string(o.Abstain))
	}
	for i := range o.Claims {
		if err := o.Claims[i].validate(); err != nil {
			return fmt.Errorf("claims[%d]: %w", i, err)
		}
	}
	for i, r := range o.Readings {
		if math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
			return fmt.Errorf("readings[%d]: value is not a finite number", i)
		}
		if err := errors.Join(checkText("component", r.Component, MaxName), checkText("quantity", r.Quantity, MaxName),
			checkText("unit", r.Unit, MaxName)); err != nil {
			return fmt.Errorf("readings[%d]: %w", i, err)
		}
	}
	for i, a := range o.Alerts {
		if err := errors.Join(checkText("ref", a.Ref, MaxName), checkText("text", a.Text, MaxObservationBytes),
			checkTime("since", a.Since)); err != nil {
			return fmt.Errorf("alerts[%d]: %w", i, err)
		}
	}
	for i, l := range o.Links {
		if err := errors.Join(checkText("component", l.Component, MaxName), checkText("mac", l.MAC, MaxName),
			checkText("name", l.Name, MaxName), checkText("address", l.Address, MaxName)); err != nil {
			return fmt.Errorf("links[%d]: %w", i, err)
		}
	}
	for i := range o.VLANs {
		if err := o.VLANs[i].validate(); err != nil {
			return fmt.Errorf("vlans[%d]: %w", i, err)
		}
	}
	if err := checkText("follows", o.Follows, MaxName); err != nil {
		return err
	}
	return o.checkSize()
}

// checkSize measures the JSON form, where it can be beyond the limit at all.
func (o *Observation) checkSize() error {
	if o.atMost() <= MaxObservationBytes {
		return nil
	}
	b, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	if len(b) > MaxObservationBytes {
		return fmt.Errorf("%d bytes, at most %d are taken", len(b), MaxObservationBytes)
	}
	return nil
}

// atMost is more than the JSON form has, or as much: that is cheap to know, and true of all but the strangest.
func (o *Observation) atMost() int {
	const (
		names   = 2048 // of the fields, with times and punctuation
		element = 256  // names and numbers of a claim, an alert, a reading and the like
		escaped = 6    // octets of JSON that one octet of text takes at most
	)
	text := len(o.Ref) + len(o.Name) + len(o.Serial) + len(o.EngineID) + len(o.Vendor) + len(o.Model) + len(o.OS) + len(o.Version) +
		len(o.Location) + len(o.Type) + len(o.Follows)
	for _, list := range [...][]string{o.Addresses, o.Hostnames, o.MACs, o.Parents} {
		for _, s := range list {
			text += len(s)
		}
	}
	for i := range o.Claims {
		text += len(o.Claims[i].Component) + len(o.Claims[i].Raw)
	}
	for i := range o.Readings {
		text += len(o.Readings[i].Component) + len(o.Readings[i].Quantity) + len(o.Readings[i].Unit)
	}
	for i := range o.Alerts {
		a := &o.Alerts[i]
		text += len(a.Ref) + len(a.Component) + len(a.Class) + len(a.Severity) + len(a.State) + len(a.Text)
	}
	for i := range o.Links {
		l := &o.Links[i]
		text += len(l.Component) + len(l.MAC) + len(l.Name) + len(l.Address) + len(l.Kind)
	}
	for i := range o.VLANs {
		v := &o.VLANs[i]
		text += len(v.Name)
		for _, list := range [...][]string{v.Tagged, v.Untagged} {
			for _, s := range list {
				text += len(s)
			}
		}
	}
	return names + element*o.Elements() + escaped*text
}

func (c *Claim) validate() error {
	switch c.Facet {
	case FacetReach, FacetMgmt, FacetHealth:
	default:
		return fmt.Errorf("unknown facet %.40q", string(c.Facet))
	}
	if !c.State.ClaimableBy(c.Facet) {
		return fmt.Errorf("unknown state %.40q for facet %s", string(c.State), c.Facet)
	}
	if s := c.Sure(); math.IsNaN(s) || s < 0 || s > 1 {
		return errors.New("confidence is outside 0..1")
	}
	if c.Interval < 0 {
		return errors.New("interval is negative")
	}
	return errors.Join(checkText("component", c.Component, MaxName), checkText("raw", c.Raw, MaxObservationBytes),
		checkTime("observed_at", c.ObservedAt))
}

// vlanElements counts VLANs and the ports that are named in them.
func (o *Observation) vlanElements() int {
	n := len(o.VLANs)
	for i := range o.VLANs {
		n += len(o.VLANs[i].Tagged) + len(o.VLANs[i].Untagged)
	}
	return n
}

// Elements counts whatever there can be many of in o: claims, readings, links, names, the ports of VLANs.
func (o *Observation) Elements() int {
	return len(o.Claims) + len(o.Readings) + len(o.Alerts) + len(o.Links) + len(o.Addresses) + len(o.Hostnames) + len(o.MACs) +
		len(o.Parents) + o.vlanElements()
}

func (v *VLAN) validate() error {
	if v.ID < 1 || v.ID > maxVLAN {
		return fmt.Errorf("id %d is outside 1..%d", v.ID, maxVLAN)
	}
	for _, ports := range [...][]string{v.Tagged, v.Untagged} {
		for _, p := range ports {
			if err := checkText("port", p, MaxName); err != nil {
				return err
			}
		}
	}
	return checkText("name", v.Name, MaxName)
}

func checkText(field, s string, limit int) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%s is not valid UTF-8", field)
	}
	if len(s) > limit && utf8.RuneCountInString(s) > limit {
		return fmt.Errorf("%s is longer than %d characters", field, limit)
	}
	return nil
}

func checkTime(field string, t time.Time) error {
	if !t.IsZero() && t.Before(earliest) {
		return fmt.Errorf("%s is before the year 2000", field)
	}
	if t.Year() > latestYear || t.UTC().Year() > latestYear {
		return fmt.Errorf("%s is after the year %d", field, latestYear)
	}
	return nil
}

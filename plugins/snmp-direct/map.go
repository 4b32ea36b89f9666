package snmpdirect

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// halfSure is what silence is worth: it may be a filter, a wrong community or a busy agent.
const halfSure = 0.5

// said is what a failure says of a device: the table between SNMP's ways to fail and the facets.
func (f *failure) said() (claims []device.Claim, abstain device.Abstention) {
	raw := "snmp: " + f.Error()
	mgmt := device.Claim{Facet: device.FacetMgmt, State: device.StateDown, Raw: raw}
	switch f.class {
	case classTimeout, classUnreachable:
		half := halfSure
		return []device.Claim{{Facet: device.FacetReach, State: device.StateDown, Confidence: &half, Raw: raw}, mgmt}, ""
	case classRefused, classClosed, classMalformed, classStatus, classEmpty, classOrder, classLimit, classTable, classTime,
		classLate, classElsewhere, classRejected, classMute, classReport:
		// The host answered, if only to say that nobody listens.
		return []device.Claim{{Facet: device.FacetReach, State: device.StateUp, Raw: raw}, mgmt}, ""
	}
	// The question never left this machine: nothing was learnt about the device.
	return nil, device.AbstainUnknown
}

// unanswered is the observation of a device that gave no usable answer. What was read before stays, at its old time.
func (t *target) unanswered(f *failure) device.Observation {
	o := device.Observation{Identity: t.identity(), ObservedAt: instant(t.now())}
	o.Claims, o.Abstain = f.said()
	if o.Abstain != "" {
		o.Alerts = []device.Alert{{
			Ref: "ask", Class: "management", Severity: "warning", State: "firing", Text: "the device could not be asked: " + f.Error(),
		}}
		return o
	}
	o.Claims = append(o.Claims, t.health(time.Time{})...)
	if f.text != "" { // there is something to change
		o.Alerts = []device.Alert{{Ref: "ask", Class: "management", Severity: "warning", State: "firing", Text: f.text}}
	}
	return o
}

// answered is the observation of a device that showed values.
func (t *target) answered(readings []device.Reading) device.Observation {
	const raw = "snmp: answered"
	o := device.Observation{Identity: t.identity(), ObservedAt: instant(t.readAt), Readings: readings, Claims: []device.Claim{
		{Facet: device.FacetReach, State: device.StateUp, Raw: raw}, {Facet: device.FacetMgmt, State: device.StateUp, Raw: raw},
	}}
	o.Claims = append(o.Claims, t.health(t.readAt)...)
	o.Readings = append(o.Readings, t.peer.ignored.readings()...)
	for _, what := range slices.Sorted(maps.Keys(t.problems)) {
		o.Alerts = append(o.Alerts, device.Alert{
			Ref: "read:" + device.Slug(what), Class: "management", Severity: "warning", State: "firing",
			Text: what + " could not be read: " + t.problems[what],
		})
	}
	return o
}

// instant is a time as observations carry it. A claim that is repeated must have exactly the time that it had: an
// earlier one would make it late.
func instant(at time.Time) time.Time { return at.UTC().Truncate(time.Millisecond) }

// health are the claims about parts. Those that were not read at now carry the time at which they were.
func (t *target) health(now time.Time) []device.Claim {
	var claims []device.Claim
	have := map[string]bool{}
	for _, p := range slices.Concat(t.allParts()...) {
		if p.state == "" || have[p.component] {
			continue
		}
		have[p.component] = true
		c := device.Claim{Facet: device.FacetHealth, Component: p.component, State: p.state, Raw: strings.Join(p.raw, ", ")}
		if !p.at.Equal(now) {
			c.ObservedAt = instant(p.at)
		}
		claims = append(claims, c)
	}
	slices.SortStableFunc(claims, func(a, b device.Claim) int { return device.CompareNames(a.Component, b.Component) })
	return claims
}

// identity is what is known of who the device is: read now, or before it fell silent.
func (t *target) identity() device.Identity {
	id := device.Identity{Ref: t.name, Name: t.name}
	if a, err := netip.ParseAddr(t.host); err != nil {
		id.Hostnames = append(id.Hostnames, t.host)
	} else if useful(a.Unmap()) {
		id.Addresses = append(id.Addresses, a.Unmap().String())
	}
	add := func(a netip.Addr) {
		if s := a.Unmap().String(); useful(a) && !slices.Contains(id.Addresses, s) && len(id.Addresses) < device.MaxAddresses {
			id.Addresses = append(id.Addresses, s)
		}
	}
	if a, err := netip.ParseAddr(t.remote); err == nil {
		add(a)
	}
	sys, p := t.system, t.profile
	if sys == nil || p == nil {
		return id
	}
	foreign := map[string]bool{}
	for _, i := range t.ifaces {
		foreign[i.index] = !i.own()
	}
	for _, a := range slices.SortedFunc(maps.Keys(t.addresses), netip.Addr.Compare) {
		if !foreign[t.addresses[a]] {
			add(a)
		}
	}
	if !placeholder(sys.name) {
		id.Name = sys.name
		if !strings.Contains(sys.name, " ") && !slices.Contains(id.Hostnames, sys.name) {
			id.Hostnames = append(id.Hostnames, sys.name)
		}
	}
	id.MACs = macs(t.ifaces)
	id.EngineID = sys.engineID
	if !placeholder(t.chassis.serial) {
		id.Serial = t.chassis.serial
	}
	if !placeholder(sys.location) {
		id.Location = sys.location
	}
	said := p.describe(sys)
	id.Vendor, id.Type = cmp.Or(p.Vendor, t.chassis.vendor), p.Type
	id.Model = cmp.Or(t.chassis.modelOf(p, sys), said["model"])
	id.Version = cmp.Or(t.chassis.version, said["version"])
	if os := cmp.Or(p.OS, said["os"]); os != "" {
		id.OS = strings.TrimSpace(os + " " + id.Version)
	}
	id.Links, id.VLANs = t.links(), t.vlans
	return id
}

// describe reads sysDescr by the first pattern of the profile that fits.
func (p *profile) describe(sys *system) map[string]string {
	for _, d := range p.Describe {
		m := d.FindStringSubmatch(sys.descr)
		if m == nil {
			continue
		}
		said := map[string]string{}
		for i, name := range d.SubexpNames() {
			if name != "" {
				said[name] = strings.TrimSpace(m[i])
			}
		}
		return said
	}
	return nil
}

// modelOf is the model by the device's own objects, else by its sysObjectID. ENTITY's word comes after sysDescr's, which
// is in people's words, so that it counts only where the profile describes nothing.
func (c chassis) modelOf(p *profile, sys *system) string {
	if m := p.Models[oid("."+sys.object)]; m != "" {
		return m
	}
	if len(p.Identity.Model) > 0 || p.describe(sys)["model"] == "" {
		return c.model
	}
	return ""
}

// notAsked is the observation of a device whose turn was cut short by the end of the poll.
func (t *target) notAsked() device.Observation {
	return device.Observation{
		Identity: t.identity(), ObservedAt: instant(t.now()), Abstain: device.AbstainUnknown,
		Alerts: []device.Alert{{
			Ref: "ask", Class: "management", Severity: "warning", State: "firing",
			Text: "the device could not be asked: " + errCut.Error() + ": give the source a longer timeout, or lower request_timeout and retries",
		}},
	}
}

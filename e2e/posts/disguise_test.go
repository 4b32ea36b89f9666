package posts

import (
	"maps"
	"slices"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/internal/lab/seeded"
	"github.com/quorate/quorate/pipeline"
)

// disguise gives a seeded lab private values: whatever a monitor says of a device, or of itself, is a canary. The same
// text of the lab always becomes the same canary, so that devices keep what they are told apart by.
type disguise struct {
	mint   *mint
	domain string
	swaps  map[string]string
	// profile is what monitors say of each device's make, by its address in the lab.
	profile map[string]device.Identity
	// known is what an agent's registry holds of all this.
	known map[string][]string
}

func newDisguise(m *mint) *disguise {
	d := &disguise{mint: m, swaps: map[string]string{}, profile: map[string]device.Identity{}, known: map[string][]string{}}
	d.domain = m.word() + ".lan"
	d.known["domains"] = []string{d.domain}
	return d
}

// swap returns the canary for a text, made when it is first met; list is the kind of the registry it belongs to, ""
// where the agent does not know it to be private.
func (d *disguise) swap(list, text string, draw func() string) string {
	key := list + "\x00" + text
	if d.swaps[key] == "" {
		v := draw()
		d.swaps[key] = v
		if list != "" {
			d.known[list] = append(d.known[list], v)
		}
	}
	return d.swaps[key]
}

func (d *disguise) name(text string) string { return d.swap("hostnames", text, d.mint.word) }

func (d *disguise) host(text string) string {
	return d.swap("fqdn", text, func() string { return d.mint.word() + "." + d.domain })
}

func (d *disguise) address(text string) string { return d.swap("ipv4", text, d.mint.ipv4) }

func (d *disguise) source(text string) string { return d.swap("", "source "+text, d.mint.word) }

// words is a text of a device or a monitor: an agent keeps it, and does not know what in it is private.
func (d *disguise) words(about, text string) string {
	return d.swap("", about+" "+text, func() string { return d.mint.word() + " " + d.mint.ipv4() + " " + d.mint.mac() })
}

// types are what monitors call devices, so that posts have roles; one kind in four says a canary there as well.
var types = map[seeded.Kind]string{
	seeded.Gateway: "firewall", seeded.Switch: "network", seeded.NAS: "storage", seeded.AP: "wireless", seeded.Hypervisor: "server",
}

// config is what the owner of the lab would have configured, with names of their own for everything.
func (d *disguise) config(lab *seeded.Lab) pipeline.Config {
	c := consensus.Config{Sources: map[string]consensus.Source{}, Parents: map[string][]string{}}
	for _, m := range lab.Monitors {
		name := d.source(m.Name)
		domain := ""
		if m.Domain != "" {
			domain = d.words("domain", m.Domain)
		}
		c.Sources[name] = consensus.Source{Name: name, Interval: m.Poll, FaultDomain: domain}
	}
	var who identity.Config
	for dev, dv := range lab.Devices {
		if lab.Parents && dv.Parent >= 0 {
			c.Parents[d.name(dv.Name)] = []string{d.name(lab.Devices[dv.Parent].Name)}
		}
		if !dv.Pinned {
			continue
		}
		pin := identity.Pin{Name: d.name(dv.Name), Refs: map[string][]string{}}
		for i := range lab.Monitors {
			m := &lab.Monitors[i]
			if ref, ok := m.Ref(dev); ok {
				pin.Refs[d.source(m.Name)] = []string{d.ref(m.Name, ref)}
			}
		}
		who.Pins = append(who.Pins, pin)
	}
	return pipeline.Config{Identity: who, Consensus: c}
}

func (d *disguise) ref(source, ref string) string {
	return d.swap("", "ref "+source+" "+ref, d.mint.word)
}

// snapshot puts canaries into every field of a poll.
func (d *disguise) snapshot(lab *seeded.Lab, s device.Snapshot) device.Snapshot {
	if s.Source == "" {
		return s
	}
	source := s.Source
	s.Source = d.source(source)
	if s.Err != "" {
		s.Err = d.words("error", s.Err)
	}
	out := slices.Clone(s.Observations)
	for i := range out {
		out[i] = d.observation(lab, source, out[i])
	}
	s.Observations = out
	return s
}

func each(list []string, f func(string) string) []string {
	var out []string
	for _, v := range list {
		out = append(out, f(v))
	}
	return out
}

func (d *disguise) observation(lab *seeded.Lab, source string, o device.Observation) device.Observation {
	was := o.Name
	o.Ref, o.Name = d.ref(source, o.Ref), d.name(o.Name)
	o.Addresses, o.Hostnames = each(o.Addresses, d.address), each(o.Hostnames, d.host)
	o.MACs = each(o.MACs, func(v string) string { return d.swap("mac", v, d.mint.mac) })
	// The make of a device, which is the same whoever is asked.
	p, ok := d.profile[was]
	if !ok {
		p = device.Identity{
			EngineID: d.mint.token(), Vendor: d.mint.word(), Model: d.mint.word() + " " + d.mint.serial(), OS: d.mint.word(), Version: "1." + d.mint.word(),
			Location: d.swap("locations", was, func() string { return d.mint.word() + " " + d.mint.word() }),
			Serial:   d.swap("serials", was, d.mint.serial), Type: d.mint.word(),
			Links: []device.Link{{Component: "port:" + d.mint.word(), MAC: d.mint.mac(), Name: d.mint.word(), Address: d.mint.ipv4(), Kind: "lldp"}},
		}
		for _, dv := range lab.Devices {
			if dv.Name == was && types[dv.Kind] != "" && d.mint.r.IntN(4) > 0 {
				p.Type = types[dv.Kind]
			}
		}
		d.profile[was] = p
	}
	o.EngineID, o.Vendor, o.Model, o.OS, o.Version, o.Type = p.EngineID, p.Vendor, p.Model, p.OS, p.Version, p.Type
	o.Location, o.Links = p.Location, p.Links
	if o.Serial != "" || source == string(seeded.LibreNMS) {
		o.Serial = p.Serial
	}
	o.Claims = slices.Clone(o.Claims)
	for i := range o.Claims {
		c := &o.Claims[i]
		c.Raw = d.words("raw", was+string(c.Facet)+string(c.State))
		if c.Component != "" {
			c.Component = "disk:" + d.swap("", "disk "+was+c.Component, d.mint.word)
		}
	}
	o.Readings = []device.Reading{{Component: "sensor:" + d.swap("", "sensor "+was, d.mint.word), Quantity: "temperature", Value: 41, Unit: "Cel"}}
	if len(o.Claims) > 0 && o.Claims[0].State == device.StateDown {
		o.Alerts = []device.Alert{{
			Ref: d.words("alert", was), Component: "port:" + d.words("port", was), Class: d.swap("", "class "+was, d.mint.word), Severity: "critical",
			State: "firing", Text: d.words("alert text", was),
		}}
	}
	return o
}

// registry is what the agent knows: of all that was ever said, and of its configuration.
func (d *disguise) registry(more map[string][]string) map[string][]string {
	out := maps.Clone(d.known)
	for kind, values := range more {
		out[kind] = append(slices.Clone(out[kind]), values...)
	}
	return out
}

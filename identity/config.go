package identity

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// Config is what the owner says about identity. It is immutable while in force: a changed configuration is a new one.
type Config struct {
	// Domains are removed from host names before they are compared.
	Domains []string
	// SharedAddresses belong to no single device (virtual addresses) and are never evidence.
	SharedAddresses []netip.Addr
	Pins            []Pin
	// NeverMerge lists pairs of device names that stay apart whatever their keys say.
	NeverMerge [][2]string
	// Prefer names, per field (name, vendor, model, os, version, serial, location, type, addresses), the sources to take it from.
	Prefer map[string][]string
	// Salt is the record's own and makes device ids differ between agents; empty in a replay.
	Salt string
}

// Pin is a device that the owner describes. It binds every ref that one of its keys matches, several of one source
// too. A pin without keys binds nothing.
type Pin struct {
	Name      string              `json:"name"`
	Addresses []netip.Addr        `json:"addresses,omitempty"`
	Hostnames []string            `json:"hostnames,omitempty"`
	MACs      []string            `json:"macs,omitempty"`
	Serials   []string            `json:"serials,omitempty"`
	Refs      map[string][]string `json:"refs,omitempty"` // source -> refs
	Tags      []string            `json:"tags,omitempty"`
}

// sameKeys reports whether p and o bind the same refs.
func (p *Pin) sameKeys(o *Pin) bool {
	return slices.Equal(p.Addresses, o.Addresses) && slices.Equal(p.Hostnames, o.Hostnames) && slices.Equal(p.MACs, o.MACs) &&
		slices.Equal(p.Serials, o.Serials) && equalRefs(p.Refs, o.Refs)
}

func equalRefs(a, b map[string][]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if !slices.Equal(v, b[k]) {
			return false
		}
	}
	return true
}

// rules is a Config in the form that Resolve works with.
type rules struct {
	cfg     *Config
	domains []string
	shared  map[netip.Addr]struct{}
	pinRef  map[device.SourceRef]int
	pinKey  map[Key]int
}

func compile(cfg *Config) *rules {
	r := &rules{
		cfg: cfg, shared: make(map[netip.Addr]struct{}, len(cfg.SharedAddresses)),
		pinRef: map[device.SourceRef]int{}, pinKey: map[Key]int{},
	}
	for _, d := range cfg.Domains {
		if d = strings.Trim(strings.ToLower(strings.TrimSpace(d)), "."); d != "" {
			r.domains = append(r.domains, "."+d)
		}
	}
	// The longest domain first: lab.example.net goes before example.net.
	slices.SortFunc(r.domains, func(a, b string) int { return len(b) - len(a) })
	for _, a := range cfg.SharedAddresses {
		r.shared[a.Unmap().WithZone("")] = struct{}{}
	}
	for i := range cfg.Pins {
		p := &cfg.Pins[i]
		for source, refs := range p.Refs {
			for _, ref := range refs {
				setFirst(r.pinRef, device.SourceRef{Source: source, Ref: ref}, i)
			}
		}
		for _, k := range r.pinKeys(p) {
			setFirst(r.pinKey, k, i)
		}
	}
	return r
}

// pinKeys are the keys of p in the form that observations are compared in.
func (r *rules) pinKeys(p *Pin) []Key {
	var keys []Key
	for _, a := range p.Addresses {
		keys = append(keys, Key{KindAddress, a.Unmap().WithZone("").String()})
	}
	for _, h := range p.Hostnames {
		if name, _ := r.hostname(h); name != "" {
			keys = append(keys, Key{KindHostname, name})
		}
	}
	for _, m := range p.MACs {
		if mac, ok := parseMAC(m); ok {
			keys = append(keys, Key{KindMAC, mac})
		}
	}
	for _, s := range p.Serials {
		if serial := normalSerial(s); serial != "" {
			keys = append(keys, Key{KindSerial, serial})
		}
	}
	return keys
}

// setFirst keeps the first of two pins that claim one key: the file's order decides.
func setFirst[K comparable](m map[K]int, k K, i int) {
	if old, ok := m[k]; !ok || i < old {
		m[k] = i
	}
}

// apart reports whether the owner said that devices with these names are two. Names are in lower case.
func (r *rules) apart(a, b []string) bool {
	for _, pair := range r.cfg.NeverMerge {
		x, y := strings.ToLower(pair[0]), strings.ToLower(pair[1])
		if slices.Contains(a, x) && slices.Contains(b, y) || slices.Contains(a, y) && slices.Contains(b, x) {
			return true
		}
	}
	return false
}

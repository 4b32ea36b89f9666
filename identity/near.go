package identity

import (
	"cmp"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// Why two refs that look alike are not one device, beside the reasons of a conflict.
const (
	ReasonShared = "shared" // a source has the value at more than one of its devices, so that it says nothing
	ReasonName   = "name"   // they are called the same, and a name that is no host name binds nothing
)

// KindName is what a device is called, which is no key.
const KindName Kind = "name"

// maxNear bounds how many refs one value is looked up at: what hundreds have says nothing of anybody.
const maxNear = 8

// Near is a ref of one source and one of another that have something in common and are with different devices.
type Near struct {
	Ref   device.SourceRef `json:"ref"`
	Name  device.Name      `json:"device"`
	Other device.SourceRef `json:"other"`
	With  device.Name      `json:"other_device"`
	// Kind and Value are what they have in common, Reason is why it did not bind: ReasonShared, ReasonName or one of a
	// conflict.
	Kind   Kind   `json:"kind"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// Shared is a value that one source has at several devices.
type Shared struct {
	Kind   Kind          `json:"kind"`
	Value  string        `json:"value"`
	Source string        `json:"source"`
	Of     []device.Name `json:"devices"`
}

// Close finds what may be the same device as one of source's and is not taken for it, and the values that this hangs
// on. It is for a person: of two refs it tells the strongest thing that they have in common.
func Close(cfg *Config, s *State, source string) ([]Near, []Shared) {
	idx := s.indexFor(cfg)
	var near []Near
	shared := map[Key]map[string]bool{} // nil for a key that was looked at and is nobody's twice
	found := map[[2]device.SourceRef]bool{}
	called := map[string][]*entry{}
	for _, e := range idx.refs {
		if e.AbsentSince.IsZero() && !e.follows() {
			for _, name := range callings(e) {
				called[name] = append(called[name], e)
			}
		}
	}
	add := func(e, o *entry, k Key, reason string) {
		pair := [2]device.SourceRef{e.SourceRef(), o.SourceRef()}
		if e.Source == o.Source || e.Device == o.Device || found[pair] {
			return
		}
		found[pair] = true
		near = append(near, Near{
			Ref: pair[0], Name: device.Name{ID: e.Device, Name: s.Devices[e.Device].Name}, Other: pair[1],
			With: device.Name{ID: o.Device, Name: s.Devices[o.Device].Name}, Kind: k.Kind, Value: k.Value, Reason: reason,
		})
	}
	for _, ref := range sortedRefs(idx.refs) {
		e := idx.refs[ref]
		if ref.Source != source || !e.AbsentSince.IsZero() || e.follows() {
			continue
		}
		for k := range e.keys.all {
			holders := idx.holders[k]
			if _, looked := shared[k]; !looked {
				shared[k] = severalOf(holders)
			}
			if len(holders) > maxNear {
				continue
			}
			for _, o := range sortedEntries(holders) {
				switch {
				case shared[k][e.Source] || shared[k][o.Source]:
					add(e, o, k, ReasonShared)
				default:
					add(e, o, k, cmp.Or(s.conflictOf(e.Device, o.Device), ReasonOutranked))
				}
			}
		}
		for _, name := range callings(e) {
			if len(called[name]) > maxNear {
				continue
			}
			for _, o := range sortedEntries(called[name]) {
				// A conflict that is on record says more than that they are called the same.
				add(e, o, Key{KindName, name}, cmp.Or(s.conflictOf(e.Device, o.Device), ReasonName))
			}
		}
	}
	return near, sharedOf(s, idx, shared)
}

// callings are the names of a ref as a person compares them: in lower case, without a domain.
func callings(e *entry) []string {
	var out []string
	for _, s := range append([]string{e.Identity.Name}, e.keys.Hostnames...) {
		s = strings.ToLower(strings.TrimSpace(s))
		if _, isAddress := parseAddress(s); isAddress {
			continue
		}
		label, _, _ := strings.Cut(s, ".")
		if !placeholder(label) {
			out = append(out, label)
		}
	}
	return sorted(out)
}

// severalOf returns the sources that are among the holders more than once, with different devices.
func severalOf(holders []*entry) map[string]bool {
	var several map[string]bool
	first := map[string]device.ID{}
	for _, o := range holders {
		if id, again := first[o.Source]; !again {
			first[o.Source] = o.Device
		} else if id != o.Device {
			if several == nil {
				several = map[string]bool{}
			}
			several[o.Source] = true
		}
	}
	return several
}

func sortedEntries(list []*entry) []*entry {
	return slices.SortedFunc(slices.Values(list), compareEntries)
}

// conflictOf returns why two devices stayed apart, "" where nothing is on record.
func (s *State) conflictOf(a, b device.ID) string {
	for _, pair := range [][2]device.ID{{a, b}, {b, a}} {
		for _, c := range s.Devices[pair[0]].Conflicts {
			if c.Other == pair[1] {
				return c.Reason
			}
		}
	}
	return ""
}

func sharedOf(s *State, idx *index, shared map[Key]map[string]bool) []Shared {
	var out []Shared
	for k, sources := range shared {
		for source := range sources {
			one := Shared{Kind: k.Kind, Value: k.Value, Source: source}
			for _, e := range sortedEntries(idx.holders[k]) {
				if e.Source == source && !slices.ContainsFunc(one.Of, func(n device.Name) bool { return n.ID == e.Device }) {
					one.Of = append(one.Of, device.Name{ID: e.Device, Name: s.Devices[e.Device].Name})
				}
			}
			out = append(out, one)
		}
	}
	slices.SortFunc(out, func(a, b Shared) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Source, b.Source))
	})
	return out
}

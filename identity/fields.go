package identity

import (
	"cmp"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// Field is one property of a device.
type Field = device.Field

// Dissent is another source's value of a field.
type Dissent = device.Dissent

type field struct {
	name string
	of   func(*device.Identity) string
}

// fields are the properties with one value, in the order they are shown.
var fields = [...]field{
	{"name", func(i *device.Identity) string { return i.Name }},
	{"vendor", func(i *device.Identity) string { return i.Vendor }},
	{"model", func(i *device.Identity) string { return i.Model }},
	{"os", func(i *device.Identity) string { return i.OS }},
	{"version", func(i *device.Identity) string { return i.Version }},
	{"serial", func(i *device.Identity) string { return i.Serial }},
	{"location", func(i *device.Identity) string { return i.Location }},
	{"type", func(i *device.Identity) string { return i.Type }},
}

// addresses is the name of the field that has several values.
const addresses = "addresses"

// Fields returns the properties of a device that somebody knows. Precedence: the configuration, the configured order of
// sources, then the newest value; a placeholder never replaces a value.
func (s *State) Fields(id device.ID) []Field {
	idx := s.indexFor(nil)
	members := idx.members[id]
	d := s.Devices[id]
	if d == nil || d.Gone() {
		return nil
	}
	var out []Field
	for _, f := range fields {
		got, ok := choose(f, members, idx.rules.cfg.Prefer[f.name])
		switch {
		case f.name == "name":
			got = named(d, got, ok)
		case f.name == "serial" && d.Pin != nil && len(d.Pin.Serials) > 0:
			got = over(Field{Name: f.name, Value: d.Pin.Serials[0], Source: device.FieldByConfiguration}, got, ok)
		case !ok:
			continue
		}
		out = append(out, got)
	}
	// What a device can be reached at is a list; each source has its own.
	known := field{addresses, func(i *device.Identity) string {
		keys := idx.rules.keys(i)
		return strings.Join(keys.Addresses, ", ")
	}}
	got, ok := choose(known, members, idx.rules.cfg.Prefer[addresses])
	if d.Pin != nil && len(d.Pin.Addresses) > 0 {
		list := make([]string, 0, len(d.Pin.Addresses))
		for _, a := range d.Pin.Addresses {
			list = append(list, a.String())
		}
		got, ok = over(Field{Name: addresses, Value: strings.Join(list, ", "), Source: device.FieldByConfiguration}, got, ok), true
	}
	if ok {
		out = append(out, got)
	}
	return out
}

// named is the name that a device has, with what its sources call it instead.
func named(d *Device, got Field, ok bool) Field {
	f := Field{Name: "name", Value: d.Name, Source: d.NamedBy.Source}
	switch {
	case d.Pin != nil:
		f.Source = device.FieldByConfiguration
	case d.Given:
		f.Source = device.FieldByPerson
		for i := range d.Repairs {
			if p := &d.Repairs[i]; p.Kind == OrderRename && p.UndoneAt.IsZero() {
				f.Since = p.At
			}
		}
	case ok && got.Source == f.Source && got.Value == f.Value:
		return got
	}
	return over(f, got, ok)
}

// over puts f above what sources say, which is dissent where it differs.
func over(f, got Field, ok bool) Field {
	if !ok {
		return f
	}
	for _, x := range append([]Dissent{{Source: got.Source, Value: got.Value, Since: got.Since}}, got.Dissent...) {
		switch {
		case x.Value != f.Value:
			f.Dissent = append(f.Dissent, x)
		case x.Source == f.Source:
			f.Since = x.Since
		}
	}
	return f
}

func choose(f field, members []*entry, prefer []string) (Field, bool) {
	type said struct {
		Dissent
		rank int
	}
	var all []said
	for _, e := range members {
		v := strings.TrimSpace(f.of(&e.Identity))
		if placeholder(strings.ToLower(v)) {
			continue
		}
		since := e.Since
		if at, ok := e.ChangedAt[f.name]; ok {
			since = at
		}
		rank := slices.Index(prefer, e.Source)
		if rank < 0 {
			rank = len(prefer)
		}
		all = append(all, said{Dissent{Source: e.Source, Value: v, Since: since}, rank})
	}
	if len(all) == 0 {
		return Field{}, false
	}
	// Members are in the order of their refs, and the sort is stable: that order breaks ties.
	slices.SortStableFunc(all, func(a, b said) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), b.Since.Compare(a.Since))
	})
	out := Field{Name: f.name, Value: all[0].Value, Source: all[0].Source, Since: all[0].Since}
	for _, a := range all[1:] {
		if a.Value != out.Value {
			out.Dissent = append(out.Dissent, a.Dissent)
		}
	}
	return out, true
}

// Fill sets what identity knows of c.ID: name, bindings, keys and fields. Lists are never nil.
func (s *State) Fill(c *device.Current) {
	idx := s.indexFor(nil)
	c.Bindings, c.Addresses, c.Hostnames, c.MACs = []device.Binding{}, []string{}, []string{}, []string{}
	d := s.Devices[c.ID]
	if d == nil {
		return
	}
	c.Name = d.Name
	members := idx.members[c.ID]
	deserted := !slices.ContainsFunc(members, func(e *entry) bool { return e.AbsentSince.IsZero() })
	for _, e := range idx.bonded(c.ID) {
		c.Bindings = append(c.Bindings, device.Binding{Source: e.Source, Ref: e.Ref, Weak: e.Weak, Follows: e.follows()})
	}
	for _, e := range members {
		// The keys of a ref that its source no longer has are history, unless they are all there is.
		if deserted || e.AbsentSince.IsZero() {
			c.Addresses, c.Hostnames, c.MACs = union(c.Addresses, e.keys.Addresses), union(c.Hostnames, e.fullNames(idx.rules)), union(c.MACs, e.keys.MACs)
		}
	}
	for _, f := range fields[1:] {
		got, _ := choose(f, members, idx.rules.cfg.Prefer[f.name])
		switch f.name {
		case "vendor":
			c.Vendor = got.Value
		case "model":
			c.Model = got.Value
		case "os":
			c.OS = got.Value
		case "version":
			c.Version = got.Value
		case "serial":
			c.Serial = got.Value
		case "location":
			c.Location = got.Value
		case "type":
			c.Type = got.Value
		}
	}
}

// fullNames are the host names that e is known by as its source writes them: domains are removed for comparing only.
func (e *entry) fullNames(r *rules) []string {
	var names []string
	told := map[string]bool{}
	for _, h := range e.Identity.Hostnames {
		key, _ := r.hostname(h)
		if slices.Contains(e.keys.Hostnames, key) {
			names, told[key] = append(names, strings.TrimSuffix(strings.ToLower(strings.TrimSpace(h)), ".")), true
		}
	}
	for _, key := range e.keys.Hostnames {
		if !told[key] {
			names = append(names, key)
		}
	}
	return names
}

func union(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

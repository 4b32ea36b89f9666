package identity

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/quorate/quorate/device"
)

// rename gives each device that is new or has changed its name. A name once given stays, unless a pin says otherwise,
// the source that gave it says otherwise, or it was only an address. Names are unique, case aside.
func (r *resolver) rename() {
	taken := r.reserved // names of this instant
	for _, id := range slices.Sorted(maps.Keys(r.devs)) {
		if d := r.devs[id]; d.Pin != nil && !d.Gone() {
			r.call(d, d.Pin.Name, device.SourceRef{}, false, taken)
		}
	}
	// A pin's name is its own: whoever has it gives way.
	for _, name := range slices.Sorted(maps.Keys(taken)) {
		for _, id := range slices.Clone(r.idx.names[name]) {
			if id != taken[name] && r.nameIs(id, name) {
				r.edit(id).NamedBy = device.SourceRef{}
				r.touched[id] = true
			}
		}
	}
	for _, id := range r.byContact(r.touched) {
		d := r.device(id)
		if d.Gone() || d.Pin != nil {
			continue
		}
		mine := r.names(d)
		if len(mine) == 0 {
			continue
		}
		_, lost := taken[strings.ToLower(d.Name)]
		if lost && taken[strings.ToLower(d.Name)] == id {
			lost = false
		}
		if d.Name != "" && !lost && !r.outdated(d, mine) {
			continue
		}
		c := r.free(d, mine, taken)
		if c.text != d.Name || c.by != d.NamedBy || c.makeshift != d.Makeshift {
			r.call(r.edit(id), c.text, c.by, c.makeshift, taken)
		}
	}
}

// called is one name that a device could have.
type called struct {
	text      string
	by        device.SourceRef
	makeshift bool
}

// names lists what a device could be called, the best first: what its sources call it, its host names, its addresses.
func (r *resolver) names(d *Device) []called {
	members := slices.Clone(r.members(d.ID))
	prefer := r.cfg.Prefer["name"]
	slices.SortStableFunc(members, func(a, b *entry) int { return rank(prefer, a.Source) - rank(prefer, b.Source) })
	var out []called
	for _, e := range members {
		if name := r.readable(e.Identity.Name); name != "" {
			out = append(out, called{name, e.SourceRef(), false})
		}
	}
	for _, e := range members {
		for _, h := range e.keys.Hostnames {
			label, _, _ := strings.Cut(h, ".")
			out = append(out, called{label, e.SourceRef(), false})
		}
	}
	for _, e := range members {
		for _, s := range slices.Concat(e.Identity.Addresses, e.Identity.Hostnames) {
			if a, ok := parseAddress(hostPart(s)); ok {
				out = append(out, called{a.String(), e.SourceRef(), true})
			}
		}
	}
	for _, e := range members {
		out = append(out, called{e.Source + "/" + e.Ref, e.SourceRef(), true})
	}
	return out
}

func rank(prefer []string, source string) int {
	if i := slices.Index(prefer, source); i >= 0 {
		return i
	}
	return len(prefer)
}

// readable returns a source's name for a device, "" where it is none: a placeholder or an address.
func (r *resolver) readable(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }), " ")
	if placeholder(strings.ToLower(s)) {
		return ""
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return ""
	}
	for _, d := range r.domains {
		if n := len(s) - len(d); n > 0 && strings.EqualFold(s[n:], d) {
			return s[:n]
		}
	}
	return s
}

// outdated reports whether the name of d is no longer what its giver says, or only an address while there is better.
func (r *resolver) outdated(d *Device, mine []called) bool {
	if d.Makeshift {
		return !mine[0].makeshift
	}
	if d.NamedBy == (device.SourceRef{}) {
		return false
	}
	says := false
	for _, c := range mine {
		if c.by == d.NamedBy && !c.makeshift {
			says = true
			if numbered(d.Name, c.text) {
				return false
			}
		}
	}
	return says
}

// numbered reports whether name is base, or base with the number that free gives.
func numbered(name, base string) bool {
	rest, ok := strings.CutPrefix(name, base)
	if !ok || rest == "" {
		return ok
	}
	digits, ok := strings.CutPrefix(rest, "-")
	_, err := strconv.Atoi(digits)
	return ok && err == nil
}

// free returns the first of names that no other device has, or else the first with a number.
func (r *resolver) free(d *Device, names []called, taken map[string]device.ID) called {
	ok := func(name string) bool {
		name = strings.ToLower(name)
		if id, found := taken[name]; found && id != d.ID {
			return false
		}
		for _, id := range r.idx.names[name] {
			if id != d.ID && r.nameIs(id, name) {
				return false
			}
		}
		return true
	}
	for _, c := range names {
		if c.makeshift && !names[0].makeshift {
			break
		}
		if ok(c.text) {
			return c
		}
	}
	// All numbers below the last one given in this instant are taken: thousands may have one name.
	c := names[0]
	base := strings.ToLower(c.text)
	for n := max(2, r.numbers[base]); ; n++ {
		if text := c.text + "-" + strconv.Itoa(n); ok(text) {
			r.numbers[base] = n
			c.text = text
			return c
		}
	}
}

// nameIs reports whether a living device has a name, given in lower case, as things stand.
func (r *resolver) nameIs(id device.ID, name string) bool {
	d := r.device(id)
	return d != nil && !d.Gone() && strings.ToLower(d.Name) == name
}

func (r *resolver) call(d *Device, name string, by device.SourceRef, makeshift bool, taken map[string]device.ID) {
	if name != d.Name && d.Name != "" {
		r.events = append(r.events, device.Event{
			Type: device.EventDeviceRenamed, Device: &device.Name{ID: d.ID}, From: d.Name, To: name,
		})
	}
	d.Name, d.NamedBy, d.Makeshift, d.Given = name, by, makeshift, false
	taken[strings.ToLower(name)] = d.ID
}

// reserve keeps the name of a device from others in this instant.
func (r *resolver) reserve(d *Device) { r.reserved[strings.ToLower(d.Name)] = d.ID }

// byContact returns devices by their first refs, so that names do not depend on ids.
func (r *resolver) byContact(ids map[device.ID]bool) []device.ID {
	list := slices.Sorted(maps.Keys(ids))
	first := func(id device.ID) device.SourceRef {
		if m := r.members(id); len(m) > 0 {
			return m[0].SourceRef()
		}
		return device.SourceRef{}
	}
	slices.SortStableFunc(list, func(a, b device.ID) int { return first(a).Compare(first(b)) })
	return list
}

package identity

import (
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// cluster is a device to be: refs that belong together, with the device that they belong to where one is known.
type cluster struct {
	dev   device.ID
	refs  []device.SourceRef
	fresh []device.SourceRef // the ones met first in this instant
}

// contact binds the refs that were met first: kind of key by kind of key, within a kind in the order of the refs, known
// devices before other new refs. What a veto forbids is recorded, and the next key has its turn.
func (r *resolver) contact() {
	if len(r.fresh) == 0 {
		return
	}
	c := contacts{resolver: r, of: map[device.SourceRef]*cluster{}, known: map[device.ID]*cluster{}, by: map[device.SourceRef]string{}, weak: map[device.SourceRef]bool{}}
	for _, ref := range r.fresh {
		c.of[ref] = &cluster{refs: []device.SourceRef{ref}, fresh: []device.SourceRef{ref}}
	}
	for _, kind := range []Kind{KindAddress, KindHostname, KindMAC, KindSerial, KindEngineID} {
		for _, ref := range r.fresh {
			c.match(ref, kind)
		}
	}
	for _, ref := range r.fresh {
		cl := c.of[ref]
		if cl.dev == "" {
			cl.dev = r.create(cl.refs[0]).ID
		}
		e := r.entry(ref)
		b := *e.Binding
		b.Device, b.By, b.Since, b.Serial, b.Weak = cl.dev, c.by[ref], r.at, r.serial(e), c.weak[ref]
		if b.By == "" {
			b.By = ByItself
		}
		r.put(&b, e.keys)
	}
}

type contacts struct {
	*resolver
	of    map[device.SourceRef]*cluster
	known map[device.ID]*cluster
	by    map[device.SourceRef]string
	weak  map[device.SourceRef]bool
}

// candidate is another ref that holds a key.
type candidate struct {
	device.SourceRef
	key   Key
	known bool // bound before this instant
}

// match joins ref with whoever else holds one of its keys of a kind: known refs before new ones, each in their order,
// whatever the order of the keys.
func (c *contacts) match(ref device.SourceRef, kind Kind) {
	var found []candidate
	for _, value := range c.entry(ref).keys.of(kind) {
		k := Key{kind, value}
		holding := c.holding(k)
		if !slices.Contains(holding, ref) {
			continue
		}
		for _, other := range holding {
			// What has changed hands speaks of another device than the one it is bound to.
			if other != ref && c.entry(other).Held == "" {
				found = append(found, candidate{other, k, c.entry(other).Device != ""})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		switch {
		case a.known == b.known:
			return a.Compare(b.SourceRef)
		case a.known:
			return -1
		}
		return 1
	})
	for _, other := range found {
		c.join(ref, other.SourceRef, other.key)
	}
}

func (c *contacts) cluster(ref device.SourceRef) *cluster {
	if cl := c.of[ref]; cl != nil {
		return cl
	}
	id := c.entry(ref).Device
	cl := c.known[id]
	if cl == nil {
		cl = &cluster{dev: id}
		for _, e := range c.members(id) {
			if e.AbsentSince.IsZero() {
				cl.refs = append(cl.refs, e.SourceRef())
			}
		}
		c.known[id] = cl
	}
	return cl
}

func (c *contacts) join(ref, other device.SourceRef, k Key) {
	a, b := c.cluster(ref), c.cluster(other)
	if a == b {
		return
	}
	if a.dev != "" && b.dev != "" {
		// Two known devices. Merging those is not for first contact; a higher key has decided for ref.
		if k.Kind == KindHostname || k.Kind == KindMAC {
			c.conflicts = append(c.conflicts, conflict{a: ref, b: other, key: k.Kind, reason: ReasonOutranked})
		}
		return
	}
	if reason := c.veto(a, b); reason != "" {
		c.conflicts = append(c.conflicts, conflict{a: ref, b: other, key: k.Kind, reason: reason})
		return
	}
	bare := false
	if k.Kind == KindHostname {
		bare = slices.Contains(c.entry(ref).keys.bare, k.Value) || slices.Contains(c.entry(other).keys.bare, k.Value)
	}
	stays, comes := a, b
	if c.yields(a, b) {
		stays, comes = b, a
	}
	for _, x := range comes.fresh {
		if c.by[x] == "" {
			c.by[x] = string(k.Kind)
		}
		if bare {
			c.weak[x] = true
		}
	}
	stays.refs = append(stays.refs, comes.refs...)
	stays.fresh = append(stays.fresh, comes.fresh...)
	slices.SortFunc(stays.refs, device.SourceRef.Compare)
	for _, x := range comes.fresh {
		c.of[x] = stays
	}
}

// yields reports whether a is the one that joins b: b is a known device, or has more refs, or the first ref.
func (c *contacts) yields(a, b *cluster) bool {
	switch {
	case a.dev != "" || b.dev != "":
		return b.dev != ""
	case len(a.refs) != len(b.refs):
		return len(a.refs) < len(b.refs)
	}
	return a.refs[0].Compare(b.refs[0]) > 0
}

// Why a key did not bind, or two devices did not become one.
const (
	ReasonSameSource = "same_source" // both have a ref of one source
	ReasonSerial     = "serial"      // both have a chassis serial, and they differ
	ReasonEngineID   = "engine_id"   // both have an engine id, and they differ
	ReasonNeverMerge = "never_merge" // the owner says that they are two
	ReasonPins       = "pins"        // both are described by the owner
	ReasonApart      = "apart"       // a person said that they are two
	ReasonOutranked  = "outranked"   // a higher key points at another device
	ReasonHands      = "serial_changed"
)

// veto returns why two groups of refs cannot be one device, "" where nothing is against it.
func (r *resolver) veto(a, b *cluster) string {
	for _, x := range a.refs {
		for _, y := range b.refs {
			if x.Source == y.Source {
				return ReasonSameSource
			}
		}
	}
	serials := [2][]string{r.proven(a, KindSerial), r.proven(b, KindSerial)}
	switch {
	case len(serials[0]) == 0 || len(serials[1]) == 0:
		engines := [2][]string{r.proven(a, KindEngineID), r.proven(b, KindEngineID)}
		if len(engines[0]) > 0 && len(engines[1]) > 0 && !overlap(engines[0], engines[1]) {
			return ReasonEngineID
		}
	case !overlap(serials[0], serials[1]):
		return ReasonSerial
	}
	if len(r.cfg.NeverMerge) > 0 && r.apart(r.namesOf(a), r.namesOf(b)) {
		return ReasonNeverMerge
	}
	if r.parted(a.dev, b.dev) {
		return ReasonApart
	}
	return ""
}

// proven returns the values of a kind that are evidence for refs of cl.
func (r *resolver) proven(cl *cluster, kind Kind) []string {
	var out []string
	for _, ref := range cl.refs {
		e := r.entry(ref)
		values := e.keys.of(kind)
		if kind == KindSerial && e.Held != "" {
			values = nil // of another device; what it is known by counts
		}
		for _, v := range values {
			if slices.Contains(r.holding(Key{kind, v}), ref) {
				out = append(out, v)
			}
		}
		if kind == KindSerial && len(values) == 0 && e.Serial != "" {
			out = append(out, e.Serial) // a source that does not say it for once takes no serial away
		}
	}
	return out
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// namesOf returns all names that refs of cl go by, in lower case, and the name of their device.
func (r *resolver) namesOf(cl *cluster) []string {
	var out []string
	add := func(s string) {
		if s = strings.ToLower(strings.TrimSpace(s)); s != "" {
			out = append(out, s)
			label, _, _ := strings.Cut(s, ".")
			out = append(out, label)
		}
	}
	if cl.dev != "" {
		add(r.device(cl.dev).Name)
	}
	for _, ref := range cl.refs {
		e := r.entry(ref)
		add(e.Identity.Name)
		for _, h := range e.keys.Hostnames {
			add(h)
		}
	}
	return out
}

// create makes a device whose first contact is ref.
func (r *resolver) create(ref device.SourceRef) *Device {
	salt := r.cfg.Salt
	id := device.NewID(salt, ref, r.at)
	for r.device(id) != nil {
		salt += "+"
		id = device.NewID(salt, ref, r.at)
	}
	d := &Device{ID: id, Created: r.at}
	r.devs[id] = d
	r.touched[id] = true
	return d
}

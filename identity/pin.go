package identity

import (
	"cmp"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// pin applies the owner's descriptions. A pin binds new refs at their first contact; known refs it touches only where
// it is new or its keys have changed, since a ref stays with its device for as long as nobody says otherwise.
func (r *resolver) pin() {
	if len(r.cfg.Pins) == 0 && len(r.idx.pinned) == 0 {
		return
	}
	r.unpin()
	var again []device.SourceRef
	// A pin that names another pin's last ref leaves that one without a device: it looks for one again.
	for range r.cfg.Pins {
		moved := false
		for i := range r.cfg.Pins {
			refs, changed := r.apply(i)
			again = append(again, refs...)
			moved = moved || changed
		}
		if !moved {
			break
		}
	}
	r.fresh = append(r.fresh, again...)
	slices.SortFunc(r.fresh, device.SourceRef.Compare)
	for _, ref := range r.fresh {
		if i, ok := r.pinOf(r.entry(ref)); ok {
			r.bindToPin(ref, i)
		}
	}
	r.fresh = slices.DeleteFunc(r.fresh, func(ref device.SourceRef) bool { return r.entry(ref).Device != "" })
}

// apply brings pin number i in force where it is new or other than before. It returns the refs that it no longer holds,
// and whether it has moved any.
func (r *resolver) apply(i int) ([]device.SourceRef, bool) {
	p := &r.cfg.Pins[i]
	id, ok := r.idx.pinned[p.Name]
	if !ok || r.device(id).Pin == nil {
		return nil, r.claim(i, "")
	}
	old := r.device(id).Pin
	same := old.sameKeys(p)
	if same && slices.Equal(old.Tags, p.Tags) {
		return nil, false
	}
	var again []device.SourceRef
	if !same {
		again = r.dropped(id, old, i)
	}
	r.edit(id).Pin = p
	return again, r.claim(i, id)
}

// unpin frees the devices whose pin is gone from the configuration. Their refs stay.
func (r *resolver) unpin() {
	for name, id := range r.idx.pinned {
		if !slices.ContainsFunc(r.cfg.Pins, func(p Pin) bool { return p.Name == name }) {
			r.edit(id).Pin = nil
		}
	}
}

// pinOf returns the pin that a ref belongs to: by ref, address, host name, MAC, serial, in this order.
func (r *resolver) pinOf(e *entry) (int, bool) {
	if i, ok := r.pinRef[e.SourceRef()]; ok {
		return i, true
	}
	for k := range e.keys.all {
		if i, ok := r.pinKey[k]; ok {
			return i, true
		}
	}
	return 0, false
}

// claim binds the known refs that pin i matches to one device: id, the pin's own, else the oldest that has one of them.
// It reports whether that changed anything.
func (r *resolver) claim(i int, id device.ID) (changed bool) {
	p := &r.cfg.Pins[i]
	refs := map[device.SourceRef]bool{}
	for source, list := range p.Refs {
		for _, ref := range list {
			refs[device.SourceRef{Source: source, Ref: ref}] = true
		}
	}
	for _, k := range r.pinKeys(p) {
		for _, list := range [][]*entry{r.idx.holders[k], r.added[k]} {
			for _, e := range list {
				refs[e.SourceRef()] = true
			}
		}
	}
	var known []device.SourceRef
	for _, ref := range sortedRefs(refs) {
		e := r.entry(ref)
		if e == nil || e.Device == "" || e.follows() {
			continue
		}
		if of, ok := r.pinOf(e); !ok || of != i {
			continue
		}
		// What another pin holds already it keeps, unless this one names the ref itself.
		_, named := r.pinRef[ref]
		if d := r.device(e.Device); d.Pin == nil || d.Pin.Name == p.Name || named {
			known = append(known, ref)
		}
	}
	if id == "" {
		for _, ref := range known {
			if d := r.device(r.entry(ref).Device); d.Pin == nil && (id == "" || r.older(d.ID, id)) {
				id = d.ID
			}
		}
		if id == "" {
			return false
		}
		r.edit(id).Pin = p
		r.touched[id] = true
		changed = true
	}
	for _, ref := range known {
		e := r.entry(ref)
		from := e.Device
		if from == id && !e.Weak && e.Held == "" {
			continue
		}
		// The owner's word confirms what was in doubt.
		b := *e.Binding
		b.Device, b.Weak, b.QuietSince, b.Held = id, false, time.Time{}, ""
		if s := r.serial(e); s != "" {
			b.Serial = s
		}
		if from != id {
			b.By, b.Since = ByPin, r.at
		}
		r.put(&b, e.keys)
		if from != id {
			r.left(from, id, ref)
			changed = true
		}
	}
	return changed
}

// dropped unbinds the refs that the old form of a pin held and the new one, number i, does not: they are as good as
// new. The last ref of a device stays.
func (r *resolver) dropped(id device.ID, old *Pin, i int) []device.SourceRef {
	was := compile(&Config{Domains: r.cfg.Domains, SharedAddresses: r.cfg.SharedAddresses, Pins: []Pin{*old}})
	var out []device.SourceRef
	for _, e := range slices.Clone(r.members(id)) {
		ref := e.SourceRef()
		if _, ok := (&resolver{rules: was}).pinOf(e); !ok {
			continue
		}
		if of, ok := r.pinOf(e); ok && of == i || len(r.members(id)) == 1 || !e.AbsentSince.IsZero() {
			continue
		}
		b := *e.Binding
		b.Device, b.Since = "", r.at
		r.put(&b, e.keys)
		r.left(id, "", ref)
		out = append(out, ref)
	}
	return out
}

// bindToPin binds a new ref to the device of pin i, which is made where there is none yet.
func (r *resolver) bindToPin(ref device.SourceRef, i int) {
	p := &r.cfg.Pins[i]
	e := r.entry(ref)
	id := device.ID("")
	for _, d := range r.devs {
		if d.Pin != nil && d.Pin.Name == p.Name {
			id = d.ID
		}
	}
	if old, ok := r.idx.pinned[p.Name]; ok && id == "" && r.device(old).Pin != nil {
		id = old
	}
	b := *e.Binding
	b.Device, b.By, b.Serial = id, ByPin, r.serial(e)
	if id == "" {
		d := r.create(ref)
		d.Pin = p
		b.Device = d.ID
	}
	r.put(&b, e.keys)
}

// left says that a ref has left a device for another one ("" where that is found out later).
func (r *resolver) left(from, to device.ID, ref device.SourceRef) {
	if len(r.members(from)) == 0 {
		if r.absorb(to, from, []device.SourceRef{ref}, ByPin) {
			r.log(to, Repair{Kind: OrderMerge, By: ByPin, Other: from, Refs: []device.SourceRef{ref}})
		}
		return
	}
	r.splits = append(r.splits, split{from: from, ref: ref})
}

// older orders devices by their first contact.
func (r *resolver) older(a, b device.ID) bool {
	x, y := r.device(a), r.device(b)
	return cmp.Or(x.Created.Compare(y.Created), compareIDs(a, b)) < 0
}

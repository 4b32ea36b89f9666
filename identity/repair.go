package identity

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// Repair is one change of who is who that can be undone: what a person ordered, and each merge that a key led to.
// It is kept with the device that it left behind: the survivor of a merge, the device that was split.
type Repair struct {
	At   time.Time `json:"at"`
	Kind OrderKind `json:"kind"`
	// By is ByPerson, ByPin, or the key that showed two devices to be one.
	By string `json:"by"`
	// Other is the device that was taken in, or split off; Refs are those that it brought, or took along.
	Other device.ID          `json:"other,omitempty"`
	Refs  []device.SourceRef `json:"refs,omitempty"`
	// Before is how the refs concerned were bound, Naming how the device was called, and Pin says that the device that
	// was taken in brought the owner's description along.
	Before []Bond  `json:"before,omitempty"`
	Naming *Naming `json:"naming,omitempty"`
	Pin    bool    `json:"pin,omitempty"`
	// UndoneAt is when a person took it back; zero while it stands.
	UndoneAt time.Time `json:"undone_at,omitzero"`
}

// Bond is how a ref was bound: what a repair changes of a Binding.
type Bond struct {
	device.SourceRef
	Device      device.ID `json:"device"`
	By          string    `json:"by"`
	Since       time.Time `json:"since"`
	Weak        bool      `json:"weak,omitempty"`
	QuietSince  time.Time `json:"quiet_since,omitzero"`
	Serial      string    `json:"serial,omitempty"`
	Held        string    `json:"held,omitempty"`
	AbsentSince time.Time `json:"absent_since,omitzero"`
}

// Naming is how a device was called, and who said so.
type Naming struct {
	Name      string           `json:"name"`
	NamedBy   device.SourceRef `json:"named_by,omitzero"`
	Makeshift bool             `json:"makeshift,omitempty"`
	Given     bool             `json:"given,omitempty"`
}

// maxRepairs is how many repairs a device remembers. Older ones can no longer be undone.
const maxRepairs = 16

// log remembers a repair with a device.
func (r *resolver) log(id device.ID, p Repair) {
	p.At = r.at
	d := r.edit(id)
	d.Repairs = append(slices.Clone(d.Repairs), p)
	d.Repairs = d.Repairs[max(0, len(d.Repairs)-maxRepairs):]
}

// bonds are how refs are bound now.
func (r *resolver) bonds(refs []device.SourceRef) []Bond {
	out := make([]Bond, 0, len(refs))
	for _, ref := range refs {
		e := r.entry(ref)
		out = append(out, Bond{
			SourceRef: ref, Device: e.Device, By: e.By, Since: e.Since, Weak: e.Weak, QuietSince: e.QuietSince, Serial: e.Serial,
			Held: e.Held, AbsentSince: e.AbsentSince,
		})
	}
	return out
}

func (r *resolver) naming(id device.ID) *Naming {
	d := r.device(id)
	return &Naming{Name: d.Name, NamedBy: d.NamedBy, Makeshift: d.Makeshift, Given: d.Given}
}

// join makes gone, with all its refs, part of into.
func (r *resolver) join(into, gone device.ID, why string) {
	before := r.bonds(slices.Concat(r.refs(into), r.refs(gone)))
	brought := r.refs(gone)
	for _, ref := range brought {
		e := r.entry(ref)
		b := *e.Binding
		b.Device, b.By, b.Since = into, ByMerge, r.at
		r.put(&b, e.keys)
	}
	p := Repair{Kind: OrderMerge, By: why, Other: gone, Refs: brought, Before: before, Naming: r.naming(into)}
	p.Pin = r.device(into).Pin == nil && r.device(gone).Pin != nil
	if r.absorb(into, gone, brought, why) {
		r.log(into, p)
	}
}

// living resolves id through merges, as things stand.
func (r *resolver) living(id device.ID) (device.ID, bool) {
	d := r.device(id)
	for range len(r.st.Devices) + len(r.devs) {
		if d == nil || d.MergedInto == "" {
			break
		}
		id = d.MergedInto
		d = r.device(id)
	}
	return id, d != nil
}

// parted reports whether a person said that two devices are not one.
func (r *resolver) parted(a, b device.ID) bool {
	if a == "" || b == "" || len(r.idx.parted) == 0 && len(r.devs) == 0 {
		return false
	}
	says := func(d *Device) bool {
		x, _ := r.living(d.ID)
		if x != a && x != b {
			return false
		}
		return slices.ContainsFunc(d.Apart, func(id device.ID) bool {
			y, _ := r.living(id)
			return x != y && (y == a || y == b)
		})
	}
	for id := range r.idx.parted {
		if says(r.device(id)) {
			return true
		}
	}
	for _, d := range r.devs {
		if len(d.Apart) > 0 && says(d) {
			return true
		}
	}
	return false
}

// partedFrom returns the devices that a person said are not this one, in order.
func (r *resolver) partedFrom(id device.ID) []device.ID {
	var out []device.ID
	note := func(d *Device) {
		x, _ := r.living(d.ID)
		for _, other := range d.Apart {
			switch y, _ := r.living(other); {
			case x == y:
			case x == id:
				out = append(out, y)
			case y == id:
				out = append(out, x)
			}
		}
	}
	for of := range r.idx.parted {
		if r.devs[of] == nil {
			note(r.st.Devices[of])
		}
	}
	for _, d := range r.devs {
		note(d)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// telling is an event whose sentence is written once all names are known.
type telling struct {
	device.Event
	text func(*device.Event) string
}

func (r *resolver) tell(e device.Event, text func(*device.Event) string) {
	r.tellings = append(r.tellings, telling{e, text})
}

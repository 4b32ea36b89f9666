package identity

import (
	"slices"

	"github.com/quorate/quorate/device"
)

// ByFollow is what binds a ref whose source was told of the device, and says so: the device's id alone. Such a ref is no
// evidence of who the device is: it has no keys here, is no member of its device, and neither matches, confirms, vetoes,
// names nor keeps it.
const ByFollow = "follows"

// follows reports whether the ref stands for a device that its source was told of.
func (b *Binding) follows() bool { return b.Identity.Follows != "" }

// target returns the device that a followed id leads to now. It is false for one that is unknown or forgotten.
func (r *resolver) target(follows string) (device.ID, bool) {
	id, ok := r.living(device.ID(follows))
	if !ok || !r.device(id).Forgotten.IsZero() {
		return "", false
	}
	return id, true
}

// strays reports whether an observation that follows a device is of a ref that is not bound to that device yet. A ref that
// is known by its keys stays what it is.
func (r *resolver) strays(e *entry, o *device.Observation, late bool) bool {
	to, ok := r.target(o.Follows)
	switch {
	case !ok || e != nil && !e.follows():
		return false
	case e == nil || !e.AbsentSince.IsZero():
		return true
	}
	return !late && (e.Identity.Follows != o.Follows || e.Device != to)
}

// follow binds the refs that follow a device to it, once it is known which devices there are: those of whom that is said
// now, and those that had followed a device which another one has taken in.
func (r *resolver) follow() {
	for _, m := range r.merges {
		for _, old := range r.idx.followers[m.gone] {
			e := r.entry(old.SourceRef())
			if to, ok := r.living(m.gone); ok && e.follows() && e.Device != to {
				b := *e.Binding
				b.Device = to
				r.put(&b, Keys{})
			}
		}
	}
	for _, ref := range sortedRefs(r.leads) {
		to, ok := r.target(r.leads[ref])
		old := r.entry(ref)
		if !ok || old != nil && !old.follows() {
			continue
		}
		b := Binding{
			Source: ref.Source, Ref: ref.Ref, Device: to, By: ByFollow, Since: r.at,
			Identity: device.Identity{Ref: ref.Ref, Follows: r.leads[ref]},
		}
		if old != nil && old.Device == to {
			b.Since = old.Since
		}
		r.put(&b, Keys{})
	}
}

// followersOf returns the present refs that follow a device, as they are now, in no order.
func (r *resolver) followersOf(id device.ID) []*entry {
	if r.led == nil {
		r.led = map[device.ID][]*entry{}
		for _, e := range r.work {
			if e.follows() && e.AbsentSince.IsZero() {
				r.led[e.Device] = append(r.led[e.Device], e)
			}
		}
	}
	out := r.led[id]
	for _, e := range r.idx.followers[id] {
		if r.work[e.SourceRef()] == nil && e.AbsentSince.IsZero() {
			out = append(slices.Clip(out), e)
		}
	}
	return out
}

// heeded reports whether an observation counts for the device that its ref is bound to. What follows nobody, or another
// device than its ref, is set aside. So is all but one of the refs by which a source follows one device, as after a merge:
// the one that names the survivor itself speaks, else the first.
func (r *resolver) heeded(e *entry, o *device.Observation) bool {
	if e == nil || e.follows() != (o.Follows != "") {
		return false
	}
	if !e.follows() {
		return true
	}
	// One that is absent all the same has been said to follow somebody unknown by a newer word of this instant.
	if to, ok := r.target(o.Follows); !ok || to != e.Device || !e.AbsentSince.IsZero() {
		return false
	}
	outranks := func(a, b *entry) bool {
		x, y := a.Identity.Follows == string(a.Device), b.Identity.Follows == string(b.Device)
		if x != y {
			return x
		}
		return a.Ref < b.Ref
	}
	return !slices.ContainsFunc(r.followersOf(e.Device), func(other *entry) bool {
		return other.Source == e.Source && other.Ref != e.Ref && outranks(other, e)
	})
}

// bonded are all refs of a device, also those that follow it, in order.
func (x *index) bonded(id device.ID) []*entry {
	if len(x.followers[id]) == 0 {
		return x.members[id]
	}
	return sortedEntries(slices.Concat(x.members[id], x.followers[id]))
}

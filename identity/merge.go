package identity

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// merging is a device that another one has taken in.
type merging struct {
	into, gone device.ID
	why        string
}

// split is a ref that has left its device.
type split struct {
	from device.ID
	ref  device.SourceRef
}

// merge makes one of two devices that an address, a serial or an engine id shows to be one. The older survives.
func (r *resolver) merge() {
	refs := make(map[device.SourceRef]bool, len(r.work))
	for ref := range r.work {
		refs[ref] = true
	}
	if !r.idx.reviewAt.IsZero() && !r.at.Before(r.idx.reviewAt) {
		for ref, due := range r.idx.settling {
			e := r.entry(ref)
			if due.After(r.at) || !e.SettlesAt.Equal(due) {
				continue
			}
			b := *e.Binding
			b.SettlesAt = time.Time{}
			r.put(&b, e.keys)
			refs[ref] = true
		}
	}
	if len(refs) == 0 {
		return
	}
	ordered := sortedRefs(refs)
	for _, kind := range []Kind{KindAddress, KindSerial, KindEngineID} {
		for _, ref := range ordered {
			e := r.entry(ref)
			for _, value := range e.keys.of(kind) {
				holding := r.holding(Key{kind, value})
				if !slices.Contains(holding, ref) {
					continue
				}
				for _, other := range holding {
					r.mergeBy(ref, other, kind)
				}
			}
		}
	}
}

func (r *resolver) mergeBy(ref, other device.SourceRef, kind Kind) {
	a, b := r.entry(ref), r.entry(other)
	if a.Device == b.Device || a.Held != "" || b.Held != "" {
		return
	}
	if kind == KindAddress && (r.settling(a) || r.settling(b)) {
		return
	}
	x, y := r.device(a.Device), r.device(b.Device)
	reason := ""
	if x.Pin != nil && y.Pin != nil {
		reason = ReasonPins
	} else {
		reason = r.veto(r.clusterOf(x.ID), r.clusterOf(y.ID))
	}
	if reason == ReasonApart {
		return // whoever said so knows
	}
	if reason != "" {
		if !r.contested(ref, other, kind) {
			r.conflicts = append(r.conflicts, conflict{a: ref, b: other, key: kind, reason: reason})
		}
		return
	}
	into, gone := x.ID, y.ID
	if r.older(gone, into) {
		into, gone = gone, into
	}
	r.join(into, gone, string(kind))
}

// contested reports whether the first contact of one of two refs has met their disagreement over a key already.
func (r *resolver) contested(a, b device.SourceRef, key Kind) bool {
	return slices.ContainsFunc(r.conflicts, func(c conflict) bool {
		return c.key == key && (c.a == a && c.b == b || c.a == b && c.b == a)
	})
}

// settling reports whether a ref's address is too new to merge devices by: its source moves a lab, not a device.
func (r *resolver) settling(e *entry) bool {
	return r.at.Before(e.SettlesAt) && r.moving(e.Source) >= manyMoves
}

// moving counts the refs of a source that have moved lately.
func (r *resolver) moving(source string) int {
	if r.movers == nil {
		r.movers = map[string]int{}
		for ref, due := range r.idx.settling {
			if _, again := r.work[ref]; !again && r.at.Before(due) {
				r.movers[ref.Source]++
			}
		}
		for ref, e := range r.work {
			if r.at.Before(e.SettlesAt) {
				r.movers[ref.Source]++
			}
		}
	}
	return r.movers[source]
}

func (r *resolver) clusterOf(id device.ID) *cluster {
	cl := &cluster{dev: id}
	for _, e := range r.members(id) {
		if e.AbsentSince.IsZero() {
			cl.refs = append(cl.refs, e.SourceRef())
		}
	}
	return cl
}

// absorb makes gone, which has no refs any more, an alias of into. It is false where nobody has ever seen gone.
func (r *resolver) absorb(into, gone device.ID, brought []device.SourceRef, why string) bool {
	d, survivor := r.edit(gone), r.edit(into)
	if survivor.Pin == nil {
		survivor.Pin = d.Pin
	}
	if _, known := r.st.Devices[gone]; !known {
		// Made and taken in within the same instant: nobody has seen it.
		for _, id := range d.Apart {
			if id != into && !slices.Contains(survivor.Apart, id) {
				survivor.Apart = append(slices.Clone(survivor.Apart), id)
			}
		}
		delete(r.devs, gone)
		delete(r.touched, gone)
		return false
	}
	d.Pin, d.MergedInto, d.MergedAt, d.Brought = nil, into, r.at, brought
	r.touched[into] = true
	delete(r.touched, gone)
	r.merges = append(r.merges, merging{into: into, gone: gone, why: why})
	return true
}

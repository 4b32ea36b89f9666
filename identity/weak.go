package identity

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// quietTime is for how long no other device may have had a weak ref's name before the ref votes.
const quietTime = 24 * time.Hour

// weaken looks again at every weak binding that this instant may have changed: a second key that agrees makes it
// strong, another device of the same name keeps it silent.
func (r *resolver) weaken() {
	refs := map[device.SourceRef]bool{}
	consider := func(e *entry) {
		if e.Weak {
			refs[e.SourceRef()] = true
		}
	}
	seen := map[string]bool{} // a name that thousands share is looked at once
	names := func(e *entry) {
		for _, h := range e.keys.Hostnames {
			if seen[h] {
				continue
			}
			seen[h] = true
			k := Key{KindHostname, h}
			for _, list := range [][]*entry{r.idx.holders[k], r.added[k]} {
				for _, o := range list {
					consider(r.entry(o.SourceRef()))
				}
			}
		}
	}
	for ref, e := range r.work {
		consider(e)
		names(e)
		if old := r.idx.refs[ref]; old != nil {
			names(old)
		}
	}
	for _, list := range r.memb {
		for _, e := range list {
			consider(e)
		}
	}
	for _, ref := range sortedRefs(refs) {
		e := r.entry(ref)
		b := *e.Binding
		switch {
		case r.pinned(ref) || r.seconded(e):
			b.Weak, b.QuietSince = false, time.Time{}
		case r.rivalled(e):
			b.QuietSince = time.Time{}
		case b.QuietSince.IsZero():
			b.QuietSince = r.at
		}
		if b.Weak != e.Weak || !b.QuietSince.Equal(e.QuietSince) {
			r.put(&b, e.keys)
		}
	}
}

func (r *resolver) pinned(ref device.SourceRef) bool {
	_, ok := r.pinRef[ref]
	return ok
}

// seconded reports whether another ref of the device shares a key that is more than a bare name.
func (r *resolver) seconded(e *entry) bool {
	ref := e.SourceRef()
	for k := range e.keys.all {
		if k.Kind == KindHostname && slices.Contains(e.keys.bare, k.Value) {
			continue
		}
		holding := r.holding(k)
		if !slices.Contains(holding, ref) {
			continue
		}
		for _, other := range holding {
			o := r.entry(other)
			if other != ref && o.Device == e.Device && (k.Kind != KindHostname || !slices.Contains(o.keys.bare, k.Value)) {
				return true
			}
		}
	}
	return false
}

// rivalled reports whether another device has one of the ref's names now.
func (r *resolver) rivalled(e *entry) bool {
	for _, h := range e.keys.Hostnames {
		k := Key{KindHostname, h}
		for _, list := range [][]*entry{r.idx.holders[k], r.added[k]} {
			for _, o := range list {
				now := r.entry(o.SourceRef())
				if now.Device != e.Device && now.AbsentSince.IsZero() && slices.Contains(now.keys.Hostnames, h) {
					return true
				}
			}
		}
	}
	return false
}

// silent reports whether a weak binding may not vote at at. alone says that no other ref of its device is there.
func (b *Binding) silent(at time.Time, alone bool) bool {
	return b.Weak && !alone && (b.QuietSince.IsZero() || at.Sub(b.QuietSince) < quietTime)
}

package identity

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// read finds the refs that are new or of whom something new is said. A ref that is said twice in one instant is taken
// at its newest word. What the index holds of each goes into r.bounds.
func (r *resolver) read(in []Arrival) map[device.SourceRef]*device.Observation {
	heard := map[device.SourceRef]*device.Observation{}
	r.bounds = make([]bound, len(in))
	for ai := range in {
		a, held := &in[ai], &r.bounds[ai]
		guess := r.idx.order[a.Source]
		held.list = make([]Assignment, len(a.Observations))
		held.inOrder = len(guess) >= len(a.Observations)
		back := false // one that was not there
		for i, o := range a.Observations {
			if i%ahead == 0 && i < len(guess) {
				r.fetch(guess[i:min(i+ahead, len(guess))])
			}
			var e *entry
			if i < len(guess) && guess[i].Ref == o.Ref {
				e = guess[i]
			} else {
				held.inOrder = false
				e = r.idx.refs[device.SourceRef{Source: a.Source, Ref: o.Ref}]
			}
			back = back || e != nil && !e.AbsentSince.IsZero()
			news := false
			if o.Follows != "" {
				news = r.strays(e, o, a.late(i))
			} else {
				news = e == nil || !e.AbsentSince.IsZero() || !a.late(i) && !sameWords(&e.Identity, &o.Identity)
			}
			if o.Follows != "" || e != nil && e.follows() {
				held.follow = append(held.follow, i)
			}
			if news {
				heard[device.SourceRef{Source: a.Source, Ref: o.Ref}] = o
			}
			if e == nil {
				held.list[i].New = true
				continue
			}
			held.list[i] = Assignment{Device: e.Device, Held: e.Held != "", By: e.By}
			if e.Weak {
				held.weak = append(held.weak, i)
			}
		}
		// The same refs in the same order as last time is the common case, and then nothing is missing either: they are all
		// that were there. With one that comes back their number says nothing, for another may have gone.
		straight := held.inOrder && !back && len(guess) == len(a.Observations) && len(guess) == r.idx.present[a.Source]
		if !straight && a.Complete {
			r.loose[a.Source] = true
			refs := make([]device.SourceRef, len(a.Observations))
			for i, o := range a.Observations {
				refs[i] = device.SourceRef{Source: a.Source, Ref: o.Ref}
			}
			// Of several snapshots of one source any will do, but always the same. With a ref in it twice its length
			// says nothing.
			if slices.CompareFunc(refs, r.order[a.Source], device.SourceRef.Compare) > 0 && distinct(refs) {
				r.order[a.Source] = refs
			}
		}
	}
	if len(heard) == 0 {
		return heard
	}
	late := map[device.SourceRef]bool{}
	for _, a := range in {
		for i, o := range a.Observations {
			if ref := (device.SourceRef{Source: a.Source, Ref: o.Ref}); heard[ref] == o {
				late[ref] = a.late(i)
			}
		}
	}
	for _, a := range in {
		for i, o := range a.Observations {
			ref := device.SourceRef{Source: a.Source, Ref: o.Ref}
			best := heard[ref]
			if best == nil || best == o || a.late(i) && !late[ref] {
				continue
			}
			if late[ref] && !a.late(i) || r.newer(o, best) {
				heard[ref], late[ref] = o, a.late(i)
			}
		}
	}
	return heard
}

// ahead is how many bindings are fetched at once.
const ahead = 8

// fetch reads a word of each part of the next bindings. They lie all over the memory: asked for one by one each would be
// waited for, asked for together they come side by side.
func (r *resolver) fetch(next []*entry) {
	n := 0
	for _, e := range next {
		id := &e.Identity
		n += len(e.Ref) + len(e.By) + len(id.Name) + len(id.Vendor) + len(id.Version) + len(id.Type) + len(e.Serial) + e.AbsentSince.Nanosecond()
	}
	for _, e := range next {
		id := &e.Identity
		for _, s := range [...]string{id.Name, id.Version, id.Model} {
			if s != "" {
				n += int(s[0])
			}
		}
		for _, list := range [...][]string{id.Addresses, id.Hostnames, id.MACs} {
			if len(list) > 0 {
				n += len(list[0])
			}
		}
	}
	r.fetched += n
}

func distinct(refs []device.SourceRef) bool {
	set := make(map[device.SourceRef]struct{}, len(refs))
	for _, ref := range refs {
		set[ref] = struct{}{}
	}
	return len(set) == len(refs)
}

func (a *Arrival) late(i int) bool { return a.Late != nil && a.Late[i] }

// newer orders two words on one ref: by time, which is now where none is given and never ahead of it, then by what they
// say, so that their order of arrival cannot matter.
func (r *resolver) newer(a, b *device.Observation) bool {
	said := func(o *device.Observation) time.Time {
		if o.ObservedAt.IsZero() || o.ObservedAt.After(r.at) {
			return r.at
		}
		return o.ObservedAt
	}
	if c := said(a).Compare(said(b)); c != 0 {
		return c > 0
	}
	return compareWords(&a.Identity, &b.Identity) > 0
}

// hear updates the refs that are known and sets the new ones aside, in order.
func (r *resolver) hear(heard map[device.SourceRef]*device.Observation) {
	for _, ref := range sortedRefs(heard) {
		words := heard[ref].Identity
		if words.Follows != "" {
			r.leads[ref] = words.Follows
			continue
		}
		words.Links, words.VLANs = nil, nil
		old := r.idx.refs[ref]
		if old != nil && old.AbsentSince.IsZero() && sameWords(&old.Identity, &words) {
			continue // its source contradicts itself within the instant, and the newest word is the known one
		}
		keys := r.keys(&words)
		if old == nil || old.follows() || !r.device(old.Device).Forgotten.IsZero() {
			r.put(&Binding{Source: ref.Source, Ref: ref.Ref, Since: r.at, Identity: words}, keys)
			r.fresh = append(r.fresh, ref)
			continue
		}
		b := *old.Binding
		b.ChangedAt = changes(&b, &words, r.at)
		b.Identity, b.AbsentSince = words, time.Time{}
		r.move(&b, old.keys.Addresses, keys.Addresses)
		r.put(&b, keys)
	}
}

// move notes a changed address: one that went while another came. One more or one less is no move.
func (r *resolver) move(b *Binding, old, now []string) {
	without := func(a, b []string) []string {
		return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
	}
	gone, came := without(old, now), without(now, old)
	if len(gone)+len(came) > 0 {
		b.ChangedAt = maps.Clone(b.ChangedAt)
		if b.ChangedAt == nil {
			b.ChangedAt = map[string]time.Time{}
		}
		b.ChangedAt[addresses] = r.at
	}
	if len(gone) == 0 || len(came) == 0 {
		return
	}
	b.Moves = append(slices.Clone(b.Moves), Move{From: gone, To: came, At: r.at})
	b.Moves, b.SettlesAt = b.Moves[max(0, len(b.Moves)-maxMoves):], r.at.Add(settleTime)
	r.events = append(r.events, device.Event{
		Type: device.EventDeviceMoved, Device: &device.Name{ID: b.Device}, Source: b.Source,
		From: strings.Join(gone, ", "), To: strings.Join(came, ", "),
	})
}

// hands compares the chassis serials that refs report, where those may have changed, with the ones that they, or else
// their devices, are known by. A different one means that the ref has changed hands: it stays bound, and its votes are
// held until the serial returns or a pin names it.
func (r *resolver) hands() {
	for _, ref := range r.serialsToCompare() {
		e := r.entry(ref)
		serial := r.serial(e)
		if serial == "" || e.Device == "" {
			continue
		}
		b := *e.Binding
		known := b.Serial
		for _, o := range r.members(b.Device) {
			if known == "" && o.Held == "" && o.SourceRef() != ref {
				known = o.Serial
			}
		}
		if known == "" || known == serial || r.pinned(ref) {
			b.Serial, b.Held = serial, ""
		} else {
			b.Held = ReasonHands
		}
		if b.Held != "" && e.Held == "" {
			r.conflicts = append(r.conflicts, conflict{a: ref, key: KindSerial, reason: ReasonHands})
		}
		if b.Serial != e.Serial || b.Held != e.Held {
			r.put(&b, e.keys)
		}
	}
}

// serialsToCompare returns the refs that said something new, and those whose serial has become evidence by that: another
// ref of their source has said the same one until now. They come in order.
func (r *resolver) serialsToCompare() []device.SourceRef {
	refs := make(map[device.SourceRef]bool, len(r.work))
	for ref, e := range r.work {
		refs[ref] = true
		old := r.idx.refs[ref]
		if old == nil || old.keys.Serial == "" || old.keys.Serial == e.keys.Serial && e.AbsentSince.IsZero() {
			continue
		}
		for _, other := range r.holding(Key{KindSerial, old.keys.Serial}) {
			if other.Source == ref.Source {
				refs[other] = true
			}
		}
	}
	return sortedRefs(refs)
}

// serial returns the chassis serial that e reports, "" where it is no evidence.
func (r *resolver) serial(e *entry) string {
	if e.keys.Serial != "" && slices.Contains(r.holding(Key{KindSerial, e.keys.Serial}), e.SourceRef()) {
		return e.keys.Serial
	}
	return ""
}

// miss marks the refs that a complete snapshot no longer has. A snapshot with less than half of what its source had
// unbinds nothing: it is more likely cut short than true.
func (r *resolver) miss(in []Arrival) {
	said, believed := map[string]map[string]bool{}, map[string]int{}
	for _, a := range in {
		if !a.Complete {
			continue
		}
		believed[a.Source] = max(believed[a.Source], a.Had)
		// In the order of the newest snapshot nothing can be missing that was not missing then.
		if r.loose[a.Source] && said[a.Source] == nil {
			said[a.Source] = make(map[string]bool, len(a.Observations))
		}
	}
	if len(said) == 0 {
		return
	}
	for _, a := range in {
		refs := said[a.Source]
		if refs == nil {
			continue
		}
		for _, o := range a.Observations {
			refs[o.Ref] = true
		}
	}
	for _, source := range slices.Sorted(maps.Keys(said)) {
		refs, had := said[source], r.idx.present[source]
		if n := believed[source]; n > 0 {
			had = n
		}
		if len(refs) == 0 || had >= 4 && 2*len(refs) < had {
			continue
		}
		for ref, e := range r.idx.refs {
			if ref.Source != source || refs[ref.Ref] || !e.AbsentSince.IsZero() {
				continue
			}
			b := *e.Binding
			b.AbsentSince = r.at
			r.put(&b, e.keys)
		}
	}
}

// sameWords reports whether two identities say the same, links aside: what hangs on a port does not say who one is.
func sameWords(a, b *device.Identity) bool {
	return a.Name == b.Name && a.Serial == b.Serial && a.EngineID == b.EngineID && a.Vendor == b.Vendor && a.Model == b.Model &&
		a.OS == b.OS && a.Version == b.Version && a.Location == b.Location && a.Type == b.Type &&
		slices.Equal(a.Addresses, b.Addresses) && slices.Equal(a.Hostnames, b.Hostnames) && slices.Equal(a.MACs, b.MACs) &&
		slices.Equal(a.Parents, b.Parents) && a.Follows == b.Follows
}

func compareWords(a, b *device.Identity) int {
	for _, f := range fields {
		if c := strings.Compare(f.of(a), f.of(b)); c != 0 {
			return c
		}
	}
	for _, l := range [][2][]string{
		{{a.EngineID}, {b.EngineID}}, {a.Addresses, b.Addresses}, {a.Hostnames, b.Hostnames}, {a.MACs, b.MACs}, {a.Parents, b.Parents},
		{{a.Follows}, {b.Follows}},
	} {
		if c := slices.Compare(l[0], l[1]); c != 0 {
			return c
		}
	}
	return 0
}

// changes returns when each field of b changed last, with those that words change now.
func changes(b *Binding, words *device.Identity, at time.Time) map[string]time.Time {
	changed := b.ChangedAt
	cloned := false
	for _, f := range fields {
		if f.of(&b.Identity) == f.of(words) {
			continue
		}
		if !cloned {
			changed, cloned = maps.Clone(changed), true
			if changed == nil {
				changed = map[string]time.Time{}
			}
		}
		changed[f.name] = at
	}
	return changed
}

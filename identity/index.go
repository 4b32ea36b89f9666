package identity

import (
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// entry is a binding with its keys under the rules of an index. A ref that is new has no device yet.
type entry struct {
	*Binding
	keys Keys
	// place is where the order of its source has it; elsewhere than there it means nothing.
	place int
}

// index finds bindings and devices by what is known of them. It is derived from a State and a Config alone; readers
// share it, and only Apply changes it.
type index struct {
	rules   *rules
	refs    map[device.SourceRef]*entry
	holders map[Key][]*entry       // present refs only, in no order
	members map[device.ID][]*entry // by (source, ref)
	// followers are the refs that follow a device, by (source, ref): no members, and holders of nothing.
	followers map[device.ID][]*entry
	names     map[string][]device.ID         // in lower case, living devices
	order     map[string][]*entry            // per source, as in its newest snapshot: a guess at the next one's order
	present   map[string]int                 // per source, refs not absent
	pinned    map[string]device.ID           // pin name -> device
	parted    map[device.ID]struct{}         // devices with Apart
	settling  map[device.SourceRef]time.Time // SettlesAt of the refs that have one
	reviewAt  time.Time                      // the earliest of settling; zero where it is empty
}

// Use puts a configuration in force for what Find, Fields and Fill answer before the first Resolve: a state that was
// loaded does not know it.
func (s *State) Use(cfg *Config) { s.indexFor(cfg) }

func (s *State) indexFor(cfg *Config) *index {
	if idx := s.idx.Load(); idx != nil && (cfg == nil || idx.rules.cfg == cfg) {
		return idx
	}
	if cfg == nil {
		cfg = &Config{}
	}
	idx := buildIndex(s, compile(cfg))
	s.idx.Store(idx)
	return idx
}

func buildIndex(s *State, r *rules) *index {
	idx := &index{
		rules: r, refs: make(map[device.SourceRef]*entry, len(s.Bindings)), holders: make(map[Key][]*entry, 3*len(s.Devices)),
		members: make(map[device.ID][]*entry, len(s.Devices)), followers: map[device.ID][]*entry{}, names: make(map[string][]device.ID, len(s.Devices)),
		order: map[string][]*entry{}, present: map[string]int{}, pinned: map[string]device.ID{}, parted: map[device.ID]struct{}{},
		settling: map[device.SourceRef]time.Time{},
	}
	for ref, b := range s.Bindings {
		idx.add(ref, &entry{Binding: b, keys: r.keys(&b.Identity)})
	}
	for _, d := range s.Devices {
		idx.addDevice(d)
	}
	idx.schedule()
	return idx
}

func (x *index) add(ref device.SourceRef, e *entry) {
	x.refs[ref] = e
	of := x.bondsOf(e)
	list := of[e.Device]
	at, _ := slices.BinarySearchFunc(list, e, compareEntries)
	of[e.Device] = slices.Insert(list, at, e)
	if e.AbsentSince.IsZero() {
		x.present[e.Source]++
		for k := range e.keys.all {
			x.holders[k] = append(x.holders[k], e)
		}
	}
	if !e.SettlesAt.IsZero() {
		x.settling[ref] = e.SettlesAt
	}
}

// bondsOf is the map that e is in.
func (x *index) bondsOf(e *entry) map[device.ID][]*entry {
	if e.follows() {
		return x.followers
	}
	return x.members
}

func (x *index) remove(ref device.SourceRef) *entry {
	e := x.refs[ref]
	if e == nil {
		return nil
	}
	delete(x.refs, ref)
	delete(x.settling, ref)
	same := func(o *entry) bool { return o == e }
	of := x.bondsOf(e)
	if list := slices.DeleteFunc(of[e.Device], same); len(list) > 0 {
		of[e.Device] = list
	} else {
		delete(of, e.Device)
	}
	if !e.AbsentSince.IsZero() {
		return e
	}
	x.present[e.Source]--
	for k := range e.keys.all {
		if list := slices.DeleteFunc(x.holders[k], same); len(list) > 0 {
			x.holders[k] = list
		} else {
			delete(x.holders, k)
		}
	}
	return e
}

func (x *index) addDevice(d *Device) {
	if len(d.Apart) > 0 {
		x.parted[d.ID] = struct{}{}
	}
	if d.Gone() {
		return
	}
	name := strings.ToLower(d.Name)
	x.names[name] = append(x.names[name], d.ID)
	if d.Pin != nil {
		x.pinned[d.Pin.Name] = d.ID
	}
}

func (x *index) removeDevice(d *Device) {
	if d == nil {
		return
	}
	delete(x.parted, d.ID)
	if d.Gone() {
		return
	}
	name := strings.ToLower(d.Name)
	if list := slices.DeleteFunc(x.names[name], func(id device.ID) bool { return id == d.ID }); len(list) > 0 {
		x.names[name] = list
	} else {
		delete(x.names, name)
	}
	if d.Pin != nil && x.pinned[d.Pin.Name] == d.ID {
		delete(x.pinned, d.Pin.Name)
	}
}

// schedule sets when the refs that have moved are to be looked at again.
func (x *index) schedule() {
	x.reviewAt = time.Time{}
	for _, due := range x.settling {
		if x.reviewAt.IsZero() || due.Before(x.reviewAt) {
			x.reviewAt = due
		}
	}
}

func compareEntries(a, b *entry) int { return a.SourceRef().Compare(b.SourceRef()) }

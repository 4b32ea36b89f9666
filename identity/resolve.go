package identity

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// settleTime is for how long a changed address is no reason to merge two devices: while a lab moves to new addresses,
// a slow source still says of one device what is already true of another.
const settleTime = 24 * time.Hour

// manyMoves is how many devices of one source must move within that time for it to be a lab that moves. One that
// moves alone has been corrected or replaced, and its new address says who it is.
const manyMoves = 3

// Arrival is one snapshot that ended without error. Observations are read only, and kept by reference.
type Arrival struct {
	Source string
	// Complete says that what is not in Observations is not at the source now.
	Complete     bool
	Observations []*device.Observation
	// Late marks observations older than what is known: they are assigned and teach nothing. Nil means none.
	Late []bool
	// Had is the number of refs that the source is believed to have, against which a short snapshot is told; 0 means
	// as many as are bound.
	Had int
}

// Assignment says which device an observation is about. Without one it is set aside: what it follows is not there, or
// another ref of its source speaks for that device.
type Assignment struct {
	Device device.ID
	// Weak and Held say why its votes do not count now: a bare host name is all that binds it, or the ref has changed
	// hands.
	Weak, Held bool
	// By is what bound the ref, as in Binding.
	By string
	// New marks the first contact with the ref, Changed a new word of the source on who it is.
	New, Changed bool
}

// Info is a device that is new, renamed, merged, forgotten or back, or that takes over refs of others.
type Info struct {
	ID         device.ID
	Name       string
	MergedInto device.ID
	// Forgotten says that a person had the device forgotten, Back that it is no longer part of the one that had taken
	// it in.
	Forgotten, Back bool
	// Takes are refs that a person gives to this device now.
	Takes []device.SourceRef
}

// Outcome is what one instant changes. Devices and Bindings are new values; nothing of the previous state is modified.
type Outcome struct {
	Devices  map[device.ID]*Device
	Removed  []device.ID
	Bindings map[device.SourceRef]*Binding
	// Events come in a fixed order, without Seq and ID.
	Events []device.Event
	// Bound holds the assignment of every ref that arrived. ResolveLists leaves it out.
	Bound map[device.SourceRef]Assignment
	Infos []Info
	// Notes are what a person should know of the orders that Carry carries out.
	Notes []string

	cfg   *Config
	order map[string][]device.SourceRef
}

// Resolve binds what arrived in one instant. It does not modify prev, and the order of in does not matter.
func Resolve(cfg *Config, prev *State, at time.Time, in []Arrival) Outcome {
	out, lists := ResolveLists(cfg, prev, at, in)
	out.Bound = map[device.SourceRef]Assignment{}
	for i, a := range in {
		for j, o := range a.Observations {
			out.Bound[device.SourceRef{Source: a.Source, Ref: o.Ref}] = lists[i][j]
		}
	}
	return out
}

// ResolveLists is Resolve for large snapshots: it returns the assignments by arrival and observation.
func ResolveLists(cfg *Config, prev *State, at time.Time, in []Arrival) (Outcome, [][]Assignment) {
	r := newResolver(cfg, prev, at)
	heard := r.read(in)
	// Sticky first: a known ref stays with its device, whatever it says now.
	r.hear(heard)
	r.miss(in)
	r.hands()
	r.pin()
	r.contact()
	r.merge()
	r.follow()
	r.weaken()
	r.rename()
	return r.outcome(), r.bound(in)
}

// Apply moves the state on, once the outcome is durable. Only one goroutine may call it, while nobody reads.
func (s *State) Apply(o Outcome) {
	idx := s.indexFor(o.cfg)
	for id, d := range o.Devices {
		idx.removeDevice(s.Devices[id])
		s.Devices[id] = d
		idx.addDevice(d)
	}
	for _, id := range o.Removed {
		idx.removeDevice(s.Devices[id])
		delete(s.Devices, id)
	}
	for ref, b := range o.Bindings {
		// The entry itself stays: the orders of the snapshots point at it.
		e := idx.remove(ref)
		if e == nil {
			e = new(entry)
		}
		s.Bindings[ref] = b
		*e = entry{b, idx.rules.keys(&b.Identity), e.place}
		idx.add(ref, e)
	}
	for source, refs := range o.order {
		list := make([]*entry, len(refs))
		for i, ref := range refs {
			list[i] = idx.refs[ref]
			list[i].place = i
		}
		idx.order[source] = list
	}
	if len(o.Bindings) > 0 {
		idx.schedule()
	}
}

// resolver holds the working copies of one instant: what it touches lies over the index, which stays as it is.
type resolver struct {
	*rules
	st  *State
	idx *index
	at  time.Time

	work  map[device.SourceRef]*entry // changed and new refs
	leads map[device.SourceRef]string // what refs follow that are not bound to it yet
	led   map[device.ID][]*entry      // followers among work, once nothing changes any more
	fresh []device.SourceRef          // the new ones among them, in order
	devs  map[device.ID]*Device
	memb  map[device.ID][]*entry // members of devices whose members changed
	added map[Key][]*entry       // holders among work
	proof map[Key][]device.SourceRef

	// bounds are what read found, by arrival; fetched is what fetch has read, so that it is read at all.
	bounds  []bound
	fetched int

	order     map[string][]device.SourceRef
	loose     map[string]bool // sources with a complete snapshot in another order than before
	events    []device.Event
	conflicts []conflict
	splits    []split
	touched   map[device.ID]bool // devices whose name may change
	merges    []merging
	movers    map[string]int // per source, the refs that have moved lately
	numbers   map[string]int // per name in lower case, the number that was given last in this instant

	// Only while orders are carried out: the devices they are about, those that a split has made, what is told of them.
	carried, made map[device.ID]bool
	tellings      []telling
	notes         []string
	reserved      map[string]device.ID // names, in lower case, that are given back
}

func newResolver(cfg *Config, prev *State, at time.Time) *resolver {
	idx := prev.indexFor(cfg)
	return &resolver{
		rules: idx.rules, st: prev, idx: idx, at: at,
		work: map[device.SourceRef]*entry{}, leads: map[device.SourceRef]string{}, devs: map[device.ID]*Device{}, memb: map[device.ID][]*entry{},
		added: map[Key][]*entry{}, proof: map[Key][]device.SourceRef{},
		order: map[string][]device.SourceRef{}, loose: map[string]bool{}, touched: map[device.ID]bool{}, numbers: map[string]int{},
		made: map[device.ID]bool{}, reserved: map[string]device.ID{},
	}
}

// entry returns a ref as it is now, nil for an unknown one.
func (r *resolver) entry(ref device.SourceRef) *entry {
	if e := r.work[ref]; e != nil {
		return e
	}
	return r.idx.refs[ref]
}

// device returns a device as it is now, nil for an unknown one.
func (r *resolver) device(id device.ID) *Device {
	if d := r.devs[id]; d != nil {
		return d
	}
	return r.st.Devices[id]
}

// edit returns a copy of a device that may be modified until the outcome is made.
func (r *resolver) edit(id device.ID) *Device {
	if d := r.devs[id]; d != nil {
		return d
	}
	d := *r.st.Devices[id]
	r.devs[id] = &d
	return &d
}

// members returns the refs of a device as they are now, in order.
func (r *resolver) members(id device.ID) []*entry {
	if list, ok := r.memb[id]; ok {
		return list
	}
	return r.idx.members[id]
}

// put sets a new value of a ref. Its keys must stay the same once proof was asked for.
func (r *resolver) put(b *Binding, keys Keys) *entry {
	ref := b.SourceRef()
	e, old := &entry{Binding: b, keys: keys}, r.entry(ref)
	if old != nil && old.Device != "" && !old.follows() {
		list := slices.Clone(r.members(old.Device))
		r.memb[old.Device] = slices.DeleteFunc(list, func(o *entry) bool { return o.Source == b.Source && o.Ref == b.Ref })
	}
	if e.Device != "" && !e.follows() {
		list := slices.Clone(r.members(e.Device))
		at, _ := slices.BinarySearchFunc(list, e, compareEntries)
		r.memb[e.Device] = slices.Insert(list, at, e)
		r.touched[e.Device] = true
	}
	if _, again := r.work[ref]; !again && b.AbsentSince.IsZero() {
		for k := range keys.all {
			r.added[k] = append(r.added[k], e)
		}
	}
	r.work[ref] = e
	return e
}

// holding returns the refs for which k is evidence, in order: those that are present and the only one of their
// source to hold it.
func (r *resolver) holding(k Key) []device.SourceRef {
	if list, ok := r.proof[k]; ok {
		return list
	}
	var list []device.SourceRef
	for _, e := range r.idx.holders[k] {
		if ref := e.SourceRef(); r.work[ref] == nil {
			list = append(list, ref)
		}
	}
	for _, e := range r.added[k] {
		list = append(list, e.SourceRef())
	}
	slices.SortFunc(list, device.SourceRef.Compare)
	only := list[:0]
	for i, ref := range list {
		if (i == 0 || list[i-1].Source != ref.Source) && (i+1 == len(list) || list[i+1].Source != ref.Source) {
			only = append(only, ref)
		}
	}
	r.proof[k] = only
	return only
}

// sortedRefs returns the keys of m in order.
func sortedRefs[V any](m map[device.SourceRef]V) []device.SourceRef {
	refs := make([]device.SourceRef, 0, len(m))
	for ref := range m {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, device.SourceRef.Compare)
	return refs
}

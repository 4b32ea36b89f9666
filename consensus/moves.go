package consensus

import (
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// moves are the repeated words of one source at one instant: observations that say what their reports hold already, of
// calm devices. Only dates move, in place, once the instant is applied.
type moves struct {
	lane *lane
	at   time.Time
	// based says that they came in a believed complete snapshot.
	based bool
	marks []mark
	own   []time.Time
	// folded are slots whose marks went into a copy of their device.
	folded []*slot
	// until is the last instant up to which all votes among them count; all says that the source spoke of all its refs.
	until time.Time
	all   bool
	// fetched is what fetch has read, so that it is read at all.
	fetched int
	// refs are those of the snapshot where they are not in the lane's order.
	refs []string
}

// mark is one of them: the date of the observation, in few bytes, and the place in own of the dates of its claims where
// they have dates of their own. A mark without a slot is gone.
type mark struct {
	slot *slot
	sec  int64
	nsec int32
	own  int32
}

// What own is where the claims have no dates of their own: in all of a plain one a new measurement came.
const (
	markOthers = -1
	markPlain  = -2
)

func (m *mark) date() time.Time { return time.Unix(m.sec, int64(m.nsec)).UTC() }

// dates are what a mark does to its report.
type dates struct {
	newest, seen time.Time
	based        bool
	own          []time.Time // in the order of Report.claims, nil where all are the observation's
}

func (m *moves) dates(k *mark) dates {
	d := dates{newest: k.date(), seen: m.at, based: m.based}
	if k.own >= 0 {
		d.own = m.own[k.own:]
	}
	return d
}

// move puts the dates into r.
func (d *dates) move(r *Report) {
	r.Newest, r.Seen = d.newest, d.seen
	if d.based {
		r.Base = d.seen
	}
	if r.Abstain != "" {
		return // it says nothing of the claims that it masks
	}
	i := 0
	if r.Reach.State != "" {
		d.claim(&r.Reach, i)
		i++
	}
	if r.Mgmt.State != "" {
		d.claim(&r.Mgmt, i)
		i++
	}
	for k := range r.Health {
		d.claim(&r.Health[k], i+k)
	}
}

// claim dates claim i of a report.
func (d *dates) claim(c *Claim, i int) {
	at := d.newest
	if d.own != nil {
		at = d.own[i]
	}
	if !c.ObservedAt.Equal(at) {
		c.ObservedAt, c.ArrivedAt = at, d.seen
	}
}

// claims are all that r holds, always in the same order.
func (r *Report) claims(yield func(*Claim) bool) {
	if r.Reach.State != "" && !yield(&r.Reach) {
		return
	}
	if r.Mgmt.State != "" && !yield(&r.Mgmt) {
		return
	}
	for i := range r.Health {
		if !yield(&r.Health[i]) {
			return
		}
	}
}

// silent reports whether r votes on nothing, for a reason of its source's own or of its binding.
func (r *Report) silent() bool { return r.Abstain != "" || r.Weak || r.Held }

// follow keeps LastUp after the dates of r moved. The device is calm: where it is up, all votes say so.
func (d *Device) follow(r *Report) {
	if d.Reach.State == device.StateUp && r.Reach.State == device.StateUp && !r.silent() && r.Reach.ObservedAt.After(d.LastUp) {
		d.LastUp = r.Reach.ObservedAt
	}
}

// apply moves the dates in the state.
func (m *moves) apply() {
	for i := range m.marks {
		if i%ahead == 0 {
			m.fetch(m.marks[i:min(i+ahead, len(m.marks))])
		}
		k := &m.marks[i]
		if k.slot == nil {
			continue
		}
		d := m.dates(k)
		d.move(k.slot.report)
		k.slot.node.device.follow(k.slot.report)
		k.slot.loosen()
	}
}

// fetch is that of a listener, for the reports of marks.
func (m *moves) fetch(next []mark) {
	n := 0
	for i := range next {
		if s := next[i].slot; s != nil {
			n += s.report.fetch() + len(s.node.device.Ring)
		}
	}
	m.fetched += n
}

// whole are the devices of o together with copies of those of which only dates move, as they are once o is applied.
func (o *Outcome) whole() map[device.ID]*Device {
	all := maps.Clone(o.Devices)
	for _, m := range o.moved {
		for i := range m.marks {
			k := &m.marks[i]
			if k.slot == nil {
				continue
			}
			id := k.slot.node.id
			d := all[id]
			if d == nil {
				d = k.slot.node.device.copied()
				all[id] = d
			}
			n, _ := findReport(d.Reports, m.lane.source, k.slot.ref)
			dates := m.dates(k)
			dates.move(&d.Reports[n])
			d.follow(&d.Reports[n])
		}
	}
	return all
}

// reorder makes the order of the snapshot that of the lane, once every ref has its slot.
func (m *moves) reorder() {
	if m.refs == nil {
		return
	}
	order := make([]*slot, 0, len(m.refs))
	for _, ref := range m.refs {
		if s := m.lane.slots[ref]; s != nil {
			order = append(order, s)
		}
	}
	m.lane.order = order
}

// fold puts the moved dates of a device into d, which is a copy of it: something else happens to it at this instant.
func (j *judge) fold(n *node, d *Device) {
	cloned := false
	for i, s := range n.slots {
		if s.moved != j.round {
			continue
		}
		m := j.moved[s.lane.source]
		k := &m.marks[s.mark]
		if !cloned {
			d.Reports, cloned = slices.Clone(d.Reports), true
		}
		r := &d.Reports[i]
		r.Health = slices.Clone(r.Health)
		dates := m.dates(k)
		dates.move(r)
		if j.judged {
			d.follow(r)
		}
		m.folded = append(m.folded, s)
		k.slot, s.moved = nil, 0
	}
}

package consensus

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// index saves work: it finds devices by ref, name and state, knows which of them need no look without news, and where
// in a source's next snapshot each of its refs will probably be. It is rebuilt where it is missing and never stored.
type index struct {
	nodes map[device.ID]*node
	lanes map[string]*lane // by source
	names map[string]device.ID
	downs map[device.ID]struct{}
	muted map[device.ID]struct{} // by people and schedules
	// restless are the devices to judge at every instant. The others need no look for a while, unless they are heard of
	// or a source's standing changes: those that doze up to their time, and none of them up to wake, and calm
	// ones as long as their votes are not stale: see lane.
	restless map[device.ID]struct{}
	dozing   map[device.ID]time.Time
	wake     time.Time
	// judgedBy is the configuration of the latest instant: another one makes every device worth a look.
	judgedBy *Config
	// round counts the calls of Judge: what a slot or a node notes of one is nothing to the next.
	round uint32
	// wary, which only tests set, judges every device that is heard of: what it saves may change nothing.
	wary bool
}

// node is a device in the index. Nodes and slots are read for every word that is heard: each fits one line of a cache.
type node struct {
	id     device.ID
	device *Device // as it is in the state
	// slots are those of the device's reports, in their order.
	slots []*slot
	// edited is the round in which the device was copied, due that in which a vote on it turned stale.
	edited, due uint32
	// calm says that a repeated word is no news.
	calm bool
}

// lane is what one source says, ref by ref.
type lane struct {
	source string
	slots  map[string]*slot
	// order is that of the newest complete snapshot: a guess at the next one's. A slot in it may be gone.
	order []*slot
	// loose counts the slots that are.
	loose int
	// until is the last instant up to which none of the source's votes on calm devices turns stale.
	until time.Time
}

// slot is one report of the state.
type slot struct {
	ref    string
	lane   *lane
	node   *node // nil once the report is gone
	report *Report
	health *fit // nil where it is not known, or nothing is claimed of health
	// moved is the round in which only dates moved, and mark the place among the lane's marks where they are noted.
	moved uint32
	mark  int32
	// loose says that the report's dates have moved on since its device was last part of an Outcome.
	loose bool
}

// fit says how the health claims of an observation fit those of a report: which is about which, at that vendor.
type fit struct {
	vendor string
	places []uint16
}

// doze is how long a device must need no look to be worth leaving alone.
const doze = time.Minute

// rest says of a device that was judged until when it needs no look without news, and whether it is calm.
type rest struct {
	id    device.ID
	until time.Time
	calm  bool
}

// never is later than every instant.
var never = time.Unix(1<<40, 0)

func (x *index) build(devices map[device.ID]*Device) {
	if x.nodes == nil {
		x.nodes = make(map[device.ID]*node, len(devices))
		x.lanes = map[string]*lane{}
		x.downs = map[device.ID]struct{}{}
		x.muted = map[device.ID]struct{}{}
		x.restless = map[device.ID]struct{}{}
		x.dozing = map[device.ID]time.Time{}
		for id, d := range devices {
			x.place(id, d)
			if d.Reach.State == device.StateDown {
				x.downs[id] = struct{}{}
			}
			if len(d.Mutes) > 0 {
				x.muted[id] = struct{}{}
			}
		}
		for _, l := range x.lanes {
			for _, s := range l.slots {
				s.loosen() // nobody knows of which instant the stored device is
			}
		}
	}
	if x.names == nil {
		x.names = make(map[string]device.ID, len(devices))
		for id, d := range devices {
			// Names ought to be unique; where they are not, the choice must not depend on map order.
			if other, taken := x.names[d.Name]; !taken || id < other {
				x.names[d.Name] = id
			}
		}
	}
}

// lane returns the lane of a source, made where it is missing.
func (x *index) lane(source string) *lane {
	l := x.lanes[source]
	if l == nil {
		l = &lane{source: source, slots: map[string]*slot{}, until: never}
		x.lanes[source] = l
	}
	return l
}

// slot returns the slot of a ref, or nil.
func (x *index) slot(ref device.SourceRef) *slot {
	if l := x.lanes[ref.Source]; l != nil {
		return l.slots[ref.Ref]
	}
	return nil
}

// place points the slots of a device at its reports, which are new, and returns those that it had before where they
// are not the same any more.
func (x *index) place(id device.ID, d *Device) (before []*slot) {
	n := x.nodes[id]
	if n == nil {
		n = &node{id: id}
		x.nodes[id] = n
	}
	n.device = d
	same := len(n.slots) == len(d.Reports)
	for i := 0; same && i < len(n.slots); i++ {
		s, r := n.slots[i], &d.Reports[i]
		same = s.node == n && s.ref == r.Ref && s.lane.source == r.Source
	}
	if !same {
		before, n.slots = n.slots, make([]*slot, len(d.Reports))
		for i := range d.Reports {
			r := &d.Reports[i]
			l := x.lane(r.Source)
			s := l.slots[r.Ref]
			if s == nil {
				s = &slot{ref: r.Ref, lane: l}
				l.slots[r.Ref] = s
			}
			n.slots[i], s.node = s, n
		}
	}
	for i, s := range n.slots {
		s.report, s.health = &d.Reports[i], nil
		s.fasten()
	}
	return before
}

// drop removes the slots that no device has any more.
func (n *node) drop(before []*slot) {
	for _, s := range before {
		if s.node == n && !slices.Contains(n.slots, s) {
			s.fasten()
			s.node, s.report = nil, nil
			delete(s.lane.slots, s.ref)
		}
	}
}

func (s *slot) loosen() {
	if !s.loose {
		s.loose = true
		s.lane.loose++
	}
}

func (s *slot) fasten() {
	if s.loose {
		s.loose = false
		s.lane.loose--
	}
}

// Newest returns the date of the newest observation of a ref, zero where none is held. Like Judge it builds what it
// looks it up in: whoever calls Judge may call it, and nobody at the same time.
func (s *State) Newest(ref device.SourceRef) time.Time {
	s.index.build(s.Devices)
	if k := s.index.slot(ref); k != nil {
		return k.report.Newest
	}
	return time.Time{}
}

// update follows the outcome o, before it is applied to s.
func (x *index) update(s *State, o *Outcome) {
	if x.nodes == nil {
		return
	}
	was := make(map[*node][]*slot)
	for id, d := range o.Devices {
		old := s.Devices[id]
		if old == nil || old.Name != d.Name {
			x.names = nil
		}
		if d.Reach.State == device.StateDown {
			x.downs[id] = struct{}{}
		} else if old != nil && old.Reach.State == device.StateDown {
			delete(x.downs, id)
		}
		if len(d.Mutes) > 0 {
			x.muted[id] = struct{}{}
		} else if old != nil && len(old.Mutes) > 0 {
			delete(x.muted, id)
		}
		if before := x.place(id, d); before != nil {
			was[x.nodes[id]] = before
		}
	}
	for _, id := range o.Removed {
		x.names = nil
		delete(x.downs, id)
		delete(x.muted, id)
		delete(x.restless, id)
		delete(x.dozing, id)
		if n := x.nodes[id]; n != nil {
			was[n], n.slots = n.slots, nil
			delete(x.nodes, id)
		}
	}
	for n, before := range was {
		n.drop(before) // only now: another device may have taken the report over
	}
	x.lull(o)
	x.judgedBy = o.cfg
}

// lull notes until when the devices need no look after o.
func (x *index) lull(o *Outcome) {
	if o.all {
		x.wake = never
		for _, l := range x.lanes {
			l.until = never
		}
	}
	x.wake = later(x.wake, o.wake)
	for l, until := range o.rested {
		l.until = until
	}
	for _, m := range o.moved {
		if m.until.Before(m.lane.until) || m.all {
			m.lane.until = m.until
		}
		m.reorder()
	}
	soon := o.at.Add(doze)
	for _, r := range o.rests {
		n := x.nodes[r.id]
		if n == nil {
			continue
		}
		n.calm = r.calm
		delete(x.dozing, r.id)
		delete(x.restless, r.id)
		switch {
		case r.calm:
			for _, s := range n.slots {
				s.lane.until = earlier(s.lane.until, r.until)
			}
		case !r.until.After(soon):
			x.restless[r.id] = struct{}{}
		default:
			x.dozing[r.id] = r.until
			x.wake = earlier(x.wake, r.until)
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// lapse is what was found in looking for devices whose rest is over.
type lapse struct {
	due []device.ID
	// wake is until when the devices that doze need no look, where those were looked through that are due; rested are
	// the lanes that were looked through, with their next until.
	wake   time.Time
	rested map[*lane]time.Time
}

// due looks for the devices whose rest is over at b's instant.
func (x *index) due(b *bench) lapse {
	var o lapse
	if b.at.After(x.wake) {
		o.wake = never
		for id, until := range x.dozing {
			if b.at.After(until) {
				o.due = append(o.due, id)
			} else {
				o.wake = earlier(o.wake, until)
			}
		}
	}
	for _, l := range x.lanes {
		if !b.at.After(l.until) {
			continue
		}
		until := never
		for _, s := range l.slots {
			if !s.node.calm {
				continue
			}
			stale := b.stale(s.report)
			if !b.at.After(stale) {
				until = earlier(until, stale)
			} else if s.node.due != x.round {
				s.node.due = x.round
				o.due = append(o.due, s.node.id)
			}
		}
		if o.rested == nil {
			o.rested = map[*lane]time.Time{}
		}
		o.rested[l] = until
	}
	return o
}

// stale is the last instant up to which all votes of r count, never where it has none.
func (b *bench) stale(r *Report) time.Time {
	until := never
	s := b.seat(r.Source)
	if s == nil || r.silent() {
		return until
	}
	for c := range r.claims {
		until = earlier(until, c.ObservedAt.Add(intervals(b.rules.StaleAfter, s.interval+c.Interval)))
	}
	return until
}

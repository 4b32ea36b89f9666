package consensus

import (
	"math"
	"time"

	"github.com/quorate/quorate/device"
)

// A device is calm if a repeated word cannot change anything but dates: every question about it is settled, all that
// vote on one agree, and who does not vote has a reason that lasts until the source says otherwise. Nearly every device
// is, nearly always. A repeated word on a calm device is not judged; it only moves dates.

// faint is a weight so small that freshness alone might decide whether there is any.
const faint = 1e-6

// unsettled reports whether a repeated word on the question just tallied may change something. f is the state of
// before.
func (t *tally) unsettled(f *FacetState) bool {
	if t.proposal != Proposal(f.State) || f.Dispute != nil || f.Run != nil || t.up > 0 && t.down > 0 {
		return true
	}
	for i := range t.ballots {
		switch v := &t.ballots[i]; {
		case v.votes():
			if v.own > 0 && v.own < faint {
				return true
			}
		case !v.report.silent():
			return true // stale, or not believed: that may pass by itself
		}
	}
	return false
}

// settled reports whether the ring of proposals stays as it is when the same proposal comes again.
func (h *hearing) settled(d *Device, p Proposal) bool {
	mark := ringMark(p)
	if d.Flapping {
		return false
	}
	if mark == 0 {
		return true
	}
	if len(d.Ring) != h.j.rules.FlapSize {
		return false
	}
	for i := range len(d.Ring) {
		if d.Ring[i] != mark {
			return false
		}
	}
	return true
}

// listener takes in the observations of one complete snapshot.
type listener struct {
	j      *judge
	source string
	state  *SourceState
	time   dating
	lane   *lane
	moves  *moves
	// straight says that all refs so far were where the lane's order has them.
	straight bool
	// news are the places of the observations that were judged like any other.
	news []int
	// keeps is for how long votes count whose measuring interval is every, and oldest the date of the first such to turn
	// stale.
	every, keeps time.Duration
	oldest       time.Time
}

// listener returns what listens to a snapshot. Where repeated words are to be judged like others, its lane is nil.
func (j *judge) listener(sn *Snapshot, s *SourceState, t dating, again bool) listener {
	l := listener{j: j, source: sn.Source, state: s, time: t}
	if sn.Partial || again || j.all || j.prev.index.wary || j.moved[sn.Source] != nil {
		return l
	}
	l.lane = j.prev.index.lane(sn.Source)
	l.moves = &moves{lane: l.lane, at: j.at, until: never, marks: make([]mark, 0, len(sn.Observations))}
	l.straight = len(l.lane.order) == len(sn.Observations)
	j.moved[sn.Source] = l.moves
	return l
}

// hear takes in observation i.
func (l *listener) hear(i int, b *Bound) heard {
	if l.lane != nil {
		if i%ahead == 0 {
			l.fetch(i)
		}
		if h, ok := l.repeated(i, b); ok {
			return h
		}
		l.news = append(l.news, i)
	}
	return l.j.observe(l.source, b, l.time)
}

// rest keeps the last instant up to which all votes count, with those of r at the dates of k.
func (l *listener) rest(r *Report, k *mark, date time.Time) {
	i := int(k.own)
	vote := func(c *Claim) {
		if i >= 0 {
			date = l.moves.own[i]
			i++
		}
		if c.Interval != l.every || l.keeps == 0 {
			l.every, l.keeps = c.Interval, intervals(l.j.rules.StaleAfter, l.j.seat(l.source).interval+c.Interval)
			l.oldest = l.moves.until.Add(-l.keeps)
		}
		if date.Before(l.oldest) {
			l.oldest, l.moves.until = date, date.Add(l.keeps)
		}
	}
	if r.Reach.State != "" {
		vote(&r.Reach)
	}
	if r.Mgmt.State != "" {
		vote(&r.Mgmt)
	}
	for k := range r.Health {
		vote(&r.Health[k])
	}
}

// end takes note of the snapshot as a whole, which has size refs.
func (l *listener) end(sn *Snapshot, size int) {
	if l.lane == nil {
		return
	}
	l.moves.all = size == l.state.Refs
	if l.straight {
		return
	}
	l.moves.refs = make([]string, 0, len(sn.Observations))
	for i := range sn.Observations {
		if o := sn.Observations[i].Observation; o != nil {
			l.moves.refs = append(l.moves.refs, o.Ref)
		}
	}
}

// ahead is how many reports are fetched at once.
const ahead = 8

// fetch reads a word of each part of the next reports. They lie all over the memory: asked for one by one each would be
// waited for, asked for together they come side by side.
func (l *listener) fetch(i int) {
	order := l.lane.order
	if i >= len(order) {
		return
	}
	n := 0
	order = order[i:min(i+ahead, len(order))]
	for _, s := range order {
		if s.node != nil && len(s.ref) > 0 {
			n += int(s.ref[0]) + int(s.node.edited)
		}
	}
	for _, s := range order {
		if s.report != nil {
			n += s.report.fetch()
		}
	}
	l.moves.fetched += n
}

func (r *Report) fetch() int {
	return len(r.Source) + int(r.MissedAt) + int(r.Enrolled) + int(r.Reach.Interval) + len(r.Reach.Raw) + int(r.Mgmt.Interval) +
		len(r.Mgmt.Raw) + len(r.Health) + len(r.Parents)
}

// at returns the slot of a ref, probably that at place i, or nil.
func (l *listener) at(i int, ref string) *slot {
	if order := l.lane.order; i < len(order) && order[i].ref == ref && order[i].node != nil {
		return order[i]
	}
	l.straight = false
	return l.lane.slots[ref]
}

// repeated takes in an observation that says what its report holds, of a calm device that nothing else has happened to
// at this instant. It is false for any other.
func (l *listener) repeated(i int, b *Bound) (heard, bool) {
	o := b.Observation
	s := l.at(i, o.Ref)
	if s == nil {
		return heard{}, false
	}
	n, r, j := s.node, s.report, l.j
	if !n.calm || n.edited == j.round || n.due == j.round || s.moved == j.round || n.id != b.Device {
		return heard{}, false
	}
	if r.Follows != o.Follows || r.Weak != b.Weak || r.Held != b.Held || r.Missed || r.Abstain != o.Abstain || !sameParents(r.Parents, o) || !sameLinks(r.Links, b.Links, j.at) {
		return heard{}, false
	}
	date := l.time.date(o.ObservedAt)
	if date.Before(r.Newest) {
		return heard{}, false
	}
	k := mark{slot: s, sec: date.Unix(), nsec: int32(date.Nanosecond()), own: markOthers}
	h := heard{first: true, based: r.inBase(l.state)}
	if o.Abstain == "" {
		if !r.steady() || !s.fits(o) || !l.dated(&k, o, date) {
			return heard{}, false
		}
		h.reach = r.Reach.State
		if !r.Weak && !r.Held {
			l.rest(r, &k, date)
		}
	}
	s.moved, s.mark = j.round, int32(len(l.moves.marks))
	l.moves.marks = append(l.moves.marks, k)
	return h, true
}

// age is how much older than date the claim is; one that is not there is older than all.
func (c *Claim) age(date time.Time) time.Duration {
	if c.State == "" {
		return math.MaxInt64
	}
	return date.Sub(c.ObservedAt)
}

// dated notes the dates of the claims where they are their own. It is false if one is older than what is held: that
// is late, or makes a vote older.
func (l *listener) dated(k *mark, o *device.Observation, date time.Time) bool {
	r := k.slot.report
	own := false
	for i := range o.Claims {
		own = own || !o.Claims[i].ObservedAt.IsZero()
	}
	if !own {
		oldest := min(r.Reach.age(date), r.Mgmt.age(date))
		for i := range r.Health {
			oldest = min(oldest, r.Health[i].age(date))
		}
		if oldest > 0 {
			k.own = markPlain
		}
		return oldest >= 0
	}
	var reach, mgmt time.Time
	if l.moves.own == nil {
		l.moves.own = make([]time.Time, 0, (len(r.Health)+2)*cap(l.moves.marks))
	}
	from, health := len(l.moves.own), 0
	at := func(c *device.Claim) time.Time {
		if c.ObservedAt.IsZero() {
			return date
		}
		return l.time.date(c.ObservedAt)
	}
	for i := range o.Claims {
		switch c := &o.Claims[i]; c.Facet {
		case device.FacetReach:
			reach = at(c)
		case device.FacetMgmt:
			mgmt = at(c)
		}
	}
	if r.Reach.State != "" {
		if reach.IsZero() {
			reach = mgmt // an agent that answers
		}
		l.moves.own = append(l.moves.own, reach)
	}
	if r.Mgmt.State != "" {
		l.moves.own = append(l.moves.own, mgmt)
	}
	parts := len(l.moves.own)
	for range r.Health {
		l.moves.own = append(l.moves.own, date)
	}
	for i := range o.Claims {
		if c := &o.Claims[i]; c.Facet == device.FacetHealth {
			l.moves.own[parts+int(k.slot.health.places[health])] = at(c)
			health++
		}
	}
	newer := !r.Reach.ObservedAt.After(reach) && !r.Mgmt.ObservedAt.After(mgmt)
	for i := range r.Health {
		newer = newer && !r.Health[i].ObservedAt.After(l.moves.own[parts+i])
	}
	if !newer {
		l.moves.own = l.moves.own[:from]
		return false
	}
	k.own = int32(from)
	return true
}

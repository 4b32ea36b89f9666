package consensus

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// heard is what one observation brought for the source as a whole.
type heard struct {
	// reach is the state claimed of reach, if it is not late; empty if the observation makes no such claim.
	reach device.State
	// turned says that the device turned from the last spoken up to down.
	turned bool
	// first says that nothing was seen of this ref at this time before, and based that the ref was in the source's
	// latest believed complete snapshot.
	first, based bool
}

// observe takes one observation into the report of its ref. The device is edited, and its reports are its own.
func (j *judge) observe(source string, b *Bound, t dating) heard {
	o := b.Observation
	d, i := j.place(source, b)
	d.Reports = slices.Clone(d.Reports)
	r := &d.Reports[i]
	h := heard{first: !r.Seen.Equal(j.at), based: r.inBase(j.source(source))}
	r.Seen, r.Missed, r.MissedAt = j.at, false, 0
	r.Weak, r.Held, r.Follows = b.Weak, b.Held, o.Follows
	if !r.Weak && !r.Held {
		r.Enrolled |= r.claimed() // what was held back votes from now on
	}

	date := t.date(o.ObservedAt)
	if date.Before(r.Newest) {
		j.late[r.key()] = true
		return h
	}
	r.Newest = date
	r.Parents = j.parentsOf(r.Parents, o)
	r.Links = j.linksOf(r.Links, b)
	if o.Abstain != "" {
		r.Abstain = o.Abstain
		return h
	}
	w := word{r: r, at: j.at}
	w.take(o, date, t)
	if w.late > 0 && w.accepted == 0 {
		j.late[r.key()] = true // it ends no abstention and takes nothing back
		return h
	}
	r.Abstain = ""
	r.Reach, r.Mgmt, r.Health = w.reach, w.mgmt, w.health
	if !r.Weak && !r.Held {
		r.Enrolled |= w.enrols
	}
	if w.spokeReach {
		h.reach = r.Reach.State
		h.turned = r.Spoke == device.StateUp && h.reach == device.StateDown
		if h.reach != device.StateSplit {
			r.Spoke = h.reach
		}
		j.alarm(r)
	}
	return h
}

// claimed are the facets that the report makes claims about.
func (r *Report) claimed() Facets {
	var f Facets
	if r.Reach.State != "" {
		f |= EnrolledReach
	}
	if r.Mgmt.State != "" {
		f |= EnrolledMgmt
	}
	if len(r.Health) > 0 {
		f |= EnrolledHealth
	}
	return f
}

// place finds or makes the report of an observation's ref on its device, moving it there if it was on another.
func (j *judge) place(source string, b *Bound) (*Device, int) {
	ref := device.SourceRef{Source: source, Ref: b.Observation.Ref}
	d := j.devices[b.Device]
	if d == nil {
		if j.device(b.Device) == nil {
			j.ensure(b.Device, b.Observation.Name)
		}
		d = j.edit(b.Device)
	}
	i, found := findReport(d.Reports, ref.Source, ref.Ref)
	if found {
		return d, i
	}
	r := Report{Source: ref.Source, Ref: ref.Ref}
	if other, elsewhere := j.find(ref); elsewhere {
		k, _ := findReport(j.device(other).Reports, ref.Source, ref.Ref)
		if old := j.take(other, k); b.Observation.Follows == "" {
			r = old // what follows another device now has said nothing of this one
		}
	}
	return d, j.put(b.Device, r)
}

// parentsOf keeps since when each parent has been named. An abstaining source that names none takes none back.
func (j *judge) parentsOf(old []Parent, o *device.Observation) []Parent {
	if len(o.Parents) == 0 {
		if o.Abstain != "" {
			return old
		}
		return nil
	}
	same := len(old) == len(o.Parents)
	for i := 0; same && i < len(old); i++ {
		same = old[i].Ref == o.Parents[i]
	}
	if same {
		return old
	}
	next := make([]Parent, 0, len(o.Parents))
	for _, ref := range o.Parents {
		p := Parent{Ref: ref, Since: j.at}
		if i := slices.IndexFunc(old, func(p Parent) bool { return p.Ref == ref }); i >= 0 {
			p = old[i]
		}
		next = append(next, p)
	}
	slices.SortFunc(next, func(a, b Parent) int { return strings.Compare(a.Ref, b.Ref) })
	return slices.CompactFunc(next, func(a, b Parent) bool { return a.Ref == b.Ref })
}

// word is the claims of one observation on their way into a report.
type word struct {
	r  *Report
	at time.Time

	reach, mgmt    Claim
	health         []Claim
	accepted, late int
	enrols         Facets
	spokeReach     bool // a reach claim that is not late
}

// take reads the claims of o. What they do not mention is taken back; a late claim leaves what is held.
func (w *word) take(o *device.Observation, date time.Time, t dating) {
	saysReach, mgmtOwn := false, false
	for i := range o.Claims {
		c := &o.Claims[i]
		n := Claim{
			State: c.State, Confidence: c.Sure(), Interval: min(time.Duration(c.Interval), maxInterval), ObservedAt: date, Raw: c.Raw,
		}
		own := !c.ObservedAt.IsZero()
		if own {
			n.ObservedAt = t.date(c.ObservedAt)
		}
		switch c.Facet {
		case device.FacetReach:
			saysReach = true
			if w.accept(&w.reach, &w.r.Reach, n, own) {
				w.enrols |= EnrolledReach
				w.spokeReach = true
			}
		case device.FacetMgmt:
			if w.accept(&w.mgmt, &w.r.Mgmt, n, own) {
				w.enrols |= EnrolledMgmt
				mgmtOwn = mgmtOwn || own
			}
		case device.FacetHealth:
			n.Component, n.Key = c.Component, ComponentKey(c.Component, o.Vendor)
			w.takeHealth(n, own)
		}
	}
	// An agent that answers proves that the device does, unless the source says otherwise.
	if !saysReach && w.mgmt.State == device.StateUp {
		heard := w.accepted
		switch fresh := w.enrols&EnrolledMgmt != 0; {
		case !w.accept(&w.reach, &w.r.Reach, w.mgmt, mgmtOwn):
		case fresh:
			w.enrols |= EnrolledReach
			w.spokeReach = true
		default:
			w.accepted = heard // the answer is the one that is held: nothing new proves anything
		}
	}
}

func (w *word) takeHealth(n Claim, own bool) {
	var none Claim
	held := &none
	if i, found := findKey(w.r.Health, n.Key); found {
		held = &w.r.Health[i]
	}
	i, found := findKey(w.health, n.Key)
	if !found {
		if w.health == nil {
			w.health = make([]Claim, 0, max(len(w.r.Health), 1))
		}
		w.health = slices.Insert(w.health, i, Claim{})
		w.health[i].Key = n.Key
	}
	if w.accept(&w.health[i], held, n, own) {
		w.enrols |= EnrolledHealth
	}
}

// accept puts n into slot, or what is held if n is late. Of two claims on the same question in one observation the
// newer stands, or the worse; their order in the observation never matters.
func (w *word) accept(slot, held *Claim, n Claim, own bool) bool {
	if own && held.State != "" && n.ObservedAt.Before(held.ObservedAt) {
		w.late++
		if slot.State == "" || outranks(held, slot) {
			*slot = *held
		}
		return false
	}
	w.accepted++
	n.ArrivedAt = w.at
	if held.State == n.State && held.ObservedAt.Equal(n.ObservedAt) {
		n.ArrivedAt = held.ArrivedAt
	}
	if slot.State == "" || outranks(&n, slot) {
		*slot = n
	}
	return true
}

// outranks reports whether a stands before b, another claim on the same question: the newer, the worse, the surer.
func outranks(a, b *Claim) bool {
	return cmp.Or(
		a.ObservedAt.Compare(b.ObservedAt), cmp.Compare(badness(a.State), badness(b.State)), cmp.Compare(a.Confidence, b.Confidence),
		cmp.Compare(b.Interval, a.Interval), strings.Compare(b.Raw, a.Raw), strings.Compare(b.Component, a.Component),
	) > 0
}

func badness(s device.State) int {
	if s == device.StateSplit {
		return 1
	}
	return severity(s)
}

func findKey(claims []Claim, key string) (int, bool) {
	return slices.BinarySearchFunc(claims, key, func(c Claim, k string) int { return strings.Compare(c.Key, k) })
}

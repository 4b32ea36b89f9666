package consensus

import (
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// judgeDevices judges every device for which something can have changed.
func (j *judge) judgeDevices() {
	x := &j.prev.index
	ids := make([]device.ID, 0, len(j.devices)+len(x.restless)+len(j.due))
	if j.all {
		j.each(func(id device.ID, _ *Device) { ids = append(ids, id) })
	} else {
		for id := range j.devices {
			ids = append(ids, id)
		}
		wants := func(id device.ID) {
			if _, touched := j.devices[id]; !touched && !j.removed[id] {
				ids = append(ids, id)
			}
		}
		for id := range x.restless {
			wants(id)
		}
		for _, id := range j.due {
			wants(id)
		}
	}
	h := hearing{j: j}
	j.rests = make([]rest, 0, len(ids))
	for _, id := range ids {
		h.judge(id)
	}
	j.judged = true
	for id := range x.downs {
		if _, touched := j.devices[id]; !touched && !j.removed[id] {
			j.downs = append(j.downs, id)
		}
	}
	for id, d := range j.devices {
		if d.Reach.State == device.StateDown {
			j.downs = append(j.downs, id)
		}
	}
	slices.SortFunc(j.downs, j.order)
	slices.Sort(j.disproved)
	for _, id := range j.disproved {
		d := j.device(id)
		j.blameIf(id, func(r *Report) bool { return j.seat(r.Source) != nil && j.contradicted(d, j.seat(r.Source).domain) })
	}
}

// hearing is the judgement of one device; it is used again for the next.
type hearing struct {
	j     *judge
	id    device.ID
	terms terms
	tally tally
	work  Device // a device that may turn out to be as it was

	changes []change
	notes   []note
	// pending is the most important facet that began to wait at this instant.
	pending *note
	// probe says that a question is contested; quiet is the last instant up to which only news can change anything.
	probe bool
	quiet time.Time
	// calm says that a repeated word would change nothing.
	calm bool
}

// change is a facet or component whose state changed, with the measurements that confirmed it.
type change struct {
	facet           device.Facet
	key             string
	from, to        device.State
	first           bool // it was never decided before
	counted, needed int
}

// judge applies the rules to one device and replaces it in the instant if anything changed.
func (h *hearing) judge(id device.ID) {
	j := h.j
	if n := j.moving(id); n != nil {
		j.edit(id)
	}
	d, edited := j.devices[id]
	old := d
	if !edited {
		old = j.prev.Devices[id]
		h.work = *old
		d = &h.work
	}
	h.id, h.terms = id, j.terms(d.Name)
	h.changes, h.notes, h.pending, h.probe = h.changes[:0], nil, nil, false
	h.quiet, h.calm = never, true
	status, reach := d.Status, d.Reach.State

	j.ask(d, device.FacetReach, &h.tally, &h.terms)
	d.Reach = h.step(d.Reach)
	h.flap(d)
	h.calm = h.calm && h.settled(d, h.tally.proposal)
	if d.Reach.State == device.StateUp && h.tally.proposal == Proposal(device.StateUp) {
		d.LastUp = newestUp(h.tally.ballots, d.LastUp)
	}
	j.ask(d, device.FacetMgmt, &h.tally, &h.terms)
	d.Mgmt = h.step(d.Mgmt)
	h.health(d)

	if d.Reach.State == device.StateDown {
		j.agree(d)
	} else {
		d.Because = ""
	}
	j.dissent(d, reach)
	d.Status = statusOf(d)
	if held := j.restored[id]; held != nil {
		status = held.Status
		h.recall(held, d)
	}
	h.report(status, d)
	h.recover(d)
	if h.probe {
		h.askProbes(d)
	}
	if len(h.notes) > 0 {
		j.notes[id] = append(j.notes[id], h.notes...)
	}
	h.calm = h.calm && len(d.Dissent) == 0
	j.rests = append(j.rests, rest{id, h.quiet, h.calm})
	if !edited && !same(old, d) {
		n := h.work
		j.devices[id] = &n
	}
}

// same reports whether a device that nothing was heard of is as it was.
func same(a, b *Device) bool {
	return a.Reach == b.Reach && a.Mgmt == b.Mgmt && a.Status == b.Status && a.Ring == b.Ring &&
		a.Flapping == b.Flapping && a.Because == b.Because && a.LastUp.Equal(b.LastUp) && a.ProbedAt.Equal(b.ProbedAt) &&
		slices.Equal(a.Dissent, b.Dissent) && slices.Equal(a.Mutes, b.Mutes) && slices.Equal(a.Components, b.Components) &&
		(len(a.Reports) == 0 || &a.Reports[0] == &b.Reports[0])
}

// step takes one facet or component through the instant, by the tally at hand.
func (h *hearing) step(f FacetState) FacetState {
	t := &h.tally
	h.settleQuiet(f)
	h.calm = h.calm && !t.unsettled(&f)
	if f.Dispute != nil && t.proposal != Contested {
		h.closeDispute(&f)
	}
	switch t.proposal {
	case Contested:
		f = h.contest(f)
	case proposalUnknown:
		f.Run = nil
		if f.State == device.StateUnknown {
			f.Reason = t.reason
			f.Against, f.First = time.Time{}, time.Time{}
		} else {
			h.deviate(&f)
			if !h.j.hold {
				f = h.decide(f, device.StateUnknown, t.reason)
			}
		}
	case Proposal(f.State):
		f.Run, f.Against, f.First, f.Reason = nil, time.Time{}, time.Time{}, ""
	default:
		f = h.confirm(f)
	}
	f.Pending = h.wait(f)
	return f
}

// decide changes the state.
func (h *hearing) decide(f FacetState, to device.State, reason string) FacetState {
	t, j := &h.tally, h.j
	c := change{facet: t.facet, key: t.key, from: f.State, to: to, first: f.DecidedAt.IsZero()}
	if f.Run != nil {
		c.counted, c.needed = h.counted(f.Run), h.needed(f.Run, to)
	}
	since := f.First
	switch {
	case f.State == device.StateUnknown:
		since = newestFor(t, to, j.at)
	case since.IsZero():
		since = oldestAgainst(t, f.State, j.at)
	}
	h.changes = append(h.changes, c)
	return FacetState{State: to, Since: since, DecidedAt: j.at, Reason: reason, Dispute: f.Dispute}
}

// oldestAgainst is the date of the oldest vote against state, or otherwise the given time.
func oldestAgainst(t *tally, state device.State, otherwise time.Time) time.Time {
	var oldest time.Time
	for i := range t.ballots {
		if v := &t.ballots[i]; v.votes() && against(v.claim.State, state) {
			if oldest.IsZero() || v.claim.ObservedAt.Before(oldest) {
				oldest = v.claim.ObservedAt
			}
		}
	}
	if oldest.IsZero() {
		return otherwise
	}
	return oldest
}

// newestFor is the date of the newest vote for state, or otherwise the given time.
func newestFor(t *tally, state device.State, otherwise time.Time) time.Time {
	var newest time.Time
	for i := range t.ballots {
		if v := &t.ballots[i]; v.votes() && sideOf(v.claim.State) == sideOf(state) && v.claim.ObservedAt.After(newest) {
			newest = v.claim.ObservedAt
		}
	}
	if newest.IsZero() {
		return otherwise
	}
	return newest
}

// against reports whether a claim speaks against a held state: a split does half, and every claim does against
// unknown.
func against(claim, held device.State) bool {
	if held == device.StateUnknown {
		return true
	}
	if sideOf(claim) == sideDown && sideOf(held) == sideDown {
		return claim != held
	}
	return sideOf(claim) != sideOf(held)
}

// deviate remembers the first instant since the proposal last was the state.
func (h *hearing) deviate(f *FacetState) {
	t := &h.tally
	if f.Against.IsZero() {
		f.Against = oldestAgainst(t, f.State, time.Time{})
	}
	if !f.First.IsZero() {
		return
	}
	for i := range t.ballots {
		v := &t.ballots[i]
		if !v.votes() || !v.claim.ArrivedAt.Equal(h.j.at) || !against(v.claim.State, f.State) {
			continue
		}
		if f.First.IsZero() || v.claim.ObservedAt.Before(f.First) {
			f.First = v.claim.ObservedAt
		}
	}
}

func newestUp(ballots []ballot, newest time.Time) time.Time {
	for i := range ballots {
		if v := &ballots[i]; v.votes() && v.claim.State == device.StateUp && v.claim.ObservedAt.After(newest) {
			newest = v.claim.ObservedAt
		}
	}
	return newest
}

// settleQuiet shortens the time for which the device needs no look: votes on both sides shift as they age, votes on
// one side only when they turn stale, and what is under way may go on at every instant.
func (h *hearing) settleQuiet(f FacetState) {
	t, r := &h.tally, &h.j.rules
	if t.proposal != Proposal(f.State) || f.Dispute != nil || f.Run != nil {
		h.quiet = time.Time{}
		return
	}
	keeps := r.StaleAfter
	if t.up > 0 && t.down > 0 {
		keeps = r.FreshFor
	}
	for i := range t.ballots {
		if v := &t.ballots[i]; v.votes() {
			if until := v.claim.ObservedAt.Add(intervals(keeps, v.period())); until.Before(h.quiet) {
				h.quiet = until
			}
		}
	}
}

// keys merges the component keys of all reports and of the state held, in order.
func keys(d *Device, dst []string) []string {
	dst = dst[:0]
	for i := range d.Reports {
		for k := range d.Reports[i].Health {
			dst = append(dst, d.Reports[i].Health[k].Key)
		}
	}
	for i := range d.Components {
		dst = append(dst, d.Components[i].Key)
	}
	slices.SortFunc(dst, strings.Compare)
	return slices.Compact(dst)
}

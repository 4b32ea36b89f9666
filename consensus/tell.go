package consensus

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// note is something to tell of a device once the instant is judged.
type note struct {
	kind           device.EventType
	facet          device.Facet
	key            string
	since          time.Time
	from, to       device.State
	reason         string
	winner         device.State
	behind         device.ID    // what it was unreachable behind
	mute           *device.Mute // of maintenance and acknowledged
	waitsFor       string       // the source that a contested question waits for
	due            time.Time
	counted, needs int

	status  device.Status // before, of verdict.changed
	changes []change      // of verdict.changed
}

func (h *hearing) note(n note) { h.notes = append(h.notes, n) }

// wait is what the facet waits for after this instant. What begins to wait is told, the most important facet only.
func (h *hearing) wait(f FacetState) Proposal {
	t := &h.tally
	var waits Proposal
	switch {
	case f.Run != nil:
		waits = Proposal(f.Run.To)
	case t.proposal == Contested && f.Dispute == nil:
		waits = Contested
	}
	if waits == "" || waits == f.Pending || h.pending != nil {
		return waits
	}
	n := note{kind: device.EventVerdictPending, facet: t.facet, key: t.key, since: f.First, from: f.State}
	if waits == Contested {
		n.waitsFor, n.due = waitingFor(t, f.Against)
	} else {
		n.to, n.counted, n.needs = f.Run.To, h.counted(f.Run), h.needed(f.Run, f.Run.To)
	}
	h.pending = &n
	return waits
}

// report turns the changes of a device into notes: one for its status, or one for each facet that left it as it is.
func (h *hearing) report(was device.Status, d *Device) {
	if d.Status != was {
		h.note(note{kind: device.EventVerdictChanged, status: was, changes: slices.Clone(h.changes)})
	} else {
		for _, c := range h.changes {
			// A part that appears and is well has not changed.
			if c.facet == device.FacetHealth && c.first && c.to == device.StateOK {
				continue
			}
			h.note(note{kind: device.EventFacetChanged, facet: c.facet, key: c.key, from: c.from, to: c.to})
		}
	}
	if h.pending != nil {
		h.note(*h.pending)
	}
}

// tell writes all events of the instant in their order: sources, devices, incidents.
func (j *judge) tell(o *Outcome) {
	slices.SortStableFunc(j.sourceTold, func(a, b device.Event) int { return compare(a.Source, b.Source) })
	o.Events = append(o.Events, j.sourceTold...)
	ids := slices.SortedFunc(maps.Keys(j.notes), j.order)
	for _, id := range ids {
		d := j.device(id)
		var p *picture
		for _, n := range j.notes[id] {
			if p == nil {
				drawn := j.draw(d)
				p = &drawn
			}
			e := j.event(id, d, p, &n)
			if n.kind == device.EventVerdictChanged {
				v := j.verdict(id, d, p, &n, &e)
				e.Text = headline(&v)
				o.Verdicts = append(o.Verdicts, VerdictOf{Event: len(o.Events), Verdict: v})
			}
			o.Events = append(o.Events, e)
		}
	}
	o.Events = append(o.Events, j.groupTold...)
}

// event is what is told of a note.
func (j *judge) event(id device.ID, d *Device, p *picture, n *note) device.Event {
	e := device.Event{
		Type: n.kind, At: j.at, Since: n.since, Device: &device.Name{ID: id, Name: d.Name}, Facet: n.facet,
		Component: n.key, From: string(n.from), To: string(n.to), Reason: n.reason, Winner: string(n.winner),
	}
	if o := d.Overlays(); len(o) > 0 {
		e.Overlays = o
	}
	switch n.kind {
	case device.EventVerdictChanged:
		e.From, e.To = string(n.status), string(d.Status)
		e.Since, e.Standing, e.Reason = p.since.Since, p.standing, p.since.Reason
		if c := decisive(d, n.changes); c != nil {
			e.Since = j.held(d, c.facet, c.key).Since
		}
		e.Votes = telling(p.votes)
		if d.Because != "" {
			because := j.name(d.Because)
			e.Because = &because
		}
	case device.EventVerdictPending:
		e.From, e.Standing = string(d.Status), p.standing
		e.To = string(prospect(d, n))
		e.Reason, e.Text = pendingText(d.Name, n)
		e.Votes = telling(p.votes)
	case device.EventFacetChanged:
		f := j.held(d, n.facet, n.key)
		e.Since, e.Reason = f.Since, f.Reason
		e.Standing = standingOf(p.tallies, n.facet, n.key)
		e.Votes = votesOn(p.votes, n.facet, n.key)
		e.Text = facetText(d.Name, n, f.Reason)
	case device.EventDisputeOpened, device.EventDisputeClosed:
		e.Standing = standingOf(p.tallies, n.facet, n.key)
		e.Votes = votesOn(p.votes, n.facet, n.key)
		e.Text = disputeText(d.Name, n, e.Votes)
	case device.EventFlappingStart, device.EventMaintenanceStarted, device.EventAcknowledged:
		e.To, e.Standing, e.Since = string(d.Status), p.standing, p.since.Since
		e.Facet = ""
		if n.mute != nil {
			e.Until = n.mute.Until
		}
		e.Text = overlayText(d, n)
	case device.EventFlappingEnd, device.EventMaintenanceEnded, device.EventAcknowledgedEnded, device.EventUnreachableEnded:
		// The present truth is told as if it had just changed.
		e.To, e.Standing, e.Since = string(d.Status), p.standing, p.since.Since
		e.Facet = ""
		e.Votes = telling(p.votes)
		if d.Because != "" {
			because := j.name(d.Because)
			e.Because = &because
		}
		if n.kind == device.EventUnreachableEnded {
			behind := j.name(n.behind)
			e.Because, e.NotifyAt = &behind, j.at.Add(j.rules.GroupWait)
			e.Text = fmt.Sprintf("%s is still down, and no longer because of %s", d.Name, behind.Name)
			return e
		}
		e.Text = overlayText(d, n)
	}
	return e
}

// held is the state of a facet or component; of a component that is gone, unknown since now.
func (j *judge) held(d *Device, facet device.Facet, key string) FacetState {
	if facet != device.FacetHealth {
		return *d.facet(facet)
	}
	if i, ok := findComponent(d.Components, key); ok {
		return d.Components[i].FacetState
	}
	return FacetState{State: device.StateUnknown, Since: j.at, Reason: reasonAbstained}
}

// decisive is the change that changed the status: the one of the deciding facet, or else the first that did.
func decisive(d *Device, changes []change) *change {
	if len(changes) == 0 {
		return nil
	}
	decides := deciding(d)
	for i := range changes {
		if changes[i].facet == decides {
			return &changes[i]
		}
	}
	return &changes[0]
}

// prospect is the status that a device would have if what waits came true; empty where that is open.
func prospect(d *Device, n *note) device.Status {
	if n.to == "" {
		return ""
	}
	w := *d
	switch n.facet {
	case device.FacetHealth:
		w.Components = slices.Clone(d.Components)
		if i, ok := findComponent(w.Components, n.key); ok {
			w.Components[i].State = n.to
		}
	default:
		w.facet(n.facet).State = n.to
	}
	return statusOf(&w)
}

// verdict is the full record of a change of status.
func (j *judge) verdict(id device.ID, d *Device, p *picture, n *note, e *device.Event) device.Verdict {
	v := device.Verdict{
		Device: device.Name{ID: id, Name: d.Name}, From: n.status, To: d.Status, Since: e.Since, DecidedAt: j.at,
		Standing: p.standing, Reason: e.Reason, RedundancyLost: p.redundancyLost, Overlays: d.Overlays(),
		Witnesses: p.witnesses, Tallies: slices.Clone(p.tallies), Votes: p.votes, ConfigHash: j.cfg.Hash,
	}
	if d.Because != "" {
		v.Because = j.name(d.Because).Name
	}
	for _, c := range n.changes {
		for i := range v.Tallies {
			if t := &v.Tallies[i]; t.Facet == c.facet && t.Component == c.key {
				t.Counted, t.Needed = c.counted, c.needed
			}
		}
	}
	return v
}

// telling are the votes that go out with an event: all on reach and mgmt, and those on components that someone finds
// not ok. The record behind it holds them all.
func telling(votes []device.Vote) []device.Vote {
	ill := map[string]bool{}
	for i := range votes {
		if v := &votes[i]; v.Facet == device.FacetHealth && severity(v.State) > 0 {
			ill[v.Component] = true
		}
	}
	out := []device.Vote{}
	for _, v := range votes {
		if v.Facet != device.FacetHealth || ill[v.Component] {
			out = append(out, v)
		}
	}
	return out
}

func votesOn(votes []device.Vote, facet device.Facet, key string) []device.Vote {
	out := []device.Vote{}
	for _, v := range votes {
		if v.Facet == facet && v.Component == key {
			out = append(out, v)
		}
	}
	return out
}

func standingOf(tallies []device.Tally, facet device.Facet, key string) device.Standing {
	for i := range tallies {
		if tallies[i].Facet == facet && tallies[i].Component == key {
			return tallies[i].Standing
		}
	}
	return device.StandingNone
}

package consensus

import (
	"fmt"
	"time"

	"github.com/quorate/quorate/device"
)

// Acting reports whether a change to a device may rest on its facet being in state, and why not. Acting needs more
// than telling: a strict majority of the enrolled witnesses, two of them where there are two, nothing contested, no
// suspect source among the voters, and only claims newer than since, the time of the change that they verify (zero
// for a precondition).
func Acting(cfg *Config, s *State, id device.ID, facet device.Facet, state device.State, since, at time.Time) (bool, string) {
	d, ok := s.Devices[id]
	if !ok {
		return false, "the device is not known"
	}
	if facet != device.FacetReach && facet != device.FacetMgmt {
		return false, fmt.Sprintf("nothing may rest on the facet %q", string(facet))
	}
	b := s.bench(cfg, at)
	m := b.terms(d.Name)
	var t tally
	for _, f := range []device.Facet{device.FacetReach, device.FacetMgmt} {
		if b.ask(d, f, &t, &m); t.proposal == Contested || d.facet(f).Dispute != nil {
			return false, fmt.Sprintf("%s is contested", f)
		}
	}
	for i := range d.Components {
		b.askHealth(d, d.Components[i].Key, &t, &m)
		if t.proposal == Contested || d.Components[i].Dispute != nil {
			return false, d.Components[i].Key + " is contested"
		}
	}
	if held := d.facet(facet).State; held != state {
		return false, fmt.Sprintf("%s is held %s", facet, held)
	}
	b.ask(d, facet, &t, &m)
	for i := range t.ballots {
		v := &t.ballots[i]
		switch {
		case v.votes() && !since.IsZero() && !v.claim.ObservedAt.After(since):
			v.abstain, v.own = device.AbstainStale, 0 // it speaks of what was before
		case v.votes() && (v.seat.mass || v.seat.short):
			return false, v.seat.name + " is suspect"
		}
	}
	b.count(&t)
	n := t.witnessesFor(state)
	switch {
	case Proposal(state) != t.proposal:
		return false, fmt.Sprintf("the votes say %s", t.proposal)
	case 2*n <= t.enrolled:
		return false, fmt.Sprintf("%d of %d witnesses are no majority", n, t.enrolled)
	case t.enrolled >= 2 && n < 2:
		return false, "one witness is not enough"
	}
	return true, ""
}

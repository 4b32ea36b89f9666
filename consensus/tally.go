package consensus

import (
	"github.com/quorate/quorate/device"
)

// tolerance absorbs the rounding of sums of weights.
const tolerance = 1e-9

// Proposal is what the votes alone say: a state, or contested.
type Proposal string

// Contested is the proposal where neither side carries the vote.
const Contested Proposal = "contested"

const proposalUnknown = Proposal(device.StateUnknown)

// The reasons of unknown that are not abstentions.
const (
	reasonAbstained = "abstained"
	reasonNeverSeen = "never_seen"
	reasonNoQuorum  = "no_quorum"
	reasonDisputed  = "disputed"
)

// tally is how the votes on one question stand at one instant.
type tally struct {
	facet device.Facet
	key   string // of the component, for health

	ballots   []ballot  // valid until the next tally of the same bench
	witnesses []witness // the domains that vote
	up, down  float64
	share     float64
	enrolled  int
	quorum    int

	proposal Proposal
	reason   string // where the proposal is unknown
}

func (t *tally) voters() int { return len(t.witnesses) }

// good is the state of this facet that needs no worry.
func (t *tally) good() device.State { return good(t.facet) }

func good(f device.Facet) device.State {
	if f == device.FacetHealth {
		return device.StateOK
	}
	return device.StateUp
}

// count applies the rule to the ballots cast.
func (b *bench) count(t *tally) {
	t.witnesses = share(t.ballots, t.witnesses[:0])
	t.up, t.down, t.share, t.reason = 0, 0, 0, ""
	for i := range t.ballots {
		v := &t.ballots[i]
		if !v.votes() {
			continue
		}
		switch sideOf(v.claim.State) {
		case sideUp:
			t.up += v.weight
		case sideDown:
			t.down += v.weight
		default:
			t.up += v.weight / 2
			t.down += v.weight / 2
		}
	}
	sum := t.up + t.down
	if sum <= tolerance {
		t.proposal, t.reason = proposalUnknown, silence(t)
		return
	}
	t.share = t.down / sum
	switch {
	case t.voters() < t.quorum:
		t.proposal, t.reason = proposalUnknown, reasonNoQuorum
	case t.facet == device.FacetHealth && t.voters() == 1:
		t.proposal = Proposal(worst(t.ballots)) // one witness: its worst word wins
	case t.share >= b.rules.DownAt-tolerance:
		t.proposal = Proposal(device.StateDown)
		if t.facet == device.FacetHealth {
			t.proposal = Proposal(worst(t.ballots))
		}
	case t.share <= b.rules.UpAt+tolerance:
		t.proposal = Proposal(t.good())
	default:
		t.proposal = Contested
	}
}

// silence is why nobody votes: the first that applies of a suspect source, a lost network, age, and abstention.
func silence(t *tally) string {
	if len(t.ballots) == 0 && t.enrolled == 0 {
		return reasonNeverSeen
	}
	for _, a := range []device.Abstention{device.AbstainSourceSuspect, device.AbstainSourceBlind, device.AbstainStale} {
		for i := range t.ballots {
			if t.ballots[i].abstain == a {
				return string(a)
			}
		}
	}
	return reasonAbstained
}

// worst is the worst state that any vote claims of a component.
func worst(ballots []ballot) device.State {
	state := device.StateOK
	for i := range ballots {
		if v := &ballots[i]; v.votes() && severity(v.claim.State) > severity(state) {
			state = v.claim.State
		}
	}
	return state
}

func severity(s device.State) int {
	switch s {
	case device.StateCritical, device.StateDown:
		return 2
	case device.StateWarning:
		return 1
	}
	return 0
}

// standing says on how many witnesses state stands.
func (t *tally) standing(state device.State) device.Standing {
	if t.proposal == Contested {
		return device.StandingDisputed
	}
	switch n := t.witnessesFor(state); {
	case n >= 2:
		return device.StandingConfirmed
	case n == 1:
		return device.StandingSingle
	}
	return device.StandingNone
}

// witnessesFor counts the domains that witness for state.
func (t *tally) witnessesFor(state device.State) int {
	if state == device.StateUnknown {
		return 0
	}
	n := 0
	for i := range t.witnesses {
		w := &t.witnesses[i]
		s := w.side()
		if t.facet == device.FacetHealth && len(t.witnesses) == 1 && w.down {
			s = sideDown
		}
		if s == sideOf(state) && s != sideSplit {
			n++
		}
	}
	return n
}

// ask gathers and counts the votes on reach or mgmt of d.
func (b *bench) ask(d *Device, facet device.Facet, t *tally, m *terms) {
	t.facet, t.key, t.quorum = facet, "", m.quorum
	t.ballots = b.ballots[:0]
	t.enrolled = b.enrolled(d, facet)
	for i := range d.Reports {
		r := &d.Reports[i]
		c := &r.Reach
		if facet == device.FacetMgmt {
			c = &r.Mgmt
		}
		if c.State == "" {
			// An abstention answers what the source was ever asked; reach, if it never said anything.
			if r.Enrolled&facetBit(facet) == 0 && (facet != device.FacetReach || r.Enrolled != 0) {
				continue
			}
			c = nil
		}
		if v, ok := b.cast(r, c, m); ok {
			t.ballots = append(t.ballots, v)
		}
	}
	b.ballots = t.ballots
	b.count(t)
}

// enrolled is N: the fault domains with a configured source that ever claimed this facet.
func (b *bench) enrolled(d *Device, facet device.Facet) int {
	bit := facetBit(facet)
	n := 0
reports:
	for i := range d.Reports {
		s := b.seat(d.Reports[i].Source)
		if s == nil || d.Reports[i].Enrolled&bit == 0 {
			continue
		}
		for k := range i {
			if o := b.seat(d.Reports[k].Source); o != nil && o.domain == s.domain && d.Reports[k].Enrolled&bit != 0 {
				continue reports
			}
		}
		n++
	}
	return n
}

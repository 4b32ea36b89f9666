package consensus

import (
	"github.com/quorate/quorate/device"
)

// vote is a ballot in the form that is recorded.
func (v *ballot) vote(facet device.Facet, key string) device.Vote {
	o := device.Vote{
		Source: v.report.Source, Ref: v.report.Ref, Facet: facet, Component: key, Age: device.Duration(v.age),
		ObservedAt: v.report.Newest, Domain: v.seat.domain, Abstain: v.abstain, Weight: v.weight, Freshness: v.fresh,
	}
	if v.claim != nil && !v.abstain.BySource() {
		o.State, o.Confidence, o.ObservedAt, o.Raw = v.claim.State, v.claim.Confidence, v.claim.ObservedAt, v.claim.Raw
	}
	return o
}

// record is how one question stands, in the form that is recorded.
func (t *tally) record(f *FacetState, confirm int) device.Tally {
	o := device.Tally{
		Facet: t.facet, Component: t.key, State: f.State, Proposal: string(t.proposal), Up: t.up, Down: t.down,
		Share: t.share, Enrolled: t.enrolled, Voters: t.voters(), Quorum: t.quorum,
		Standing: t.standing(f.State), Reason: f.Reason, Since: f.Since,
	}
	if f.Run != nil {
		for _, c := range f.Run.Counts {
			o.Counted += c.N
		}
		o.Needed = needed(f.Run, t, confirm, f.Run.To)
	}
	return o
}

// picture is a device as it stands at one instant, with every vote.
type picture struct {
	tallies        []device.Tally
	votes          []device.Vote
	standing       device.Standing
	since          *FacetState // of the deciding facet
	witnesses      device.Witnesses
	redundancyLost bool
}

// draw asks every question about d once more and keeps all that was said.
func (b *bench) draw(d *Device) picture {
	p := picture{tallies: []device.Tally{}, votes: []device.Vote{}}
	decides := deciding(d)
	p.since = d.facet(decides)
	m := b.terms(d.Name)
	var t tally
	keep := func(f *FacetState) {
		for i := range t.ballots {
			p.votes = append(p.votes, t.ballots[i].vote(t.facet, t.key))
		}
		p.tallies = append(p.tallies, t.record(f, m.confirm))
	}
	for _, facet := range []device.Facet{device.FacetReach, device.FacetMgmt} {
		b.ask(d, facet, &t, &m)
		f := d.facet(facet)
		if facet == device.FacetReach {
			p.redundancyLost = t.enrolled >= 2 && t.voters() == 1
		}
		if facet == decides {
			p.standing = t.standing(f.State)
			p.witnesses = device.Witnesses{Enrolled: t.enrolled, Voting: t.voters()}
		}
		if facet == device.FacetReach || t.enrolled > 0 || f.State != device.StateUnknown {
			keep(f)
		}
	}
	for _, key := range keys(d, nil) {
		if i, ok := findComponent(d.Components, key); ok {
			b.askHealth(d, key, &t, &m)
			keep(&d.Components[i].FacetState)
		}
	}
	return p
}

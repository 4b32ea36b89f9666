package consensus

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// Disputes lists the questions on which the votes are contested at the given time, those that may only wait for a
// source's next look among them, by device, facet and component.
func Disputes(cfg *Config, s *State, at time.Time) []device.Dispute {
	b := s.bench(cfg, at)
	out := []device.Dispute{}
	for id, d := range s.Devices {
		m := b.terms(d.Name)
		name := device.Name{ID: id, Name: d.Name}
		var t tally
		for _, f := range []device.Facet{device.FacetReach, device.FacetMgmt} {
			if contested(d.facet(f)) {
				b.ask(d, f, &t, &m)
				out = append(out, b.contention(name, d.facet(f), &t, &m))
			}
		}
		for i := range d.Components {
			if c := &d.Components[i]; contested(&c.FacetState) {
				b.askHealth(d, c.Key, &t, &m)
				out = append(out, b.contention(name, &c.FacetState, &t, &m))
			}
		}
	}
	slices.SortFunc(out, func(x, y device.Dispute) int {
		return cmp.Or(device.CompareNames(x.Device.Name, y.Device.Name), compare(x.Device.ID, y.Device.ID),
			cmp.Compare(rankOf(x.Facet), rankOf(y.Facet)), compare(x.Component, y.Component))
	})
	return out
}

func contested(f *FacetState) bool { return f.Dispute != nil || f.Pending == Contested }

// rankOf is the order in which facets are told of.
func rankOf(f device.Facet) int {
	return slices.Index([]device.Facet{device.FacetReach, device.FacetMgmt, device.FacetHealth}, f)
}

func (b *bench) contention(name device.Name, f *FacetState, t *tally, m *terms) device.Dispute {
	o := device.Dispute{
		Device: name, Facet: t.facet, Component: t.key, Held: f.State, Since: f.Against, Up: t.up, Down: t.down, Votes: []device.Vote{},
	}
	for i := range t.ballots {
		o.Votes = append(o.Votes, t.ballots[i].vote(t.facet, t.key))
	}
	n := note{kind: device.EventDisputeOpened, facet: t.facet, key: t.key}
	o.Text = disputeText(name.Name, &n, o.Votes)
	if f.Dispute == nil {
		if o.WaitingFor, o.Due = waitingFor(t, f.Against); o.WaitingFor != "" {
			o.Text += fmt.Sprintf("; waiting for %s to look again, due %s", o.WaitingFor, o.Due.UTC().Format(time.TimeOnly))
		}
		return o
	}
	o.OpenedAt, o.EndsAt, o.Then = f.Dispute.OpenedAt, f.Dispute.OpenedAt.Add(m.disputeTimeout), m.onDispute
	if !b.at.Before(o.EndsAt) {
		o.EndsAt = time.Time{} // it has ended so and stays open
	}
	return o
}

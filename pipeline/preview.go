package pipeline

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// Preview is what orders would change if they were given now. Nothing of it is kept.
type Preview struct {
	// Events are those that would be recorded, without Seq and ID.
	Events []device.Event `json:"events"`
	// Before and After are the devices concerned, with bindings, votes and witnesses, by name. One that is taken in or
	// forgotten is not in After, one that is made or comes back not in Before.
	Before []device.Current `json:"before"`
	After  []device.Current `json:"after"`
	// Incidents are the open ones that would be other than they are.
	Incidents []IncidentChange `json:"incidents"`
	// Notes are what a person should know before.
	Notes []string `json:"notes"`
}

// IncidentChange is an open incident before and after; nil where there is none.
type IncidentChange struct {
	Before *device.Incident `json:"before"`
	After  *device.Incident `json:"after"`
}

// Preview works out what orders would change, and changes nothing. It runs the same stages as Order, between two
// commits. Orders that could not be carried out are a *Refused error.
func (p *Pipeline) Preview(ctx context.Context, o Orders) (Preview, error) {
	var out Preview
	if err := p.batcher.submit(ctx, submitted{orders: &o, preview: &out}); err != nil {
		return Preview{}, err
	}
	return out, nil
}

// preview runs the stages on orders without committing what they do.
func (c *committer) preview(at time.Time, it *submitted) error {
	if !at.After(c.view.lastAt) {
		at = c.view.lastAt.Add(time.Microsecond)
	}
	in := newInstant(at, false, []submitted{*it}, c.view.cfg, c.mem)
	err := runStages(c.stages, c.view, in)
	if in.refused != nil {
		return &Refused{in.refused}
	}
	if err != nil {
		c.logPanic(err)
		return &Refused{err}
	}
	*it.preview = compare(c.view, in)
	return nil
}

// compare lays the last commit beside what in would make of it.
func compare(v *View, in *instant) Preview {
	after := v.with(in)
	p := Preview{Events: in.record.Events, Before: []device.Current{}, After: []device.Current{}, Notes: []string{}}
	p.Notes = append(p.Notes, in.who.Notes...)
	for i := range p.Events {
		p.Events[i].Seq, p.Events[i].ID = 0, ""
	}
	ids := map[device.ID]bool{}
	for id := range in.who.Devices {
		ids[id] = true
	}
	for ref, b := range in.who.Bindings {
		ids[b.Device] = true
		if old := v.identity.Bindings[ref]; old != nil {
			ids[old.Device] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if v.consensus.Devices[id] != nil {
			p.Before = append(p.Before, v.current(id, in.at))
		}
		if after.consensus.Devices[id] != nil {
			p.After = append(p.After, after.current(id, in.at))
		}
	}
	device.SortByName(p.Before)
	device.SortByName(p.After)
	p.Incidents = changedIncidents(consensus.Incidents(v.consensus), consensus.Incidents(after.consensus))
	return p
}

// with is the View as it would be after in, on maps of its own.
func (v *View) with(in *instant) *View {
	who := identity.NewState()
	maps.Copy(who.Devices, v.identity.Devices)
	maps.Copy(who.Bindings, v.identity.Bindings)
	who.Use(&v.cfg.Identity)
	who.Apply(in.who)
	truth := consensus.NewState()
	maps.Copy(truth.Devices, v.consensus.Devices)
	maps.Copy(truth.Sources, v.consensus.Sources)
	truth.Global = v.consensus.Global
	truth.Apply(in.truth)
	return &View{cfg: v.cfg, identity: who, consensus: truth, lastAt: in.at}
}

func changedIncidents(before, after []device.Incident) []IncidentChange {
	out := []IncidentChange{}
	find := func(list []device.Incident, id string) *device.Incident {
		if i := slices.IndexFunc(list, func(in device.Incident) bool { return in.ID == id }); i >= 0 {
			return &list[i]
		}
		return nil
	}
	for i := range before {
		x, y := &before[i], find(after, before[i].ID)
		if y == nil || x.Root != y.Root || !slices.Equal(x.Devices, y.Devices) {
			out = append(out, IncidentChange{x, y})
		}
	}
	for i := range after {
		if find(before, after[i].ID) == nil {
			out = append(out, IncidentChange{nil, &after[i]})
		}
	}
	return out
}

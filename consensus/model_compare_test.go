package consensus

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
)

// instant is one instant by the model, after the package has judged it: believed are its sources then. It returns the
// verdicts, changes of facets and disputes to be told, and what is late.
func (m *model) instant(in Instant, believed map[string]*SourceState) (told []string, late []device.SourceRef) {
	m.at = in.At
	m.doubted = func(name string) (mass, short, lost bool) {
		s := believed[name]
		return s.Mass != nil && s.Mass.Suspect, s.Short > 0, s.Lost
	}
	m.people(in.Devices)
	for _, sn := range in.Snapshots {
		late = append(late, m.hear(sn)...)
	}
	hold := m.restart(in)
	for id, d := range m.devices {
		before := map[query]device.State{}
		was := d.status
		for _, q := range m.questions(id) {
			f := d.asked[q]
			if f == nil {
				f = &modelQuestion{state: device.StateUnknown}
				d.asked[q] = f
			}
			before[q] = f.state
			first := f.decided.IsZero()
			for _, what := range m.judge(id, q, f, hold) {
				told = append(told, strings.TrimSpace(fmt.Sprintf("%s %s/%s %s", d.name, q.facet, q.component, what)))
			}
			partAppears := q.facet == device.FacetHealth && first && f.state == device.StateOK
			if f.state != before[q] && !partAppears {
				defer func() {
					if d.status == was {
						told = append(told, fmt.Sprintf("%s %s/%s facet.changed %s->%s", d.name, q.facet, q.component, before[q], f.state))
					}
				}()
			}
			if q.facet == device.FacetHealth && f.state == device.StateUnknown && !m.claimed(id, q) {
				delete(d.asked, q)
			}
		}
		if d.status = d.derived(); d.status != was {
			told = append(told, fmt.Sprintf("%s verdict.changed %s->%s", d.name, was, d.status))
		}
	}
	return told, late
}

// questions are what is to be asked of a device: components while one is claimed or something is held of it.
func (m *model) questions(id device.ID) []query {
	qs := map[query]bool{askReach: true, askMgmt: true}
	for _, r := range m.refs {
		if r.device == id {
			for q := range r.said {
				qs[q] = true
			}
		}
	}
	for q := range m.devices[id].asked {
		qs[q] = true
	}
	return slices.SortedFunc(maps.Keys(qs), func(a, b query) int {
		return strings.Compare(string(a.facet)+a.component, string(b.facet)+b.component)
	})
}

func (m *model) claimed(id device.ID, q query) bool {
	for _, r := range m.refs {
		if _, says := r.said[q]; says && r.device == id {
			return true
		}
	}
	return false
}

// derived is the status of section 4.
func (d *modelDevice) derived() device.Status {
	switch d.asked[askReach].state {
	case device.StateDown:
		return device.StatusDown
	case device.StateUp:
		for _, f := range d.asked {
			if bad(f.state) {
				return device.StatusDegraded
			}
		}
		return device.StatusUp
	}
	return device.StatusUnknown
}

// TestModel holds the package to the specification written a second time: verdicts, shares, counts, dates and disputes
// of random labs are the same, question by question and instant by instant.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawStory(t, "impatience", "undoes", "hands over") // what identity takes back is proven there
		l, m := s.lab(), newModel(s.cfg)
		for in := range s.tell() {
			l.at = in.At
			o := Judge(l.cfg, l.state, in)
			l.state.Apply(o)
			// The order of what one source says twice at one instant is the package's own choice.
			slices.SortStableFunc(in.Snapshots, func(a, b Snapshot) int { return strings.Compare(fingerprint(&a), fingerprint(&b)) })
			told, late := m.instant(in, l.believed())
			want := map[device.SourceRef]bool{}
			for _, ref := range late {
				want[ref] = true
			}
			if d := cmp.Diff(want, o.Late, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s: late (-model +got):\n%s", l.clock(), d)
			}
			if d := cmp.Diff(told, verdictsTold(o.Events), sorted, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s: told (-model +got):\n%s", l.clock(), d)
			}
			for _, id := range slices.Sorted(maps.Keys(l.state.Devices)) {
				m.compare(l, id)
			}
			if len(m.devices) != len(l.state.Devices) {
				t.Fatalf("%s: %d devices, the model has %d", l.clock(), len(l.state.Devices), len(m.devices))
			}
			if t.Failed() {
				t.FailNow()
			}
		}
	})
}

var sorted = cmpopts.SortSlices(func(a, b string) bool { return a < b })

func (l *lab) believed() map[string]*SourceState {
	st := map[string]*SourceState{}
	for name := range l.cfg.Sources {
		st[name] = &SourceState{}
		if s := l.state.Sources[name]; s != nil {
			st[name] = s
		}
	}
	return st
}

func verdictsTold(events []device.Event) []string {
	var told []string
	for _, e := range events {
		q := ""
		if e.Facet != "" {
			q = fmt.Sprintf(" %s/%s", e.Facet, e.Component)
		}
		switch e.Type {
		case device.EventVerdictChanged, device.EventFacetChanged:
			told = append(told, fmt.Sprintf("%s%s %s %s->%s", e.Device.Name, q, e.Type, e.From, e.To))
		case device.EventDisputeOpened:
			told = append(told, fmt.Sprintf("%s%s %s %s", e.Device.Name, q, e.Type, e.From))
		case device.EventDisputeClosed:
			told = append(told, strings.TrimSpace(fmt.Sprintf("%s%s %s %s", e.Device.Name, q, e.Type, e.Winner)))
		}
	}
	return told
}

// compare looks at all that is held of a device, and at every tally as it is shown.
func (m *model) compare(l *lab, id device.ID) {
	l.t.Helper()
	d, md := l.state.Devices[id], m.devices[id]
	if md == nil || md.name != d.Name || md.status != d.Status {
		l.t.Fatalf("%s: %s %s is %s, the model has %+v", l.clock(), id, d.Name, d.Status, md)
	}
	c := Describe(l.cfg, l.state, id, l.at)
	shown := map[query]device.Tally{}
	for _, t := range c.Tallies {
		shown[query{t.Facet, t.Component}] = t
	}
	held := map[query]FacetState{askReach: d.Reach, askMgmt: d.Mgmt}
	for _, p := range d.Components {
		held[query{device.FacetHealth, p.Key}] = p.FacetState
	}
	if len(held) != len(md.asked) {
		l.t.Fatalf("%s: %s has %d questions, the model %d", l.clock(), d.Name, len(held), len(md.asked))
	}
	for q, f := range md.asked {
		got, ok := held[q]
		if !ok {
			l.t.Fatalf("%s: %s has no %v", l.clock(), d.Name, q)
		}
		want := f.held(m, id, q)
		if diff := cmp.Diff(want, gotten(got, shown[q]), approx); diff != "" {
			l.t.Errorf("%s: %s %v (-model +got):\n%s", l.clock(), d.Name, q, diff)
		}
	}
	reach := m.tally(id, askReach)
	if lost := reach.enrolled >= 2 && len(reach.domains()) == 1; lost != c.RedundancyLost {
		l.t.Errorf("%s: %s redundancy_lost %v, the model says %v", l.clock(), d.Name, c.RedundancyLost, lost)
	}
}

var approx = cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })

// standsOn is a question in the words of both.
type standsOn struct {
	State           device.State
	Since, Decided  time.Time
	Dispute         time.Time
	Reason          string // of unknown
	Proposal        string
	Up, Down, Share float64
	Enrolled        int
	Voters          int
	Standing        device.Standing
	Run             device.State
	Counts          map[string]int
	Needed          int
	Pending         string
}

func (f *modelQuestion) held(m *model, id device.ID, q query) standsOn {
	t := m.tally(id, q)
	o := standsOn{
		State: f.state, Since: f.since, Decided: f.decided, Dispute: f.dispute, Run: f.run, Counts: f.counts,
	}
	if f.state == device.StateUnknown && (t.proposal == "unknown" || !f.dispute.IsZero()) {
		o.Reason = f.reason
	}
	switch {
	case f.run != "":
		o.Pending = string(f.run)
		o.Needed = f.needs(&t, f.run, number(m.rule(m.devices[id].name).Confirm, m.rules.Confirm))
	case t.proposal == "contested" && f.dispute.IsZero():
		o.Pending = "contested"
	}
	if q != askMgmt || t.enrolled > 0 || f.state != device.StateUnknown {
		o.Proposal, o.Up, o.Down, o.Share = t.proposal, t.up, t.down, t.share
		o.Enrolled, o.Voters, o.Standing = t.enrolled, len(t.domains()), t.standing(q, f.state)
	}
	return o
}

func gotten(f FacetState, t device.Tally) standsOn {
	o := standsOn{
		State: f.State, Since: f.Since, Decided: f.DecidedAt, Proposal: t.Proposal, Up: t.Up, Down: t.Down, Share: t.Share,
		Enrolled: t.Enrolled, Voters: t.Voters, Standing: t.Standing, Needed: t.Needed, Pending: string(f.Pending),
	}
	if f.Dispute != nil {
		o.Dispute = f.Dispute.OpenedAt
	}
	if f.State == device.StateUnknown && (t.Proposal == "unknown" || t.Proposal == "" || f.Dispute != nil) {
		o.Reason = f.Reason
	}
	if f.Run != nil {
		o.Run, o.Counts = f.Run.To, map[string]int{}
		for _, c := range f.Run.Counts {
			o.Counts[c.Domain] = c.N
		}
	}
	return o
}

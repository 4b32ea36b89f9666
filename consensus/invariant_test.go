package consensus

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
)

// play tells stories, and looks at the lab after each instant; before is what was held of the devices before it.
func play(t *testing.T, but []string, look func(l *lab, in Instant, o *Outcome, before map[device.ID]*Device)) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		s := drawStory(t, but...)
		l := s.lab()
		for in := range s.tell() {
			l.at = in.At
			before := maps.Clone(l.state.Devices)
			o := Judge(l.cfg, l.state, in)
			l.state.Apply(o)
			look(l, in, &o, before)
		}
	})
}

// Nothing turns down, and no part turns bad, by the word of those alone who do not see: behind it stands a claim that
// says so, is not stale, does not abstain, and is of a source that is neither suspect nor without its own network.
func TestStoryDownNeedsASoundVoice(t *testing.T) {
	play(t, nil, func(l *lab, _ Instant, _ *Outcome, before map[device.ID]*Device) {
		for id, d := range l.state.Devices {
			old := before[id]
			if old == nil {
				old = newDevice("")
			}
			// The owner may have disputes end in down.
			rule := l.cfg.Defaults.orDefaults().OnDispute
			if own := l.cfg.Overrides[d.Name].OnDispute; own != nil {
				rule = *own
			}
			turned := func(was, is *FacetState) bool {
				return bad(is.State) && !bad(was.State) && is.DecidedAt.Equal(l.at) && (rule != device.StateDown || is.Dispute == nil)
			}
			if turned(&old.Reach, &d.Reach) && !l.soundly(d, func(r *Report) *Claim { return &r.Reach }) {
				l.t.Fatalf("%s: %s is down, and nobody sound says so", l.clock(), d.Name)
			}
			if turned(&old.Mgmt, &d.Mgmt) && !l.soundly(d, func(r *Report) *Claim { return &r.Mgmt }) {
				l.t.Fatalf("%s: the agent of %s is down, and nobody sound says so", l.clock(), d.Name)
			}
			for _, c := range d.Components {
				var was FacetState
				if i := slices.IndexFunc(old.Components, func(o Component) bool { return o.Key == c.Key }); i >= 0 {
					was = old.Components[i].FacetState
				}
				part := func(r *Report) *Claim {
					if i := slices.IndexFunc(r.Health, func(h Claim) bool { return h.Key == c.Key }); i >= 0 {
						return &r.Health[i]
					}
					return &Claim{}
				}
				if turned(&was, &c.FacetState) && !l.soundly(d, part) {
					l.t.Fatalf("%s: %s of %s is %s, and nobody sound says so", l.clock(), c.Key, d.Name, c.State)
				}
			}
		}
	})
}

// soundly reports whether any source that can be believed now says something bad, freshly.
func (l *lab) soundly(d *Device, of func(*Report) *Claim) bool {
	for i := range d.Reports {
		r := &d.Reports[i]
		src, configured := l.cfg.Sources[r.Source]
		st := l.state.Sources[r.Source]
		c := of(r)
		if !configured || r.Abstain != "" || r.Weak || r.Held || !bad(c.State) || l.at.Sub(c.ObservedAt) > 4*(src.Interval+c.Interval) {
			continue
		}
		if st.Mass != nil && st.Mass.Suspect || c.State == device.StateDown && (st.Short > 0 || st.Lost) {
			continue
		}
		return true
	}
	return false
}

// What is shown is what is held: nothing is up or down that is not known to be, redundancy is lost where one of several
// witnesses votes, dates are in order, and a run that has what it needs is decided.
func TestStoryShown(t *testing.T) {
	play(t, nil, func(l *lab, in Instant, _ *Outcome, before map[device.ID]*Device) {
		waits := len(l.state.Global.Waiting) > 0
		for id, d := range l.state.Devices {
			c := Describe(l.cfg, l.state, id, l.at)
			shown := map[device.Status]device.State{
				device.StatusUp: device.StateUp, device.StatusDegraded: device.StateUp, device.StatusDown: device.StateDown,
				device.StatusUnknown: device.StateUnknown,
			}
			if shown[c.Status] != d.Reach.State {
				l.t.Fatalf("%s: %s is shown %s, and whether it answers is %s", l.clock(), d.Name, c.Status, d.Reach.State)
			}
			if c.Status == device.StatusUnknown && c.Standing != device.StandingNone && c.Standing != device.StandingDisputed {
				l.t.Fatalf("%s: %s is unknown and %s", l.clock(), d.Name, c.Standing)
			}
			for i := range c.Tallies {
				t := &c.Tallies[i]
				if t.Voters > t.Enrolled || t.Standing == device.StandingConfirmed && t.Voters < 2 {
					l.t.Fatalf("%s: %s: %d of %d vote, and it is %s", l.clock(), d.Name, t.Voters, t.Enrolled, t.Standing)
				}
				if t.Facet == device.FacetReach && c.RedundancyLost != (t.Enrolled >= 2 && t.Voters == 1) {
					l.t.Fatalf("%s: %s: %d of %d vote, redundancy lost: %v", l.clock(), d.Name, t.Voters, t.Enrolled, c.RedundancyLost)
				}
				if t.Needed > 0 && t.Counted >= t.Needed && !waits {
					l.t.Fatalf("%s: %s has %d of %d measurements and waits", l.clock(), d.Name, t.Counted, t.Needed)
				}
			}
			held := []FacetState{d.Reach, d.Mgmt}
			for _, p := range d.Components {
				held = append(held, p.FacetState)
			}
			for _, f := range held {
				if f.Since.After(f.DecidedAt) || f.DecidedAt.After(l.at) || f.Run != nil && f.Run.To == f.State {
					l.t.Fatalf("%s: %s: since %s, decided %s, runs to %+v", l.clock(), d.Name, f.Since, f.DecidedAt, f.Run)
				}
			}
			if old := before[id]; old != nil && len(in.Devices) == 0 && d.Reach.DecidedAt.Before(old.Reach.DecidedAt) {
				l.t.Fatalf("%s: %s was decided at %s, and now at %s", l.clock(), d.Name, old.Reach.DecidedAt, d.Reach.DecidedAt)
			}
		}
	})
}

// Whatever is opened or started is so once, and then closed or ended at most once; nothing closes that was not open.
func TestStoryOpensAndCloses(t *testing.T) {
	starts := map[device.EventType]string{
		device.EventDisputeOpened: "dispute", device.EventFlappingStart: "flapping", device.EventMaintenanceStarted: "maintenance",
		device.EventAcknowledged: "acknowledged", device.EventIncidentOpened: "incident",
	}
	ends := map[device.EventType]string{
		device.EventDisputeClosed: "dispute", device.EventFlappingEnd: "flapping", device.EventMaintenanceEnded: "maintenance",
		device.EventAcknowledgedEnded: "acknowledged", device.EventIncidentClosed: "incident", device.EventIncidentChanged: "",
	}
	var l0 *lab
	open, over := map[string]bool{}, map[string]bool{}
	play(t, []string{"undoes", "hands over"}, func(l *lab, in Instant, o *Outcome, before map[device.ID]*Device) {
		if l != l0 {
			l0, open, over = l, map[string]bool{}, map[string]bool{}
		}
		for _, i := range in.Devices {
			if i.Forget || i.MergedInto != "" { // what is no more tells no end
				maps.DeleteFunc(open, func(key string, _ bool) bool { return len(key) > len(i.ID) && key[:len(i.ID)] == string(i.ID) })
			}
			if d := before[i.ID]; d != nil && i.MergedInto != "" && muted(d.Mutes, device.OverlayMaintenance) != nil {
				open[string(i.MergedInto)+" maintenance//"] = true
			}
			if d := before[i.ID]; d != nil && i.MergedInto != "" && muted(d.Mutes, device.OverlayAcknowledged) != nil {
				open[string(i.MergedInto)+" acknowledged//"] = true
			}
		}
		for _, e := range o.Events {
			key := func(what string) string {
				if e.Incident != "" {
					return e.Incident
				}
				return fmt.Sprintf("%s %s/%s/%s", e.Device.ID, what, e.Facet, e.Component)
			}
			if what, ok := starts[e.Type]; ok {
				if open[key(what)] || over[key(what)] {
					l.t.Fatalf("%s: %s %s has begun before: %s", l.clock(), what, key(what), e.Text)
				}
				open[key(what)] = true
			}
			if what, ok := ends[e.Type]; ok {
				if !open[key(what)] {
					l.t.Fatalf("%s: %s %s is not open: %s", l.clock(), e.Type, key(what), e.Text)
				}
				if what != "" {
					delete(open, key(what))
					over[key(what)] = e.Incident != ""
				}
			}
		}
	})
}

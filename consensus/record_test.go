package consensus

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// The record of a verdict is complete: what it says of a question follows from the votes that it holds, and what it
// says of the device from its questions. Nothing else is needed to explain it, also after years in a database.
func TestStoryRecordIsComplete(t *testing.T) {
	play(t, nil, func(l *lab, _ Instant, o *Outcome, _ map[device.ID]*Device) {
		for _, of := range o.Verdicts {
			b, err := json.Marshal(of.Verdict)
			if err != nil {
				l.t.Fatal(err)
			}
			var v device.Verdict
			if err := json.Unmarshal(b, &v); err != nil {
				l.t.Fatal(err)
			}
			if a, b := Explain(of.Verdict), Explain(v); a != b || a == "" {
				l.t.Fatalf("%s: explained as %q, and once stored as %q", l.clock(), a, b)
			}
			for i := range v.Tallies {
				t := &v.Tallies[i]
				if d := cmp.Diff(derived(&v, t), *t, approx); d != "" {
					l.t.Fatalf("%s: %s: the votes give another tally (-votes +recorded):\n%s", l.clock(), Explain(v), d)
				}
				if enrolled := l.domains(v.Device.ID, t.Facet); t.Enrolled != len(enrolled) {
					l.t.Fatalf("%s: %s: N is %d, enrolled are %v", l.clock(), Explain(v), t.Enrolled, enrolled)
				}
			}
			if d := cmp.Diff(concluded(&v), summary(&v)); d != "" {
				l.t.Fatalf("%s: %s: the tallies give another verdict (-tallies +recorded):\n%s", l.clock(), Explain(v), d)
			}
			for _, vote := range v.Votes {
				if vote.Abstain != "" && vote.Weight != 0 || math.Abs(l.at.Sub(vote.ObservedAt).Seconds()-seconds(vote.Age)) > 1e-6 {
					l.t.Fatalf("%s: vote %+v", l.clock(), vote)
				}
			}
		}
	})
}

// seconds is d in seconds.
func seconds(d device.Duration) float64 { return float64(d) / 1e9 }

// derived is a tally with everything that follows from the votes worked out from them.
func derived(v *device.Verdict, t *device.Tally) device.Tally {
	o := *t
	o.Up, o.Down, o.Share = 0, 0, 0
	sides := map[string][]device.State{}
	worst := device.StateOK
	for _, vote := range v.Votes {
		if vote.Facet != t.Facet || vote.Component != t.Component || vote.Abstain != "" {
			continue
		}
		sides[vote.Domain] = append(sides[vote.Domain], vote.State)
		switch {
		case fine(vote.State):
			o.Up += vote.Weight
		case bad(vote.State):
			o.Down += vote.Weight
		default:
			o.Up, o.Down = o.Up+vote.Weight/2, o.Down+vote.Weight/2
		}
		if vote.State == device.StateCritical || vote.State == device.StateWarning && worst == device.StateOK {
			worst = vote.State
		}
	}
	o.Voters = len(sides)
	up, down := device.StateUp, device.StateDown
	if t.Facet == device.FacetHealth {
		up, down = device.StateOK, worst
	}
	if o.Up+o.Down > 1e-9 {
		o.Share = o.Down / (o.Up + o.Down)
	}
	switch {
	case o.Up+o.Down <= 1e-9, o.Voters < o.Quorum:
		o.Proposal = "unknown"
	case t.Facet == device.FacetHealth && o.Voters == 1:
		o.Proposal = string(worst)
	case o.Share >= 0.625-1e-9:
		o.Proposal = string(down)
	case o.Share <= 0.375+1e-9:
		o.Proposal = string(up)
	default:
		o.Proposal = "contested"
	}
	witnesses := 0
	for _, states := range sides {
		allUp := !slices.ContainsFunc(states, func(s device.State) bool { return !fine(s) })
		allDown := !slices.ContainsFunc(states, func(s device.State) bool { return !bad(s) })
		if t.Facet == device.FacetHealth && o.Voters == 1 {
			allDown = slices.ContainsFunc(states, bad)
		}
		if fine(t.State) && allUp || bad(t.State) && allDown {
			witnesses++
		}
	}
	o.Standing = []device.Standing{device.StandingNone, device.StandingSingle, device.StandingConfirmed}[min(witnesses, 2)]
	if o.Proposal == "contested" {
		o.Standing = device.StandingDisputed
	}
	return o
}

// conclusion is what a verdict says of the device.
type conclusion struct {
	To             device.Status
	Standing       device.Standing
	Reason         string
	Witnesses      device.Witnesses
	RedundancyLost bool
}

func summary(v *device.Verdict) conclusion {
	return conclusion{v.To, v.Standing, v.Reason, v.Witnesses, v.RedundancyLost}
}

// concluded is what follows from the tallies.
func concluded(v *device.Verdict) conclusion {
	reach, ailing := device.Tally{}, false
	decides := &reach
	for i := range v.Tallies {
		switch t := &v.Tallies[i]; t.Facet {
		case device.FacetReach:
			reach = *t
		case device.FacetMgmt:
			if t.State == device.StateDown && reach.State == device.StateUp { // reach comes first
				decides = t
			}
			ailing = ailing || t.State == device.StateDown
		default:
			ailing = ailing || bad(t.State)
		}
	}
	c := conclusion{
		Standing: decides.Standing, Reason: decides.Reason, RedundancyLost: reach.Enrolled >= 2 && reach.Voters == 1,
		Witnesses: device.Witnesses{Enrolled: decides.Enrolled, Voting: decides.Voters},
	}
	switch {
	case reach.State == device.StateUnknown:
		c.To = device.StatusUnknown
	case reach.State == device.StateDown:
		c.To = device.StatusDown
	case ailing:
		c.To = device.StatusDegraded
	default:
		c.To = device.StatusUp
	}
	return c
}

// domains are those that ever claimed a facet of a device.
func (l *lab) domains(id device.ID, f device.Facet) []string {
	var ds []string
	for _, r := range l.state.Devices[id].Reports {
		if src, ok := l.cfg.Sources[r.Source]; ok && r.Enrolled&facetBit(f) != 0 {
			if src.FaultDomain == "" {
				src.FaultDomain = r.Source
			}
			ds = append(ds, src.FaultDomain)
		}
	}
	slices.Sort(ds)
	return slices.Compact(ds)
}

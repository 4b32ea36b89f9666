package consensus

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// modelVote is a claim that counts.
type modelVote struct {
	source, domain string
	modelClaim
	weight  float64
	period  time.Duration // I
	measure time.Duration // M
}

// modelTally is how a question stood at one instant.
type modelTally struct {
	at              time.Time
	votes           []modelVote
	up, down, share float64
	enrolled        int
	proposal        string
	reason          string // of unknown
}

func (m *model) rule(name string) Override { return m.cfg.Overrides[name] }

// number is an override, or else the rule.
func number[T any](o *T, rule T) T {
	if o != nil {
		return *o
	}
	return rule
}

func bad(s device.State) bool {
	return s == device.StateDown || s == device.StateWarning || s == device.StateCritical
}

func fine(s device.State) bool { return s == device.StateUp || s == device.StateOK }

func (m *model) domain(source string) string {
	return cmp.Or(m.cfg.Sources[source].FaultDomain, source)
}

// tally is sections 2 to 4 for one question about a device.
func (m *model) tally(id device.ID, q query) modelTally {
	t := modelTally{at: m.at, proposal: "unknown"}
	enrolled := map[string]bool{}
	silences := map[string]bool{}
	quorum := number(m.rule(m.devices[id].name).Quorum, m.rules.Quorum)
	for ref, r := range m.refs {
		if r.device != id {
			continue
		}
		src := m.cfg.Sources[ref.Source]
		if r.ever[q.facet] {
			enrolled[m.domain(ref.Source)] = true
		}
		c, says := r.said[q]
		asked := says || r.ever[q.facet] || q.facet == device.FacetReach && !r.everAsked()
		if q.facet == device.FacetHealth {
			asked = says
		}
		if asked && (r.held || r.weak || r.abstain != "") {
			silences["abstained"] = true
			continue
		}
		if !says {
			continue
		}
		v := modelVote{
			source: ref.Source, domain: m.domain(ref.Source), modelClaim: c,
			period: src.Interval + c.every, measure: max(src.Interval, c.every),
		}
		mass, short, lost := m.doubted(ref.Source)
		age := m.at.Sub(c.measured)
		switch {
		case mass && bad(c.state), short && c.state == device.StateDown:
			silences["source_suspect"] = true
		case lost && c.state == device.StateDown:
			silences["source_blind"] = true
		case age > 4*v.period:
			silences["stale"] = true
		default:
			trust := src.Trust
			if trust == 0 {
				trust = 1
			}
			if own, ok := m.rule(m.devices[id].name).Trust[ref.Source]; ok {
				trust = own
			}
			fresh := 1.0
			if x := float64(age)/float64(v.period) - 1.5; x > 0 {
				fresh = math.Pow(2, -x)
			}
			v.weight = trust * c.sure * fresh
			t.votes = append(t.votes, v)
		}
	}
	t.enrolled = len(enrolled)
	t.scale()
	for _, v := range t.votes {
		switch {
		case fine(v.state):
			t.up += v.weight
		case bad(v.state):
			t.down += v.weight
		default:
			t.up, t.down = t.up+v.weight/2, t.down+v.weight/2
		}
	}
	voters := len(t.domains())
	if t.up+t.down > 1e-9 {
		t.share = t.down / (t.up + t.down)
	}
	switch {
	case t.up+t.down <= 1e-9:
		t.reason = "never_seen"
		for _, why := range []string{"abstained", "stale", "source_blind", "source_suspect"} { // the last one wins
			if silences[why] || why == "abstained" && (t.enrolled > 0 || len(t.votes) > 0) {
				t.reason = why
			}
		}
	case voters < quorum:
		t.reason = "no_quorum"
	case q.facet == device.FacetHealth && voters == 1:
		t.proposal = string(t.worst())
	case t.share >= 0.625-1e-9 && q.facet == device.FacetHealth:
		t.proposal = string(t.worst())
	case t.share >= 0.625-1e-9:
		t.proposal = "down"
	case t.share <= 0.375+1e-9 && q.facet == device.FacetHealth:
		t.proposal = "ok"
	case t.share <= 0.375+1e-9:
		t.proposal = "up"
	default:
		t.proposal = "contested"
	}
	return t
}

// scale weighs the votes of a fault domain so that together they weigh what its heaviest does.
func (t *modelTally) scale() {
	for _, domain := range t.domains() {
		sum, most := 0.0, 0.0
		for _, v := range t.of(domain) {
			sum += v.weight
			most = max(most, v.weight)
		}
		for i := range t.votes {
			if v := &t.votes[i]; v.domain == domain && sum > 0 {
				v.weight = v.weight * most / sum
			}
		}
	}
}

// domains are the voters.
func (t *modelTally) domains() []string {
	var ds []string
	for _, v := range t.votes {
		ds = append(ds, v.domain)
	}
	slices.Sort(ds)
	return slices.Compact(ds)
}

func (t *modelTally) of(domain string) []modelVote {
	var vs []modelVote
	for _, v := range t.votes {
		if v.domain == domain {
			vs = append(vs, v)
		}
	}
	return vs
}

func (t *modelTally) worst() device.State {
	state := device.StateOK
	for _, v := range t.votes {
		if v.state == device.StateCritical || v.state == device.StateWarning && state == device.StateOK {
			state = v.state
		}
	}
	return state
}

// witness reports whether a domain is a witness for a side: none of its votes may say otherwise, but where it is alone
// on a component its worst word stands.
func (t *modelTally) witness(q query, domain string, side func(device.State) bool) bool {
	vs := t.of(domain)
	alone := q.facet == device.FacetHealth && len(t.domains()) == 1
	if alone && slices.ContainsFunc(vs, func(v modelVote) bool { return bad(v.state) }) {
		return side(device.StateCritical)
	}
	return !slices.ContainsFunc(vs, func(v modelVote) bool { return !side(v.state) })
}

// standing is how many witnesses there are for the state held, in a word.
func (t *modelTally) standing(q query, held device.State) device.Standing {
	if t.proposal == "contested" {
		return device.StandingDisputed
	}
	n := 0
	for _, domain := range t.domains() {
		if fine(held) && t.witness(q, domain, fine) || bad(held) && t.witness(q, domain, bad) {
			n++
		}
	}
	return []device.Standing{device.StandingNone, device.StandingSingle, device.StandingConfirmed}[min(n, 2)]
}

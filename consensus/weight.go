package consensus

import (
	"math"
	"time"

	"github.com/quorate/quorate/device"
)

// ballot is a vote as it is weighed: a claim with its weight, or an abstention.
type ballot struct {
	report *Report
	claim  *Claim // nil where the source claims nothing
	seat   *seat
	age    time.Duration
	fresh  float64
	own    float64 // trust x confidence x freshness
	weight float64 // own, scaled within the fault domain
	// abstain, where it is not empty, makes both weights 0.
	abstain device.Abstention
}

func (b *ballot) votes() bool { return b.abstain == "" }

// period is I, the time in which the source learns anew: its poll interval and the claim's measuring interval.
func (b *ballot) period() time.Duration { return b.seat.interval + b.claim.Interval }

// measure is M, the longer of the source's poll interval and the claim's measuring interval.
func (b *ballot) measure() time.Duration { return max(b.seat.interval, b.claim.Interval) }

// side is which way a state votes; split and unknown are on neither.
type side int8

const (
	sideUp    side = 1
	sideDown  side = -1
	sideSplit side = 0
)

func sideOf(s device.State) side {
	switch s {
	case device.StateUp, device.StateOK:
		return sideUp
	case device.StateDown, device.StateWarning, device.StateCritical:
		return sideDown
	}
	return sideSplit
}

// freshness is what age leaves of a claim's weight: all of it for 1.5 intervals, then halved with each further one.
// The second result is false beyond 4 intervals: such a claim is stale and abstains.
func (b *bench) freshness(age, period time.Duration) (float64, bool) {
	switch {
	case age <= intervals(b.rules.FreshFor, period):
		return 1, true
	case age <= intervals(b.rules.StaleAfter, period):
		return math.Exp2(b.rules.FreshFor - float64(age)/float64(period)), true
	}
	return 0, false
}

// speaks reports whether a report's word on reach is neither stale nor an abstention of the source or its binding.
func (b *bench) speaks(r *Report, s *seat) bool {
	if r.Abstain != "" || r.Weak || r.Held || r.Reach.State == "" {
		return false
	}
	_, fresh := b.freshness(b.at.Sub(r.Reach.ObservedAt), s.interval+r.Reach.Interval)
	return fresh
}

// cast makes the ballot of one claim; c nil or empty means that the source claims nothing and abstains for a reason.
func (b *bench) cast(r *Report, c *Claim, t *terms) (ballot, bool) {
	s := b.seat(r.Source)
	if s == nil {
		return ballot{}, false
	}
	v := ballot{report: r, seat: s}
	if c != nil && c.State != "" {
		v.claim = c
		v.age = b.at.Sub(c.ObservedAt)
	} else {
		v.age = b.at.Sub(r.Newest)
	}
	switch {
	case r.Held:
		v.abstain = device.AbstainConflict
	case r.Weak:
		v.abstain = device.AbstainWeakIdentity
	case r.Abstain != "":
		v.abstain = r.Abstain
		v.age = b.at.Sub(r.Newest)
	case v.claim == nil:
		return ballot{}, false
	}
	if v.abstain != "" {
		return v, true
	}
	var fresh bool
	v.fresh, fresh = b.freshness(v.age, v.period())
	switch {
	case s.silencesAsSuspect(c):
		v.abstain = device.AbstainSourceSuspect
	case s.lost && c.State == device.StateDown:
		v.abstain = device.AbstainSourceBlind
	case !fresh:
		v.abstain = device.AbstainStale
	default:
		v.own = b.trust(s, t) * c.Confidence * v.fresh
	}
	return v, true
}

// silencesAsSuspect reports whether c abstains because its source is suspect: its downs always, what is not ok only
// after a mass change.
func (s *seat) silencesAsSuspect(c *Claim) bool {
	if s.mass {
		return sideOf(c.State) == sideDown
	}
	return s.short && c.State == device.StateDown
}

func (b *bench) trust(s *seat, t *terms) float64 {
	if w, ok := t.trust[s.name]; ok {
		return w
	}
	return s.trust
}

// witness is what one fault domain says on one question.
type witness struct {
	domain        string
	largest, sum  float64
	up, down, mix bool // some vote is for up, for down, or split
}

// side is the side that the domain witnesses for; a domain that is split or disagrees is a witness for neither.
func (w *witness) side() side {
	switch {
	case w.mix || w.up == w.down:
		return sideSplit
	case w.up:
		return sideUp
	}
	return sideDown
}

// share scales the weights inside each fault domain so that together they weigh what its heaviest vote weighs, and
// returns the domains that vote.
func share(ballots []ballot, dst []witness) []witness {
	for i := range ballots {
		v := &ballots[i]
		if !v.votes() {
			continue
		}
		w := witnessOf(dst, v.seat.domain)
		if w == nil {
			dst = append(dst, witness{domain: v.seat.domain})
			w = &dst[len(dst)-1]
		}
		w.largest = max(w.largest, v.own)
		w.sum += v.own
		switch sideOf(v.claim.State) {
		case sideUp:
			w.up = true
		case sideDown:
			w.down = true
		default:
			w.mix = true
		}
	}
	for i := range ballots {
		v := &ballots[i]
		v.weight = v.own
		if !v.votes() {
			continue
		}
		if w := witnessOf(dst, v.seat.domain); w.sum > w.largest {
			v.weight *= w.largest / w.sum
		}
	}
	return dst
}

func witnessOf(ws []witness, domain string) *witness {
	for i := range ws {
		if ws[i].domain == domain {
			return &ws[i]
		}
	}
	return nil
}

package agent

import (
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/quorate/quorate/consensus"
)

func defaultConsensus() consensus.Rules { return consensus.DefaultRules() }

// ruleNumber is one number of the rules: where it is, what it is called and what it takes. One of the three is set.
type ruleNumber struct {
	name   string
	whole  *int
	number *float64
	span   *time.Duration
	lo, hi float64
}

// ruleNumbers are all numbers of r, in the order in which they are documented.
func ruleNumbers(r *consensus.Rules) []ruleNumber {
	whole := func(p *int, name string, lo, hi float64) ruleNumber {
		return ruleNumber{name: name, whole: p, lo: lo, hi: hi}
	}
	number := func(p *float64, name string, lo, hi float64) ruleNumber {
		return ruleNumber{name: name, number: p, lo: lo, hi: hi}
	}
	span := func(p *time.Duration, name string) ruleNumber { return ruleNumber{name: name, span: p} }
	return []ruleNumber{
		whole(&r.Quorum, "quorum", 1, 100),
		whole(&r.Confirm, "confirm", 1, 1000),
		span(&r.DisputeTimeout, "dispute_timeout"),
		number(&r.FreshFor, "fresh_for", 1, 1000),
		number(&r.StaleAfter, "stale_after", 1, 10000),
		number(&r.DownAt, "down_share", 0.5, 1),
		number(&r.UpAt, "up_share", 0.001, 0.5),
		span(&r.ProbeEvery, "probe_every"),
		span(&r.SkewAfter, "clock_skew"),
		span(&r.RetireAfter, "retire_after"),
		whole(&r.BlindAfter, "blind_after", 1, 1000),
		whole(&r.LostMin, "own_network_devices", 1, 10000),
		number(&r.MassShare, "mass_share", 0.001, 1),
		whole(&r.MassMin, "mass_devices", 1, 10000),
		number(&r.MassWindow, "mass_window", 0.1, 1000),
		whole(&r.MassBelieve, "believe_after", 1, 1000),
		whole(&r.ShortMin, "short_devices", 1, 10000),
		number(&r.ShortShare, "short_share", 0.001, 1),
		whole(&r.ShortBelieve, "short_believe_after", 1, 1000),
		whole(&r.FlapSize, "flap_ring", 2, 1000),
		whole(&r.FlapMin, "flap_min", 2, 1000),
		number(&r.FlapStart, "flap_start", 0.001, 1),
		number(&r.FlapEnd, "flap_end", 0.001, 1),
		span(&r.GroupWait, "group_wait"),
		span(&r.GroupWaitMax, "group_wait_max"),
		number(&r.RestartWait, "restart_wait", 0.1, 1000),
	}
}

// consensus reads the numbers of the rules. Each attribute's default is the rule's.
func (l *loader) consensus(b *hcl.Block) {
	a, _ := l.content(b, "consensus")
	r := &l.cfg.Consensus
	for _, n := range ruleNumbers(r) {
		switch {
		case n.whole != nil:
			*n.whole = a.integer(n.name, *n.whole, int(n.lo), int(n.hi))
		case n.number != nil:
			*n.number = a.number(n.name, *n.number, n.lo, n.hi)
		default:
			*n.span = a.duration(n.name, *n.span)
		}
	}
	l.cfg.Roots = a.strs("roots")
	if _, ok := a.set["on_dispute"]; ok {
		r.OnDispute = onDispute(a)
	}
	if r.StaleAfter < r.FreshFor {
		l.fail(b.DefRange, "Numbers out of order", "\"stale_after\" (%v) is before \"fresh_for\" (%v).", r.StaleAfter, r.FreshFor)
	}
	if r.FlapEnd > r.FlapStart {
		l.fail(b.DefRange, "Numbers out of order", "\"flap_end\" (%v) is above \"flap_start\" (%v): flapping would never end.", r.FlapEnd, r.FlapStart)
	}
}

package consensus

import (
	"slices"

	"time"

	"github.com/quorate/quorate/device"
)

// contest keeps the state while neither side carries the vote, and opens the dispute once both sides have looked.
func (h *hearing) contest(f FacetState) FacetState {
	t, j := &h.tally, h.j
	f.Run = nil
	h.deviate(&f)
	if f.Dispute == nil {
		h.probe = true
		if !j.hold && h.ripe(f.Against) {
			f.Dispute = &Dispute{OpenedAt: j.at}
			h.note(note{
				kind: device.EventDisputeOpened, facet: t.facet, key: t.key, since: f.Against, from: f.State, to: f.State,
			})
		}
	}
	if f.State == device.StateUnknown && (f.Dispute != nil || f.Reason == reasonNeverSeen) {
		f.Reason = ""
		if f.Dispute != nil {
			f.Reason = reasonDisputed
		}
	}
	if f.Dispute == nil || j.hold {
		return f
	}
	if j.at.Sub(f.Dispute.OpenedAt) < h.terms.disputeTimeout {
		h.probe = true
		return f
	}
	if to := h.onDispute(); to != f.State {
		reason := ""
		if to == device.StateUnknown {
			reason = reasonDisputed
		}
		f = h.decide(f, to, reason)
	}
	return f
}

// ripe reports whether both sides hold a claim newer than t0, or the slowest voting source had the time to.
func (h *hearing) ripe(t0 time.Time) bool {
	t, j := &h.tally, h.j
	var slowest time.Duration
	up, down := false, false
	for i := range t.ballots {
		v := &t.ballots[i]
		if !v.votes() {
			continue
		}
		slowest = max(slowest, v.period())
		if v.claim.ObservedAt.After(t0) {
			up = up || sideOf(v.claim.State) != sideDown
			down = down || sideOf(v.claim.State) != sideUp
		}
	}
	return up && down || j.at.Sub(t0) > intervals(j.rules.FreshFor, slowest)
}

// onDispute is the state in which a dispute that nobody settles ends, in the words of the facet.
func (h *hearing) onDispute() device.State {
	t := &h.tally
	switch h.terms.onDispute {
	case device.StateUp:
		return t.good()
	case device.StateDown:
		if t.facet == device.FacetHealth {
			return worst(t.ballots)
		}
		return device.StateDown
	}
	return device.StateUnknown
}

// closeDispute tells how a dispute ended: with the side that carries the vote now, or with silence.
func (h *hearing) closeDispute(f *FacetState) {
	t := &h.tally
	n := note{kind: device.EventDisputeClosed, facet: t.facet, key: t.key, since: f.Dispute.OpenedAt, from: f.State, to: f.State}
	if t.proposal != proposalUnknown {
		n.winner = device.State(t.proposal)
	} else {
		n.reason = t.reason
	}
	f.Dispute = nil
	h.note(n)
	if t.facet == device.FacetReach && n.winner == device.StateUp {
		h.j.disproved = append(h.j.disproved, h.id)
	}
}

// waitingFor names the source whose next measurement a contested question waits for, and when it is due: of the sides
// without a claim newer than t0 the one that looked longer ago, and of its sources the one that comes first.
func waitingFor(t *tally, t0 time.Time) (source string, due time.Time) {
	var waits time.Time
	for _, s := range []side{sideUp, sideDown} {
		var newest, first time.Time
		var who string
		for i := range t.ballots {
			v := &t.ballots[i]
			if !v.votes() || sideOf(v.claim.State) == -s {
				continue
			}
			if v.claim.ObservedAt.After(newest) {
				newest = v.claim.ObservedAt
			}
			if at := v.claim.ObservedAt.Add(v.measure()); who == "" || at.Before(first) {
				first, who = at, v.report.Source
			}
		}
		if who != "" && !newest.After(t0) && (source == "" || newest.Before(waits)) {
			source, due, waits = who, first, newest
		}
	}
	return source, due
}

// askProbes asks the sources that can probe about the device, at most every 10 s and not during maintenance. Those that are
// asked first come first, and each in the order of its refs.
func (h *hearing) askProbes(d *Device) {
	j := h.j
	if muted(d.Mutes, device.OverlayMaintenance) != nil || !d.ProbedAt.IsZero() && j.at.Sub(d.ProbedAt) < j.rules.ProbeEvery {
		return
	}
	var refs []device.SourceRef
	for i := range d.Reports {
		if s := j.seat(d.Reports[i].Source); s != nil && s.canProbe {
			refs = append(refs, d.Reports[i].key())
		}
	}
	first := func(r device.SourceRef) int {
		if j.seat(r.Source).first {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(refs, func(a, b device.SourceRef) int { return first(a) - first(b) })
	if len(refs) > 0 {
		d.ProbedAt = j.at
		j.probes = append(j.probes, ProbeRequest{Device: h.id, Sources: refs})
	}
}

package consensus

import (
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// confirm counts the measurements for a proposal that differs from the state, and decides once they suffice.
func (h *hearing) confirm(f FacetState) FacetState {
	t := &h.tally
	to := device.State(t.proposal)
	h.deviate(&f)
	if f.Run == nil || !continues(f.Run.To, to, f.State) {
		f.Run = &Run{To: to}
	} else if f.Run.To != to {
		f.Run = &Run{To: to, Counts: f.Run.Counts}
	}
	f.Run = h.measure(f.Run, f.State)
	switch {
	case h.j.hold:
	case f.State == device.StateUnknown && to == t.good():
		// A first word, or the end of a silence: nobody has to wait for good news out of unknown.
		return h.decide(f, to, "")
	case h.counted(f.Run) >= h.needed(f.Run, to):
		return h.decide(f, to, "")
	}
	if f.State == device.StateUnknown && f.Reason == reasonNeverSeen {
		f.Reason = ""
	}
	return f
}

// continues reports whether a run towards one state goes on when the proposal is another: on the way from ok to
// "not ok", how bad it is does not matter.
func continues(run, to, held device.State) bool {
	return run == to || sideOf(run) == sideDown && sideOf(to) == sideDown && sideOf(held) != sideDown
}

// supports reports whether a claim is a measurement for a run from held to to.
func supports(claim, to, held device.State) bool {
	if claim == device.StateSplit {
		return false
	}
	if sideOf(to) == sideDown && sideOf(held) == sideDown {
		return claim == to // from one severity to another
	}
	return sideOf(claim) == sideOf(to)
}

// measure adds to the run what each witness measured anew. The first measurement of a witness in a run counts, and
// then each that is at least half a measuring interval newer than the last counted.
func (h *hearing) measure(r *Run, held device.State) *Run {
	t := &h.tally
	worstWins := t.facet == device.FacetHealth && len(t.witnesses) == 1
	for i := range t.witnesses {
		w := &t.witnesses[i]
		if w.side() == sideSplit && !worstWins {
			continue // a domain that disagrees is a witness for neither side
		}
		at, every, ok := newestMeasurement(t.ballots, w.domain, r.To, held)
		if !ok {
			continue
		}
		k, found := slices.BinarySearchFunc(r.Counts, w.domain, func(c Count, d string) int { return strings.Compare(c.Domain, d) })
		if found && at.Sub(r.Counts[k].Last) < every/2 {
			continue
		}
		next := &Run{To: r.To, Counts: slices.Clone(r.Counts)}
		if !found {
			next.Counts = slices.Insert(next.Counts, k, Count{Domain: w.domain})
		}
		next.Counts[k].N++
		next.Counts[k].Last = at
		r = next
	}
	return r
}

// newestMeasurement is the newest claim of a domain for the run, and its M: of claims of equal date the smallest.
func newestMeasurement(ballots []ballot, domain string, to, held device.State) (at time.Time, every time.Duration, ok bool) {
	for i := range ballots {
		v := &ballots[i]
		if !v.votes() || v.seat.domain != domain || !supports(v.claim.State, to, held) {
			continue
		}
		c := v.claim.ObservedAt.Compare(at)
		if !ok || c > 0 || c == 0 && v.measure() < every {
			at, every, ok = v.claim.ObservedAt, v.measure(), true
		}
	}
	return at, every, ok
}

// counted is the number of measurements in a run, of all witnesses.
func (h *hearing) counted(r *Run) int {
	n := 0
	for _, c := range r.Counts {
		n += c.N
	}
	return n
}

// needed is how many measurements the run needs in all: confirm from a single witness; from two one each, and confirm
// in all while a fresh vote opposes.
func (h *hearing) needed(r *Run, to device.State) int {
	return needed(r, &h.tally, h.terms.confirm, to)
}

func needed(r *Run, t *tally, confirm int, to device.State) int {
	if len(r.Counts) < 2 {
		return confirm
	}
	for i := range t.ballots {
		if v := &t.ballots[i]; v.votes() && sideOf(v.claim.State) != sideOf(to) {
			return max(confirm, 2)
		}
	}
	return 2
}

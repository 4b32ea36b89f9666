package consensus

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// modelQuestion is what is held on a question, and every tally since that was decided.
type modelQuestion struct {
	state          device.State
	since, decided time.Time
	past           []modelTally
	dispute        time.Time // when it was opened; zero for none
	reason         string    // where the last tally or a dispute says why nothing is known
	run            device.State
	counts         map[string]int // measurements of each witness in the running confirmation
}

// judge takes a question through this instant, by sections 4 and 5. It returns what is to be told.
func (m *model) judge(id device.ID, q query, f *modelQuestion, hold bool) []string {
	var told []string
	t := m.tally(id, q)
	f.past = append(f.past, t)
	rule := m.rule(m.devices[id].name)
	if !f.dispute.IsZero() && t.proposal != "contested" {
		winner := t.proposal
		if winner == "unknown" {
			winner = ""
		}
		told = append(told, "dispute.closed "+winner)
		f.dispute = time.Time{}
	}
	f.run, f.counts = "", nil
	switch {
	case t.proposal == "contested":
		if f.dispute.IsZero() && !hold && m.ripe(f, &t) {
			f.dispute = m.at
			told = append(told, "dispute.opened "+string(f.state))
		}
		if !f.dispute.IsZero() && !hold && m.at.Sub(f.dispute) >= number(rule.DisputeTimeout, m.rules.DisputeTimeout) {
			to := number(rule.OnDispute, m.rules.OnDispute)
			switch {
			case q.facet == device.FacetHealth && to == device.StateUp:
				to = device.StateOK
			case q.facet == device.FacetHealth && to == device.StateDown:
				to = t.worst()
			}
			if to != f.state {
				m.decide(f, &t, to)
			}
		}
		if !f.dispute.IsZero() {
			f.reason = "disputed"
		}
	case t.proposal == "unknown":
		if f.state != device.StateUnknown && !hold {
			m.decide(f, &t, device.StateUnknown)
		}
		if f.state == device.StateUnknown {
			f.reason = t.reason
		}
	case t.proposal == string(f.state):
	default:
		to := device.State(t.proposal)
		f.counts = f.measurements(q)
		f.run = to
		sum := 0
		for _, n := range f.counts {
			sum += n
		}
		switch {
		case hold:
		case f.state == device.StateUnknown && fine(to), sum >= f.needs(&t, to, number(rule.Confirm, m.rules.Confirm)):
			m.decide(f, &t, to)
			f.run, f.counts = "", nil
		}
	}
	return told
}

// needs is how many measurements must confirm: all from one witness, or one each from two, and as many as from one
// while a vote opposes.
func (f *modelQuestion) needs(t *modelTally, to device.State, confirm int) int {
	if len(f.counts) < 2 {
		return confirm
	}
	opposed := slices.ContainsFunc(t.votes, func(v modelVote) bool { return bad(v.state) != bad(to) || fine(v.state) != fine(to) })
	if opposed && confirm > 2 {
		return confirm
	}
	return 2
}

// since the proposal last was the state, the tallies at which it was another one or contested. The state of unknown is
// the proposal of unknown.
func (f *modelQuestion) sinceAgreed() []modelTally {
	for i, t := range slices.Backward(f.past) {
		if t.proposal == string(f.state) {
			return f.past[i+1:]
		}
	}
	return f.past
}

// speaksAgainst reports whether a vote is against the state held; everything is against unknown.
func (f *modelQuestion) speaksAgainst(v modelVote) bool {
	switch {
	case f.state == device.StateUnknown:
		return true
	case bad(f.state) && bad(v.state):
		return v.state != f.state
	}
	return fine(v.state) != fine(f.state) || bad(v.state) != bad(f.state)
}

// dates of the votes against the state held in a tally, the oldest first.
func (f *modelQuestion) against(t *modelTally, also func(modelVote) bool) []time.Time {
	var ds []time.Time
	for _, v := range t.votes {
		if f.speaksAgainst(v) && also(v) {
			ds = append(ds, v.measured)
		}
	}
	slices.SortFunc(ds, time.Time.Compare)
	return ds
}

func any1(modelVote) bool { return true }

// t0 is the date of the oldest vote against the state at the first instant since the proposal last was the state.
func (f *modelQuestion) t0() time.Time {
	for _, t := range f.sinceAgreed() {
		if ds := f.against(&t, any1); len(ds) > 0 {
			return ds[0]
		}
	}
	return time.Time{}
}

// ripe reports whether a dispute is one: both sides have looked since t0, or the slowest had the time to.
func (m *model) ripe(f *modelQuestion, t *modelTally) bool {
	t0 := f.t0()
	var slowest time.Duration
	up, down := false, false
	for _, v := range t.votes {
		slowest = max(slowest, v.period)
		if v.measured.After(t0) {
			up, down = up || !bad(v.state), down || !fine(v.state)
		}
	}
	return up && down || m.at.Sub(t0) > slowest*3/2
}

// decide changes the state.
func (m *model) decide(f *modelQuestion, t *modelTally, to device.State) {
	since := m.at
	if f.state == device.StateUnknown {
		var newest time.Time
		for _, v := range t.votes {
			if (fine(v.state) && fine(to) || bad(v.state) && bad(to)) && v.measured.After(newest) {
				newest = v.measured
			}
		}
		if !newest.IsZero() {
			since = newest
		}
	} else {
		since = f.first(t)
	}
	f.state, f.since, f.decided, f.past, f.reason = to, since, m.at, nil, t.reason
}

// first is the date of the first claim against the state that came since the proposal last was the state; where none
// came, only others fell silent, and it is that of the oldest one that stands against it.
func (f *modelQuestion) first(now *modelTally) time.Time {
	for _, t := range f.sinceAgreed() {
		if ds := f.against(&t, func(v modelVote) bool { return v.came.Equal(t.at) }); len(ds) > 0 {
			return ds[0]
		}
	}
	if ds := f.against(now, any1); len(ds) > 0 {
		return ds[0]
	}
	return now.at
}

// measurements counts what each witness measured since the proposal is what it is.
func (f *modelQuestion) measurements(q query) map[string]int {
	to := device.State(f.past[len(f.past)-1].proposal)
	same := func(p string) bool {
		if bad(f.state) || fine(to) {
			return p == string(to)
		}
		return bad(device.State(p)) // on the way to "not ok" it does not matter how bad
	}
	from := len(f.past)
	for from > 0 && same(f.past[from-1].proposal) {
		from--
	}
	counts, last := map[string]int{}, map[string]time.Time{}
	for _, t := range f.past[from:] {
		to := device.State(t.proposal)
		// A measurement is a claim for the proposal: from one severity to another it must be that very one.
		supports := func(s device.State) bool {
			if bad(f.state) && bad(to) {
				return s == to
			}
			return fine(s) == fine(to) && bad(s) == bad(to)
		}
		for _, domain := range t.domains() {
			side := fine
			if bad(to) {
				side = bad
			}
			if !t.witness(q, domain, side) {
				continue
			}
			var newest modelVote
			for _, v := range t.of(domain) {
				if supports(v.state) && (newest.domain == "" || v.measured.After(newest.measured) || v.measured.Equal(newest.measured) && v.measure < newest.measure) {
					newest = v
				}
			}
			if newest.domain == "" || counts[domain] > 0 && newest.measured.Sub(last[domain]) < newest.measure/2 {
				continue
			}
			counts[domain]++
			last[domain] = newest.measured
		}
	}
	return counts
}

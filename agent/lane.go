package agent

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/pipeline"
)

// lane works out from the journal what one ref said of its device's reach over time: the rules of dating, lateness and freshness
// are those of consensus, which judged the same polls.
type lane struct {
	interval time.Duration // of the source's polls
	stale    float64       // intervals after which a claim no longer counts
	slack    time.Duration // by which a source's clock may be off
	from, to time.Time
	// silenced are the times in which a down of the source was not believed.
	silenced []view.LaneSpan

	said   *device.Observation // the last words, as rows have them
	order  []int               // of its claims in marks
	held   device.Claim        // of reach; its ObservedAt is corrected
	period time.Duration       // after which held is learnt anew
	spoke  bool                // held stands
	quiet  device.Abstention
	newest time.Time
	since  time.Time // from when all this is so

	spans, failed []view.LaneSpan
}

// run takes the polls in order, with the rows of the observations that they newly brought, and ends the lane at to.
func (l *lane) run(rows []pipeline.ObservationRow, polls []store.Heard) error {
	for len(rows) > 0 && (len(polls) == 0 || rows[0].RecordedAt.Before(polls[0].At)) {
		if !rows[0].Late { // from before the polls: it is dated by itself
			if err := l.hearRow(&rows[0], dating{at: rows[0].RecordedAt}); err != nil {
				return err
			}
		}
		rows = rows[1:]
	}
	for i := range polls {
		p := &polls[i]
		if p.Failed {
			l.fail(p)
			continue
		}
		if !p.Probe {
			l.recover(p.At)
		}
		d := dating{at: p.At}
		if skew := p.At.Sub(p.SourceClock); !p.SourceClock.IsZero() && skew.Abs() > l.slack {
			d.shift = skew
		}
		l.tell(p.At)
		for _, m := range p.Marks {
			var err error
			switch m.Says {
			case pipeline.InRow:
				for len(rows) > 0 && rows[0].RecordedAt.Before(p.At) {
					rows = rows[1:]
				}
				if len(rows) == 0 || !rows[0].RecordedAt.Equal(p.At) {
					continue // beyond what was asked for
				}
				if !rows[0].Late {
					err = l.hearRow(&rows[0], d)
				}
				rows = rows[1:]
			case pipeline.AsBefore:
				err = l.hearAgain(&m, d)
			}
			if err != nil {
				return err
			}
		}
	}
	l.tell(l.to)
	l.recover(l.to)
	return nil
}

// dating dates a source's times, as consensus does.
type dating struct {
	at    time.Time
	shift time.Duration
}

func (d dating) date(t time.Time) time.Time {
	if t.IsZero() {
		return d.at
	}
	if t = t.Add(d.shift); t.After(d.at) {
		return d.at
	}
	return t
}

func (l *lane) fail(p *store.Heard) {
	if n := len(l.failed); !p.Probe && (n == 0 || !l.failed[n-1].To.IsZero()) {
		l.failed = append(l.failed, view.LaneSpan{From: later(p.At, l.from)})
	}
}

// recover ends the time of failed polls.
func (l *lane) recover(at time.Time) {
	n := len(l.failed)
	switch {
	case n == 0 || !l.failed[n-1].To.IsZero():
	case at.After(l.from):
		l.failed[n-1].To = at
	default:
		l.failed = l.failed[:n-1]
	}
}

func (l *lane) hearRow(row *pipeline.ObservationRow, d dating) error {
	var o device.Observation
	if err := json.Unmarshal(row.Body, &o); err != nil {
		return fmt.Errorf("observation of %s %s: %w", row.Source, row.Ref, err)
	}
	l.said, l.order = &o, nil
	l.hear(&o, d)
	return nil
}

// hearAgain takes what was said before at new times.
func (l *lane) hearAgain(m *pipeline.Mark, d dating) error {
	if l.said == nil {
		return nil // said before the record begins
	}
	o := *l.said
	o.ObservedAt = m.ObservedAt
	if m.Claims != nil {
		if l.order == nil {
			l.order = pipeline.SortedClaims(untimed(o.Claims))
		}
		if len(m.Claims) != len(l.order) {
			return fmt.Errorf("%q has %d claims, and times for %d", m.Ref, len(l.order), len(m.Claims))
		}
		o.Claims = slices.Clone(o.Claims)
		for i, place := range l.order {
			o.Claims[place].ObservedAt = m.Claims[i]
		}
	} else {
		o.Claims = untimed(o.Claims)
	}
	l.hear(&o, d)
	return nil
}

func untimed(claims []device.Claim) []device.Claim {
	out := slices.Clone(claims)
	for i := range out {
		out[i].ObservedAt = time.Time{}
	}
	return out
}

// hear takes one observation that is not late.
func (l *lane) hear(o *device.Observation, d dating) {
	date := d.date(o.ObservedAt)
	if date.Before(l.newest) {
		return
	}
	l.newest = date
	if l.quiet = o.Abstain; l.quiet != "" {
		return
	}
	claim, own, found := reachOf(o, date, d)
	switch {
	case !found:
		l.spoke = false
	case own && l.spoke && claim.ObservedAt.Before(l.held.ObservedAt): // late: what is held stays
	default:
		l.held, l.spoke = claim, true
		l.period = l.interval + time.Duration(claim.Interval)
	}
}

// reachOf is what an observation says of reach: the newest of several claims, or that its management agent answers.
func reachOf(o *device.Observation, date time.Time, d dating) (claim device.Claim, own, found bool) {
	for _, facet := range []device.Facet{device.FacetReach, device.FacetMgmt} {
		for _, c := range o.Claims {
			if c.Facet != facet || facet == device.FacetMgmt && c.State != device.StateUp {
				continue
			}
			its := !c.ObservedAt.IsZero()
			if its {
				c.ObservedAt = d.date(c.ObservedAt)
			} else {
				c.ObservedAt = date
			}
			if !found || c.ObservedAt.After(claim.ObservedAt) || c.ObservedAt.Equal(claim.ObservedAt) && c.State == device.StateDown {
				claim, own, found = c, its, true
			}
		}
		if found {
			return claim, own, true
		}
	}
	return device.Claim{}, false, false
}

// tell adds what was so up to a time.
func (l *lane) tell(at time.Time) {
	from, to := later(l.since, l.from), earlier(at, l.to)
	l.since = at
	switch {
	case !from.Before(to):
	case l.quiet != "":
		l.add(view.LaneSpan{From: from, To: to, State: view.LaneAbstains, Reason: string(l.quiet)})
	case !l.spoke:
	default:
		l.addHeld(from, to)
	}
}

// addHeld adds the held claim: where it is a down that was not believed, that is why it does not count, however old.
func (l *lane) addHeld(from, to time.Time) {
	if l.held.State == device.StateDown {
		for _, s := range l.silenced {
			if !s.From.Before(to) || !s.To.After(from) {
				continue
			}
			begin, end := later(s.From, from), earlier(s.To, to)
			l.addAged(from, begin)
			l.add(view.LaneSpan{From: begin, To: end, State: view.LaneDisbelieved, Reason: s.Reason})
			from = end
		}
	}
	l.addAged(from, to)
}

// addAged adds the held claim until it is too old. At that age it still counts, and no longer at the next time that is stored.
func (l *lane) addAged(from, to time.Time) {
	old := l.held.ObservedAt.Add(time.Duration(l.stale*float64(l.period)) + time.Microsecond)
	l.add(view.LaneSpan{From: from, To: earlier(old, to), State: view.LaneState(l.held.State)})
	l.add(view.LaneSpan{From: later(old, from), To: to, State: view.LaneStale})
}

// add appends a span, to the last where that is the same.
func (l *lane) add(s view.LaneSpan) {
	if !s.From.Before(s.To) {
		return
	}
	if n := len(l.spans); n > 0 && l.spans[n-1].State == s.State && l.spans[n-1].Reason == s.Reason && l.spans[n-1].To.Equal(s.From) {
		l.spans[n-1].To = s.To
		return
	}
	l.spans = append(l.spans, s)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

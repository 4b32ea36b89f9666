package agent

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/pipeline"
)

// What one look at lanes reads at most, newest first; what is older is said to be unknown.
const (
	maxLanePolls  = 80_000 // a week of polls every 10 s, and some
	maxLaneWords  = 5_000
	maxLaneEvents = 1_000
	maxLaneLooked = 100_000 // events of all that are looked through for those of sources
)

// Lanes reads the journal. Marks are of the device, and of how far the sources that speak of it are believed.
func (r *reader) Lanes(ctx context.Context, id device.ID, from, to time.Time) (view.Lanes, error) {
	out := view.Lanes{From: from, To: to, Known: from, Sources: []view.Lane{}, Verdict: []view.LaneSpan{}, Marks: []device.Event{}}
	kept, _, err := r.a.store.Kept(ctx)
	if err != nil {
		return out, err
	}
	out.Known = later(kept, from)
	if from.Before(kept) && !kept.Before(to) {
		out.Known = to
	}
	ofSources, err := r.a.store.OfSources(ctx, from, maxLaneLooked)
	if err != nil {
		return out, err
	}
	p, ok := r.a.pipe.Profile(id)
	if !ok {
		return out, nil
	}
	now := r.a.pipe.LastInstant()
	health := map[string]device.SourceStatus{}
	for _, s := range r.a.pipe.Sources(now) {
		health[s.Name] = s
	}
	speaks := map[string]bool{}
	for _, b := range p.Refs {
		speaks[b.Source] = true
		l := lane{
			interval: r.intervalOf(b.Source), stale: consensus.DefaultRules().StaleAfter, slack: r.a.generation().judgingSlack(), from: from, to: to,
			silenced: silences(ofSources, health[b.Source], from, to),
		}
		known, err := r.lane(ctx, &l, b.SourceRef)
		if err != nil {
			return out, err
		}
		out.Known = later(out.Known, known)
		out.Sources = append(out.Sources, view.Lane{Source: b.Source, Ref: b.Ref, Note: whyMute(&b), Spans: orNone(l.spans), Failed: orNone(l.failed)})
	}
	slices.SortFunc(out.Sources, func(a, b view.Lane) int { return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Ref, b.Ref)) })
	events, err := r.eventsSince(ctx, id, from)
	if err != nil {
		return out, err
	}
	if out.Verdict, err = r.verdictLane(ctx, id, events, from, to); err != nil {
		return out, err
	}
	out.Marks = laneMarks(events, ofSources, speaks, from, to)
	return out, nil
}

func orNone(s []view.LaneSpan) []view.LaneSpan {
	if s == nil {
		return []view.LaneSpan{}
	}
	return s
}

func (r *reader) intervalOf(source string) time.Duration {
	for _, c := range r.a.generation().cfg.Sources {
		if c.Name == source {
			return c.Interval
		}
	}
	return DefaultInterval
}

// judgingSlack is by how much a source's clock may be off.
func (g *generation) judgingSlack() time.Duration {
	rules := g.cfg.ConsensusConfig(g.infos)
	return rules.ClockSlack()
}

// whyMute says why a ref does not vote.
func whyMute(b *device.Bond) string {
	switch {
	case b.Held != "":
		return "held: " + b.Held
	case b.Weak:
		return "weak: a bare host name is all that binds it"
	}
	return ""
}

// lane reads what one ref said, from so long before that what still counted then is known. It returns from when on it has all.
func (r *reader) lane(ctx context.Context, l *lane, ref device.SourceRef) (time.Time, error) {
	rows, err := r.a.store.SaidSince(ctx, ref, l.from, l.to, maxLaneWords)
	if err != nil {
		return l.from, err
	}
	begin := l.from.Add(-l.reach(rows))
	if rows, err = r.a.store.SaidSince(ctx, ref, begin, l.to, maxLaneWords); err != nil {
		return l.from, err
	}
	polls, err := r.a.store.Heard(ctx, ref, begin, l.to, maxLanePolls)
	if err != nil {
		return l.from, err
	}
	known := l.from
	if len(polls) == maxLanePolls {
		known = later(known, polls[0].At)
	}
	if len(rows) == maxLaneWords {
		known = later(known, rows[0].RecordedAt)
	}
	return known, l.run(rows, polls)
}

// reach is for how long a claim may count, as any of the rows has it, with a poll of grace.
func (l *lane) reach(rows []pipeline.ObservationRow) time.Duration {
	longest := time.Duration(0)
	for i := range rows {
		longest = max(longest, measured(rows[i].Body))
	}
	return time.Duration((l.stale + 1) * float64(l.interval+longest))
}

// silences are the times in which the downs of a source were not believed. Where nothing is on record since from, it is as now.
func silences(events []device.Event, now device.SourceStatus, from, to time.Time) []view.LaneSpan {
	var out []view.LaneSpan
	told := false
	for _, kind := range []struct{ reason, abstains string }{
		{"mass_change", string(device.AbstainSourceSuspect)}, {"shrunk", string(device.AbstainSourceSuspect)},
		{"own_network_lost", string(device.AbstainSourceBlind)},
	} {
		var began time.Time
		first := true
		for i := range events {
			e := &events[i]
			if e.Source != now.Name || e.Reason != kind.reason {
				continue
			}
			told = true
			switch {
			case e.Type != device.EventSourceRecovered:
				if began.IsZero() {
					began = e.At
				}
			case first:
				out = append(out, view.LaneSpan{From: from, To: e.At, Reason: kind.abstains})
			case !began.IsZero():
				out = append(out, view.LaneSpan{From: began, To: e.At, Reason: kind.abstains})
			}
			if e.Type == device.EventSourceRecovered {
				began = time.Time{}
			}
			first = false
		}
		if !began.IsZero() {
			out = append(out, view.LaneSpan{From: began, To: later(to, began), Reason: kind.abstains})
		}
	}
	if !told && now.Health == device.HealthSuspect {
		out = append(out, view.LaneSpan{From: from, To: to, Reason: string(device.AbstainSourceSuspect)})
	}
	if !told && now.Health == device.HealthBlind && now.Failures == 0 {
		out = append(out, view.LaneSpan{From: from, To: to, Reason: string(device.AbstainSourceBlind)})
	}
	slices.SortFunc(out, func(a, b view.LaneSpan) int { return a.From.Compare(b.From) })
	return out
}

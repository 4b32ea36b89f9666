package blogsink

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/sanitize"
)

// Agreement is how the monitors did: compared with each other, and each by itself.
type Agreement struct {
	Pairs    []Pair
	Monitors []Monitor
	// Since is when the journal begins, which these figures are of, where that is later than the period; else it is zero.
	Since Stamp
}

// Any reports whether there is anything to tell.
func (a Agreement) Any() bool { return len(a.Pairs) > 0 || a.Polled() }

// Disagreed reports whether there is anything to tell of how the monitors got on with each other.
func (f *Facts) Disagreed() bool { return f.Views.Any() || f.Agreement.Any() }

// Shortened reports that the figures begin later than the period.
func (a Agreement) Shortened() bool { return !a.Since.at.IsZero() }

// Polled reports whether polls are known.
func (a Agreement) Polled() bool {
	return slices.ContainsFunc(a.Monitors, func(m Monitor) bool { return m.Polls > 0 })
}

// Abstained reports whether a monitor had reasons to say nothing.
func (a Agreement) Abstained() bool {
	return slices.ContainsFunc(a.Monitors, func(m Monitor) bool { return len(m.Abstained) > 0 })
}

// Missed reports whether a monitor missed an outage.
func (a Agreement) Missed() bool {
	return slices.ContainsFunc(a.Monitors, func(m Monitor) bool { return m.Missed > 0 })
}

// Contradicted reports whether any two contradicted each other.
func (a Agreement) Contradicted() bool {
	return slices.ContainsFunc(a.Pairs, func(p Pair) bool { return p.Contradictions > 0 })
}

// Pair is two monitors compared over the devices that both know.
type Pair struct {
	A, B           sanitize.Alias
	Devices        Count
	Agreed         Share
	Contradictions Count
	// RightA and RightB are those in which the other came round; Open is the rest.
	RightA, RightB, Open Count
}

// Monitor is one source by itself.
type Monitor struct {
	Name          sanitize.Alias
	Polls, Failed Count
	Answered      Share
	Median, Slow  Latency // of the polls that were answered: half of them, and 95 in 100, took no longer
	Blind         Span
	Missed        Count // outages during which it said "up" all the time
	Abstained     []Abstained
}

// Abstained is how often a monitor began to say nothing about a device, and why.
type Abstained struct {
	Why Abstention
	N   Count
}

// Abstention is a reason to say nothing, from the closed list of package device.
type Abstention int

// abstentions are the reasons that sources give, and how a post tells them.
var abstentions = []struct {
	reason device.Abstention
	words  string
}{
	{device.AbstainPaused, "it was paused there"},
	{device.AbstainExcluded, "it does not watch it"},
	{device.AbstainMaintenance, "it was in maintenance there"},
	{device.AbstainNeverPolled, "it had not looked yet"},
	{device.AbstainUnknown, "it did not know"},
	{device.AbstainProbeDisconnected, "its probe was not connected"},
}

func (a Abstention) String() string {
	if a < 0 || int(a) >= len(abstentions) {
		return "for another reason"
	}
	return abstentions[a].words
}

// Latency is how long a poll took.
type Latency time.Duration

// String writes milliseconds below a second and tenths of seconds above.
func (l Latency) String() string {
	d := time.Duration(l)
	switch {
	case d <= 0:
		return "–"
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return strconv.FormatFloat(float64(d.Round(100*time.Millisecond).Milliseconds())/1000, 'f', 1, 64) + " s"
}

// agreement compares the monitors by what the journal has of the period.
func (c *composer) agreement(ctx context.Context, r *record, j *journal, devices []device.Current, sources []device.SourceStatus) (Agreement, error) {
	var a Agreement
	if j.since().After(r.begin) {
		a.Since = c.figures.journalStamp(r.stamp(j.since()))
	}
	sorted := slices.SortedFunc(slices.Values(sources), func(a, b device.SourceStatus) int { return cmp.Compare(a.Name, b.Name) })
	number, names := map[string]int{}, map[string]sanitize.Alias{}
	for i, s := range sorted {
		var err error
		if names[s.Name], err = c.source(ctx, s.Name); err != nil {
			return a, err
		}
		number[s.Name] = i + 1
	}
	all := j.spoken(r.course, devices, r.end)
	for _, p := range j.pairs(all, sorted) {
		a.Pairs = append(a.Pairs, c.pair(j, &p, names, number))
	}
	missed := j.missed(all, r.course, sorted, r.end)
	for _, s := range sorted {
		a.Monitors = append(a.Monitors, c.monitor(j, r, s, names[s.Name], number[s.Name], missed[s.Name]))
	}
	return a, nil
}

func (c *composer) pair(j *journal, p *pairSum, names map[string]sanitize.Alias, number map[string]int) Pair {
	g := c.figures
	id := "agreement." + device.Slug(names[p.a].String()) + "." + device.Slug(names[p.b].String())
	met := g.meetings(j.since(), number[p.a], number[p.b], p.patience)
	count := func(name string, n int, where string) Count {
		return g.count(id+"."+name, n, "contradictions", periodMilestone, met+" SELECT count(*) FROM counted WHERE NOT same"+where)
	}
	return Pair{
		A: names[p.a], B: names[p.b],
		Devices:        g.count(id+".devices", p.devices, "devices", periodMilestone, met+" SELECT count(DISTINCT device) FROM met"),
		Agreed:         g.share(id+".agreed", Share{p.agreed, p.compared}, met+" SELECT "+shareOf("same")+" FROM counted"),
		Contradictions: count("contradictions", p.contradictions, ""),
		RightA:         count("right_first", p.rightA, " AND \"right\" = 'a'"), RightB: count("right_second", p.rightB, " AND \"right\" = 'b'"),
		Open: count("undecided", p.contradictions-p.rightA-p.rightB, " AND \"right\" IS NULL"),
	}
}

func (c *composer) monitor(j *journal, r *record, s device.SourceStatus, name sanitize.Alias, n, missed int) Monitor {
	g := c.figures
	id := "monitor." + device.Slug(name.String())
	m := Monitor{Name: name}
	var blind time.Duration
	for _, d := range r.course.darkness(s.Name, r.end) {
		blind += d.to.Sub(d.from)
	}
	named := fmt.Sprintf(", s AS (SELECT source FROM source_state ORDER BY source LIMIT 1 OFFSET %d)", n-1)
	m.Blind = g.span(id+".blind", blind, g.events()+named+
		", m AS (SELECT at, seq, type = 'source.blind' AS dark FROM e WHERE json_extract(j, '$.source') = (SELECT source FROM s) AND (type = 'source.blind' "+
		"OR type IN ('source.recovered', 'source.up') AND coalesce(json_extract(j, '$.from'), '') <> 'suspect')), "+
		"t AS (SELECT dark, at, lead(at, 1, "+endSQL+") OVER (ORDER BY seq) AS till FROM m) SELECT "+seconds("coalesce(sum(CASE WHEN dark THEN till - at END), 0)")+" FROM t")
	spoke := g.spells(j.since())
	m.Missed = g.count(id+".missed", missed, "outages", periodMilestone, spoke+fmt.Sprintf(" SELECT count(*) FROM stay WHERE status = 'down' AND stay.t0 >= %d AND stay.t1 - stay.t0 > %d "+
		"AND EXISTS (SELECT 1 FROM spell WHERE spell.n = %d AND spell.device = stay.device AND spell.state = 'up' AND spell.t0 <= stay.t0 AND spell.t1 >= stay.t1)",
		j.since().UnixMicro(), j.patience(s, s).Microseconds(), n))
	for i, why := range abstentions {
		if k := j.abstained[s.Name][why.reason]; k > 0 {
			m.Abstained = append(m.Abstained, Abstained{Abstention(i), g.count(fmt.Sprintf("%s.abstained.%s", id, why.reason), k, "times", periodMilestone, g.events()+named+
				", o AS (SELECT recorded_at AS at, coalesce(json_extract(CAST(body AS TEXT), '$.abstain'), '') AS why, lag(coalesce(json_extract(CAST(body AS TEXT), '$.abstain'), ''), 1, '') "+
				"OVER (PARTITION BY ref ORDER BY id) AS was FROM observation WHERE late = 0 AND source = (SELECT source FROM s)) "+
				fmt.Sprintf("SELECT count(*) FROM o WHERE why = '%s' AND was <> why AND at >= %d AND at <= %s", why.reason, j.since().UnixMicro(), endSQL))})
		}
	}
	sum := j.polls[s.Name]
	if sum == nil {
		return m
	}
	polls := g.events() + named + fmt.Sprintf(", p AS (SELECT error = '' AS ok, (ended_at - started_at) / 1000 AS ms, ended_at > started_at AS timed FROM poll "+
		"WHERE source = (SELECT source FROM s) AND at >= %d AND at <= %s AND hex(substr(coalesce(marks, x''), 1, 2)) <> '0201')", j.since().UnixMicro(), endSQL)
	m.Polls = g.count(id+".polls", sum.polls, "polls", periodMilestone, polls+" SELECT count(*) FROM p")
	m.Failed = g.count(id+".failed", sum.failed, "polls", periodMilestone, polls+" SELECT count(*) FROM p WHERE NOT ok")
	m.Answered = g.share(id+".answered", Share{time.Duration(sum.polls-sum.failed) * time.Second, time.Duration(sum.polls) * time.Second},
		polls+" SELECT round(100.0 * sum(ok) / count(*), 2) FROM p")
	took := func(name string, share float64) Latency {
		l := Latency(sum.quantile(share))
		g.add(figure{ID: id + "." + name, Value: float64(time.Duration(l).Milliseconds()), Unit: "milliseconds", Shown: compact(l.String()), Period: periodMilestone,
			Query: polls + fmt.Sprintf(" SELECT coalesce((SELECT ms FROM p WHERE ok AND timed ORDER BY ms LIMIT 1 OFFSET (SELECT CAST(count(*) * %v AS INTEGER) FROM p WHERE ok AND timed)), 0)", share)})
		return l
	}
	m.Median, m.Slow = took("median", 0.5), took("slow", 0.95)
	return m
}

// journalStamp adds the instant at which the journal begins.
func (g *figures) journalStamp(s Stamp) Stamp {
	g.add(figure{
		ID: "journal.from", Value: float64(s.at.Unix()), Unit: "unix seconds", Shown: compact(s.Clock(), s.Day(), s.Date()), Period: periodMilestone,
		Query: "SELECT at / 1000000 FROM poll ORDER BY id LIMIT 1",
	})
	return s
}

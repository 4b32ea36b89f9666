package blogsink

import (
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// numbers adds up the period.
func (c *composer) numbers(r *record, scores device.Scoreboard) Numbers {
	g := c.figures
	outages := r.settled()
	lasting, alone := 0, 0
	var longest, total time.Duration
	for _, o := range outages {
		if o.to.IsZero() {
			lasting++
		}
		if o.behind == 0 {
			alone++
		}
		lasted := r.until(o.to).Sub(o.from)
		longest, total = max(longest, lasted), total+lasted
	}
	length := "coalesce(closed, (SELECT at FROM e ORDER BY seq DESC LIMIT 1)) - opened"
	n := Numbers{
		Events:  g.count("events", r.events, "events", periodMilestone, g.number("true")),
		Outages: g.count("outages", len(outages), "outages", periodMilestone, g.incidents()+" SELECT count(*) FROM i"),
		Lasting: g.count("outages.lasting", lasting, "outages", periodMilestone, g.incidents()+" SELECT count(*) FROM i WHERE closed IS NULL"),
		Alone:   g.count("outages.alone", alone, "outages", periodMilestone, g.incidents()+" SELECT count(*) FROM i WHERE behind = 0"),
		Longest: g.span("outages.longest", longest, g.incidents()+" SELECT coalesce("+seconds("max("+length+")")+", 0) FROM i"),
		Total:   g.span("outages.total", total, g.incidents()+" SELECT coalesce("+seconds("sum("+length+")")+", 0) FROM i"),
		Unknown: g.count("verdicts.unknown", r.unknown, "verdicts", periodMilestone,
			g.number("type = 'verdict.changed' AND json_extract(j, '$.to') = 'unknown' AND coalesce(json_extract(j, '$.from'), '') NOT IN ('', 'unknown')")),
		Disputes: g.count("disputes", len(r.disputes), "disputes", periodMilestone, g.number("type = 'dispute.opened' AND device IS NOT NULL")),
		Blind: g.count("monitors.blind", r.blind, "times", periodMilestone,
			g.number("type = 'source.blind' AND coalesce(json_extract(j, '$.reason'), '') <> 'own_network_lost'")),
		Suspect:  g.count("monitors.not_believed", r.suspect, "times", periodMilestone, g.number("type = 'source.suspect'")),
		Crashes:  g.count("monitors.crashed", r.crashes, "times", periodMilestone, g.number("type IN ('source.crashed', 'source.hung', 'source.limit', 'source.quarantined')")),
		Flapping: g.count("flapping", r.flapping, "times", periodMilestone, g.number("type = 'flapping.started'")),
		OwnFalse: g.count("false_alarms.own", scores.Own, "false alarms", periodRecord,
			"SELECT coalesce(max(json_extract(CAST(body AS TEXT), '$.own')), 0) FROM consensus_global"),
		Whole: r.after == 0,
	}
	avoided := 0
	for _, n := range scores.Sources {
		avoided += n
	}
	n.Avoided = g.count("false_alarms.avoided", avoided, "false alarms", periodRecord,
		"SELECT coalesce(sum(json_extract(CAST(body AS TEXT), '$.false_alarms')), 0) FROM source_state")
	if len(r.detected) > 0 {
		slices.Sort(r.detected)
		n.Detected = g.span("outages.detected", r.detected[len(r.detected)/2], g.events()+
			", d AS (SELECT at - (strftime('%s', substr(since, 1, 19)) * 1000000 + CAST(round(CAST(substr(since, 20) AS REAL) * 1000000) AS INTEGER)) AS micros "+
			"FROM (SELECT at, json_extract(j, '$.since') AS since FROM e WHERE type = 'verdict.changed' AND json_extract(j, '$.to') = 'down' AND json_extract(j, '$.because') IS NULL) "+
			"WHERE since IS NOT NULL AND micros >= 0) SELECT "+seconds("micros")+" FROM d ORDER BY micros LIMIT 1 OFFSET (SELECT count(*) / 2 FROM d)")
	}
	return n
}

// stamp tells an instant to the minute, and to the second where the whole story took a few minutes.
func (r *record) stamp(at time.Time) Stamp {
	s := Stamp{at: at.In(r.zone), to: r.round}
	if s.to == 0 && r.end.Sub(r.begin) < 10*time.Minute {
		s.to = time.Second
	}
	return s
}

func (r *record) oneDay() bool { return r.stamp(r.begin).Day() == r.stamp(r.end).Day() }

// until is when something ended, or the end of the record while it lasts.
func (r *record) until(to time.Time) time.Time {
	if to.IsZero() {
		return r.end
	}
	return to
}

// lasted is a query for how long something took from one event to the first that ends it, or to the end of the record.
func (g *figures) lasted(seq int64, ends string) string {
	length := fmt.Sprintf("coalesce((SELECT min(e.at) FROM e, b WHERE e.seq > b.seq AND %s), (SELECT at FROM e ORDER BY seq DESC LIMIT 1)) - (SELECT at FROM b)", ends)
	return g.events() + fmt.Sprintf(", b AS (SELECT * FROM e WHERE seq = %d) SELECT max(0, %s)", seq, seconds(length))
}

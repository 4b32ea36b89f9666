package blogsink

import (
	"fmt"
	"math"
	"time"
)

// share adds a part of a time in per cent, to two digits, and returns it.
func (g *figures) share(id string, s Share, query string) Share {
	value := 0.0
	if s.whole > 0 {
		value = math.Round(100*float64(s.part.Microseconds())/float64(s.whole.Microseconds())*100) / 100
	}
	g.add(figure{ID: id, Value: value, Unit: "percent", Shown: compact(s.String()), Period: periodMilestone, Query: query})
	return s
}

// shareOf is the share of the time in a table with t0 and t1 for which a condition holds.
func shareOf(condition string) string {
	return "coalesce(round(100.0 * sum(CASE WHEN " + condition + " THEN t1 - t0 ELSE 0 END) / sum(t1 - t0), 2), 0)"
}

// The first and the last instant of the milestone. Columns are called t0 and t1 in these queries: behind a dot, "at" would be
// a country to the leak check.
const (
	beginSQL = "(SELECT at FROM e ORDER BY seq LIMIT 1)"
	endSQL   = "(SELECT at FROM e ORDER BY seq DESC LIMIT 1)"
)

// stays goes on with a row for each time in which a device of now had one status: n is its number in the order of the
// devices' ids. A device that was there before the milestone begins with its last verdict before it.
func (g *figures) stays() string {
	return g.events() + fmt.Sprintf(`, x AS (SELECT seq, type, at AS t0, device, j FROM e), n AS (SELECT device, row_number() OVER (ORDER BY device) AS n FROM consensus_device), `+
		`verdict1 AS (SELECT device, t0, json_extract(j, '$.to') AS status FROM (SELECT *, row_number() OVER (PARTITION BY device ORDER BY seq) AS nth FROM x WHERE type = 'verdict.changed') WHERE nth = 1), `+
		`found AS (SELECT d.device, CASE WHEN v.status <> 'unknown' THEN v.t0 ELSE d.t0 END AS t0 FROM (SELECT device, min(t0) AS t0 FROM x WHERE type = 'device.discovered' GROUP BY device) AS d `+
		`LEFT JOIN verdict1 AS v ON v.device = d.device), `+
		`turn AS (SELECT n.n, n.device, e.seq, e.t0, json_extract(e.j, '$.to') AS status FROM x AS e JOIN n ON n.device = e.device WHERE e.type = 'verdict.changed' `+
		`UNION ALL SELECT n.n, n.device, 0, coalesce(found.t0, %[1]s), CASE WHEN found.t0 IS NULL THEN coalesce((SELECT json_extract(CAST(v.body AS TEXT), '$.to') `+
		`FROM event AS b JOIN verdict AS v ON v.seq = b.seq WHERE b.device = n.device AND b.seq <= %[2]d ORDER BY b.seq DESC LIMIT 1), 'unknown') ELSE 'unknown' END `+
		`FROM n LEFT JOIN found ON found.device = n.device), `+
		`stay AS (SELECT n, device, t0, status, lead(t0, 1, %[3]s) OVER (PARTITION BY n ORDER BY seq) AS t1 FROM turn)`, beginSQL, g.after, endSQL)
}

// spells goes on with a row for each time in which a ref of a source had one word on reach: n is the number of the source
// in the order of the names, next the word after it. Since is when the journal begins, or the milestone.
func (g *figures) spells(since time.Time) string {
	word := `(SELECT CASE WHEN json_extract(c.value, '$.state') IN ('up', 'down') THEN json_extract(c.value, '$.state') END FROM json_each(CAST(o.body AS TEXT), '$.claims') AS c ` +
		`WHERE json_extract(c.value, '$.facet') = 'reach' LIMIT 1)`
	return g.stays() + fmt.Sprintf(`, s AS (SELECT source, row_number() OVER (ORDER BY source) AS n FROM source_state), `+
		`raw AS (SELECT o.id AS k, o.source, o.ref, o.recorded_at AS t0, CASE WHEN coalesce(json_extract(CAST(o.body AS TEXT), '$.abstain'), '') = '' THEN %[1]s END AS state `+
		`FROM observation AS o WHERE o.late = 0 AND o.recorded_at <= %[2]s), `+
		`refs AS (SELECT DISTINCT source, ref FROM raw), `+
		`mark AS (SELECT source, t0, seq, type = 'source.blind' AS dark FROM (SELECT json_extract(j, '$.source') AS source, t0, seq, type FROM x WHERE type = 'source.blind' `+
		`OR type IN ('source.recovered', 'source.up') AND coalesce(json_extract(j, '$.from'), '') <> 'suspect')), `+
		`word AS (SELECT k, 1 AS own, source, ref, t0, state FROM raw UNION ALL SELECT m.seq, 0, m.source, r.ref, m.t0, CASE WHEN m.dark THEN NULL `+
		`ELSE (SELECT x.state FROM raw AS x WHERE x.source = m.source AND x.ref = r.ref AND x.t0 <= m.t0 ORDER BY x.k DESC LIMIT 1) END `+
		`FROM mark AS m JOIN refs AS r ON r.source = m.source), `+
		`turned AS (SELECT *, row_number() OVER w AS nth, lag(state) OVER w AS was FROM word WINDOW w AS (PARTITION BY source, ref ORDER BY t0, own, k)), `+
		`held AS (SELECT source, ref, t0, state, lead(t0) OVER v AS t1, lead(state) OVER v AS next FROM turned WHERE nth = 1 OR state IS NOT was WINDOW v AS (PARTITION BY source, ref ORDER BY t0, own, k)), `+
		`spell AS (SELECT s.n, b.device, h.source, h.ref, max(h.t0, %[3]d) AS t0, coalesce(h.t1, %[2]s) AS t1, h.state, h.next FROM held AS h JOIN s ON s.source = h.source `+
		`JOIN binding AS b ON b.source = h.source AND b.ref = h.ref AND b.device <> '' AND NOT coalesce(json_extract(CAST(b.body AS TEXT), '$.weak'), 0) `+
		`WHERE h.state IS NOT NULL AND max(h.t0, %[3]d) < coalesce(h.t1, %[2]s))`, word, endSQL, since.UnixMicro())
}

// meetings goes on with a row for each time in which two sources both had a word on a device; a and b are their numbers.
func (g *figures) meetings(since time.Time, a, b int, patience time.Duration) string {
	return g.spells(since) + fmt.Sprintf(`, met AS (SELECT x.device, max(x.t0, y.t0) AS t0, min(x.t1, y.t1) AS t1, x.state = y.state AS same, `+
		`CASE WHEN x.t1 < y.t1 AND x.next = y.state THEN 'b' WHEN y.t1 < x.t1 AND y.next = x.state THEN 'a' END AS "right" `+
		`FROM spell AS x JOIN spell AS y ON y.device = x.device WHERE x.n = %d AND y.n = %d AND x.t0 < y.t1 AND y.t0 < x.t1), `+
		`counted AS (SELECT * FROM met WHERE same OR t1 - t0 > %d)`, a, b, patience.Microseconds())
}

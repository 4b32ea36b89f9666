package store

import (
	"fmt"
	"strings"
	"testing"
)

// The queries that run often or on long tables, and the way SQLite must go: no scan of a table, no sorting.
func TestQueryPlans(t *testing.T) {
	s := mustOpen(t, folder(t), Options{})
	for _, c := range []struct{ name, query, want string }{
		{"Events", s.t.event.selectAll(queryEvents), "SEARCH event USING INTEGER PRIMARY KEY (rowid>?)"},
		{"EventsBetween", s.t.event.selectAll(queryEventsBetween), "SEARCH event USING INDEX event_at (at>? AND at<?)"},
		{"SeqBefore", queryFirstSince, "SEARCH event USING COVERING INDEX event_at (at>?)"},
		{"Changes", s.t.verdict.selectAll(queryVerdictsBy), "SEARCH verdict USING INTEGER PRIMARY KEY (rowid>?)"},
		{"EventsOf", s.t.event.selectAll(queryEventsOf), "SEARCH event USING INDEX event_device (device=?)"},
		{"IncidentEvents", s.t.event.selectAll(queryIncidents), "SEARCH event USING INDEX event_incident (seq<?)"},
		{"EventsOfWithin", s.t.event.selectAll(queryEventsOfWithin), "SEARCH event USING INDEX event_device (device=? AND seq>? AND seq<?)"},
		{"SeqAt", s.t.event.selectAll(querySeqAt), "SEARCH event USING INDEX event_at (at>?)"},
		{"Turns", s.t.event.selectAll(queryTurns), "SEARCH event USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
		{"Verdicts", queryVerdicts, "SEARCH event USING COVERING INDEX event_device (device=?) | SEARCH verdict USING INTEGER PRIMARY KEY (rowid=?)"},
		{"Observations", queryObservations, "SEARCH o USING COVERING INDEX observation_ref (source=? AND ref=? AND id<?) | SEARCH observation USING INTEGER PRIMARY KEY (rowid=?)"},
		{"Polls", s.t.poll.selectAll(queryPolls), "SEARCH poll USING INDEX poll_source (source=? AND at>?)"},
		{"Heard", s.t.poll.selectAll(queryHeard), "SEARCH poll USING INDEX poll_source (source=? AND at>? AND at<?)"},
		{"EventsOfSince", s.t.event.selectAll(queryOfSince), "SEARCH event USING INDEX event_device (device=?)"},
		{"Words", s.t.observation.selectAll(queryAfter), "SEARCH observation USING INTEGER PRIMARY KEY (rowid>?)"},
		{"Asked", s.t.poll.selectAll(queryAfter), "SEARCH poll USING INTEGER PRIMARY KEY (rowid>?)"},
		{"Readings", queryReadings, "SEARCH binding USING INDEX binding_device (device=?) | SEARCH reading USING PRIMARY KEY (source=? AND ref=?) | USE TEMP B-TREE FOR ORDER BY"},
		{"Alerts", queryLatest, "SCAN binding USING COVERING INDEX sqlite_autoindex_binding_1 | SEARCH observation USING INDEX observation_ref (source=? AND ref=? AND id>?) | " +
			"CORRELATED SCALAR SUBQUERY 1 | SEARCH o USING INDEX observation_ref (source=? AND ref=?)"},
		{"prints", queryPrints, "CO-ROUTINE refs | SETUP | CO-ROUTINE (subquery-1) | SCAN observation USING COVERING INDEX observation_ref | " +
			"SCAN (subquery-1) | RECURSIVE STEP | SCAN refs | SEARCH next USING INTEGER PRIMARY KEY (rowid=?) | CORRELATED SCALAR SUBQUERY 3 | " +
			"SEARCH observation USING COVERING INDEX observation_ref (source=? AND ref>?) | CORRELATED SCALAR SUBQUERY 4 | " +
			"SEARCH observation USING COVERING INDEX observation_ref (source>?) | SCAN refs | SEARCH o USING INDEX observation_ref (source=? AND ref=? AND id>? AND id<?) | " +
			"CORRELATED SCALAR SUBQUERY 6 | SEARCH observation USING INDEX observation_ref (source=? AND ref=? AND id<?)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := plan(s, c.query)
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("\ngot  %s\nwant %s", got, c.want)
			}
		})
	}
}

func plan(s *Store, query string) (string, error) {
	args := make([]any, strings.Count(query, "?"))
	for i := range args {
		args[i] = i
	}
	rows, err := s.db.Query("EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return "", err
		}
		steps = append(steps, fmt.Sprint(step))
	}
	return strings.Join(steps, " | "), rows.Err()
}

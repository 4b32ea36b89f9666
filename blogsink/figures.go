package blogsink

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// figure is one number of a post, with the query over the record that gives it again. It names nothing private:
// devices and sources are told by the events that are about them.
type figure struct {
	ID string `json:"id"` // words with dots between, unique in a post
	// Value is a whole number of its unit but for shares, which are in percent.
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Shown is how the post may write it.
	Shown []string `json:"shown"`
	// Period is "milestone" for what happened since the milestone before, "now" for what is held at its last event, and
	// "record" for all since the record began.
	Period string `json:"period"`
	Query  string `json:"query"` // SQLite's SQL over quorate.db; one row, one column
}

// The periods of figures.
const (
	periodMilestone = "milestone"
	periodNow       = "now"
	periodRecord    = "record"
)

// figures are those of one post. Whoever puts a number into Facts says here where it comes from.
type figures struct {
	after, last int64 // the events of the milestone
	list        []figure
	known       map[string]bool
}

func newFigures(after, last int64) *figures {
	return &figures{after: after, last: last, known: map[string]bool{}}
}

// columnAt is a column that the leak check would take for a host in Austria, were it not in brackets.
var columnAt = regexp.MustCompile(`\b([a-z_]+)\.at\b`)

// add takes a figure once: the same one may stand at several places of a post.
func (g *figures) add(f figure) {
	if !g.known[f.ID] {
		f.Query = columnAt.ReplaceAllString(f.Query, "$1.[at]")
		g.known[f.ID] = true
		g.list = append(g.list, f)
	}
}

// count adds a number of things and returns it.
func (g *figures) count(id string, n int, unit, period, query string) Count {
	c := Count(n)
	g.add(figure{ID: id, Value: float64(n), Unit: unit, Shown: compact(c.String(), c.Word()), Period: period, Query: query})
	return c
}

// span adds a length of time, rounded to seconds, and returns it. The query gives seconds.
func (g *figures) span(id string, d time.Duration, query string) Span {
	s := wholeSeconds(d)
	g.add(figure{ID: id, Value: time.Duration(s).Seconds(), Unit: "seconds", Shown: []string{s.String()}, Period: periodMilestone, Query: query})
	return s
}

// stamp adds the instant of an event and returns it. The value is in seconds since 1970.
func (g *figures) stamp(id string, s Stamp, seq int64) Stamp {
	g.add(figure{
		ID: id, Value: float64(s.at.Unix()), Unit: "unix seconds", Shown: compact(s.Clock(), s.Day(), s.Date()), Period: periodMilestone,
		Query: fmt.Sprintf("SELECT at / 1000000 FROM event WHERE seq = %d", seq),
	})
	return s
}

// sorted returns the figures by their ids.
func (g *figures) sorted() []figure {
	return slices.SortedFunc(slices.Values(g.list), func(a, b figure) int { return cmp.Compare(a.ID, b.ID) })
}

// events begins a query: e are the events of the milestone but the blog's own, j being an event as JSON.
func (g *figures) events() string {
	return fmt.Sprintf("WITH e AS (SELECT seq, type, at, device, CAST(body AS TEXT) AS j FROM event WHERE seq > %d AND seq <= %d "+
		"AND type NOT LIKE 'milestone.%%' AND type NOT LIKE 'publish.%%')", g.after, g.last)
}

// number is a query for how many events of the milestone fit.
func (g *figures) number(where string) string {
	return g.events() + " SELECT count(*) FROM e WHERE " + where
}

// incidents goes on with the outages: the incidents that began in the milestone and were not found to be part of others.
func (g *figures) incidents() string {
	return g.events() + `, i AS (SELECT json_extract(j, '$.incident') AS id, min(CASE WHEN type = 'incident.opened' THEN seq END) AS seq, ` +
		`min(CASE WHEN type = 'incident.opened' THEN at END) AS opened, max(CASE WHEN type = 'incident.closed' THEN at END) AS closed, ` +
		`max((SELECT count(*) FROM json_each(j, '$.devices') AS d WHERE json_extract(d.value, '$.id') <> json_extract(j, '$.because.id'))) AS behind ` +
		`FROM e WHERE type LIKE 'incident.%' AND json_extract(j, '$.source') IS NULL GROUP BY 1 ` +
		`HAVING opened IS NOT NULL AND NOT max(type = 'incident.closed' AND json_extract(j, '$.text') LIKE 'the incident is over after %: it is part of the incident of %'))`
}

// seconds rounds an expression in microseconds, as wholeSeconds does.
func seconds(micros string) string { return "(" + micros + " + 500000) / 1000000" }

// wholeSeconds rounds a length of time to seconds; less than none is none.
func wholeSeconds(d time.Duration) Span {
	return Span((max(d, 0).Truncate(time.Microsecond) + time.Second/2).Truncate(time.Second))
}

// compact leaves out what is empty or there already.
func compact(texts ...string) []string {
	var out []string
	for _, t := range texts {
		if t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

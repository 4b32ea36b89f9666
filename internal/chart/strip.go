package chart

import (
	"fmt"
	"time"
)

// Strip is a time line: a row for each device or source, and what it was at each time.
type Strip struct {
	Head
	From, To time.Time
	// Zone is that of the axis; nil means UTC.
	Zone *time.Location
	Rows []Row
}

// Row is one line of a Strip. Rows of one group stand together under its name.
type Row struct {
	Group, Label string
	// Spans may overlap and may reach beyond the strip; what none covers stays empty.
	Spans []Span
}

// Span is a stretch of time in one state.
type Span struct {
	From, To time.Time
	State    State
}

const (
	// maxRows is how many rows are drawn, in strips and bars.
	maxRows = 40
	// column is the width of the smallest thing that is drawn: an outage of a minute in a month must be seen.
	column = 2.0
	// letterRoom is how wide a span is that has room for its letter.
	letterRoom = 14.0
	// tile is how wide one tile of a pattern is.
	tile = 6.0
)

// SVG draws the strip. A column of it is a stretch of time, which shows the worst that happened in it: short outages
// are wider than they lasted, and nothing ever covers them.
func (s *Strip) SVG() []byte {
	c := newCanvas(s.Head)
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	rows := s.Rows
	if left := len(rows) - maxRows; left > 0 {
		rows = rows[:maxRows]
		c.tell(fmt.Sprintf("%d more rows are left out.", left))
	}
	label := 0.0
	for i := range rows {
		label = max(label, width(clean(rows[i].Label, maxLabel), body))
	}
	label = min(max(label, 40), 150)
	left := margin + label + 10
	columns := int((c.full - margin - left) / column)
	wide := float64(columns) * column
	span := s.To.Sub(s.From)
	if span <= 0 || len(rows) == 0 {
		c.text(margin, c.y+body, "Nothing is recorded of this time.", body, "start", soft)
		c.y += 22
		return c.bytes()
	}
	x := func(t time.Time) float64 { return left + wide*float64(t.Sub(s.From))/float64(span) }
	top := c.y
	group := ""
	type placed struct {
		row *Row
		y   float64
	}
	var at []placed
	for i := range rows {
		if g := clean(rows[i].Group, maxLabel); g != group {
			group = g
			c.text(margin, c.y+14, fit(g, small, c.full-2*margin), small, "start", soft)
			c.y += 20
		}
		at = append(at, placed{&rows[i], c.y})
		c.y += 24
	}
	c.grid(s.From, s.To, zone, top, x)
	for _, p := range at {
		c.text(margin, p.y+16, fit(clean(p.row.Label, maxLabel), body, label), body, "start", strong)
		c.runs(quantize(p.row.Spans, s.From, s.To, columns), left, p.y+3)
	}
	c.y += 22
	c.tell(fmt.Sprintf("One column of the picture is %s and shows the worst that happened in it.", about(span/time.Duration(columns))))
	c.legend()
	return c.bytes()
}

// grid draws the marks of time, from top to the line below the rows, and their labels.
func (c *canvas) grid(from, to time.Time, zone *time.Location, top float64, x func(time.Time) float64) {
	marks := ticks(from, to, zone)
	taken := margin + width(zoneName(from.In(zone)), small) + 6
	c.text(margin, c.y+17, zoneName(from.In(zone)), small, "start", soft)
	c.line(x(from), c.y, x(to), c.y)
	for _, m := range marks {
		c.line(x(m.at), top, x(m.at), c.y+4)
		half := width(m.label, small) / 2
		at := min(x(m.at), c.full-4-half)
		if at-half < taken {
			continue
		}
		c.text(at, c.y+17, m.label, small, "middle", soft)
		taken = at + half + 6
	}
}

// run is several columns of one state.
type run struct {
	state    State
	from, to int // columns; to is not included
}

// quantize takes spans into columns, the worst wins, and neighbours of one state together. Runs do not overlap and
// follow each other; columns of None are in none of them.
func quantize(spans []Span, from, to time.Time, columns int) []run {
	worst := make([]State, columns)
	total := to.Sub(from)
	for _, s := range spans {
		if s.State <= None || s.State >= stateCount || !s.From.Before(s.To) || !s.From.Before(to) || !s.To.After(from) {
			continue
		}
		a, b := max(s.From.Sub(from), 0), min(s.To.Sub(from), total)
		first := int(float64(a) / float64(total) * float64(columns))
		last := int(float64(b-1) / float64(total) * float64(columns))
		for i := min(first, columns-1); i <= min(last, columns-1); i++ {
			worst[i] = max(worst[i], s.State)
		}
	}
	var out []run
	for i, s := range worst {
		if n := len(out); n > 0 && out[n-1].state == s && out[n-1].to == i {
			out[n-1].to++
		} else if s != None {
			out = append(out, run{s, i, i + 1})
		}
	}
	return out
}

func (c *canvas) runs(runs []run, left, y float64) {
	for _, r := range runs {
		x, w := left+column*float64(r.from), column*float64(r.to-r.from)
		if w < tile && r.state != Up {
			c.rect(x, y-2, w, 22, c.plain(r.state)) // taller, for it is narrow
			continue
		}
		c.rect(x, y, w, 18, c.fill(r.state))
	}
	for _, r := range runs {
		if column*float64(r.to-r.from) >= letterRoom {
			c.letter(r.state, left+column*float64(r.from+r.to)/2, y+9)
		}
	}
}

// about is a length of time in words, to a figure or two.
func about(d time.Duration) string {
	for _, u := range []struct {
		size      time.Duration
		one, many string
	}{{24 * time.Hour, "day", "days"}, {time.Hour, "hour", "hours"}, {time.Minute, "minute", "minutes"}, {time.Second, "second", "seconds"}} {
		switch {
		case d >= 3*u.size/2:
			return fmt.Sprintf("about %d %s", (d+u.size/2)/u.size, u.many)
		case d >= u.size:
			return "about one " + u.one
		}
	}
	return "less than a second"
}

package chart

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Lanes shows on one axis what each source said of one device, and below it what was held to be true.
type Lanes struct {
	Head
	From, To time.Time
	// Now is where the line of now is drawn; it is left out where it does not lie between From and To.
	Now time.Time
	// Zone is that of the axis; nil means UTC.
	Zone    *time.Location
	Sources []Lane
	Verdict Lane
	// Marks are what happened, in the order of time: they are numbered from 1.
	Marks []time.Time
}

// Lane is one line of Lanes. Its spans are as those of a Row: the worst of what meets is drawn.
type Lane struct {
	Label string
	Spans []Span
	// Failed are the times in which the source's polls failed: a bar below the lane, for what it said last still counts
	// until it is too old. Their states are ignored.
	Failed []Span
}

const (
	lane     = 28.0 // how high a lane is with its bar
	laneBody = 18.0
	failBar  = 4.0
	// markRoom is how far apart two marks must be to have numbers of their own.
	markRoom = 18.0
)

// SVG draws the lanes, the verdict's below a line, and across them the marks and now.
func (l *Lanes) SVG() []byte {
	c := newCanvas(l.Head)
	zone := l.Zone
	if zone == nil {
		zone = time.UTC
	}
	span := l.To.Sub(l.From)
	if span <= 0 {
		c.text(margin, c.y+body, "Nothing is recorded of this time.", body, "start", soft)
		c.y += 22
		return c.bytes()
	}
	sources := l.Sources
	if left := len(sources) - maxRows; left > 0 {
		sources = sources[:maxRows]
		c.tell(fmt.Sprintf("%d more sources are left out.", left))
	}
	verdict := clean(l.Verdict.Label, maxLabel)
	label := width(verdict, body) * bold
	for i := range sources {
		label = max(label, width(clean(sources[i].Label, maxLabel), body))
	}
	label = min(max(label, 40), 150)
	left := margin + label + 10
	columns := int((c.full - margin - left) / column)
	x := func(t time.Time) float64 {
		return left + float64(columns)*column*float64(t.Sub(l.From))/float64(span)
	}
	c.y += 16 // the numbers of the marks
	top := c.y
	rows := c.y
	c.y += lane*float64(len(sources)) + 4 + lane
	c.grid(l.From, l.To, zone, top, x)
	for i := range sources {
		s := &sources[i]
		y := rows + lane*float64(i)
		c.text(margin, y+16, fit(clean(s.Label, maxLabel), body, label), body, "start", strong)
		c.runs(quantize(s.Spans, l.From, l.To, columns), left, y+2)
		for _, r := range quantize(failed(s.Failed), l.From, l.To, columns) {
			c.rect(left+column*float64(r.from), y+2+laneBody+1, column*float64(r.to-r.from), failBar, c.plain(Blind))
		}
	}
	y := rows + lane*float64(len(sources))
	c.line(margin, y, c.full-margin, y)
	c.text(margin, y+21, fit(verdict, body*bold, label), body, "start", strong+` font-weight="700"`)
	c.runs(quantize(l.Verdict.Spans, l.From, l.To, columns), left, y+6)
	c.marks(l, x, top)
	c.y += 22
	c.tell(fmt.Sprintf("One column of the picture is %s and shows the worst that happened in it.", about(span/time.Duration(columns))))
	c.legend()
	return c.bytes()
}

func failed(spans []Span) []Span {
	out := make([]Span, len(spans))
	for i, s := range spans {
		out[i] = Span{s.From, s.To, Blind}
	}
	return out
}

// group is marks that stand so close together that they share a number.
type group struct {
	x           float64
	first, last int
}

// groups numbers the marks between from and to; those with less room than markRoom to the group before join it.
func groups(marks []time.Time, from, to time.Time, x func(time.Time) float64) []group {
	var out []group
	for i, m := range marks {
		if m.Before(from) || m.After(to) {
			continue
		}
		at := x(m)
		if n := len(out); n > 0 && math.Abs(at-out[n-1].x) < markRoom {
			out[n-1].last = i + 1
			continue
		}
		out = append(out, group{at, i + 1, i + 1})
	}
	return out
}

// marks draws a dashed line for every group of marks with its numbers above, and one for now.
func (c *canvas) marks(l *Lanes, x func(time.Time) float64, top float64) {
	c.marked = true
	taken := 0.0
	for _, g := range groups(l.Marks, l.From, l.To, x) {
		c.add(`<path d="M%s %sV%s" class="e" stroke="#57606a" stroke-dasharray="3 3" fill="none"/>`+"\n", num(g.x), num(top-3), num(c.y))
		text := strconv.Itoa(g.first)
		if g.last > g.first {
			text += "–" + strconv.Itoa(g.last)
		}
		half := width(text, small) / 2
		at := min(max(g.x, half+2), c.full-half-2)
		if at-half < taken {
			continue // its line stays; the table has the number
		}
		c.text(at, top-5, text, small, "middle", soft)
		taken = at + half + 3
	}
	if l.Now.Before(l.From) || l.Now.After(l.To) {
		return
	}
	at := x(l.Now)
	c.add(`<path d="M%s %sV%sM%s %sl4 -6h-8z" class="v" stroke="#1f2328" fill="#1f2328" stroke-width="1.5"/>`+"\n", num(at), num(top), num(c.y), num(at), num(top))
}

package chart

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Bars shows for each device or group how much of its time it was up, down and unknown.
type Bars struct {
	Head
	Rows []Bar
}

// Bar is one line of Bars: lengths of time, none negative. Together they are all that is known of it.
type Bar struct {
	Group, Label      string
	Up, Down, Unknown time.Duration
}

// SVG draws the bars, all of the same length: what is seen is the share.
func (s *Bars) SVG() []byte {
	c := newCanvas(s.Head)
	rows := s.Rows
	if left := len(rows) - maxRows; left > 0 {
		rows = rows[:maxRows]
		c.tell(fmt.Sprintf("%d more rows are left out.", left))
	}
	if len(rows) == 0 {
		c.text(margin, c.y+body, "Nothing is recorded of this time.", body, "start", soft)
		c.y += 22
		return c.bytes()
	}
	label := 0.0
	for i := range rows {
		label = max(label, width(clean(rows[i].Label, maxLabel), body))
	}
	label = min(max(label, 40), 150)
	const figure = 64.0 // of a column with shares
	left := margin + label + 10
	right := c.full - margin - 2*figure
	wide := right - left - 10
	c.text(right+figure-4, c.y+small, "up", small, "end", soft)
	c.text(right+2*figure, c.y+small, "unknown", small, "end", soft)
	c.y += 20
	group := ""
	for i := range rows {
		r := &rows[i]
		if g := clean(r.Group, maxLabel); g != group {
			group = g
			c.text(margin, c.y+14, fit(g, small, c.full-2*margin), small, "start", soft)
			c.y += 20
		}
		c.text(margin, c.y+16, fit(clean(r.Label, maxLabel), body, label), body, "start", strong)
		total := r.Up + r.Down + r.Unknown
		x := left
		for k, w := range widths([]time.Duration{r.Up, r.Down, r.Unknown}, wide) {
			if w > 0 {
				state := []State{Up, Down, Unknown}[k]
				if w < tile {
					c.rect(x, c.y+3, w, 18, c.plain(state))
				} else {
					c.rect(x, c.y+3, w, 18, c.fill(state))
				}
				if w >= letterRoom {
					c.letter(state, x+w/2, c.y+12)
				}
				x += w
			}
		}
		c.text(right+figure-4, c.y+16, Percent(r.Up, total), body, "end", strong)
		unknown := Percent(r.Unknown, total)
		if r.Unknown == 0 {
			unknown = "–"
		}
		c.text(right+2*figure, c.y+16, unknown, body, "end", soft)
		c.y += 24
	}
	c.legend()
	return c.bytes()
}

// widths shares a width among parts, to a tenth. A part that is not zero is two wide at least, and all of them together
// are exactly as wide as was given; all are zero where nothing is to be shared.
func widths(parts []time.Duration, wide float64) []float64 {
	var total time.Duration
	biggest := 0
	for i, p := range parts {
		total += max(p, 0)
		if p > parts[biggest] {
			biggest = i
		}
	}
	out := make([]float64, len(parts))
	if total <= 0 {
		return out
	}
	wide = math.Round(wide*10) / 10
	rest := wide
	for i, p := range parts {
		if p > 0 && i != biggest {
			out[i] = max(math.Round(wide*float64(p)/float64(total)*10)/10, column)
			rest -= out[i]
		}
	}
	out[biggest] = math.Round(rest*10) / 10
	return out
}

// Percent is a share in per cent as tables and pictures write it. Only all is 100 and only nothing is 0: what is nearly
// so is cut to two digits instead. Of nothing there is no share.
func Percent(part, whole time.Duration) string {
	switch {
	case whole <= 0:
		return "–"
	case part <= 0:
		return "0 %"
	case part >= whole:
		return "100 %"
	}
	p := 100 * float64(part) / float64(whole)
	switch {
	case p < 0.01:
		return "under 0.01 %"
	case p >= 99 || p < 1:
		return strconv.FormatFloat(min(math.Round(p*100)/100, 99.99), 'f', 2, 64) + " %"
	}
	return strconv.FormatFloat(math.Round(p*10)/10, 'f', 1, 64) + " %"
}

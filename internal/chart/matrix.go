package chart

import (
	"fmt"
	"strconv"
	"time"
)

// Matrix shows how often sources said the same.
type Matrix struct {
	Head
	// Sources are the names of rows and columns.
	Sources []string
	// Pairs are the cells below the diagonal; a pair that is missing was never compared.
	Pairs []Pair
	// Unit says what Count counts, such as "contradictions".
	Unit string
}

// Pair is one cell: the sources A and B by their places in Sources.
type Pair struct {
	A, B int
	// Agreed of Compared is the share that is written and shaded.
	Agreed, Compared time.Duration
	Count            int
}

// maxSources is how many rows a matrix has; its cells would have no room for their figures.
const maxSources = 6

const (
	// roomy is how wide a cell is that has room for words.
	roomy = 110.0
	// bold is how much wider bold letters are.
	bold = 1.15
)

// SVG draws the lower half, as both halves say the same: the names stand on the diagonal, a cell belongs to the name to
// the right of it and to the name above it.
func (m *Matrix) SVG() []byte {
	c := newCanvas(m.Head)
	n := len(m.Sources)
	if n > maxSources {
		c.tell(fmt.Sprintf("%d more sources are left out.", n-maxSources))
		n = maxSources
	}
	if n < 2 {
		c.text(margin, c.y+body, "There are no two monitors to compare.", body, "start", soft)
		c.y += 22
		return c.bytes()
	}
	cells := map[[2]int]*Pair{}
	for i := range m.Pairs {
		if p := &m.Pairs[i]; p.A != p.B && p.A >= 0 && p.B >= 0 && p.A < n && p.B < n {
			cells[[2]int{max(p.A, p.B), min(p.A, p.B)}] = p
		}
	}
	wide := min((c.full-2*margin)/float64(n), 152)
	const high = 54.0
	left := (c.full - wide*float64(n)) / 2
	c.shades = true
	for row := range n {
		y := c.y + high*float64(row)
		for col := range row {
			c.cell(cells[[2]int{row, col}], left+wide*float64(col), y, wide, high, c.unit(m.Unit, wide))
		}
		x := left + wide*float64(row)
		size := body
		if wide < roomy {
			size = 12
		}
		name := lines(clean(m.Sources[row], maxLabel), size*bold, wide-6, 2)
		for i, line := range name {
			c.text(x+wide/2, y+high/2+5+18*(float64(i)-float64(len(name)-1)/2), line, size, "middle", strong+` font-weight="600"`)
		}
		c.add(`<rect x="%s" y="%s" width="%s" height="%s" class="g" fill="none" stroke="#d0d7de"/>`+"\n", num(x+1), num(y+1), num(wide-2), num(high-2))
	}
	c.y += high*float64(n) + 6
	if wide < roomy && m.Unit != "" {
		c.text(margin, c.y+small, "The second figure: "+clean(m.Unit, maxLabel)+".", small, "start", soft)
		c.y += 20
	}
	c.tell("Each cell has the share in which the two agreed, a bar of that length, and a count.")
	return c.bytes()
}

// unit is what follows a count where a cell has room for it.
func (c *canvas) unit(u string, wide float64) string {
	if wide < roomy || u == "" {
		return ""
	}
	return " " + clean(u, maxLabel)
}

func (c *canvas) cell(p *Pair, x, y, w, h float64, unit string) {
	if p == nil || p.Compared <= 0 {
		c.rect(x+1, y+1, w-2, h-2, `class="c0" fill="`+shades[0].light+`"`)
		word := "never compared"
		if w < roomy {
			word = "–"
		}
		c.text(x+w/2, y+h/2+5, word, small, "middle", `class="x0" fill="`+shades[0].ink+`"`)
		return
	}
	s := shade(p.Agreed, p.Compared)
	ink := fmt.Sprintf(`class="x%d" fill="%s"`, s, shades[s].ink)
	c.rect(x+1, y+1, w-2, h-2, fmt.Sprintf(`class="c%d" fill="%s"`, s, shades[s].light))
	c.text(x+w/2, y+22, Percent(p.Agreed, p.Compared), body+1, "middle", ink+` font-weight="600"`)
	c.text(x+w/2, y+39, fit(strconv.Itoa(p.Count)+unit, small, w-6), small, "middle", ink)
	bar := widths([]time.Duration{p.Agreed, p.Compared - p.Agreed}, w-14)
	c.rect(x+7, y+h-8, bar[0], 3, ink)
}

// shade is darker the more two agree: below a half, nine tenths, 99 and 99.9 per cent, and above.
func shade(agreed, compared time.Duration) int {
	share := float64(agreed) / float64(compared)
	for i, limit := range []float64{0.5, 0.9, 0.99, 0.999} {
		if share < limit {
			return i
		}
	}
	return len(shades) - 1
}

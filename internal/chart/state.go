package chart

import (
	"fmt"
	"strings"
)

// State is what a stretch of time was. The order is that of how bad it is: the worst is drawn where several meet.
type State int

// The states of devices and of sources. None is time of which nothing is to be said: nothing is drawn.
const (
	None State = iota
	Up
	Maintenance
	Unknown
	Abstained // of a source: it knows the device and said nothing
	Stale     // of a source: what it said last was too old to count
	Blind     // of a source: its polls failed
	Suspect   // of a source: it was not believed
	Disputed
	Degraded
	Split // of a source: up and down at once
	Down
	stateCount
)

// look is how a state is drawn: a colour for each theme, the lines of its pattern in a tile of 6 by 6, a letter, and
// its word in the legend. Colours stand out from the ground by 3 to 1 at least, letters from the colour by 4.5.
type look struct {
	class, light, dark, lines, letter, word string
}

var looks = [stateCount]look{
	Up:          {"u", "#3d9970", "#3fb27f", "", "", "up"},
	Maintenance: {"n", "#57606a", "#9aa4ae", "M0 0H6", "M", "maintenance"},
	Unknown:     {"k", "#6a737d", "#8b949e", "M-1 1L1 -1M0 6L6 0M5 7L7 5", "?", "unknown"},
	Abstained:   {"a", "#5d6b78", "#98a6b3", "M1.5 1.5H4.5V4.5H1.5Z", "A", "abstains"},
	Stale:       {"o", "#6e6259", "#ada094", "M0 1.5H3M3 4.5H6", "Z", "silent: too old to count"},
	Blind:       {"i", "#0b5ca8", "#58a6ff", "M0 1.5H6M0 4.5H6", "B", "blind: its polls failed"},
	Suspect:     {"s", "#7b3fc4", "#bc8cf8", "M1.5 0V6M4.5 0V6", "S", "not believed"},
	Disputed:    {"q", "#9a5b00", "#e3a341", "M2 2H4V4H2Z", "!", "disputed"},
	Degraded:    {"w", "#756600", "#d4c04a", "M0 3H6", "W", "degraded"},
	Split:       {"p", "#9c4221", "#f0883e", "M0 0L6 6M-1 5L1 7M5 -1L7 1", "P", "partly down"},
	Down:        {"d", "#b3261e", "#ff7b72", "M0 0L6 6M0 6L6 0", "D", "down"},
}

// shades are five steps of a blue for shares, from little to all; letters on them keep 4.5 to 1.
var shades = [...]struct{ light, dark, ink, inkDark string }{
	{"#eef3fa", "#16202e", "#1f2328", "#e6e9f3"},
	{"#d3e2f4", "#1b3150", "#1f2328", "#e6e9f3"},
	{"#a9c8ea", "#1f4475", "#1f2328", "#ffffff"},
	{"#2f6db3", "#2a5f9e", "#ffffff", "#ffffff"},
	{"#1b4a80", "#a9c8ea", "#ffffff", "#0d1117"},
}

// fill is the attribute of a group of shapes in a state.
func (c *canvas) fill(s State) string {
	if looks[s].lines == "" {
		return c.plain(s)
	}
	c.used[s] = true
	return fmt.Sprintf(`fill="url(#%s-%s)"`, c.id, looks[s].class)
}

// plain is fill without the pattern, for shapes that are narrower than one tile of it.
func (c *canvas) plain(s State) string {
	c.used[s] = true
	return fmt.Sprintf(`class="%s" fill="%s"`, looks[s].class, looks[s].light)
}

// letter writes the letter of a state into the middle of a shape that has room for it.
func (c *canvas) letter(s State, x, y float64) {
	l := looks[s]
	if l.letter != "" {
		c.add(`<text x="%s" y="%s" font-size="12" font-weight="700" text-anchor="middle" class="l%s" fill="#ffffff" stroke="%s" stroke-width="3.5" paint-order="stroke">%s</text>`+"\n",
			num(x), num(y+4.2), l.class, l.light, l.letter)
	}
}

// style writes the dark theme over the attributes that the shapes have, where the picture is to bring its own.
func (c *canvas) style(out *strings.Builder) {
	if c.bare {
		return
	}
	out.WriteString("<style>@media (prefers-color-scheme: dark) {\n.b{fill:#0d1117}.t{fill:#e6e9f3}.m{fill:#9aa4ae}.g{stroke:#3d444d}.h{stroke:#0d1117}\n")
	if c.marked {
		out.WriteString(".e{stroke:#9aa4ae}.v{stroke:#e6e9f3;fill:#e6e9f3}\n")
	}
	for s, used := range c.used {
		if used {
			l := looks[s]
			fmt.Fprintf(out, ".%s{fill:%s}.l%s{fill:#0d1117;stroke:%s}\n", l.class, l.dark, l.class, l.dark)
		}
	}
	if c.shades {
		for i, s := range shades {
			fmt.Fprintf(out, ".c%d{fill:%s}.x%d{fill:%s}\n", i, s.dark, i, s.inkDark)
		}
	}
	out.WriteString("}</style>\n")
}

// patterns defines those of the states in use.
func (c *canvas) patterns(out *strings.Builder) {
	for s, used := range c.used {
		l := looks[s]
		if !used || l.lines == "" {
			continue
		}
		fmt.Fprintf(out, `<pattern id="%s-%s" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" class="%s" fill="%s"/><path d="%s" class="h" fill="none" stroke="#ffffff" stroke-opacity="0.55" stroke-width="1"/></pattern>`+"\n",
			c.id, l.class, l.class, l.light, l.lines)
	}
}

// legend draws a swatch and a word for each state in use, in lines.
func (c *canvas) legend() {
	const box, gap = 20.0, 6.0
	x, began := margin, false
	for s, used := range c.used {
		if !used {
			continue
		}
		w := box + gap + width(looks[s].word, small) + 14
		if began && x+w > c.full-margin {
			x, c.y = margin, c.y+24
		}
		if !began {
			c.y += 8
			began = true
		}
		c.rect(x, c.y, box, 16, c.fill(State(s)))
		c.letter(State(s), x+box/2, c.y+8)
		c.text(x+box+gap, c.y+13, looks[s].word, small, "start", strong)
		x += w
	}
	if began {
		c.y += 20
	}
}

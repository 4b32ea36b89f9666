package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
)

// A picture is 480 units wide. Shown at 360 pixels, its smallest text has 10.
const (
	full   = 480.0
	margin = 12.0
	body   = 15.0 // sizes of text
	small  = 13.5
	// shown is how wide a page shows a picture that it gives more room.
	shown = 720.0
	// desk is how wide a picture for a desk is, in units and pixels.
	desk = 960.0
)

// Head names a picture.
type Head struct {
	// ID begins the ids inside of the picture, so that several stand on one page. What is no letter, digit or hyphen is
	// left out of it.
	ID string
	// Title is what the picture is of, in a few words: it is also drawn.
	Title string
	// Desc tells in a sentence or two what is to be seen. What was left out of the picture is added to it.
	Desc string
	// Wide makes the picture 960 units wide, for where it has that room.
	Wide bool
	// Bare leaves the dark theme out: it is for pages that forbid style elements. Their own style sheet gives the classes
	// their colours by night.
	Bare bool
}

// canvas collects the parts of a picture.
type canvas struct {
	id     string
	full   float64 // how wide it is, in units
	shown  float64 // and in pixels, where a page gives it more room
	bare   bool
	title  string
	desc   []string
	used   [stateCount]bool
	shades bool
	marked bool // with lines of events and of now
	b      strings.Builder
	y      float64 // what is above is taken
}

func newCanvas(h Head) *canvas {
	id := device.Slug(h.ID)
	if id == "" {
		id = "chart"
	}
	c := &canvas{id: id, full: full, shown: shown, bare: h.Bare, title: clean(h.Title, maxTitle), y: margin}
	if h.Wide {
		c.full, c.shown = desk, desk
	}
	c.tell(clean(h.Desc, maxDesc))
	for _, line := range lines(c.title, body, c.full-2*margin, 2) {
		c.y += body
		c.text(margin, c.y, line, body, "start", `class="t" fill="#1f2328" font-weight="600"`)
		c.y += 4
	}
	if c.title != "" {
		c.y += 6
	}
	return c
}

// tell adds a sentence to the description.
func (c *canvas) tell(sentence string) {
	if sentence != "" {
		c.desc = append(c.desc, sentence)
	}
}

// num writes a coordinate with one digit at most: the same on every machine.
func num(x float64) string {
	x = math.Round(x*10) / 10
	if x == 0 { // no minus zero
		x = 0
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

func (c *canvas) add(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }

func (c *canvas) rect(x, y, w, h float64, attrs string) {
	c.add(`<rect x="%s" y="%s" width="%s" height="%s" %s/>`+"\n", num(x), num(y), num(w), num(h), attrs)
}

func (c *canvas) line(x1, y1, x2, y2 float64) {
	c.add(`<path d="M%s %sL%s %s" class="g" stroke="#d0d7de"/>`+"\n", num(x1), num(y1), num(x2), num(y2))
}

// text draws a cleaned text; y is its base line.
func (c *canvas) text(x, y float64, s string, size float64, anchor, attrs string) {
	if s == "" {
		return
	}
	c.add(`<text x="%s" y="%s" font-size="%s" text-anchor="%s" %s>%s</text>`+"\n", num(x), num(y), num(size), anchor, attrs, escape(s))
}

// The attributes of texts: what matters, and what goes with it.
const (
	strong = `class="t" fill="#1f2328"`
	soft   = `class="m" fill="#57606a"`
)

// bytes puts the picture together.
func (c *canvas) bytes() []byte {
	var out strings.Builder
	h := math.Ceil(c.y + margin)
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" role="img" aria-labelledby="%s-title %s-desc" font-family="system-ui, sans-serif">`+"\n",
		num(c.shown), num(h*c.shown/c.full), num(c.full), num(h), c.id, c.id)
	fmt.Fprintf(&out, "<title id=\"%s-title\">%s</title>\n<desc id=\"%s-desc\">%s</desc>\n", c.id, escape(c.title), c.id, escape(strings.Join(c.desc, " ")))
	c.style(&out)
	c.patterns(&out)
	fmt.Fprintf(&out, `<rect width="%s" height="%s" class="b" fill="#ffffff"/>`+"\n", num(c.full), num(h))
	out.WriteString(c.b.String())
	out.WriteString("</svg>\n")
	return []byte(out.String())
}

package lab

import (
	"bytes"
	"strings"
)

// markup is a body that is made piece by piece.
type markup struct {
	head  string
	n     int
	piece func(b []byte, i int) []byte
	tail  string
}

// XMLFlaw is a way in which PRTG's XML comes out wrong. The bare "&" in the options of the tree is always there.
type XMLFlaw string

// The flaws. Each is in the middle of the body.
const (
	FlawNone      XMLFlaw = ""
	FlawAmpersand XMLFlaw = "ampersand" // a bare "&" in text
	FlawEntity    XMLFlaw = "entity"    // &nbsp;, which XML does not know
	FlawNUL       XMLFlaw = "nul"       // a NUL
	FlawControl   XMLFlaw = "control"   // &#x1;
	FlawCharset   XMLFlaw = "charset"   // cp1252 under a prolog that says UTF-8
	FlawLess      XMLFlaw = "less"      // a bare "<" in text
	FlawUnclosed  XMLFlaw = "unclosed"  // an end tag is missing
	FlawCut       XMLFlaw = "cut"       // the body ends in the middle
	FlawHTML      XMLFlaw = "html"      // a page in its place
)

// SetXML has every table, tree and history in XML come with a flaw.
func (p *PRTG) SetXML(f XMLFlaw) {
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	p.flaw = f
}

// spoil puts the flaw into m.
func (f XMLFlaw) spoil(m markup) markup {
	middle, piece := m.n/2, m.piece
	switch f {
	case FlawNone:
		return m
	case FlawHTML:
		return markup{head: "<html><head><title>PRTG</title></head><body><p>Loading</body></html>"}
	case FlawCut:
		return markup{head: m.head, n: middle, piece: piece}
	case FlawUnclosed:
		m.piece = func(b []byte, i int) []byte {
			at := len(b)
			b = piece(b, i)
			if i == middle {
				for _, end := range []string{"</sensor>", "</item>"} {
					if n := bytes.Index(b[at:], []byte(end)); n >= 0 {
						return append(b[:at+n], b[at+n+len(end):]...)
					}
				}
			}
			return b
		}
		return m
	}
	wrong := map[XMLFlaw]string{FlawAmpersand: "a & b", FlawEntity: "&nbsp;", FlawNUL: "\x00", FlawControl: "&#x1;", FlawCharset: "K\xfcche", FlawLess: "a < b"}[f]
	m.piece = func(b []byte, i int) []byte {
		at := len(b)
		b = piece(b, i)
		if i != middle {
			return b
		}
		own := string(b[at:])
		// Into the first text that is a name.
		for _, start := range []string{"<name>", "<sensor>", "<device>", "<message>"} {
			if _, _, ok := strings.Cut(own, start); ok {
				return append(b[:at], strings.Replace(own, start, start+wrong, 1)...)
			}
		}
		n := strings.Index(own, "</")
		return append(b[:at], own[:max(n, 0)]+wrong+own[max(n, 0):]...)
	}
	return m
}

func xmlText(s string) string {
	if !strings.ContainsAny(s, "&<>") {
		return s
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

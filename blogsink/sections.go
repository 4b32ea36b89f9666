package blogsink

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
)

// A draft is front matter, then sections between two lines each, and whatever a person wrote before, between and behind
// them:
//
//	<!-- quorate:begin id=ID sha=SHA -->
//
//	text
//
//	<!-- quorate:end -->
//
// SHA is of all bytes between the two lines: where it is another, a person wrote there.

// manuscript is a draft taken apart. Its bytes, put together again, are those that it was read from.
type manuscript struct {
	head   []byte // front matter, with both "---" lines
	pieces []piece
}

// piece is a section with its marker lines, or what a person wrote outside of all of them.
type piece struct {
	id   string // "" for a person's text
	sha  string // as the marker says; "" where it says none
	text []byte // of a section, what stands between the marker lines; of a person's text, all of it
	// begin, end and gap are a section's marker lines as they stand, and the blank line behind it, which is the section's.
	begin, end, gap []byte
}

// edited reports a section that a person wrote in. One whose marker has no sha and that holds nothing is a person's order
// for a section that they had deleted.
func (p *piece) edited() bool {
	if p.sha == "" {
		return len(bytes.TrimSpace(p.text)) > 0
	}
	return p.sha != shortSum(p.text)
}

// shortSum is the first 48 bits of a SHA-256 in the letters a to p: twelve hex digits would look like the MAC of a device
// to whoever searches the draft for one, the leak check among them.
func shortSum(b []byte) string {
	sum := sha256.Sum256(b)
	out := make([]byte, 0, 12)
	for _, x := range sum[:6] {
		out = append(out, 'a'+x>>4, 'a'+x&15)
	}
	return string(out)
}

// framed is a generated section between its marker lines.
func framed(s section) piece {
	text := slices.Concat([]byte("\n"), s.body, []byte("\n"))
	return piece{
		id: s.id, sha: shortSum(text), text: text, gap: []byte("\n"),
		begin: fmt.Appendf(nil, "<!-- quorate:begin id=%s sha=%s -->\n", s.id, shortSum(text)), end: []byte("<!-- quorate:end -->\n"),
	}
}

func (p *manuscript) bytes() []byte {
	var b bytes.Buffer
	b.Write(p.head)
	for _, x := range p.pieces {
		b.Write(x.begin)
		b.Write(x.text)
		b.Write(x.end)
		b.Write(x.gap)
	}
	return b.Bytes()
}

// published is the post without its markers: what people read. Blank lines around what stood between markers, or outside
// of them, become one.
func (p *manuscript) published() []byte {
	var b bytes.Buffer
	b.Write(p.head)
	for _, x := range p.pieces {
		text := bytes.Trim(x.text, "\n")
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		b.WriteByte('\n')
		b.Write(text)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// find returns where a section stands, -1 for nowhere.
func (p *manuscript) find(id string) int {
	return slices.IndexFunc(p.pieces, func(x piece) bool { return x.id == id })
}

// ids are those of the sections, in the order in which they stand.
func (p *manuscript) ids() []string {
	var all []string
	for _, x := range p.pieces {
		if x.id != "" {
			all = append(all, x.id)
		}
	}
	return all
}

// BrokenError says that the markers of a draft, or its front matter, cannot be read any more. The file stays as it is.
type BrokenError struct {
	Path string
	Line int
	Why  string // what is wrong there, and what to do
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("%s, line %d: %s; the file is left as it is", e.Path, e.Line, e.Why)
}

var (
	beginLine = regexp.MustCompile(`^[ \t]*<!--[ \t]*quorate:begin[ \t]+id=([a-z][a-z0-9_-]*)(?:[ \t]+sha=([a-z]{12}))?[ \t]*-->[ \t]*\n?$`)
	endLine   = regexp.MustCompile(`^[ \t]*<!--[ \t]*quorate:end[ \t]*-->[ \t]*\n?$`)
	anyMarker = regexp.MustCompile(`<!--[ \t]*quorate:`)
)

// parseManuscript takes a draft apart. Known reports the ids that a section may have. A draft with lines that end in CR and LF
// is to be read without the CRs.
func parseManuscript(b []byte, known func(id string) bool) (*manuscript, *BrokenError) {
	p := &manuscript{}
	rest := b
	line := 1
	if bytes.HasPrefix(b, []byte("---\n")) {
		n := headLength(b)
		if n < 0 {
			return nil, &BrokenError{Line: 1, Why: `the front matter does not end: put a line "---" behind its last field`}
		}
		p.head, rest = b[:n], b[n:]
		line += bytes.Count(p.head, []byte("\n"))
	}
	var open *piece
	opened := map[string]int{} // the line of each section's beginning
	own := &piece{}
	flush := func() {
		if len(own.text) > 0 {
			p.pieces = append(p.pieces, *own)
		}
		own = &piece{}
	}
	gap := false // the line before ended a section
	for len(rest) > 0 {
		n := bytes.IndexByte(rest, '\n') + 1
		if n == 0 {
			n = len(rest)
		}
		l := rest[:n]
		rest = rest[n:]
		begin := beginLine.FindSubmatch(l)
		switch {
		case begin != nil:
			id := string(begin[1])
			switch {
			case open != nil:
				return nil, &BrokenError{Line: line, Why: fmt.Sprintf("section %q begins inside of section %q, which began in line %d: put back the line <!-- quorate:end --> between them", id, open.id, opened[open.id])}
			case opened[id] > 0:
				return nil, &BrokenError{Line: line, Why: fmt.Sprintf("section %q stands here a second time, and first in line %d: take the marker lines of one of them out", id, opened[id])}
			case !known(id):
				return nil, &BrokenError{Line: line, Why: fmt.Sprintf("there is no section %q: give the marker its id back, or take both marker lines out to keep the text as your own", id)}
			}
			flush()
			opened[id] = line
			open = &piece{id: id, sha: string(begin[2]), begin: l}
		case endLine.Match(l):
			if open == nil {
				return nil, &BrokenError{Line: line, Why: "a section ends that never began: take the line out, or put back the line that began it"}
			}
			open.end = l
			p.pieces = append(p.pieces, *open)
			open, gap = nil, true
			line++
			continue
		case anyMarker.Match(l):
			return nil, &BrokenError{Line: line, Why: "the marker cannot be read: it is <!-- quorate:begin id=ID sha=SHA --> or <!-- quorate:end -->, on a line of its own"}
		case open != nil:
			open.text = append(open.text, l...)
		case gap && string(l) == "\n":
			p.pieces[len(p.pieces)-1].gap = l
		default:
			own.text = append(own.text, l...)
		}
		gap = false
		line++
	}
	if open != nil {
		return nil, &BrokenError{Line: opened[open.id], Why: fmt.Sprintf("section %q begins here and does not end: put back the line <!-- quorate:end --> behind it", open.id)}
	}
	flush()
	return p, nil
}

// headLength is the length of a front matter with both of its lines, -1 where the second is missing.
func headLength(b []byte) int {
	for at := len("---\n"); at < len(b); {
		n := bytes.IndexByte(b[at:], '\n') + 1
		if n == 0 {
			n = len(b) - at
		}
		if l := bytes.TrimRight(b[at:at+n], " \t\n"); string(l) == "---" || string(l) == "..." {
			return at + n
		}
		at += n
	}
	return -1
}

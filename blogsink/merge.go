package blogsink

import (
	"bytes"
	"slices"
)

// written is what this sink wrote last, kept in the private folder: what differs from it in the draft was changed by a
// person.
type written struct {
	Slug   string `json:"slug"`
	Number int    `json:"number,omitempty"`
	SHA256 string `json:"sha256"` // of the whole file
	// Head is the front matter as it was generated, with nobody's changes.
	Head string `json:"head,omitempty"`
	// Sections are the ids that stood in the file, and Deleted those that a person had taken out by then.
	Sections []string `json:"sections,omitempty"`
	Deleted  []string `json:"deleted,omitempty"`
}

// merged is a draft with a new version worked in.
type merged struct {
	text *manuscript
	crlf bool // the file's lines end in CR and LF, and so they stay
	// deleted are the sections that a person took out.
	deleted []string
	// kept are the sections in which a person's text stays although there is a newer one, which proposal holds.
	kept     []section
	personal []string // what a person changed, in words for the terminal
}

func (m *merged) bytes() []byte {
	b := m.text.bytes()
	if m.crlf {
		b = bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
	}
	return b
}

// freshManuscript is a draft that nobody has touched.
func freshManuscript(head []byte, sections []section) *manuscript {
	p := &manuscript{head: head}
	if len(sections) > 0 {
		p.pieces = append(p.pieces, piece{text: []byte("\n")})
	}
	for _, s := range sections {
		p.pieces = append(p.pieces, framed(s))
	}
	if n := len(p.pieces); n > 0 {
		p.pieces[n-1].gap = nil
	}
	return p
}

// merge works a new version into a draft as it stands, which may be edited. Nothing that a person wrote is lost: bytes of
// the file that this sink did not write are in the result, in their order. A nil result without an error is a file
// without any section: it is a person's as a whole.
func merge(old []byte, last written, head []byte, sections []section) (*merged, *BrokenError) {
	m := &merged{}
	if n := bytes.Count(old, []byte("\n")); n > 0 && n == bytes.Count(old, []byte("\r\n")) && n == bytes.Count(old, []byte("\r")) {
		m.crlf = true
		old = bytes.ReplaceAll(old, []byte("\r\n"), []byte("\n"))
	}
	p, broken := parseManuscript(old, func(id string) bool {
		return slices.ContainsFunc(order(), func(x part) bool { return x.id == id }) || slices.Contains(last.Sections, id) ||
			slices.ContainsFunc(sections, func(s section) bool { return s.id == id })
	})
	if broken != nil {
		return nil, broken
	}
	before := p.ids()
	if len(before) == 0 {
		return nil, nil
	}
	m.text = &manuscript{head: mergeHead([]byte(last.Head), p.head, head)}
	if !bytes.Equal(m.text.head, head) {
		m.personal = append(m.personal, "front matter changed")
	}
	m.deleted = deletedSections(last, before, sections)
	for _, id := range m.deleted {
		m.personal = append(m.personal, "section "+id+" taken out")
	}
	for _, x := range p.pieces {
		if x.id == "" {
			if len(bytes.TrimSpace(x.text)) > 0 {
				m.personal = append(m.personal, "text of your own")
			}
			m.text.pieces = append(m.text.pieces, x)
			continue
		}
		i := slices.IndexFunc(sections, func(s section) bool { return s.id == x.id })
		switch {
		case x.edited():
			m.personal = append(m.personal, "section "+x.id+" edited")
			if i >= 0 && framed(sections[i]).sha != x.sha {
				m.kept = append(m.kept, sections[i])
			}
			m.text.pieces = append(m.text.pieces, x)
		case i < 0 && x.sha == "":
			m.text.pieces = append(m.text.pieces, x) // ordered, and there is nothing to tell yet
		case i >= 0:
			m.text.pieces = append(m.text.pieces, x.renewed(sections[i]))
		}
	}
	for i, s := range sections {
		if m.text.find(s.id) < 0 && !slices.Contains(m.deleted, s.id) {
			m.text.insert(framed(s), sections[:i], sections[i+1:])
		}
	}
	if !inOrder(m.text.ids(), sections) {
		m.personal = append(m.personal, "sections in another order")
	}
	m.personal = slices.Compact(m.personal)
	return m, nil
}

// renewed is a section that nobody wrote in, in its new version.
func (x piece) renewed(s section) piece {
	next := framed(s)
	if next.sha == x.sha {
		return x
	}
	next.gap = x.gap
	if !bytes.HasSuffix(x.end, []byte("\n")) { // the file ends there
		next.end = bytes.TrimSuffix(next.end, []byte("\n"))
	}
	return next
}

// deletedSections are those that a person took out: they stood in the file that this sink wrote, and stand there no
// longer. Where it is not known what was written, all that is missing was taken out.
func deletedSections(last written, before []string, sections []section) []string {
	var out []string
	gone := append(slices.Clone(last.Deleted), last.Sections...)
	if last.SHA256 == "" {
		for _, s := range sections {
			gone = append(gone, s.id)
		}
	}
	for _, id := range gone {
		if !slices.Contains(before, id) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// inOrder reports whether ids stand in the order of the generated sections.
func inOrder(ids []string, sections []section) bool {
	last := -1
	for _, id := range ids {
		i := slices.IndexFunc(sections, func(s section) bool { return s.id == id })
		if i >= 0 && i < last {
			return false
		}
		last = max(last, i)
	}
	return true
}

// insert puts a section at its place in the order: before the first of those that come after it, where that stands behind
// the last of those that come before it, so that a person's text stays with what it follows; else right behind the
// latter.
func (p *manuscript) insert(x piece, earlier, later []section) {
	after, before := -1, -1
	for i := len(earlier) - 1; i >= 0 && after < 0; i-- {
		after = p.find(earlier[i].id)
	}
	for i := 0; i < len(later) && before < 0; i++ {
		before = p.find(later[i].id)
	}
	at := after + 1
	switch {
	case before > after:
		at = before
	case after < 0:
		at = len(p.pieces)
	}
	if at > 0 {
		p.pieces[at-1].close()
	}
	if at == len(p.pieces) {
		x.gap = nil
	}
	p.pieces = slices.Insert(p.pieces, at, x)
}

// close sees to it that a blank line follows a piece.
func (x *piece) close() {
	if x.id != "" {
		if n := len(x.end); n > 0 && x.end[n-1] != '\n' {
			x.end = append(slices.Clone(x.end), '\n')
		}
		x.gap = []byte("\n")
		return
	}
	switch {
	case bytes.HasSuffix(x.text, []byte("\n\n")) || string(x.text) == "\n":
	case bytes.HasSuffix(x.text, []byte("\n")):
		x.text = append(slices.Clone(x.text), '\n')
	default:
		x.text = append(slices.Clone(x.text), "\n\n"...)
	}
}

// field is a field of a front matter with all of its lines, or lines that belong to none.
type field struct {
	key  string // "" for comments and blank lines
	text []byte
}

// mergeHead brings a front matter up to date. Fields that stand as they were generated last take the new value; what a
// person changed, added or took out stays so.
func mergeHead(base, theirs, ours []byte) []byte {
	if len(theirs) == 0 {
		return ours
	}
	baseFields, mine := fields(base), fields(ours)
	open, all, end := headParts(theirs)
	value := func(list []field, key string) ([]byte, bool) {
		i := slices.IndexFunc(list, func(f field) bool { return f.key == key })
		if i < 0 {
			return nil, false
		}
		return list[i].text, true
	}
	var out []field
	for _, f := range all {
		was, known := value(baseFields, f.key)
		if f.key == "" || !known || !bytes.Equal(was, f.text) {
			out = append(out, f)
			continue
		}
		if text, still := value(mine, f.key); still {
			out = append(out, field{f.key, text})
		}
	}
	for i, f := range mine {
		if _, known := value(baseFields, f.key); f.key == "" || known || len(base) == 0 {
			continue
		}
		if _, there := value(out, f.key); there {
			continue
		}
		at := len(out)
		for j := i - 1; j >= 0; j-- {
			if k := slices.IndexFunc(out, func(x field) bool { return x.key == mine[j].key }); k >= 0 {
				at = k + 1
				break
			}
		}
		out = slices.Insert(out, at, f)
	}
	var b bytes.Buffer
	b.Write(open)
	for _, f := range out {
		b.Write(f.text)
	}
	b.Write(end)
	return b.Bytes()
}

func fields(head []byte) []field {
	_, all, _ := headParts(head)
	return all
}

// headParts takes a front matter apart: its first line, its fields, its last line.
func headParts(head []byte) (open []byte, all []field, end []byte) {
	lines := bytes.SplitAfter(head, []byte("\n"))
	if n := len(lines); n > 0 && len(lines[n-1]) == 0 {
		lines = lines[:n-1]
	}
	if len(lines) < 2 {
		return nil, nil, nil
	}
	for _, l := range lines[1 : len(lines)-1] {
		key := fieldKey(l)
		switch n := len(all); {
		case key != "":
			all = append(all, field{key, slices.Clone(l)})
		case n > 0 && all[n-1].key != "" && (l[0] == ' ' || l[0] == '\t' || l[0] == '-'):
			all[n-1].text = append(all[n-1].text, l...)
		default:
			all = append(all, field{text: slices.Clone(l)})
		}
	}
	return lines[0], all, lines[len(lines)-1]
}

// fieldKey is the key of a line that begins a field.
func fieldKey(l []byte) string {
	i := bytes.IndexByte(l, ':')
	if i <= 0 || bytes.ContainsAny(l[:1], " \t#-\"'") || bytes.ContainsAny(l[:i], " \t") {
		return ""
	}
	return string(l[:i])
}

package blogsink

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// desk is a draft on its way through regenerations and a person's edits, without files.
type desk struct {
	file []byte
	last written
}

// regenerate works a version in, as the sink does.
func (d *desk) regenerate(head []byte, sections []section) (*merged, *BrokenError) {
	next := &merged{text: freshManuscript(head, sections)}
	if d.file != nil {
		var broken *BrokenError
		if next, broken = merge(d.file, d.last, head, sections); broken != nil || next == nil {
			return next, broken
		}
	}
	d.file = next.bytes()
	d.last = written{Slug: "x", SHA256: digest(d.file), Head: string(head), Sections: next.text.ids(), Deleted: next.deleted}
	return next, nil
}

func headOf(fields ...string) []byte {
	return []byte("---\n" + strings.Join(fields, "\n") + "\n---\n")
}

func sectionsOf(pairs ...string) []section {
	var out []section
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, section{id: pairs[i], body: []byte(pairs[i+1] + "\n")})
	}
	return out
}

// frames gives each section's marker line a sha that a table can hold.
func frames(b []byte) string {
	return beginSHA.ReplaceAllString(string(b), " sha=SHA -->")
}

var beginSHA = regexp.MustCompile(` sha=[a-z]{12} -->`)

func TestMerge(t *testing.T) {
	head := headOf("title: A", "date: 1")
	two := sectionsOf("title", "# A", "built", "One.")
	for _, tt := range []struct {
		name     string
		edit     func(string) string
		head     []byte
		sections []section
		want     string // without marker lines
		kept     string // the proposed sections
		personal string
	}{
		{"nothing edited", nil, headOf("title: B", "date: 2"), sectionsOf("title", "# B", "built", "Two."), "---\ntitle: B\ndate: 2\n---\n\n# B\n\nTwo.\n", "", ""},
		{"text above, between and below", func(s string) string {
			s = strings.Replace(s, "---\n\n<!--", "---\n\nAbove.\n\n<!--", 1)
			s = strings.Replace(s, "end -->\n\n", "end -->\n\nBetween.\n\n", 1)
			return s + "\nBelow.\n"
		}, head, sectionsOf("title", "# B", "built", "Two."), "---\ntitle: A\ndate: 1\n---\n\nAbove.\n\n# B\n\nBetween.\n\nTwo.\n\nBelow.\n", "", "text of your own"},
		{"a section edited", func(s string) string { return strings.Replace(s, "One.", "One, I say.", 1) }, head, sectionsOf("title", "# B", "built", "Two."),
			"---\ntitle: A\ndate: 1\n---\n\n# B\n\nOne, I say.\n", "built", "section built edited"},
		{"a section edited, and nothing new about it", func(s string) string { return strings.Replace(s, "One.", "One, I say.", 1) }, head, sectionsOf("title", "# B", "built", "One."),
			"---\ntitle: A\ndate: 1\n---\n\n# B\n\nOne, I say.\n", "", "section built edited"},
		{"a section taken out", func(s string) string { return s[:strings.Index(s, "<!-- quorate:begin id=built")] }, head, sectionsOf("title", "# B", "built", "Two.", "next", "Soon."),
			"---\ntitle: A\ndate: 1\n---\n\n# B\n\nSoon.\n", "", "section built taken out"},
		{"the order turned round", func(s string) string {
			at := strings.Index(s, "<!-- quorate:begin id=built")
			first := strings.Index(s, "<!-- quorate:begin id=title")
			return s[:first] + s[at:] + "\n" + s[first:at]
		}, head, sectionsOf("title", "# B", "built", "Two."), "---\ntitle: A\ndate: 1\n---\n\nTwo.\n\n# B\n", "", "sections in another order"},
		{"a new section at its place", nil, head, sectionsOf("title", "# B", "note", "New.", "built", "Two.", "next", "Last."),
			"---\ntitle: A\ndate: 1\n---\n\n# B\n\nNew.\n\nTwo.\n\nLast.\n", "", ""},
		{"a new first section", nil, head, sectionsOf("title", "# B", "built", "Two."), "---\ntitle: A\ndate: 1\n---\n\n# B\n\nTwo.\n", "", ""},
		{"a section that is no more", nil, head, sectionsOf("title", "# B"), "---\ntitle: A\ndate: 1\n---\n\n# B\n", "", ""},
		{"an edited section that is no more", func(s string) string { return strings.Replace(s, "One.", "Mine.", 1) }, head, sectionsOf("title", "# B"),
			"---\ntitle: A\ndate: 1\n---\n\n# B\n\nMine.\n", "", "section built edited"},
		{"front matter changed, added to and taken from", func(s string) string {
			return strings.Replace(s, "title: A\ndate: 1\n", "# mine\ntitle: Mine\nimage:\n  path: x.png\n", 1)
		}, headOf("title: B", "date: 2", "series: S"), two, "---\n# mine\ntitle: Mine\nseries: S\nimage:\n  path: x.png\n---\n\n# A\n\nOne.\n", "", "front matter changed"},
		{"a section ordered again", func(s string) string {
			return s[:strings.Index(s, "<!-- quorate:begin id=built")] + "<!-- quorate:begin id=built -->\n<!-- quorate:end -->"
		}, head, sectionsOf("title", "# B", "built", "Two."), "---\ntitle: A\ndate: 1\n---\n\n# B\n\nTwo.\n", "", ""},
		{"lines that end in CR and LF", func(s string) string {
			return strings.ReplaceAll(strings.Replace(s, "One.", "Mine.", 1), "\n", "\r\n")
		}, head, sectionsOf("title", "# B", "built", "Two."), "---\ntitle: A\ndate: 1\n---\n\n# B\n\nMine.\n", "built", "section built edited"},
		{"no newline at the end", func(s string) string { return strings.TrimSuffix(s, "\n") }, head, sectionsOf("title", "# B", "built", "Two.", "next", "Soon."),
			"---\ntitle: A\ndate: 1\n---\n\n# B\n\nTwo.\n\nSoon.\n", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := &desk{}
			if _, broken := d.regenerate(head, two); broken != nil {
				t.Fatal(broken)
			}
			if tt.edit != nil {
				d.file = []byte(tt.edit(string(d.file)))
			}
			m, broken := d.regenerate(tt.head, tt.sections)
			if broken != nil || m == nil {
				t.Fatalf("got %v, %v", m, broken)
			}
			if got := string(m.text.published()); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s\nfile\n%s", got, tt.want, d.file)
			}
			var kept []string
			for _, x := range m.kept {
				kept = append(kept, x.id)
			}
			if got := strings.Join(kept, " "); got != tt.kept {
				t.Errorf("proposed %q, want %q", got, tt.kept)
			}
			if got := strings.Join(m.personal, ", "); got != tt.personal {
				t.Errorf("a person's: %q, want %q", got, tt.personal)
			}
			before := slices.Clone(d.file)
			if _, broken := d.regenerate(tt.head, tt.sections); broken != nil || !bytes.Equal(before, d.file) {
				t.Errorf("the same version again changed the file (%v):\n%s\nthen\n%s", broken, before, d.file)
			}
		})
	}
}

func TestManuscriptForm(t *testing.T) {
	const want = `---
title: A
---

<!-- quorate:begin id=title sha=SHA -->

# A

<!-- quorate:end -->

<!-- quorate:begin id=built sha=SHA -->

One.

<!-- quorate:end -->
`
	if got := frames(freshManuscript(headOf("title: A"), sectionsOf("title", "# A", "built", "One.")).bytes()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestADeletedSectionStaysDeleted(t *testing.T) {
	d := &desk{}
	for i := range 5 {
		if _, broken := d.regenerate(headOf("title: A"), sectionsOf("title", "# A", "built", fmt.Sprintf("Version %d.", i))); broken != nil {
			t.Fatal(broken)
		}
		if i == 1 {
			d.file = d.file[:bytes.Index(d.file, []byte("<!-- quorate:begin id=built"))]
		}
	}
	if bytes.Contains(d.file, []byte("Version")) {
		t.Errorf("it is back:\n%s", d.file)
	}
	if !slices.Equal(d.last.Deleted, []string{"built"}) {
		t.Errorf("remembered as deleted: %v", d.last.Deleted)
	}
}

func TestAFileWithoutSectionsIsAPersons(t *testing.T) {
	if m, broken := merge([]byte("---\ntitle: Mine\n---\n\nText.\n"), written{}, headOf("title: A"), sectionsOf("title", "# A")); m != nil || broken != nil {
		t.Errorf("got %v, %v, want neither", m, broken)
	}
}

func TestBrokenMarkers(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		line       int
		want       string
	}{
		{"no end", "---\na: b\n---\n\n<!-- quorate:begin id=title sha=aaaaaaaaaaaa -->\nx\n", 5, "does not end"},
		{"begins inside of another", "<!-- quorate:begin id=title sha=aaaaaaaaaaaa -->\n<!-- quorate:begin id=built sha=aaaaaaaaaaaa -->\n<!-- quorate:end -->\n", 2, "inside of section \"title\", which began in line 1"},
		{"an end too many", "<!-- quorate:begin id=title sha=aaaaaaaaaaaa -->\n<!-- quorate:end -->\n\n<!-- quorate:end -->\n", 4, "never began"},
		{"an unknown id", "<!-- quorate:begin id=nonsense sha=aaaaaaaaaaaa -->\n<!-- quorate:end -->\n", 1, "no section \"nonsense\""},
		{"twice", "<!-- quorate:begin id=title -->\n<!-- quorate:end -->\n<!-- quorate:begin id=title -->\n<!-- quorate:end -->\n", 3, "a second time"},
		{"not a marker", "x <!-- quorate:end -->\n", 1, "cannot be read"},
		{"a sha that is none", "<!-- quorate:begin id=title sha=12 -->\n", 1, "cannot be read"},
		{"front matter without an end", "---\ntitle: A\n\n<!-- quorate:begin id=title -->\n<!-- quorate:end -->\n", 1, "front matter does not end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, broken := merge([]byte(tt.file), written{}, headOf("title: A"), sectionsOf("title", "# A", "built", "One."))
			if broken == nil || m != nil || broken.Line != tt.line || !strings.Contains(broken.Error(), tt.want) {
				t.Errorf("got %v, want line %d and %q", broken, tt.line, tt.want)
			}
		})
	}
}

// TestNoByteOfAPersonIsLost edits a draft in every way that a person may, between random new versions. What the person
// wrote is there after each, byte for byte: text outside of sections in its order, edited sections as they were left,
// fields of the front matter; and sections that were taken out stay out.
func TestNoByteOfAPersonIsLost(t *testing.T) {
	ids := []string{"title", "note", "summary", "built", "numbers", "timeline", "challenges", "views", "lessons", "next", "series", "provenance"}
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		d := &desk{}
		n := 0
		word := func() string { n++; return fmt.Sprintf("word%d", n) }
		version := func() ([]byte, []section) {
			var pairs []string
			for _, id := range ids {
				if r.IntN(5) > 0 {
					pairs = append(pairs, id, "## "+id+"\n\nVersion "+fmt.Sprint(r.IntN(4))+".")
				}
			}
			if len(pairs) == 0 {
				pairs = []string{"title", "# x"}
			}
			return headOf("title: "+fmt.Sprint(r.IntN(3)), "date: "+fmt.Sprint(r.IntN(3)), "tags: [a]"), sectionsOf(pairs...)
		}
		var out []string              // sections that the person took out
		fields := map[string]string{} // of the front matter, that the person wrote
		for range rapid.IntRange(2, 12).Draw(t, "rounds") {
			if d.file != nil {
				for range r.IntN(4) {
					out = edit(d, r, word, out, fields)
				}
			}
			before := d.file
			head, sections := version()
			m, broken := d.regenerate(head, sections)
			if broken != nil {
				t.Fatalf("%v\n%s", broken, before)
			}
			if m == nil { // the last section went: the file is a person's
				if !bytes.Equal(before, d.file) {
					t.Fatal("a file without sections was written")
				}
				return
			}
			if before == nil {
				continue
			}
			was, now := take(t, before), take(t, d.file)
			if a, b := was.own(), now.own(); squeeze(a) != squeeze(b) {
				t.Fatalf("text outside of sections\n%q\nthen\n%q", a, b)
			}
			for _, x := range was.pieces {
				if x.id != "" && x.edited() {
					if i := now.find(x.id); i < 0 || !bytes.Equal(now.pieces[i].text, x.text) {
						t.Fatalf("section %s was edited and is another\n%s\nthen\n%s", x.id, before, d.file)
					}
				}
			}
			for _, id := range out {
				if now.find(id) >= 0 {
					t.Fatalf("section %s is back\n%s", id, d.file)
				}
			}
			for key, line := range fields {
				if !bytes.Contains(now.head, []byte(line)) {
					t.Fatalf("the field %s is lost: %q not in\n%s", key, line, now.head)
				}
			}
			again := slices.Clone(d.file)
			if _, broken := d.regenerate(head, sections); broken != nil || !bytes.Equal(again, d.file) {
				t.Fatalf("the same version again changed the file (%v)\n%s\nthen\n%s", broken, again, d.file)
			}
		}
	})
}

// edit does one thing that a person may do to a draft.
func edit(d *desk, r *rand.Rand, word func() string, out []string, fields map[string]string) []string {
	p, broken := parseManuscript(d.file, func(string) bool { return true })
	if broken != nil {
		return out
	}
	var at []int
	for i, x := range p.pieces {
		if x.id != "" {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return out
	}
	i := at[r.IntN(len(at))]
	switch r.IntN(8) {
	case 0, 1: // text between, with and without blank lines
		text := []string{word() + "\n", "\n" + word() + "\n\n", word() + "\n\n\n", "  " + word() + "\t\n"}[r.IntN(4)]
		p.pieces = slices.Insert(p.pieces, i, piece{text: []byte(text)})
	case 2: // below
		last := &p.pieces[len(p.pieces)-1]
		if last.id == "" || bytes.HasSuffix(last.end, []byte("\n")) {
			p.pieces = append(p.pieces, piece{text: []byte(word())})
		}
	case 3, 4: // inside
		x := &p.pieces[i]
		k := bytes.IndexByte(x.text, '\n') + 1
		x.text = slices.Concat(x.text[:k], []byte(word()+"\n"), x.text[k:])
	case 5: // taken out
		out = append(out, p.pieces[i].id)
		p.pieces = slices.Delete(p.pieces, i, i+1)
	case 6: // moved
		x := p.pieces[i]
		if bytes.HasSuffix(x.end, []byte("\n")) {
			p.pieces = slices.Insert(slices.Delete(p.pieces, i, i+1), 0, x)
		}
	case 7: // front matter
		key := []string{"title", "image", "layout"}[r.IntN(3)]
		line := key + ": " + word()
		var b bytes.Buffer
		open, all, end := headParts(p.head)
		b.Write(open)
		done := false
		for _, f := range all {
			if f.key == key {
				f.text, done = []byte(line+"\n"), true
			}
			b.Write(f.text)
		}
		if !done {
			b.WriteString(line + "\n")
		}
		b.Write(end)
		p.head, fields[key] = b.Bytes(), line
	}
	d.file = p.bytes()
	return out
}

// take takes a draft apart, and checks that its parts are all of it.
func take(t *rapid.T, b []byte) *manuscript {
	p, broken := parseManuscript(b, func(string) bool { return true })
	if broken != nil {
		t.Fatal(broken)
	}
	if !bytes.Equal(p.bytes(), b) {
		t.Fatalf("the parts are not the whole: %q and %q", p.bytes(), b)
	}
	return p
}

// own is all text outside of sections.
func (p *manuscript) own() string {
	var b strings.Builder
	for _, x := range p.pieces {
		if x.id == "" {
			b.Write(x.text)
		}
	}
	return b.String()
}

// squeeze takes newlines out: the merge may put some in, so that blank lines stand around each section.
func squeeze(s string) string { return strings.ReplaceAll(s, "\n", "") }

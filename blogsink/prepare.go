package blogsink

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/leakcheck"
)

// Prepared is a post as it would be published: the exact bytes, and what a person should know before they approve them.
type Prepared struct {
	Blog      string    `json:"blog"`
	Milestone int       `json:"milestone"`
	Slug      string    `json:"slug"`
	File      string    `json:"file"` // under the blog's folder, with slashes
	Date      string    `json:"date"` // as the front matter says it
	At        time.Time `json:"at"`   // when it was prepared
	SHA256    string    `json:"sha256"`
	Files     []FileSum `json:"files"`
	Covers    int64     `json:"covers"`
	// Replaced says what stands in the place of private values, and how often, never for what.
	Replaced []Replacement `json:"replaced"`
	// Changed says what a person changed in the draft, and Waiting for which sections a newer version lies beside it.
	Changed []string `json:"changed,omitempty"`
	Waiting []string `json:"waiting,omitempty"`
	// Findings is what the leak check found; where there are any, the post cannot be approved.
	Findings []Place  `json:"findings,omitempty"`
	Allowed  []string `json:"allowed,omitempty"`
	// Lint is what reads badly; with an error among it the post cannot be approved either.
	Lint []LintFinding `json:"lint,omitempty"`
	// Parts are the post's, with a hash of each: what changed since is told by them.
	Parts []Part `json:"parts"`
}

// Replacement is something that stands for a private value in the post.
type Replacement struct {
	Kind  string `json:"kind"`
	Alias string `json:"alias"`
	Count int    `json:"count"` // how often it stands in the post and in the files beside it
}

// Place is where a finding is.
type Place struct {
	leakcheck.Finding
	Line int    `json:"line"`           // 0 for the file's name
	Part string `json:"part,omitempty"` // of the post
}

// Part is a part of a post: its front matter, a section, a person's text, a file beside it.
type Part struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// candidate is a prepared post with its bytes.
type candidate struct {
	Prepared
	doc    *document
	draft  *revision
	bodies []file // in the order of Files
	starts []int  // where each part begins in the post
	date   time.Time
}

// upTo is a record that ends at an event.
type upTo struct {
	History
	last int64
}

func (h upTo) Events(ctx context.Context, after int64, limit int) ([]device.Event, error) {
	events, err := h.History.Events(ctx, after, limit)
	if i := slices.IndexFunc(events, func(e device.Event) bool { return e.Seq > h.last }); i >= 0 {
		events = events[:i]
	}
	return events, err
}

// composeUntil makes the post as of an event; what came later belongs to the next milestone. 0 means all events.
func (s *Sink) composeUntil(ctx context.Context, last int64) (*document, error) {
	if last == 0 {
		return s.compose(ctx)
	}
	rec, history := s.rec, s.opts.History
	defer func() { s.rec, s.opts.History = rec, history }()
	s.rec, s.opts.History = nil, upTo{history, last}
	return s.compose(ctx)
}

// build makes the bytes that would be published: the draft as it stands, brought up to date, with the date set and the
// markers taken out. The same draft, record, notes and configuration give the same bytes for the same instant.
func (s *Sink) build(ctx context.Context, last int64, at time.Time, allowed []string) (*candidate, error) {
	doc, err := s.composeUntil(ctx, last)
	if err != nil {
		return nil, fmt.Errorf("compose the post: %w", err)
	}
	r, err := s.revise(doc)
	if err != nil {
		return nil, err
	}
	edited := r.next == nil || len(r.next.personal) > 0
	date := doc.facts.Date // its zone and its form
	date.at = at
	final, err := doc.dated(date, edited)
	if err != nil {
		return nil, err
	}
	if err := r.work(final); err != nil {
		return nil, err
	}
	c := &candidate{doc: final, draft: r}
	text := &manuscript{}
	if r.next != nil {
		text = r.next.text
		c.Changed = r.next.personal
		for _, x := range r.next.kept {
			c.Waiting = append(c.Waiting, x.id)
		}
	} else { // without any section of ours it goes out as the person wrote it
		own, broken := parseManuscript(bytes.ReplaceAll(r.old, []byte("\r\n"), []byte("\n")), func(string) bool { return false })
		if broken != nil {
			broken.Path = r.path
			return nil, broken
		}
		text, c.Changed = own, []string{"all of it"}
	}
	day, instant, err := frontDate(text.head)
	if err != nil {
		return nil, &DeclinedError{fmt.Sprintf("%s: %v", r.path, err)}
	}
	post := text.published()
	c.Blog, c.Milestone, c.Slug, c.Covers, c.At, c.Date, c.date = s.cfg.Name, final.number, r.slug, final.covers, at, day, instant
	c.File = "_posts/" + day[:len(time.DateOnly)] + "-" + r.slug + ".md"
	c.Allowed = allowed
	c.add(c.File, post)
	c.Parts, c.starts = text.parts()
	for _, a := range final.assets {
		if filepath.Base(a.name) != a.name || strings.HasPrefix(a.name, ".") {
			return nil, fmt.Errorf("a file beside the post has no plain name: %q", a.name)
		}
		name := "assets/quorate/" + final.slug + "/" + a.name
		c.add(name, a.body)
		c.Parts = append(c.Parts, Part{name, digest(a.body)})
	}
	c.SHA256 = manifest(c.Files)
	c.Replaced = c.replaced()
	return c, nil
}

// lint looks at the post as it will lie in the blog: with the files beside it, which are not there yet.
func (s *Sink) lint(c *candidate) error {
	o := LintOptions{Name: filepath.Base(c.File), Now: s.opts.Clock()}
	if err := o.Beside(s.cfg.Dir); err != nil {
		return err
	}
	there := o.Exists
	o.Exists = func(path string) bool {
		return slices.ContainsFunc(c.Files, func(f FileSum) bool { return f.Name == strings.TrimPrefix(path, "/") }) || there(path)
	}
	c.Lint = Lint(c.bodies[0].body, o)
	return nil
}

// Unfit says how many findings of the leak check and of the lint keep the post from being approved.
func (p *Prepared) Unfit() int {
	n := len(p.Findings)
	for _, f := range p.Lint {
		if f.Weight == WeightError {
			n++
		}
	}
	return n
}

func (c *candidate) add(name string, body []byte) {
	c.Files = append(c.Files, FileSum{name, digest(body)})
	c.bodies = append(c.bodies, file{name, body})
}

// manifest is the hash of a list of files as sha256sum prints it. It stands for all their bytes and names.
func manifest(files []FileSum) string {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s  %s\n", f.SHA256, f.Name)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// parts are the post's, in order, and where each begins in the published text.
func (p *manuscript) parts() (all []Part, starts []int) {
	all, starts = []Part{{"front matter", digest(p.head)}}, []int{0}
	at, own := len(p.head), 0
	for _, x := range p.pieces {
		text := bytes.Trim(x.text, "\n")
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		name := "section " + x.id
		if x.id == "" {
			own++
			name = fmt.Sprintf("your own text, the %s", ordinal(own))
		}
		all, starts = append(all, Part{name, digest(text)}), append(starts, at)
		at += len(text) + 2
	}
	return all, starts
}

func ordinal(n int) string {
	if words := []string{"first", "second", "third", "fourth", "fifth"}; n <= len(words) {
		return words[n-1]
	}
	return fmt.Sprintf("%dth", n)
}

// changed says in which parts two versions differ.
func changed(before, now []Part) []string {
	var out []string
	sums := map[string]string{}
	for _, p := range before {
		sums[p.Name] = p.SHA256
	}
	for _, p := range now {
		switch was, known := sums[p.Name]; {
		case !known:
			out = append(out, p.Name+" is new")
		case was != p.SHA256:
			out = append(out, p.Name+" is another")
		}
		delete(sums, p.Name)
	}
	for _, p := range before {
		if _, gone := sums[p.Name]; gone {
			out = append(out, p.Name+" is gone")
		}
	}
	if len(out) == 0 {
		out = append(out, "the parts stand in another order")
	}
	return out
}

// replaced counts what stands for private values in the files.
func (c *candidate) replaced() []Replacement {
	out := []Replacement{}
	seen := map[Replacement]bool{}
	for _, x := range c.doc.swaps {
		r := Replacement{Kind: string(x.Kind), Alias: x.Fiction}
		if seen[r] || x.Fiction == "" {
			continue
		}
		seen[r] = true
		for _, f := range c.bodies {
			r.Count += occurrences(string(f.body), x.Fiction)
		}
		if r.Count > 0 {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b Replacement) int { return strings.Compare(a.Kind, b.Kind) })
	return out
}

// occurrences counts a word: nas-1 does not stand in nas-10.
func occurrences(text, word string) int {
	n := 0
	inside := func(i int) bool {
		return i >= 0 && i < len(text) && (text[i] >= '0' && text[i] <= '9' || text[i] >= 'a' && text[i] <= 'z' || text[i] >= 'A' && text[i] <= 'Z')
	}
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return n
		}
		i += at
		at = i + len(word)
		if inside(i-1) && inside(i) || inside(at) && inside(at-1) {
			continue // a part of a longer word
		}
		n++
	}
}

// places says where in the post the findings are.
func (c *candidate) places(found []leakcheck.Finding) []Place {
	var out []Place
	for _, f := range found {
		p := Place{Finding: f}
		for _, b := range c.bodies {
			if filepath.Base(b.name) != filepath.Base(f.File) {
				continue
			}
			p.File = b.name
			if f.Offset >= 0 && f.Offset <= len(b.body) {
				p.Line = 1 + bytes.Count(b.body[:f.Offset], []byte("\n"))
			}
			if b.name == c.File && f.Offset >= 0 {
				i, exact := slices.BinarySearch(c.starts, f.Offset)
				if !exact {
					i--
				}
				p.Part = c.Parts[i].Name
			}
		}
		out = append(out, p)
	}
	return out
}

// dateForms are those that a person may write a date in; without a zone it is UTC.
var dateForms = []string{"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 -07:00", time.RFC3339, "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05", "2006-01-02 15:04 -0700", "2006-01-02 15:04", time.DateOnly}

// frontDate reads the date of a front matter, as it stands and as an instant. A site builder that cannot read the front
// matter would show the post without a layout, and say nothing.
func frontDate(head []byte) (text string, at time.Time, err error) {
	open, all, end := headParts(head)
	if len(open) == 0 || len(end) == 0 {
		return "", at, errors.New(`the post has no front matter: it begins with a line "---"`)
	}
	var inner bytes.Buffer
	for _, f := range all {
		inner.Write(f.text)
	}
	var front map[string]yaml.Node
	if err := yaml.Unmarshal(inner.Bytes(), &front); err != nil {
		return "", at, fmt.Errorf("front matter: %s", plainYAML(err))
	}
	node, ok := front["date"]
	if !ok || node.Value == "" {
		return "", at, errors.New(`the front matter has no date: put one in, such as "date: 2026-03-07 12:00:00 +0000"`)
	}
	if title, ok := front["title"]; !ok || strings.TrimSpace(title.Value) == "" {
		return "", at, errors.New("the front matter has no title")
	}
	for _, form := range dateForms {
		if at, err := time.Parse(form, node.Value); err == nil {
			return node.Value, at, nil
		}
	}
	return "", at, errors.New(`the date in the front matter cannot be read: write it as "2026-03-07 12:00:00 +0000"`)
}

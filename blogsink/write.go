package blogsink

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/leakcheck"
)

// ownName is the sink's name as files in the private folder bear it.
func (s *Sink) ownName() string {
	if name := device.Slug(s.cfg.Name); name != "" {
		return name
	}
	return "blog"
}

func (s *Sink) statePath() string { return filepath.Join(s.opts.PrivateDir, s.ownName()+".state.json") }

func (s *Sink) draftPath(slug string) string { return filepath.Join(s.cfg.Dir, "_drafts", slug+".md") }

func (s *Sink) privatePath(slug string) string {
	return filepath.Join(s.opts.PrivateDir, slug+".private.md")
}

func (s *Sink) proposalPath(slug string) string {
	return filepath.Join(s.opts.PrivateDir, slug+".proposed.md")
}

// lastWritten is what this sink wrote last. What cannot be read proves nothing: a draft that stands there counts as a
// person's.
func (s *Sink) lastWritten() written {
	var last written
	if b, err := os.ReadFile(s.statePath()); err == nil && json.Unmarshal(b, &last) != nil {
		return written{}
	}
	return last
}

// revision is a new version of the draft, worked into the file that stands there.
type revision struct {
	doc  *document
	last written
	slug string // of the draft: the document's, or an earlier one of a draft that a person edited
	path string
	old  []byte  // the file as it stands; nil where there is none
	next *merged // nil where the whole file is a person's
}

// body is the file with the new version in it; nil where it has no place for it.
func (r *revision) body() []byte {
	if r.next == nil {
		return nil
	}
	return r.next.bytes()
}

// revise reads the draft as it stands and works the document into it. It writes nothing.
func (s *Sink) revise(doc *document) (*revision, error) {
	r, err := s.locate(doc)
	if err != nil {
		return nil, err
	}
	return r, r.work(doc)
}

// locate finds the draft that a document is to be worked into.
func (s *Sink) locate(doc *document) (*revision, error) {
	r := &revision{last: s.lastWritten(), slug: doc.slug}
	last := r.last
	if last.Slug != "" && last.Slug != doc.slug && (last.Number == 0 || last.Number == doc.number) {
		switch old, err := os.ReadFile(s.draftPath(last.Slug)); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case digest(old) != last.SHA256:
			r.slug = last.Slug // a person's file keeps its name
		}
	}
	r.path = s.draftPath(r.slug)
	old, err := os.ReadFile(r.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	r.old = old
	return r, nil
}

// work puts the document into the draft's bytes.
func (r *revision) work(doc *document) error {
	r.doc, r.next = doc, nil
	for _, x := range doc.sections {
		if anyMarker.Match(x.body) {
			return fmt.Errorf("section %s holds a line that looks like a marker of a draft, <!-- quorate:...: reword the note that it comes from", x.id)
		}
	}
	last := r.last
	if last.Slug != r.slug {
		last = written{} // of another draft: it says nothing about this file
	}
	if r.old == nil || last.SHA256 == digest(r.old) && !anyMarker.Match(r.old) { // the latter is of a version without markers
		r.next = &merged{text: freshManuscript(doc.head, doc.sections)}
		return nil
	}
	next, broken := merge(r.old, last, doc.head, doc.sections)
	if broken != nil {
		broken.Path = r.path
		return broken
	}
	r.next = next
	return nil
}

// write puts the draft, its private original and what could not be worked in in place, and reports whether the draft is
// a new one.
func (s *Sink) write(r *revision) (fresh bool, err error) {
	if err := errors.Join(os.MkdirAll(filepath.Dir(r.path), 0o755), os.MkdirAll(s.opts.PrivateDir, 0o700)); err != nil {
		return false, err
	}
	if err := replace(s.privatePath(r.slug), r.doc.private, 0o600); err != nil {
		return false, err
	}
	if err := s.writeAssets(r.doc); err != nil {
		return false, err
	}
	if err := s.propose(r); err != nil {
		return false, err
	}
	body := r.body()
	if body == nil {
		return false, nil
	}
	if r.old == nil || !bytes.Equal(body, r.old) {
		now, err := os.ReadFile(r.path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		if !bytes.Equal(now, r.old) {
			return false, errChanged
		}
		if err := replace(r.path, body, 0o644); err != nil {
			return false, err
		}
	}
	return r.old == nil, s.remember(r, body)
}

// where says in which line and part of the new draft findings are.
func (r *revision) where(found []leakcheck.Finding, body []byte) []string {
	if r.next == nil || r.next.crlf {
		return nil
	}
	out := make([]string, len(found))
	for i, f := range found {
		if f.Offset < 0 || f.Offset > len(body) || f.File != "" && !strings.HasSuffix(f.File, ".md") {
			continue
		}
		out[i] = fmt.Sprintf("line %d, %s", 1+bytes.Count(body[:f.Offset], []byte("\n")), r.next.text.partAt(f.Offset))
	}
	return out
}

// partAt names the part of a draft that a byte belongs to.
func (p *manuscript) partAt(offset int) string {
	at := len(p.head)
	if offset < at {
		return "front matter"
	}
	for _, x := range p.pieces {
		at += len(x.begin) + len(x.text) + len(x.end) + len(x.gap)
		if offset >= at {
			continue
		}
		if x.id == "" {
			break
		}
		return "section " + x.id
	}
	return "your own text"
}

// errChanged says that somebody wrote the draft while the new version was made.
var errChanged = errors.New("the draft was written by somebody else meanwhile")

// writeAssets keeps the draft's charts in the private folder: under the blog's folder a site build would publish them.
func (s *Sink) writeAssets(doc *document) error {
	dir := filepath.Join(s.opts.PrivateDir, "charts", doc.slug)
	if len(doc.assets) == 0 {
		return os.RemoveAll(dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, a := range doc.assets {
		if err := replace(filepath.Join(dir, a.name), a.body, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// propose puts the sections that a person's text keeps out beside the private original, and tells it once.
func (s *Sink) propose(r *revision) error {
	path := s.proposalPath(r.slug)
	var b bytes.Buffer
	switch {
	case r.next == nil: // nothing of the file is ours, or it cannot be read
		b.Write(freshManuscript(r.doc.head, r.doc.sections).bytes())
	case len(r.next.kept) == 0:
		err := os.Remove(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	default:
		for i, x := range r.next.kept {
			if i > 0 {
				b.WriteByte('\n')
			}
			p := framed(x)
			b.Write(p.begin)
			b.Write(p.text)
			b.Write(p.end)
		}
	}
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, b.Bytes()) {
		return nil
	}
	s.log.Info("draft was edited by a person, new version put beside", "path", path)
	return replace(path, b.Bytes(), 0o600)
}

// remember notes what was written, and takes away the draft of an earlier title where nobody has edited it.
func (s *Sink) remember(r *revision, body []byte) error {
	if last := r.last; last.Slug != "" && last.Slug != r.slug {
		if old, err := os.ReadFile(s.draftPath(last.Slug)); err == nil && digest(old) == last.SHA256 {
			err := errors.Join(os.Remove(s.draftPath(last.Slug)), os.RemoveAll(s.privatePath(last.Slug)), os.RemoveAll(s.proposalPath(last.Slug)),
				os.RemoveAll(filepath.Join(s.opts.PrivateDir, "charts", last.Slug)))
			if err != nil {
				return err
			}
		}
	}
	b, err := json.Marshal(written{
		Slug: r.slug, Number: r.doc.number, SHA256: digest(body), Head: string(r.doc.head), Sections: r.next.text.ids(), Deleted: r.next.deleted,
	})
	if err != nil {
		return err
	}
	return replace(s.statePath(), b, 0o600)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// replace writes a file so that a reader, or a crash, finds the old bytes or the new ones and never a part.
func replace(path string, b []byte, mode fs.FileMode) error {
	return replaceAt(path, b, mode, func() {})
}

// replaceAt is replace, with a call in between: the new bytes are on the disk then, and not yet in their place.
func replaceAt(path string, b []byte, mode fs.FileMode, between func()) error {
	f, err := os.CreateTemp(filepath.Dir(path), tempPrefix+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		between()
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error tells more
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return syncDir(filepath.Dir(path))
}

// tempPrefix begins the names of files that are not yet in their place. Site builders pass over names with a dot.
const tempPrefix = ".quorate-"

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

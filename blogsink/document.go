package blogsink

import (
	"bytes"

	"github.com/quorate/quorate/internal/leakcheck"
	"github.com/quorate/quorate/internal/sanitize"
)

// document is a post as it is written: front matter, sections in order, and the files beside it.
type document struct {
	number   int
	slug     string
	head     []byte // front matter, with both "---" lines
	sections []section
	assets   []asset
	covers   int64  // the last event that the post is about
	private  []byte // the private original
	registry leakcheck.Registry
	swaps    []sanitize.Swap
	context  []byte // every figure of the post, as JSON

	facts *Facts // what it was rendered from, for dated
	pages *pages
}

// section is one part of a post, heading included. Its body begins and ends without blank lines, and ends with one
// newline.
type section struct {
	id   string
	body []byte
}

// asset is a file that belongs to a post, such as a chart. Once the post is published it lies in
// assets/quorate/SLUG/NAME under the blog's folder.
type asset struct {
	name string // the base name
	body []byte
}

// final is the post as it is published: front matter and sections, with one blank line between them.
func (d *document) final() []byte {
	var b bytes.Buffer
	b.Write(d.head)
	for _, s := range d.sections {
		b.WriteByte('\n')
		b.Write(s.body)
	}
	return b.Bytes()
}

// dated returns the post as it is to be published at an instant: with that date in its front matter, and a footer
// that no longer speaks of a draft. Edited says that a person changed some of the text.
func (d *document) dated(on Stamp, edited bool) (*document, error) {
	facts := *d.facts
	facts.Date, facts.Provenance.Final, facts.Provenance.Edited = on, true, edited
	out := *d
	out.facts = &facts
	var err error
	if out.head, out.sections, err = d.pages.render(&facts); err != nil {
		return nil, err
	}
	out.private = privateOriginal(out.final(), d.swaps)
	return &out, nil
}

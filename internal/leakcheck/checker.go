package leakcheck

import (
	"bytes"
	"cmp"
	"path/filepath"
	"slices"
)

// Finding says that a private value stands somewhere, and what kind of value. It never holds the value.
type Finding struct {
	File string `json:"file"`
	// Offset and Length are bytes of the file. Offset is -1 for a value in the file's own name.
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	Kind   string `json:"kind"`
}

// Checker checks bytes against a registry and the detectors. It may be used concurrently.
type Checker struct {
	known  *matcher
	hashes hashes
	rules  ruleset
	// detectors and readers are the parts of the second net, and the ways to read a text.
	detectors []detector
	readers   []reader
}

// New builds a checker that knows the values of the registry, which may be nil.
func New(reg Registry) *Checker {
	return &Checker{known: newMatcher(reg.spellings()), hashes: newHashes(reg[Hashed]), rules: rulesetOf(newRules()), detectors: newDetectors(), readers: newReaders()}
}

// Check returns what is private in the file's bytes and in the last part of its name, in order, without overlaps.
// An empty result is the only good one.
func (c *Checker) Check(file string, b []byte) []Finding {
	var out []Finding
	if c.hashes.bad {
		out = append(out, Finding{File: file, Offset: -1, Kind: "unreadable_registry"})
	}
	for _, f := range c.bytes([]byte(filepath.Base(file))) {
		out = append(out, Finding{File: file, Offset: -1, Kind: f.kind})
		break
	}
	for _, f := range c.bytes(b) {
		out = append(out, Finding{File: file, Offset: f.start, Length: f.end - f.start, Kind: f.kind})
	}
	return out
}

// bytes returns the hits in b, in order and merged where they overlap.
func (c *Checker) bytes(b []byte) []hit {
	if kind := container(b); kind != "" {
		return c.image(kind, b)
	}
	var hits []hit
	plain := fold(b)
	for _, read := range c.readers {
		hits = append(hits, read(c, plain)...)
	}
	return merge(append(hits, c.asWritten(b)...))
}

// reader reads a folded text in one way and returns what it finds, in offsets of the original.
type reader func(c *Checker, plain *view) []hit

func newReaders() []reader {
	return []reader{
		func(c *Checker, v *view) []hit { return v.original(c.registry(v)) },
		func(c *Checker, v *view) []hit { return v.original(c.structured(v)) },
		func(c *Checker, v *view) []hit { return v.original(c.rules.context(v)) },
		func(c *Checker, v *view) []hit { return v.original(c.encoded(v)) },
		func(c *Checker, v *view) []hit { return v.original(c.hexPairs(v)) },
		(*Checker).asShown, (*Checker).spelledOut,
		func(c *Checker, v *view) []hit { return c.overBreaks(v, true) },
		func(c *Checker, v *view) []hit { return c.overBreaks(v, false) },
	}
}

// original takes hits of a view to the bytes that they stand for.
func (v *view) original(hits []hit) []hit {
	for i, h := range hits {
		hits[i].start, hits[i].end = v.span(h.start, h.end)
	}
	return hits
}

// asWritten looks for known values and for homes of people in the lines where an escape was undone: what looks like one
// may be none, as in C:\Users\xenia.
func (c *Checker) asWritten(b []byte) []hit {
	written := identity(b)
	read, changed := decode(written)
	if !changed {
		return nil
	}
	var hits []hit
	for _, part := range read.changed() {
		line := foldRunes(written.part(part.span(0, len(part.cased))))
		homes := slices.DeleteFunc(c.rules.context(line), func(h hit) bool { return h.kind != "path" })
		hits = append(hits, line.original(append(c.registry(line), homes...))...)
	}
	return hits
}

// asShown reads the lines that look otherwise on a page, without the comments and with what those say.
func (c *Checker) asShown(plain *view) []hit {
	hits := c.shown(rendered(plain, false))
	if bytes.Contains(plain.cased, []byte("<!--")) {
		hits = append(hits, c.shown(rendered(plain, true))...)
	}
	return hits
}

func (c *Checker) shown(v *view) []hit {
	if v == nil {
		return nil
	}
	var hits []hit
	for _, part := range v.changed() {
		hits = append(hits, part.original(slices.Concat(c.registry(part), c.structured(part), c.rules.context(part)))...)
	}
	return hits
}

// spelledOut looks for known values that are written letter by letter.
func (c *Checker) spelledOut(plain *view) []hit {
	v := spelled(plain)
	if v == nil {
		return nil
	}
	var hits []hit
	for _, part := range v.changed() {
		hits = append(hits, part.original(c.registry(part))...)
		c.known.scan(part.lower, func(p *pattern, start, end int) {
			// Between letters with a sign between any two, each is a word's end: what follows does not matter.
			if from, to := part.span(start, end); end-start >= 4 && to-from >= 2*(end-start)-1 {
				hits = append(hits, hit{p.kind, from, to})
			}
		})
	}
	return hits
}

// overBreaks looks for what a line break goes through.
func (c *Checker) overBreaks(plain *view, keepHyphen bool) []hit {
	v, joints := joined(plain, keepHyphen)
	if v == nil {
		return nil
	}
	return v.original(across(joints, slices.Concat(c.registry(v), longTokens(v), c.encodedAt(v, joints))))
}

// registry finds known values.
func (c *Checker) registry(v *view) []hit {
	var hits []hit
	c.known.scan(v.lower, func(p *pattern, start, end int) {
		if p.stands(v, start, end) {
			hits = append(hits, hit{p.kind, start, end})
		}
	})
	return append(hits, c.hashes.scan(v)...)
}

// across keeps the hits that a line break went through: the others are found in the plain view.
func across(joints []int, hits []hit) []hit {
	return slices.DeleteFunc(hits, func(h hit) bool {
		i, _ := slices.BinarySearch(joints, h.start+1)
		return i == len(joints) || joints[i] >= h.end
	})
}

// longTokens finds tokens only; in a joined text everything else would be made of two lines' words.
func longTokens(v *view) []hit {
	s := scanner{v: v, s: v.lower}
	s.tokens()
	s.base64()
	return s.hits
}

// merge orders hits and takes overlapping ones together, under the kind of the first and longest.
func merge(hits []hit) []hit {
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(a.start-b.start, b.end-a.end)
	})
	var out []hit
	for _, h := range hits {
		if h.end <= h.start {
			continue
		}
		if n := len(out); n > 0 && h.start < out[n-1].end {
			out[n-1].end = max(out[n-1].end, h.end)
			continue
		}
		out = append(out, h)
	}
	return out
}

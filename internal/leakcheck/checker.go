package leakcheck

import (
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
	known *matcher
	rules ruleset
}

// New builds a checker that knows the values of the registry, which may be nil.
func New(reg Registry) *Checker {
	return &Checker{known: newMatcher(reg.spellings()), rules: newRuleset()}
}

// Check returns what is private in the file's bytes and in the last part of its name, in order, without overlaps.
// An empty result is the only good one.
func (c *Checker) Check(file string, b []byte) []Finding {
	var out []Finding
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
	collect := func(v *view, found []hit) {
		for _, h := range found {
			start, end := v.span(h.start, h.end)
			hits = append(hits, hit{h.kind, start, end})
		}
	}
	collect(plain, c.registry(plain))
	collect(plain, structured(plain))
	collect(plain, c.rules.context(plain, nil))
	collect(plain, c.encoded(plain))
	if v := rendered(plain); v != nil {
		collect(v, c.registry(v))
		collect(v, structured(v))
		collect(v, c.rules.context(v, plain))
	}
	if v := spelled(plain); v != nil {
		collect(v, c.registry(v))
	}
	for _, keepHyphen := range []bool{true, false} {
		if v, joints := joined(plain, keepHyphen); v != nil {
			collect(v, across(joints, c.registry(v)))
			collect(v, across(joints, longTokens(v)))
		}
	}
	return merge(hits)
}

// registry finds known values.
func (c *Checker) registry(v *view) []hit {
	var hits []hit
	c.known.scan(v.lower, func(p *pattern, start, end int) {
		if p.stands(v, start, end) {
			hits = append(hits, hit{p.kind, start, end})
		}
	})
	return hits
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

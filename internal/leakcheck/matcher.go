package leakcheck

import "slices"

// matcher finds many patterns in one pass over a text (Aho-Corasick). Edges of a node lie together, sorted by byte.
type matcher struct {
	patterns []pattern
	nodes    []node
	edges    []edge
	root     [256]int32 // the first step, which most bytes of a text take
}

// pattern is one spelling of a known value, in lower case.
type pattern struct {
	text string
	kind string
	// edge says what may stand beside it.
	bound boundary
}

type boundary int

const (
	// boundWord: not inside a longer word of letters or a longer number.
	boundWord boundary = iota
	// boundNone: anywhere, for values that nothing harmless contains.
	boundNone
	// boundPrefix: the beginning of a longer value; what follows must be its end, the whole or an ellipsis.
	boundPrefix
)

type edge struct {
	b  byte
	to int32
}

type node struct {
	first, n int32 // edges
	fail     int32
	out      int32 // pattern that ends here, -1 if none
	more     int32 // nearest node on the way of failures that has one, 0 if none
}

func newMatcher(patterns []pattern) *matcher {
	slices.SortFunc(patterns, func(a, b pattern) int {
		switch {
		case a.text < b.text:
			return -1
		case a.text > b.text:
			return 1
		}
		return int(b.bound) - int(a.bound)
	})
	patterns = slices.CompactFunc(patterns, func(a, b pattern) bool { return a.text == b.text })
	m := &matcher{patterns: patterns, nodes: []node{{out: -1}}}
	m.grow(0, 0, len(patterns), 0)
	for _, e := range m.edges[m.nodes[0].first : m.nodes[0].first+m.nodes[0].n] {
		m.root[e.b] = e.to
	}
	m.link()
	return m
}

// grow builds the node's subtree out of the sorted patterns lo to hi, which share depth bytes.
func (m *matcher) grow(at, lo, hi, depth int) {
	if lo < hi && len(m.patterns[lo].text) == depth {
		m.nodes[at].out = int32(lo)
		lo++
	}
	first := len(m.edges)
	var bounds []int
	for i := lo; i < hi; {
		b, j := m.patterns[i].text[depth], i
		for j < hi && m.patterns[j].text[depth] == b {
			j++
		}
		m.edges = append(m.edges, edge{b, int32(len(m.nodes))})
		m.nodes = append(m.nodes, node{out: -1})
		bounds = append(bounds, i, j)
		i = j
	}
	m.nodes[at].first, m.nodes[at].n = int32(first), int32(len(m.edges)-first)
	for i := 0; i < len(bounds); i += 2 {
		m.grow(int(m.edges[first+i/2].to), bounds[i], bounds[i+1], depth+1)
	}
}

func (m *matcher) link() {
	queue := []int32{0}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		n := m.nodes[at]
		for _, e := range m.edges[n.first : n.first+n.n] {
			queue = append(queue, e.to)
			if at == 0 {
				continue
			}
			fail := m.step(n.fail, e.b)
			m.nodes[e.to].fail = fail
			if m.nodes[fail].out >= 0 {
				m.nodes[e.to].more = fail
			} else {
				m.nodes[e.to].more = m.nodes[fail].more
			}
		}
	}
}

func (m *matcher) step(at int32, b byte) int32 {
	for at != 0 {
		n := &m.nodes[at]
		for _, e := range m.edges[n.first : n.first+n.n] { // a few at most
			if e.b == b {
				return e.to
			}
		}
		at = n.fail
	}
	return m.root[b]
}

// scan calls found for every pattern that occurs in the lower-case text.
func (m *matcher) scan(text []byte, found func(p *pattern, start, end int)) {
	m.walk(text, func(p, end int) {
		found(&m.patterns[p], end-len(m.patterns[p].text), end)
	})
}

// walk calls found with the number of every pattern that occurs, and where it ends.
func (m *matcher) walk(text []byte, found func(p, end int)) {
	if len(m.patterns) == 0 {
		return
	}
	at := int32(0)
	for i, b := range text {
		at = m.step(at, b)
		for hit := at; hit != 0; hit = m.nodes[hit].more {
			if p := m.nodes[hit].out; p >= 0 {
				found(int(p), i+1)
			}
		}
	}
}

// stands reports whether what is beside the match lets it stand for the value.
func (p *pattern) stands(v *view, start, end int) bool {
	switch p.bound {
	case boundNone:
		return true
	case boundPrefix:
		if start > 0 && isAlnum(v.lower[start-1]) {
			return false
		}
		return end == len(v.lower) || !isAlnum(v.lower[end])
	}
	if start > 0 && glued(v.cased[start-1], v.cased[start]) {
		return false
	}
	if end == len(v.cased) || !glued(v.cased[end-1], v.cased[end]) {
		return true
	}
	// A plural is the same word, and so is an index in letters after a capital.
	return v.lower[end] == 's' && isAlpha(v.cased[end-1]) && (end+1 == len(v.cased) || !isAlpha(v.cased[end+1]))
}

// glued reports whether two neighbouring bytes belong to one word or one number. A capital after a small letter
// begins a new word.
func glued(a, b byte) bool {
	switch {
	case isLower(a) && isUpper(b):
		return false
	case (isAlpha(a) || a >= 0x80) && (isAlpha(b) || b >= 0x80):
		return true
	}
	return isDigit(a) && isDigit(b)
}

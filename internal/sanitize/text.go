package sanitize

import (
	"cmp"
	"context"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Cleaner takes private values out of what a person wrote.
type Cleaner struct {
	table   *Table
	known   *index
	finders []finder
	lookout lookout
}

// NewCleaner returns a cleaner that knows these values. The table is told to avoid them.
func NewCleaner(t *Table, known []Known) *Cleaner {
	for _, k := range known {
		t.Avoid(k.Value)
	}
	finders := newFinders()
	return &Cleaner{table: t, known: newIndex(known), finders: finders, lookout: newLookout(finders)}
}

// cut is a part of a text that goes, and what comes in its place.
type cut struct {
	start, end int
	kind       Kind
	value, put string
	known      bool
}

// Text returns s with everything private replaced, and counts it in r. A text without anything private comes back
// byte for byte. The result is Markdown of unknown intent still: see Markdown.
func (c *Cleaner) Text(ctx context.Context, s string, r *Report) (string, error) {
	// What stands in a value's place may give away what stands beside it ("example-wifi" is a word for a network's name):
	// the text is read until nothing is left to do.
	for range settling {
		clean, err := c.once(ctx, s, r)
		if err != nil || clean == s {
			return clean, err
		}
		s = clean
	}
	return s, nil
}

// settling is how often a text is read at most; twice is enough for nearly all.
const settling = 5

func (c *Cleaner) once(ctx context.Context, s string, r *Report) (string, error) {
	d := decoded(s)
	cuts, err := c.cuts(ctx, d)
	if err != nil {
		return "", err
	}
	if len(cuts) == 0 {
		return s, nil
	}
	var b strings.Builder
	at := 0
	for _, k := range cuts {
		b.WriteString(d[at:k.start])
		b.WriteString(k.put)
		r.Add(k.kind, k.value, k.put)
		at = k.end
	}
	b.WriteString(d[at:])
	return b.String(), nil
}

// cuts finds known values and what the finders find, in order and without overlaps; a known value goes before a shape.
func (c *Cleaner) cuts(ctx context.Context, d string) ([]cut, error) {
	out, err := c.knownCuts(ctx, d)
	if err != nil {
		return nil, err
	}
	shapes, err := c.shapeCuts(ctx, d)
	if err != nil {
		return nil, err
	}
	secret := func(k cut) int {
		if k.kind == KindSecret {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(shapes, func(a, b cut) int { return cmp.Or(a.start-b.start, b.end-a.end, secret(a)-secret(b)) })
	for i := range shapes {
		if k := &shapes[i]; k.end > k.start && !overlaps(out, k) {
			out = append(out, *k)
		}
	}
	out = slices.DeleteFunc(out, func(k cut) bool { return k.end <= k.start })
	slices.SortFunc(out, func(a, b cut) int { return a.start - b.start })
	return out, nil
}

// shapeCuts shows each finder the lines that have something for it, each with the next: a value may stand under its key.
func (c *Cleaner) shapeCuts(ctx context.Context, d string) ([]cut, error) {
	var all []cut
	flat, offset := flatten(d, false)
	lower := smallASCII(flat)
	for i, spans := range c.windows(lower) {
		f := &c.finders[i]
		text := flat
		if f.lower {
			text = lower
		}
		for _, w := range spans {
			for _, m := range f.matches(text[w.start:w.end]) {
				for g := 2; g+1 < len(m); g += 2 {
					if m[g] < 0 || m[g] == m[g+1] {
						continue
					}
					start := w.start + m[g]
					value := trimmed(f.kind, flat[start:w.start+m[g+1]])
					if value == "" || f.ok != nil && !f.ok(value, flat[:start]) {
						continue
					}
					put, err := c.put(ctx, f, value)
					if err != nil {
						return nil, err
					}
					all = append(all, cut{start: offset[start], end: offset[start+len(value)], kind: f.kind, value: value, put: put})
				}
			}
		}
	}
	return all, nil
}

// trimmed takes off what closes a clause behind a value.
func trimmed(kind Kind, value string) string {
	switch kind {
	case KindPath:
		return value
	case KindIPv6: // two colons may end an address, one ends a clause
		return strings.TrimRight(value, ".,;!?")
	}
	return strings.TrimRight(value, ".,:;!?")
}

// window is a part of a text that a finder reads.
type window struct{ start, end int }

// Around a word that announces a finder: how far before it a match may begin, and how far into the next line it may reach.
const nearBefore, nearAfter = 120, 160

// windows returns for each finder what it has to read of a text in small letters.
func (c *Cleaner) windows(lower string) [][]window {
	out := make([][]window, len(c.finders))
	marks := make([]int, len(c.finders))
	for start := 0; start < len(lower); {
		end := lineEnd(lower, start)
		clear(marks)
		next := end
		if end < len(lower) {
			next = runeStart(lower, min(lineEnd(lower, end+1), end+nearAfter))
		}
		c.lookout.worth(lower[start:end], c.finders, marks, func(i, at int) {
			out[i] = append(out[i], window{start + at, next})
		})
		for i, mark := range marks {
			if mark == 0 {
				continue
			}
			from := start
			if !c.finders[i].anchored && mark > nearBefore {
				from = wordStart(lower, start+mark-nearBefore)
			}
			switch n := len(out[i]); {
			case c.finders[i].whole:
				out[i] = append(out[i][:0], window{0, len(lower)})
			case n > 0 && out[i][n-1].end >= from:
				out[i][n-1].end = next
			default:
				out[i] = append(out[i], window{from, next})
			}
		}
		start = end + 1
	}
	return out
}

// runeStart is the beginning of the character that byte i is of, and wordStart that of the word.
func runeStart(s string, i int) int {
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

func wordStart(s string, i int) int {
	for i > 0 && s[i-1] > ' ' {
		i--
	}
	return i
}

// lineEnd is where the line that begins at i ends.
func lineEnd(s string, i int) int {
	if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(s)
}

// overlaps reports whether k meets a cut that stands already. What of k the other does not cover goes with the other:
// half a private value may still be one.
func overlaps(out []cut, k *cut) bool {
	for i := range out {
		o := &out[i]
		if k.start < o.end && o.start < k.end {
			o.start, o.end = min(o.start, k.start), max(o.end, k.end)
			for j := range out {
				if j != i && out[j].start < o.end && o.start < out[j].end {
					o.start, o.end = min(o.start, out[j].start), max(o.end, out[j].end)
					out[j].end = out[j].start // swallowed: an empty cut
					out[j].put = ""
				}
			}
			return true
		}
	}
	return false
}

// knownCuts finds known values as the text stands, and what marks of emphasis, tags and comments go through.
func (c *Cleaner) knownCuts(ctx context.Context, d string) ([]cut, error) {
	folded, offset := flatten(d, true)
	all, err := c.knownIn(ctx, d, folded, offset, nil)
	if err != nil || !strings.ContainsAny(folded, "*`~<") {
		return all, err
	}
	bare, offset := unmarked(folded, offset)
	return c.knownIn(ctx, d, bare, offset, all)
}

// unmarked takes out what a reader of the page does not see between two letters.
func unmarked(s string, offset []int) (string, []int) {
	b, from, at := make([]byte, 0, len(s)), make([]int, 0, len(s)+1), 0
	for _, m := range hiddenMark.FindAllStringIndex(s, -1) {
		b, from = append(b, s[at:m[0]]...), append(from, offset[at:m[0]]...)
		at = m[1]
	}
	return string(append(b, s[at:]...)), append(from, offset[at:]...)
}

var hiddenMark = regexp.MustCompile("[*`~]+|</?[a-z][a-z0-9]*(?: [^<>]{0,200})?>|<!--[^>]{0,400}-->")

// knownIn adds the known values of a text d, folded, to cuts that stand already.
func (c *Cleaner) knownIn(ctx context.Context, d, folded string, offset []int, all []cut) ([]cut, error) {
	for i := 0; i < len(folded); {
		sp, ok := c.known.longest(folded, i)
		if !ok {
			_, n := utf8.DecodeRuneInString(folded[i:])
			i += n
			continue
		}
		k := c.known.known[sp.known]
		// The value ends with its last character: what is hidden behind that one stays.
		end := offset[i+len(sp.text)-1]
		_, n := utf8.DecodeRuneInString(d[end:])
		end += n
		found := cut{start: offset[i], end: end, kind: k.Kind, value: k.Value, known: true}
		if !overlaps(all, &found) {
			var err error
			if found.put = sp.put; sp.put == "" {
				if found.put, err = c.putKnown(ctx, k); err != nil {
					return nil, err
				}
			}
			all = append(all, found)
		}
		i += len(sp.text)
	}
	slices.SortFunc(all, func(a, b cut) int { return a.start - b.start })
	return all, nil
}

var percentCode = regexp.MustCompile(`%[2-7][0-9A-Fa-f]`)

// decoded undoes what hides a value from a search and not from a reader: entities, percent codes of plain
// characters, invisible characters.
func decoded(s string) string {
	s = visible(s)
	for range 3 {
		next := percentCode.ReplaceAllStringFunc(html.UnescapeString(s), func(code string) string {
			var ch byte
			for _, d := range []byte(strings.ToLower(code[1:])) {
				ch = ch<<4 | byte(strings.IndexByte("0123456789abcdef", d))
			}
			if ch > ' ' && ch < 0x7f && !strings.ContainsRune(`%&<>"'{}|\^`+"`", rune(ch)) {
				return string(rune(ch))
			}
			return code
		})
		if next == s {
			break
		}
		s = visible(next)
	}
	return s
}

// flatten folds a text character by character and returns where each byte of the result comes from, with one more
// entry for the end.
func flatten(s string, lower bool) (string, []int) {
	b := make([]byte, 0, len(s))
	offset := make([]int, 0, len(s)+1)
	for i, r := range s {
		if r < utf8.RuneSelf {
			if lower && r >= 'A' && r <= 'Z' {
				r += 'a' - 'A'
			}
			b, offset = append(b, byte(r)), append(offset, i)
			continue
		}
		from := len(b)
		b = utf8.AppendRune(b, foldRune(r))
		for range len(b) - from {
			offset = append(offset, i)
		}
	}
	return string(b), append(offset, len(s))
}

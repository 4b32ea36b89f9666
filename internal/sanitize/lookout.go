package sanitize

import (
	"regexp/syntax"
	"strings"
)

// lookout says which finders a line is worth showing to: those one of whose words it has, and whose shape. Patterns are
// slow, and most lines of a text have nothing for any of them.
type lookout struct {
	// heads leads from the first two bytes of a word to its group, one more than its number; wordless are the finders that
	// a shape alone announces.
	heads    []uint16
	groups   [][]lookWord
	wordless []int
}

type lookWord struct {
	text    string
	finders []int
}

// shape is a set of things that a line has.
type shape uint16

const (
	numberDot  shape = 1 << iota // a digit, a point and a digit
	letterDot                    // a point with a letter or digit on both sides
	twoColons                    // a colon and another one no farther than four characters on
	hexChain                     // four groups of hex digits, a sign between
	threeWords                   // three groups of four hex digits
	twoHalves                    // two groups of six hex digits
	longWord                     // sixteen letters, digits or signs of base64 in a row
	longHex                      // twelve hex digits in a row
	plusSign                     // a plus sign before a letter or digit
	houseLike                    // a number with a blank beside it
	atLike                       // an at sign, or "at" in brackets
	dressedDot                   // a mark of emphasis or of a tag beside a number or point
	oddSign                      // a dollar, a tilde, or a sign that is not of ASCII
)

func newLookout(finders []finder) lookout {
	l := lookout{heads: make([]uint16, 1<<16)}
	all := map[string][]int{}
	for i := range finders {
		f := &finders[i]
		if f.words == nil && f.shape == 0 {
			f.words = needed(f.re.String())
		}
		if f.words == nil {
			l.wordless = append(l.wordless, i)
		}
		for _, w := range f.words {
			all[w] = append(all[w], i)
		}
	}
	for w, finders := range all {
		head := int(w[0])<<8 | int(w[1])
		if l.heads[head] == 0 {
			l.groups = append(l.groups, nil)
			l.heads[head] = uint16(len(l.groups))
		}
		group := &l.groups[l.heads[head]-1]
		*group = append(*group, lookWord{w, finders})
	}
	return l
}

// worth sets, for each finder that a line in small letters is worth showing to, where its first word begins and one more.
// It calls lead with every word of a finder that begins at its word.
func (l *lookout) worth(line string, finders []finder, marks []int, lead func(finder, at int)) {
	has := shapeOf(line)
	for _, i := range l.wordless {
		if finders[i].shape&has != 0 || finders[i].shape == 0 {
			marks[i] = 1
		}
	}
	for i := 0; i+1 < len(line); i++ {
		group := l.heads[int(line[i])<<8|int(line[i+1])]
		if group == 0 {
			continue
		}
		for _, w := range l.groups[group-1] {
			if !strings.HasPrefix(line[i:], w.text) {
				continue
			}
			for _, at := range w.finders {
				f := &finders[at]
				if f.leads && (f.signs == "" || strings.ContainsAny(line[i:], f.signs)) {
					lead(at, i)
				} else if marks[at] == 0 && !f.leads && (f.shape == 0 || f.shape&has != 0) && (f.signs == "" || strings.ContainsAny(line, f.signs)) {
					marks[at] = i + 1
				}
			}
		}
	}
}

// chain follows groups of hex digits with one sign between them.
type chain struct {
	groups, digits int // complete groups, and digits in the one that goes on
	fours, sixes   int // complete groups of that many digits in a row
	number         bool
}

func (h *chain) close() shape {
	var has shape
	if h.digits == 0 || h.digits > 12 {
		*h = chain{}
		return 0
	}
	h.groups++
	if h.digits == 4 {
		h.fours++
	} else {
		h.fours = 0
	}
	if h.digits == 6 {
		h.sixes++
	} else {
		h.sixes = 0
	}
	if h.groups >= 4 && h.number {
		has |= hexChain
	}
	if h.fours >= 3 {
		has |= threeWords
	}
	if h.sixes >= 2 {
		has |= twoHalves
	}
	h.digits = 0
	return has
}

func shapeOf(line string) shape {
	var has shape
	var hex chain
	word, colon := 0, -9
	for i := range len(line) {
		c := line[i]
		switch {
		case isHexDigit(c):
			if hex.digits++; hex.digits == 12 {
				has |= longHex
			}
			hex.number = hex.number || isNumber(c)
		case c == ':' || c == '-' || c == '.' || c == ' ' || c == '_':
			has |= hex.close()
		default:
			if hex.digits > 0 {
				has |= hex.close()
			}
			hex = chain{}
		}
		if isWord(c) || c == '+' || c == '/' || c == '=' {
			if word++; word == 16 {
				has |= longWord
			}
		} else {
			word = 0
		}
		if c >= 'a' && c <= 'z' || isNumber(c) {
			continue
		}
		next, before := byte(0), byte(0)
		if i+1 < len(line) {
			next = line[i+1]
		}
		if i > 0 {
			before = line[i-1]
		}
		switch {
		case c == ' ':
			if isNumber(before) || isNumber(next) {
				has |= houseLike
			}
		case c == '.':
			if isNumber(before) && isNumber(next) {
				has |= numberDot
			}
			if isWord(before) && isWord(next) {
				has |= letterDot
			}
		case c == ':':
			if i-colon <= 5 {
				has |= twoColons
			}
			colon = i
		case (c == '*' || c == '`' || c == '<' || c == '>') && (isNumber(before) || before == '.' || isNumber(next) || next == '.'):
			has |= dressedDot
		case c == '+' && isWord(next):
			has |= plusSign
		case c == '@', (c == '[' || c == '(' || c == '{') && next == 'a':
			has |= atLike
		case c == '$' || c == '~' || c >= 0x80:
			has |= oddSign
		}
	}
	return has | hex.close()
}

func isNumber(c byte) bool   { return c >= '0' && c <= '9' }
func isHexDigit(c byte) bool { return isNumber(c) || c >= 'a' && c <= 'f' }
func isWord(c byte) bool     { return isNumber(c) || c >= 'a' && c <= 'z' || c == '_' || c == '-' }

// shortestWord is how long a word must be to be looked for.
const shortestWord = 2

// needed returns words, in small letters, one of which is in every text that the pattern matches; nil where there are none.
func needed(pattern string) []string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	return neededBy(re.Simplify())
}

func neededBy(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if w := strings.ToLower(string(re.Rune)); len(w) >= shortestWord {
			return []string{w}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return neededBy(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return neededBy(re.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if words := neededBy(sub); shortest(words) > shortest(best) {
				best = words
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			words := neededBy(sub)
			if words == nil {
				return nil
			}
			all = append(all, words...)
		}
		return all
	}
	return nil
}

// shortest is the length of the shortest word: the shorter, the less it says.
func shortest(words []string) int {
	least := 0
	for i, w := range words {
		if i == 0 || len(w) < least {
			least = len(w)
		}
	}
	return least
}

// small takes a pattern to small letters but for its escapes: \S is not \s.
func small(pattern string) string {
	b := []byte(pattern)
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' {
			i++
			continue
		}
		if b[i] >= 'A' && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// smallASCII is s with its Latin capitals small: as long as s, byte for byte.
func smallASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

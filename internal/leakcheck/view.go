package leakcheck

import (
	"bytes"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// view is a text made comparable, with the way back to the bytes it came from. Byte i of cased and lower stands for
// the original bytes from[i] to to[i].
type view struct {
	cased, lower []byte
	from, to     []int32
}

func identity(b []byte) *view {
	v := &view{cased: b, lower: appendLower(make([]byte, 0, len(b)), b), from: make([]int32, len(b)), to: make([]int32, len(b))}
	for i := range b {
		v.from[i], v.to[i] = int32(i), int32(i+1)
	}
	return v
}

// span returns the original offsets of the view's bytes start to end.
func (v *view) span(start, end int) (int, int) {
	if start >= end {
		return 0, 0
	}
	from, to := v.from[start], v.to[start]
	for i := start; i < end; i++ {
		from, to = min(from, v.from[i]), max(to, v.to[i])
	}
	return int(from), int(to)
}

// verbatim reports whether the view's bytes start to end stand for as many original bytes: nothing was taken out.
func (v *view) verbatim(start, end int) bool {
	return start < end && int(v.to[end-1]-v.from[start]) == end-start
}

// part is the view's bytes start to end.
func (v *view) part(start, end int) *view {
	return &view{cased: v.cased[start:end], lower: v.lower[start:end], from: v.from[start:end], to: v.to[start:end]}
}

// changed returns the runs of lines that do not stand so in the view that v was made of.
func (v *view) changed() []*view {
	var parts []*view
	from := -1
	for start := 0; start < len(v.cased); {
		next := len(v.cased)
		if n := bytes.IndexByte(v.cased[start:], '\n'); n >= 0 {
			next = start + n + 1
		}
		switch same := v.verbatim(start, next); {
		case !same && from < 0:
			from = start
		case same && from >= 0:
			parts = append(parts, v.part(from, start))
			from = -1
		}
		start = next
	}
	if from >= 0 {
		parts = append(parts, v.part(from, len(v.cased)))
	}
	return parts
}

// builder grows a view out of another one.
type builder struct {
	src, out *view
}

func newBuilder(src *view) *builder {
	n := len(src.cased)
	return &builder{src: src, out: &view{
		cased: make([]byte, 0, n), lower: make([]byte, 0, n), from: make([]int32, 0, n), to: make([]int32, 0, n),
	}}
}

// put appends s, which stands for the source's bytes start to end.
func (b *builder) put(s string, start, end int) {
	from, to := b.src.span(start, end)
	for i := range len(s) {
		b.out.cased = append(b.out.cased, s[i])
		b.out.from = append(b.out.from, int32(from))
		b.out.to = append(b.out.to, int32(to))
	}
	b.out.lower = appendLower(b.out.lower, s)
}

// keep appends the source's bytes start to end as they are.
func (b *builder) keep(start, end int) {
	b.out.cased = append(b.out.cased, b.src.cased[start:end]...)
	b.out.lower = append(b.out.lower, b.src.lower[start:end]...)
	b.out.from = append(b.out.from, b.src.from[start:end]...)
	b.out.to = append(b.out.to, b.src.to[start:end]...)
}

// appendLower appends s in small letters, byte for byte as long as s.
func appendLower[T string | []byte](out []byte, s T) []byte {
	from := len(out)
	out = append(out, s...)
	for i := from; i < len(out); {
		if c := out[i]; c < utf8.RuneSelf {
			if isUpper(c) {
				out[i] = c + 'a' - 'A'
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(out[i:])
		if l := unicode.ToLower(r); l != r && utf8.RuneLen(l) == n {
			utf8.EncodeRune(out[i:], l)
		}
		i += n
	}
	return out
}

// fold undoes encodings, three deep, then spelling tricks.
func fold(b []byte) *view {
	v := identity(b)
	for range 3 {
		next, changed := decode(v)
		if !changed {
			break
		}
		v = next
	}
	return foldRunes(v)
}

// decode undoes one layer of entities, percent encoding and backslash escapes of code points.
func decode(v *view) (*view, bool) {
	s := v.cased
	var out *builder
	kept := 0
	for i := 0; i < len(s); {
		text, n := "", 0
		switch s[i] {
		case '&':
			text, n = entity(s[i:])
		case '%':
			text, n = percent(s[i:])
		case '\\':
			text, n = escape(s[i:])
		}
		if n == 0 {
			i++
			continue
		}
		if out == nil {
			out = newBuilder(v)
		}
		out.keep(kept, i)
		out.put(text, i, i+n)
		i += n
		kept = i
	}
	if out == nil {
		return v, false
	}
	out.keep(kept, len(s))
	return out.out, true
}

func entity(s []byte) (string, int) {
	end := 1
	for end < len(s) && end < 34 && (s[end] == '#' || isAlnum(s[end])) {
		end++
	}
	if end < 3 {
		return "", 0
	}
	if end < len(s) && s[end] == ';' {
		end++
	} else if s[1] != '#' {
		return "", 0 // without its semicolon only a number is an entity: "&copy=1" is a query
	}
	if t := html.UnescapeString(string(s[:end])); t != string(s[:end]) {
		return t, end
	}
	return "", 0
}

// percent decodes a run of %XX, so that a character of several bytes becomes one.
func percent(s []byte) (string, int) {
	var raw []byte
	n := 0
	for n+2 < len(s) && s[n] == '%' && isHex(s[n+1]) && isHex(s[n+2]) {
		raw = append(raw, unhex(s[n+1])<<4|unhex(s[n+2]))
		n += 3
	}
	if n == 0 || !utf8.Valid(raw) {
		return "", 0
	}
	return string(raw), n
}

func escape(s []byte) (string, int) {
	digits := 0
	switch {
	case len(s) > 5 && s[1] == 'u':
		digits = 4
	case len(s) > 3 && s[1] == 'x':
		digits = 2
	default:
		return "", 0
	}
	r := rune(0)
	for _, c := range s[2 : 2+digits] {
		if !isHex(c) {
			return "", 0
		}
		r = r<<4 | rune(unhex(c))
	}
	return string(r), 2 + digits
}

// foldRunes takes every rune to the plain one that a reader would take it for.
func foldRunes(v *view) *view {
	var out *builder
	kept := 0
	for i := 0; i < len(v.cased); {
		if v.cased[i] < utf8.RuneSelf {
			i++
			continue
		}
		if out == nil {
			out = newBuilder(v)
		}
		out.keep(kept, i)
		r, n := utf8.DecodeRune(v.cased[i:])
		if r == utf8.RuneError && n == 1 {
			out.put("?", i, i+n)
		} else {
			out.put(plainRune(r), i, i+n)
		}
		i += n
		kept = i
	}
	if out == nil {
		return v
	}
	out.keep(kept, len(v.cased))
	return out.out
}

func plainRune(r rune) string {
	if invisible(r) {
		return ""
	}
	if s, ok := lookAlike[r]; ok {
		return s
	}
	for _, zero := range []rune{0x0660, 0x06f0, 0x0966} { // Arabic, Persian and Devanagari digits
		if r >= zero && r <= zero+9 {
			return string('0' + r - zero)
		}
	}
	var b strings.Builder
	for _, d := range norm.NFKD.String(string(r)) {
		switch s, ok := lookAlike[d]; {
		case unicode.Is(unicode.Mn, d), invisible(d):
		case ok:
			b.WriteString(s)
		default:
			b.WriteRune(d)
		}
	}
	return b.String()
}

// invisible reports characters that a reader does not see: they split a word for a search and not for the eye.
func invisible(r rune) bool {
	return r == 0x00ad || r == 0x034f || r == 0x061c || r == 0x180e || r == 0xfeff || r >= 0x200b && r <= 0x200f ||
		r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0000 && r <= 0xe0fff
}

// lookAlike maps letters that NFKD leaves alone to what they look like.
var lookAlike = map[rune]string{
	'ł': "l", 'Ł': "L", 'ø': "o", 'Ø': "O", 'đ': "d", 'Đ': "D", 'ß': "ss", 'æ': "ae", 'Æ': "AE", 'œ': "oe", 'Œ': "OE",
	'ı': "i", 'þ': "th", 'ð': "d",
	'а': "a", 'в': "b", 'с': "c", 'ԁ': "d", 'е': "e", 'ѕ': "s", 'һ': "h", 'і': "i", 'ј': "j", 'к': "k", 'ӏ': "l", 'м': "m",
	'н': "h", 'о': "o", 'р': "p", 'ԛ': "q", 'т': "t", 'у': "y", 'ѵ': "v", 'ԝ': "w", 'х': "x", 'г': "r", 'п': "n",
	'А': "A", 'В': "B", 'С': "C", 'Е': "E", 'Ѕ': "S", 'Н': "H", 'І': "I", 'Ј': "J", 'К': "K", 'М': "M", 'О': "O", 'Р': "P",
	'Т': "T", 'У': "Y", 'Х': "X", 'Ү': "Y",
	'α': "a", 'β': "b", 'ε': "e", 'ι': "i", 'κ': "k", 'ν': "v", 'ο': "o", 'ρ': "p", 'τ': "t", 'υ': "u", 'χ': "x", 'γ': "y",
	'η': "n", 'ω': "w", 'Α': "A", 'Β': "B", 'Ε': "E", 'Ζ': "Z", 'Η': "H", 'Ι': "I", 'Κ': "K", 'Μ': "M", 'Ν': "N", 'Ο': "O",
	'Ρ': "P", 'Τ': "T", 'Υ': "Y", 'Χ': "X",
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '―': "-", '−': "-", '﹘': "-",
	'‘': "'", '’': "'", '“': `"`, '”': `"`, '„': `"`, '‚': "'", '«': `"`, '»': `"`,
	'。': ".", '·': ".", '•': ".", '∙': ".", '∶': ":", 'ː': ":", '⁄': "/", '∕': "/",
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isAlpha(c byte) bool { return isLower(c) || isUpper(c) }
func isAlnum(c byte) bool { return isAlpha(c) || isDigit(c) }
func isHex(c byte) bool   { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// noWord splits a text into words of letters and digits.
func noWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case isLower(c):
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

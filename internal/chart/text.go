package chart

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest texts, in characters: what is longer is cut and ends in an ellipsis.
const (
	maxLabel = 48
	maxTitle = 120
	maxDesc  = 1200
)

// clean makes one line of a text: no control characters, nothing that turns, joins or hides text, no private use and
// nothing that XML has no place for. Runs of blanks become one.
func clean(s string, most int) string {
	var b strings.Builder
	blank, n := false, 0
	for _, r := range s {
		switch {
		case r == utf8.RuneError, unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r), hidden(r):
			continue
		case unicode.IsSpace(r), unicode.IsControl(r):
			blank = b.Len() > 0
			continue
		case n >= most:
			return b.String() + "…"
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// hidden reports what takes no room of its own or is no character: fillers, variation selectors, noncharacters, and
// marks, which could pile up on a letter.
func hidden(r rune) bool {
	return r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0 || r == 0x2800 || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) ||
		r >= 0xfdd0 && r <= 0xfdef || r&0xfffe == 0xfffe
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// escape makes a cleaned text safe between tags and in attributes.
func escape(s string) string { return escaper.Replace(s) }

// width estimates how wide a text is drawn at a size: rather too wide than too narrow, for the reader's font is not
// known.
func width(s string, size float64) float64 {
	var w float64
	for _, r := range s {
		switch {
		case strings.ContainsRune("iIjl.,:;'|!()[] ", r):
			w += 0.34
		case strings.ContainsRune("frt-/\"", r):
			w += 0.42
		case strings.ContainsRune("mwMW@%", r):
			w += 0.92
		case r >= 'A' && r <= 'Z':
			w += 0.7
		case r < 0x250 || r == '…' || r == '–' || r == '×':
			w += 0.58
		default:
			w++
		}
	}
	return w * size
}

// fit cuts a text to a width.
func fit(s string, size, room float64) string {
	if width(s, size) <= room {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && width(string(runes), size)+width("…", size) > room {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " -") + "…"
}

// lines breaks a text at blanks into at most most lines of a width.
func lines(s string, size, room float64, most int) []string {
	var out []string
	line := ""
	words := strings.Fields(s)
	for i, word := range words {
		longer := strings.TrimSpace(line + " " + word)
		if line == "" || width(longer, size) <= room {
			line = longer
			continue
		}
		if len(out) == most-1 {
			line = strings.Join(append([]string{line}, words[i:]...), " ")
			break
		}
		out, line = append(out, fit(line, size, room)), word
	}
	if line != "" {
		out = append(out, fit(line, size, room))
	}
	return out
}

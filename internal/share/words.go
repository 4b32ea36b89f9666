package share

import (
	_ "embed"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The words that the program says, one a line: those of its messages, and of the errors of the system and the network.
// "make words" writes the first anew.
//
//go:embed words.txt
var ownList string

//go:embed more.txt
var moreList string

var dictionary = func() map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(ownList + " " + moreList) {
		set[w] = true
	}
	return set
}()

// Mark stands for words that are not the program's own.
const Mark = "[…]"

// kept are forms that stand as they are: times, durations, sizes, aliases of addresses, marks of the cleaner.
var kept = regexp.MustCompile(strings.Join([]string{
	`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?`,
	`00:00:5e:00:53:[0-9a-f]{2}`,
	`2001:db8::[0-9a-f]{1,4}`,
	`(?:\d{1,6}(?:\.\d{1,9})?(?:ns|µs|ms|h|m|s|d|w)){1,4}`,
	`\d{1,7}(?:\.\d{1,3})?\s?(?:[KMGT]i?B|kB|B)`,
	`\d{1,3}e[+-]?\d{1,3}`,
}, "|"))

// longestNumber is how many digits a number may have that tells nothing; a serial number has more.
const longestNumber = 7

// ownWords keeps of a text the words of the program, short numbers, times and signs. Everything else becomes a mark.
func ownWords(s string) string {
	var b strings.Builder
	s = strings.Map(plainSign, s)
	marked, since := false, "" // a mark stands at the end, with only these signs behind it
	keep := func(text string) {
		b.WriteString(since)
		b.WriteString(text)
		marked, since = false, ""
	}
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if at := kept.FindStringIndex(s); at != nil && at[0] == 0 && !longer(s[at[1]:]) {
				keep(s[:at[1]])
				s = s[at[1]:]
				continue
			}
			end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
			if end < 0 {
				end = len(s)
			}
			word := s[:end]
			s = s[end:]
			switch {
			case known(word):
				keep(word)
			case marked && strings.Trim(since, " ._-/:@+'") == "" && len(since) <= 1:
				since = "" // one mark for what belongs together
			default:
				keep(Mark)
				marked = true
			}
			continue
		case marked:
			since += s[:n]
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	b.WriteString(since)
	return b.String()
}

// plainSign drops what is neither a letter nor a digit nor a sign that the program prints: it may come from outside, and
// it says nothing.
func plainSign(r rune) rune {
	if r >= utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("…→×°±≥≤µ", r) || unicode.IsControl(r) && r != '\n' && r != '\t' {
		return -1
	}
	return r
}

// longer reports whether a word goes on.
func longer(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// known reports words of the program, and numbers that tell nothing.
func known(word string) bool {
	if strings.Trim(word, "0123456789") == "" {
		return len(word) <= longestNumber
	}
	return dictionary[strings.ToLower(word)]
}

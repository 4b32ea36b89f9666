package sourcehttp

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/quorate/quorate/device"
)

const (
	// maxQuote is how much of a foreign text an error repeats.
	maxQuote = 160
	// minSecret is the length from which on a secret can be replaced without saying where it stood.
	minSecret = 4
	// maxSearched is how much of a foreign text is looked at.
	maxSearched = 64 << 10
	// piece is how much of a long secret is as bad as all of it: texts repeat the beginning of a token.
	piece = 12
	// hidden stands for a secret.
	hidden = "(secret)"
)

// redactor takes the secrets of one client out of texts.
type redactor struct {
	replace *strings.Replacer
	// needles are the forms and pieces of secrets that a text must not hold, in lower case, by their length.
	needles map[int]map[string]bool
	// mute is set where a secret is so short that replacing it would only mark where it stands.
	mute bool
}

func newRedactor(groups ...map[string]device.Secret) redactor {
	r := redactor{needles: map[int]map[string]bool{}}
	var pairs []string
	for _, group := range groups {
		for _, secret := range group {
			s := secret.Reveal()
			if s == "" {
				continue
			}
			if len(s) < minSecret {
				r.mute = true
				r.add(strings.ToLower(s))
				continue
			}
			for _, form := range forms(s) {
				if len(form) >= minSecret {
					pairs = append(pairs, form, hidden)
					r.add(strings.ToLower(form))
				}
			}
		}
	}
	r.replace = strings.NewReplacer(pairs...)
	return r
}

// forms are the ways in which a secret may be written, the plain one first.
func forms(s string) []string {
	all := []string{s, url.QueryEscape(s), url.PathEscape(s), strings.ReplaceAll(s, " ", "+"), strings.Join(strings.Fields(s), " "),
		hex.EncodeToString([]byte(s))}
	if len(s) < 8 {
		return all // Anything might hold so few characters of base64.
	}
	// Within a longer text base64 has one of three forms; what its neighbours have a part in is left out.
	for before, start := range []int{0, 2, 3} {
		enc := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), s...))
		enc = enc[start : (before+len(s))*8/6]
		all = append(all, enc, strings.NewReplacer("+", "-", "/", "_").Replace(enc))
	}
	return all
}

func (r redactor) add(form string) {
	size := len(form)
	if size >= 2*piece {
		size = piece
	}
	if r.needles[size] == nil {
		r.needles[size] = map[string]bool{}
	}
	for i := 0; i+size <= len(form); i++ {
		r.needles[size][form[i:i+size]] = true
	}
}

// holds reports whether a text holds a secret, a large piece of a long one, or either under escapes.
func (r redactor) holds(s string) bool {
	// What escapes an escape again is found, too.
	for range 3 {
		lower := strings.ToLower(s)
		for size, needles := range r.needles {
			for i := 0; i+size <= len(lower); i++ {
				if needles[lower[i:i+size]] {
					return true
				}
			}
		}
		plain := unescaped(s)
		if plain == s {
			break
		}
		s = plain
	}
	return false
}

var (
	percent   = regexp.MustCompile(`%[0-9a-fA-F]{2}`)
	backslash = regexp.MustCompile(`\\(?:u00[0-9a-fA-F]{2}|x[0-9a-fA-F]{2}|/)`)
)

// unescaped undoes one layer of the escapes of addresses, of HTML and of JSON, as far as they are there.
func unescaped(s string) string {
	char := func(escape string) string {
		b, err := hex.DecodeString(escape[len(escape)-2:])
		if err != nil {
			return "/" // of "\/"
		}
		return string(b)
	}
	return html.UnescapeString(backslash.ReplaceAllStringFunc(percent.ReplaceAllStringFunc(s, char), char))
}

// hide returns a text without secrets and otherwise as it is, for what a program looks at.
func (r redactor) hide(s string) string {
	if s = r.replace.Replace(s[:min(len(s), maxSearched)]); r.holds(s) {
		return hidden
	}
	return s
}

// quote makes a foreign text fit for an error: on one line, without secrets, short, quoted. It is "" for nothing.
func (r redactor) quote(s string) string {
	if r.mute {
		return ""
	}
	s = r.replace.Replace(s[:min(len(s), maxSearched)])
	s = strings.Join(strings.Fields(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == unicode.ReplacementChar {
			return ' '
		}
		return c
	}, s)), " ")
	if s == "" {
		return ""
	}
	if r.holds(s) {
		s = hidden
	}
	return fmt.Sprintf("%q", Cut(s, maxQuote))
}

// plain is quote without the quotes, for a foreign word in the middle of a sentence; "something else" for nothing.
func (r redactor) plain(s string) string {
	q, err := strconv.Unquote(r.quote(Cut(s, 40)))
	if err != nil || q == "" {
		return "something else"
	}
	return q
}

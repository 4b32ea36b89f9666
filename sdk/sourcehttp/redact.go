package sourcehttp

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/quorate/quorate/device"
)

// maxQuote is how much of a foreign text an error repeats.
const maxQuote = 160

// redactor takes the secrets of one client out of texts.
type redactor struct {
	replace *strings.Replacer
	// mute is set where a secret is so short that replacing it would only mark where it stands.
	mute bool
}

func newRedactor(groups ...map[string]device.Secret) redactor {
	var pairs []string
	mute := false
	for _, group := range groups {
		for _, secret := range group {
			s := secret.Reveal()
			if s == "" {
				continue
			}
			if len(s) < 4 {
				mute = true
				continue
			}
			for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s), base64.StdEncoding.EncodeToString([]byte(s))} {
				pairs = append(pairs, form, "(secret)")
			}
		}
	}
	return redactor{replace: strings.NewReplacer(pairs...), mute: mute}
}

// quote makes a foreign text fit for an error: on one line, without secrets, short, quoted. It is "" for nothing.
func (r redactor) quote(s string) string {
	if r.mute {
		return ""
	}
	s = strings.Join(strings.Fields(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == unicode.ReplacementChar {
			return ' '
		}
		return c
	}, r.replace.Replace(s))), " ")
	if s == "" {
		return ""
	}
	return fmt.Sprintf("%q", Cut(s, maxQuote))
}

// Cut shortens s to n characters, the last of them an ellipsis.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n-1]) + "…"
}

// Clean makes a name out of foreign text: valid UTF-8, no control characters, single blanks, as long as the data
// contract takes.
func Clean(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "�"))
	return Cut(strings.Join(strings.Fields(s), " "), device.MaxName)
}

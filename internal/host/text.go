package host

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/quorate/quorate/device"
)

// No message of a plugin is longer, in bytes.
const maxText = 1 << 10

// A value shorter than this is no secret, and would blank out half of every message.
const minSecret = 4

// texts makes what a plugin says fit to be shown: one line, cut short, without secrets.
type texts struct{ secrets *strings.Replacer }

func newTexts(secrets []device.Secret) texts {
	var pairs []string
	for _, secret := range secrets {
		s := secret.Reveal()
		if len(s) < minSecret {
			continue
		}
		forms := map[string]bool{s: true, url.QueryEscape(s): true, url.PathEscape(s): true}
		if b, err := json.Marshal(s); err == nil {
			forms[strings.Trim(string(b), `"`)] = true
		}
		for f := range forms {
			pairs = append(pairs, f, "(secret)")
		}
	}
	return texts{strings.NewReplacer(pairs...)}
}

// line returns s as one line of valid UTF-8 without control characters and secrets.
func (t texts) line(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(t.secrets.Replace(s), "?"))
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "..."
	}
	return strings.TrimSpace(s)
}

// bytes returns b without secrets.
func (t texts) bytes(b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	return []byte(t.secrets.Replace(string(b)))
}

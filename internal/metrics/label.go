package metrics

import (
	"strings"

	"github.com/quorate/quorate/device"
)

// maxLabel is how long a label's value may be, in bytes.
const maxLabel = 128

// text makes any text fit for a label's value: what is no UTF-8 would make the whole scrape fail.
func text(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) > maxLabel {
		s = strings.ToValidUTF8(s[:maxLabel], "")
	}
	return s
}

// slugs names devices in small letters, digits and "-", each by a name of its own: two of the same make a scrape invalid.
type slugs map[string]bool

func (taken slugs) of(d *device.Current) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text(d.Name)) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	slug := strings.TrimRight(b.String(), "-")
	if slug == "" || taken[slug] {
		slug = strings.TrimLeft(slug+"-"+strings.ToLower(text(string(d.ID))), "-")
	}
	taken[slug] = true
	return slug
}

package notify

import (
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest title and body, in characters. Phones show about that much of a message that is not opened.
const (
	maxTitle = 80
	maxBody  = 300
)

// lookalikes stand for characters that mean something to one service or another: markup, mentions, links and entities.
var lookalikes = strings.NewReplacer(
	"<", "‹", ">", "›", "`", "'", "*", "∗", "[", "(", "]", ")", "@", "＠", "&", "＆", "#", "＃", "|", "¦", "~", "∼", "\\", "∖", "://", ": //",
)

// plain is a foreign text as one line of plain text: no control characters, none that turn the direction of writing or
// cannot be seen, no markup.
func plain(s string) string {
	s = strings.ToValidUTF8(s, "?")
	var b strings.Builder
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = true
			continue
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Variation_Selector):
			continue
		case unicode.In(r, unicode.Mn, unicode.Me) && b.Len() == 0:
			continue // it would sit on what stands before
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return lookalikes.Replace(b.String())
}

// short cuts s to at most n characters, the last of which says that it was cut.
func short(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	for i := range s {
		if n--; n == 0 {
			return strings.TrimRight(s[:i], " ,.;:") + "…"
		}
	}
	return s
}

// header is a title as the service carries it: a mail's subject is ASCII.
func (t *target) header(title string) string {
	if t.scheme == "smtp" {
		return mime.QEncoding.Encode("utf-8", title)
	}
	return title
}

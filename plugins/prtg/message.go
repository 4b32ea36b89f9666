package prtg

import (
	"html"
	"regexp"
	"strings"

	"github.com/quorate/quorate/sdk/sourcehttp"
)

// maxMessage is how much of a sensor's message is kept, in characters.
const maxMessage = 500

var tag = regexp.MustCompile(`</?[A-Za-z!][^<>]*>`)

// message is what PRTG says of a sensor, as plain text on one line. The raw column is text, though it may hold entities;
// the other one is markup.
func message(raw, markup sourcehttp.Scalar) string {
	s := raw.String()
	if s == "" {
		s = markup.String()
	}
	return plain(s)
}

// plain takes the markup out of a text. What comes out holds no tag, also where a tag was written with entities.
func plain(s string) string {
	if strings.ContainsAny(s, "<&") {
		s = tag.ReplaceAllString(html.UnescapeString(tag.ReplaceAllString(s, " ")), " ")
	}
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "�")), " ")
	return sourcehttp.Cut(strings.Map(printable, s), maxMessage)
}

func printable(c rune) rune {
	if c < ' ' || c >= 0x7f && c < 0xa0 {
		return -1
	}
	return c
}

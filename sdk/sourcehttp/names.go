package sourcehttp

import (
	"strings"
	"unicode"

	"github.com/quorate/quorate/device"
)

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

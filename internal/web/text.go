package web

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// maxShown bounds a text of others, maxProse a sentence of ours with such texts in it.
const (
	maxShown = 200
	maxProse = 2000
)

// clean makes a text from outside fit for a page: control and formatting characters are dropped, which could turn the
// text around, and it is cut to 200 characters. Escaping is html/template's work.
func clean(s string) string { return cleanTo(s, maxShown) }

func cleanTo(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.In(r, unicode.Cf), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// age is a duration as a person says it, in one or two units.
func age(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%d d", d/(24*time.Hour))
}

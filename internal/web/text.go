package web

import (
	"fmt"
	"html/template"
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

// ago is how long ago t was, as an element that has the exact time at hand and that the script keeps current. It is empty
// where t is zero.
func ago(t, now time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	t = t.UTC()
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `" title="` + t.Format("2006-01-02 15:04:05 UTC") + `" data-ago>` + age(now.Sub(t)) + `</time>`)
}

// brief is ago without the exact time, where a title around it has that.
func brief(t, now time.Time) template.HTML {
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `" data-ago>` + age(now.Sub(t)) + `</time>`)
}

package blogsink

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The leaves of Facts besides aliases and cleaned prose. None of them can hold a text from outside.

// Count is a number of things.
type Count int

// String writes thousands with commas.
func (c Count) String() string {
	s := strconv.Itoa(int(c))
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Word writes small numbers in letters, as running text does.
func (c Count) Word() string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
	if c >= 0 && int(c) < len(words) {
		return words[c]
	}
	return c.String()
}

// Of returns the number with a noun in the right form: "one device", "14 devices".
func (c Count) Of(singular, plural string) string {
	if c == 1 {
		return c.Word() + " " + singular
	}
	return c.Word() + " " + plural
}

// Digits is Of with the number in digits, as tables have it.
func (c Count) Digits(singular, plural string) string {
	if c == 1 {
		return "1 " + singular
	}
	return c.String() + " " + plural
}

// Span is a length of time.
type Span time.Duration

// String rounds to what a reader wants to know: "40 seconds", "6 minutes", "3 hours 20 minutes", "12 days".
func (s Span) String() string {
	d := time.Duration(s)
	switch {
	case d > 0 && d < time.Second:
		d = time.Second
		fallthrough
	case d <= 0, d < 90*time.Second && d.Round(time.Second)%time.Minute != 0:
		return Count(max(d, 0).Round(time.Second)/time.Second).Digits("second", "seconds")
	case d < 90*time.Minute:
		return Count(d.Round(time.Minute)/time.Minute).Digits("minute", "minutes")
	case d < 48*time.Hour:
		d = d.Round(time.Minute)
		h, m := d/time.Hour, d%time.Hour/time.Minute
		if m == 0 {
			return Count(h).Digits("hour", "hours")
		}
		return Count(h).Digits("hour", "hours") + " " + Count(m).Digits("minute", "minutes")
	}
	return Count(d.Round(24*time.Hour)/(24*time.Hour)).Digits("day", "days")
}

// Times is the number as an adverb: "once", "twice", "three times".
func (c Count) Times() string {
	switch c {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return c.Word() + " times"
}

// Digest is a hash of the post's own text.
type Digest [32]byte

func (d Digest) String() string { return fmt.Sprintf("%x", d[:6]) }

// Version is the program's version.
type Version struct{ text string }

var versionForm = regexp.MustCompile(`^v?\d+(\.\d+){1,2}(-[a-z]+(\.?\d+)?)?$`)

// parseVersion takes nothing but a version: what else a build put there stays out of posts.
func parseVersion(s string) Version {
	if !versionForm.MatchString(s) {
		return Version{}
	}
	return Version{strings.TrimPrefix(s, "v")}
}

func (v Version) String() string { return v.text }

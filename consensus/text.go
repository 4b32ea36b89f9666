package consensus

import (
	"fmt"
	"strings"
	"time"
)

// list joins names as a person would: "a", "a and b", "a, b and c".
func list(names []string) string {
	switch n := len(names); n {
	case 0:
		return "nobody"
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// maxForeign is how many characters of a text from outside go into an event.
const maxForeign = 300

// brief is a text from outside, cut where it is longer than anybody reads.
func brief(s string) string {
	if len(s) <= maxForeign {
		return s
	}
	n := 0
	for i := range s {
		if n++; n > maxForeign {
			return s[:i] + "..."
		}
	}
	return s
}

func plural(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "s"):
		return fmt.Sprintf("%d %ses", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// span is a duration as short as a person would say it.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Round(time.Second)/time.Second))
	case d < time.Hour:
		if s := int(d/time.Second) % 60; s != 0 && d < 10*time.Minute {
			return fmt.Sprintf("%dm %ds", int(d/time.Minute), s)
		}
		return fmt.Sprintf("%dm", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh %dm", int(d/time.Hour), int(d/time.Minute)%60)
	}
	return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
}

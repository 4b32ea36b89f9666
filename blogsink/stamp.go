package blogsink

import (
	"fmt"
	"time"
)

// Stamp is an instant in the zone that the blog is told in, told to what the owner wants of exactness.
type Stamp struct {
	at time.Time
	to time.Duration // a second, a minute, an hour or a day; 0 is a minute
}

// roundings are what round_times may say.
var roundings = map[string]time.Duration{"": 0, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

// IsZero reports whether there is no instant.
func (s Stamp) IsZero() bool { return s.at.IsZero() }

// rounded is the instant with what nobody shall know cut off: never later than it was.
func (s Stamp) rounded() time.Time {
	switch s.to {
	case 24 * time.Hour:
		return time.Date(s.at.Year(), s.at.Month(), s.at.Day(), 0, 0, 0, 0, s.at.Location())
	case time.Hour:
		return time.Date(s.at.Year(), s.at.Month(), s.at.Day(), s.at.Hour(), 0, 0, 0, s.at.Location())
	}
	return s.at
}

// FrontMatter is the form of Jekyll's date field.
func (s Stamp) FrontMatter() string { return s.rounded().Format("2006-01-02 15:04:05 -0700") }

// Date is the date that begins a post's file name, which must be that of its front matter.
func (s Stamp) Date() string { return s.at.Format("2006-01-02") }

// Day is a date in words.
func (s Stamp) Day() string { return s.at.Format("2 January 2006") }

// Clock is a time of day, "" where times are told by the day.
func (s Stamp) Clock() string {
	switch s.to {
	case 24 * time.Hour:
		return ""
	case time.Hour:
		return s.rounded().Format("15") + " h"
	case time.Second:
		return s.at.Format("15:04:05")
	}
	return s.at.Format("15:04")
}

// Moment is a clock with the word before it: "at 12:03", "on 7 March 2026".
func (s Stamp) Moment() string {
	switch s.to {
	case 24 * time.Hour:
		return "on " + s.Day()
	case time.Hour:
		return "after " + s.Clock()
	}
	return "at " + s.Clock()
}

// Zone is the time zone that a blog is told in.
type Zone struct{ at *time.Location }

// LoadZone finds a zone by its name in the system's zone files; "" is UTC.
func LoadZone(name string) (Zone, error) {
	if name == "" || name == "UTC" {
		return Zone{time.UTC}, nil
	}
	at, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return Zone{}, fmt.Errorf("timezone %.40q is not known here: want a name such as \"Europe/Paris\", and the system's zone files (Debian package tzdata)", name)
	}
	return Zone{at}, nil
}

func (z Zone) String() string {
	if z.at == nil {
		return "UTC"
	}
	return z.at.String()
}

package notify

import (
	"fmt"
	"net/url"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sinks"
)

// Config is the body of a sink "notify" block, but for what every sink has.
type Config struct {
	URLs []device.Secret `json:"urls"` // shoutrrr's, one a target
	// Settle is how long a change must last before anybody is told, as a Go duration: what belongs together comes
	// together meanwhile. "" is 10s.
	Settle string `json:"settle"`
	// PerHour is how many messages there may be in an hour; those that say that something is over do not count. 0 is 60.
	PerHour  int    `json:"per_hour"`
	Link     string `json:"link"`     // the address of the page, "" for none
	Timezone string `json:"timezone"` // of the times in messages; "" is the host's
}

// The defaults and limits of a Config.
const (
	DefaultSettle  = 10 * time.Second
	DefaultPerHour = 60

	leastSettle = time.Second
	mostSettle  = 5 * time.Minute
	mostPerHour = 10_000
	mostURLs    = 16
)

// Check returns what is wrong with c, without any I/O. The error is of type sinks.Mistakes and holds nothing of a URL but
// the name of its service.
func (c Config) Check() error {
	var wrong sinks.Mistakes
	fail := func(attribute, text string) {
		wrong = append(wrong, sinks.Mistake{Attribute: attribute, Text: text})
	}
	if len(c.URLs) == 0 || len(c.URLs) > mostURLs {
		fail("urls", fmt.Sprintf("takes 1 to %d URLs of shoutrrr, such as ntfy://host/topic", mostURLs))
	}
	for i, u := range c.URLs {
		if _, err := newTarget(u); err != nil {
			fail("urls", fmt.Sprintf("holds a URL, number %d, that %v", i+1, err))
		}
	}
	if d, err := c.settle(); err != nil || d < leastSettle || d > mostSettle {
		fail("settle", fmt.Sprintf("takes %s to %s", leastSettle, mostSettle))
	}
	if c.PerHour < 0 || c.PerHour > mostPerHour {
		fail("per_hour", fmt.Sprintf("takes 1 to %d", mostPerHour))
	}
	if c.Link != "" {
		if u, err := url.Parse(c.Link); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			fail("link", "takes the address of the page, such as \"http://quorate.example.net:8600\"")
		}
	}
	if _, err := c.zone(); err != nil {
		fail("timezone", "takes the name of a time zone, such as \"Europe/Berlin\"")
	}
	return wrong.Err()
}

func (c Config) settle() (time.Duration, error) {
	if c.Settle == "" {
		return DefaultSettle, nil
	}
	return time.ParseDuration(c.Settle)
}

func (c Config) zone() (*time.Location, error) {
	if c.Timezone == "" {
		return time.Local, nil
	}
	return time.LoadLocation(c.Timezone)
}

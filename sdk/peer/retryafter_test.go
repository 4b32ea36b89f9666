package peer

import (
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"":                                 0,
		"120":                              2 * time.Minute,
		" 7 ":                              7 * time.Second,
		"-5":                               0,
		"soon":                             0,
		"1.5":                              0,
		"86400":                            10 * time.Minute,
		"99999999999999999999999999":       10 * time.Minute,
		"Thu, 01 Jan 2026 00:01:30 GMT":    90 * time.Second,
		"Thu, 01 Jan 2026 05:00:00 GMT":    10 * time.Minute,
		"Wed, 31 Dec 2025 23:59:00 GMT":    0,
		"Thursday, 01-Jan-26 00:00:10 GMT": 10 * time.Second,
	} {
		if got := RetryAfter(header, now); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

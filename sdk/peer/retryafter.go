package peer

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxRetryAfter is the longest that a server is left alone because it asks for it. Its clock or its administrator may be
// wrong by days.
const MaxRetryAfter = 10 * time.Minute

// RetryAfter reads a Retry-After header, in seconds or as a date: how long the server wants no call, from 0 to MaxRetryAfter.
func RetryAfter(header string, now time.Time) time.Duration {
	var wait time.Duration
	s, err := strconv.Atoi(strings.TrimSpace(header))
	if err == nil || errors.Is(err, strconv.ErrRange) {
		wait = time.Duration(min(max(s, 0), int(MaxRetryAfter/time.Second))) * time.Second
	} else if t, err := http.ParseTime(header); err == nil {
		wait = t.Sub(now)
	}
	return min(max(wait, 0), MaxRetryAfter)
}

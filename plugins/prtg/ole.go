package prtg

import (
	"math"
	"time"

	"github.com/quorate/quorate/sdk/sourcehttp"
)

// oleDate reads days since 1899-12-30 in UTC, the form of every raw date. What is no date, before 2000 or more than two
// minutes ahead of now is never: the zero time.
func oleDate(v sourcehttp.Scalar, now time.Time) time.Time {
	d, ok := v.Float()
	if !ok || d <= 0 || d > 200_000 {
		return time.Time{}
	}
	// Without rounding to milliseconds, full seconds become the last microsecond of the second before.
	t := time.UnixMilli(int64(math.Round((d - 25569) * 86400000))).UTC()
	if t.Year() < 2000 || t.After(now.Add(2*time.Minute)) {
		return time.Time{}
	}
	return t
}

// instant is a date in milliseconds since 1970, 0 where it is never: a picture holds very many of them.
type instant int64

func instantOf(t time.Time) instant {
	if t.IsZero() {
		return 0
	}
	return instant(t.UnixMilli())
}

func (i instant) never() bool { return i == 0 }

func (i instant) add(d time.Duration) instant { return i + instant(d/time.Millisecond) }

// time is the zero time where it is never.
func (i instant) time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(i)).UTC()
}

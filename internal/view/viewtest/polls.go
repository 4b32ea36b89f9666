package viewtest

import (
	"context"
	"time"

	"github.com/quorate/quorate/internal/view"
)

// PollsOf returns those of AllPolls.
func (l *Lab) PollsOf(_ context.Context, source string, since time.Time, limit int) ([]view.Polled, error) {
	var out []view.Polled
	for _, p := range l.AllPolls[source] {
		if !p.At.Before(since) {
			out = append(out, p)
		}
	}
	return out[max(0, len(out)-limit):], nil
}

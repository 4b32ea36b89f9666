package viewtest

import (
	"context"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// Lanes returns those of ByLane, cut to nothing: a test sets what is to be seen.
func (l *Lab) Lanes(_ context.Context, id device.ID, from, to time.Time) (view.Lanes, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	out := l.ByLane[id]
	out.From, out.To = from, to
	if out.Known.IsZero() {
		out.Known = from
	}
	return out, nil
}

package viewtest

import (
	"context"
	"time"

	"github.com/quorate/quorate/internal/view"
)

// Story is what a Lab's devices went through.
type Story struct {
	AllChanges []view.Change // in order
	ChangesErr error
}

// Changes returns those of AllChanges since then, or ChangesErr.
func (s *Story) Changes(_ context.Context, since time.Time) ([]view.Change, error) {
	var out []view.Change
	for _, c := range s.AllChanges {
		if !c.At.Before(since) {
			out = append(out, c)
		}
	}
	return out, s.ChangesErr
}

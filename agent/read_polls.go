package agent

import (
	"context"
	"time"

	"github.com/quorate/quorate/internal/view"
)

// PollsOf returns the newest polls of a source that the journal has.
func (r *reader) PollsOf(ctx context.Context, source string, since time.Time, limit int) ([]view.Polled, error) {
	rows, err := r.a.store.Briefs(ctx, source, since, limit)
	out := make([]view.Polled, len(rows))
	for i, row := range rows {
		out[i] = view.Polled(row)
	}
	return out, err
}

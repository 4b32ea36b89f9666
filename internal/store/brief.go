package store

import (
	"context"
	"slices"
	"time"
)

// Brief is one poll of a source without what it brought.
type Brief struct {
	At time.Time
	// Took is 0 where nobody knows.
	Took            time.Duration
	Err             string // why it failed
	Count, Rejected int
}

// Briefs returns the newest polls of one source since since, at most limit, in order. What a tie-breaker saw or a watch
// heard is none.
func (r *Reader) Briefs(ctx context.Context, source string, since time.Time, limit int) ([]Brief, error) {
	var out []Brief
	err := r.each(ctx, r.t.poll, r.t.poll.selectAll("WHERE source = ? AND at >= ? ORDER BY at DESC, id DESC"), []any{source, from(since)}, func(c columns) error {
		if marks := c.blob(11); len(marks) > 1 && marks[0] == marksVersion && marks[1]&marksProbe != 0 {
			return nil
		}
		if len(out) == limit {
			return errEnough
		}
		b := Brief{At: c.time(5), Err: c.text(7), Count: int(c.int(9)), Rejected: int(c.int(10))}
		if started, ended := c.time(3), c.time(4); !started.IsZero() && ended.After(started) {
			b.Took = ended.Sub(started)
		}
		out = append(out, b)
		return nil
	})
	slices.Reverse(out)
	return out, err
}

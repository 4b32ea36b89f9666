package store

import (
	"context"
	"time"

	"github.com/quorate/quorate/pipeline"
)

// queryAfter reads a table of the journal on from a row, by its ids, which rise with the time.
const queryAfter = "WHERE id > ? ORDER BY id LIMIT ?"

// Word is one observation of the journal that said something new, with its place there.
type Word struct {
	ID int64
	pipeline.ObservationRow
}

// Words returns the next observations after a row of the journal in the order of their recording, at most limit; none at
// the end. Of those before the journal's beginning (see Kept) only each ref's newest is left.
func (r *Reader) Words(ctx context.Context, after int64, limit int) ([]Word, error) {
	var out []Word
	err := r.each(ctx, r.t.observation, r.t.observation.selectAll(queryAfter), []any{after, limit}, func(c columns) error {
		out = append(out, Word{c.int(0), observationOf(c)})
		return nil
	})
	return out, err
}

// Asked is one poll of the journal without what it brought.
type Asked struct {
	ID     int64
	Source string
	// Started and Ended may be zero, At is the instant that judged it.
	Started, Ended, At time.Time
	Failed             bool
	// Probe says that it is what a tie-breaker saw or a watch heard, and no poll of the source.
	Probe bool
}

// Asked returns the next polls after a row of the journal in order, at most limit; none at the end.
func (r *Reader) Asked(ctx context.Context, after int64, limit int) ([]Asked, error) {
	var out []Asked
	err := r.each(ctx, r.t.poll, r.t.poll.selectAll(queryAfter), []any{after, limit}, func(c columns) error {
		marks := c.blob(11)
		out = append(out, Asked{
			ID: c.int(0), Source: c.text(1), Started: c.time(3), Ended: c.time(4), At: c.time(5), Failed: c.text(7) != "",
			Probe: len(marks) > 1 && marks[0] == marksVersion && marks[1]&marksProbe != 0,
		})
		return nil
	})
	return out, err
}

// Kept is the oldest poll that the journal still has, and whether that is the first there was. It is zero where there is
// none.
func (r *Reader) Kept(ctx context.Context) (at time.Time, whole bool, err error) {
	whole = true
	err = r.each(ctx, r.t.poll, r.t.poll.selectAll("ORDER BY id LIMIT 1"), nil, func(c columns) error {
		at, whole = c.time(5), c.int(0) == 1
		return nil
	})
	return at, whole, err
}

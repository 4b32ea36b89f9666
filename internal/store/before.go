package store

import (
	"context"
	"encoding/json"
	"math"

	"github.com/quorate/quorate/device"
)

const queryEventsBefore = "WHERE device = ? AND seq < ? ORDER BY seq DESC LIMIT ?"

// EventsBefore returns the newest events of one device below a sequence number, at most limit, newest first; before is
// 0 for the newest of all.
func (r *Reader) EventsBefore(ctx context.Context, id device.ID, before int64, limit int) ([]device.Event, error) {
	return r.events(ctx, queryEventsBefore, string(id), below(before), limit)
}

const queryVerdictsBefore = verdictsOf + " AND event.seq < ? ORDER BY event.seq DESC LIMIT ?"

// VerdictsBefore returns the newest verdicts of one device below a sequence number, at most limit, newest first; before
// is 0 for the newest of all.
func (r *Reader) VerdictsBefore(ctx context.Context, id device.ID, before int64, limit int) ([]device.Verdict, error) {
	var vs []device.Verdict
	err := r.each(ctx, r.t.verdict, queryVerdictsBefore, []any{string(id), below(before), limit}, func(c columns) error {
		if c.text(1) != string(id) {
			return errOther
		}
		var v device.Verdict
		err := json.Unmarshal(c.blob(3), &v)
		vs = append(vs, v)
		return err
	})
	return vs, err
}

func below(seq int64) int64 {
	if seq == 0 {
		return math.MaxInt64
	}
	return seq
}

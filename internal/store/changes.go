package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate/device"
)

const (
	queryFirstSince = "SELECT seq FROM event WHERE at >= ? ORDER BY at, seq LIMIT 1"
	queryVerdictsBy = "WHERE seq > ? ORDER BY seq"
)

// SeqBefore returns the number of the last event before at, LastSeq's where none came since.
func (r *Reader) SeqBefore(ctx context.Context, at time.Time) (int64, error) {
	var seq int64
	err := r.db.QueryRowContext(ctx, queryFirstSince, at.UnixMicro()).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return r.LastSeq(ctx)
	}
	if err != nil {
		return 0, fmt.Errorf("first event since: %w", classify(err))
	}
	return seq - 1, nil
}

// Changes returns every verdict with a sequence number above after, in order, without the votes and tallies behind it: what
// became of devices, and not why.
func (r *Reader) Changes(ctx context.Context, after int64) ([]device.Verdict, error) {
	var out []device.Verdict
	err := r.each(ctx, r.t.verdict, r.t.verdict.selectAll(queryVerdictsBy), []any{after}, func(c columns) error {
		var v struct {
			From, To device.Status
			Overlays []device.OverlayKind
		}
		err := json.Unmarshal(c.blob(3), &v)
		out = append(out, device.Verdict{
			Seq: c.int(0), Device: device.Name{ID: device.ID(c.text(1))}, DecidedAt: c.time(2), From: v.From, To: v.To, Overlays: v.Overlays,
		})
		return err
	})
	return out, err
}

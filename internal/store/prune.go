package store

import (
	"context"
	"fmt"
	"time"
)

// pruneRows is how many rows one transaction looks at: a commit waits for no more.
const pruneRows = 500

// Horizon says from when on the rows of the journal are kept; a zero time keeps all. Events, verdicts and what is
// current are always kept.
//
// Polls and observations go no further than to the newest checkpoint before their horizons: the oldest poll that is
// kept can still be judged again.
type Horizon struct {
	Polls        time.Time // and the instants
	Observations time.Time // but a ref's newest one before it stays, and the newest late one: later polls refer to them
	Rejected     time.Time
}

const superseded = ` AND EXISTS (SELECT 1 FROM observation AS n WHERE n.source = observation.source AND n.ref = observation.ref
	AND n.id > observation.id AND n.late = observation.late AND n.recorded_at < ?1)`

// PruneBefore removes what is older than h, in small transactions between the commits, and returns how many rows went.
func (s *Store) PruneBefore(ctx context.Context, h Horizon) (int64, error) {
	total, err := s.keepBasis(ctx, &h)
	if err != nil {
		return total, err
	}
	for _, p := range []struct {
		table, at, only string
		before          time.Time
	}{
		{"poll", "at", "", h.Polls},
		{"instant", "at", "", h.Polls},
		{"input", "at", "", h.Polls},
		{"observation", "recorded_at", superseded, h.Observations},
		{"rejected", "at", "", h.Rejected},
	} {
		if p.before.IsZero() {
			continue
		}
		window := "SELECT max(id), max(" + p.at + ") FROM (SELECT id, " + p.at + " FROM " + p.table + " WHERE id > ? ORDER BY id LIMIT ?)"
		remove := "DELETE FROM " + p.table + " WHERE " + p.at + " < ?1 AND id > ?2 AND id <= ?3" + p.only
		n, err := s.prune(ctx, p.before.UnixMicro(), window, remove)
		total += n
		if err != nil {
			return total, fmt.Errorf("prune %s: %w", p.table, err)
		}
	}
	return total, nil
}

// prune goes through a table from its oldest row to the first window that reaches before: ids rise with the time.
func (s *Store) prune(ctx context.Context, before int64, window, remove string) (int64, error) {
	var total, after int64
	for {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		var removed int64
		done := false
		err := s.w.update(func() error {
			v, err := s.w.values(window, after, int64(pruneRows))
			if err != nil {
				return err
			}
			newest := columns(v)
			if v[0] == nil {
				done = true
				return nil
			}
			if err := s.w.do(remove, before, after, newest.int(0)); err != nil {
				return err
			}
			n, err := s.w.values("SELECT changes()")
			if err != nil {
				return err
			}
			removed, after, done = columns(n).int(0), newest.int(0), newest.int(1) >= before
			return nil
		})
		if err != nil {
			return total, err
		}
		total += removed
		if done {
			return total, nil
		}
	}
}

// keepBasis moves h back to the newest checkpoint before it, and removes what only older polls needed. Those go before
// any poll does: whatever checkpoint is there has all the polls since.
func (s *Store) keepBasis(ctx context.Context, h *Horizon) (int64, error) {
	if h.Polls.IsZero() {
		return 0, ctx.Err()
	}
	var total int64
	err := s.w.update(func() error {
		v, err := s.w.values("SELECT id, at FROM checkpoint WHERE at <= ? ORDER BY id DESC LIMIT 1", h.Polls.UnixMicro())
		if err != nil || v[0] == nil {
			return err
		}
		basis := columns(v)
		h.Polls = basis.time(1)
		if !h.Observations.IsZero() && h.Observations.After(h.Polls) {
			h.Observations = h.Polls
		}
		for _, d := range []struct {
			query string
			arg   int64
		}{
			{"DELETE FROM checkpoint WHERE id < ?", basis.int(0)},
			{"DELETE FROM settings WHERE id < (SELECT max(id) FROM settings WHERE at <= ?)", basis.int(1)},
		} {
			if err := s.w.do(d.query, d.arg); err != nil {
				return err
			}
			n, err := s.w.values("SELECT changes()")
			if err != nil {
				return err
			}
			total += columns(n).int(0)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("prune checkpoints: %w", err)
	}
	return total, nil
}

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
type Horizon struct {
	Polls        time.Time // and the instants
	Observations time.Time // but a ref's newest one before it stays: it is what the source still says
	Rejected     time.Time
}

const superseded = ` AND EXISTS (SELECT 1 FROM observation AS n WHERE n.source = observation.source AND n.ref = observation.ref
	AND n.id > observation.id AND n.late = 0 AND n.recorded_at < ?1)`

// PruneBefore removes what is older than h, in small transactions between the commits, and returns how many rows went.
func (s *Store) PruneBefore(ctx context.Context, h Horizon) (int64, error) {
	var total int64
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

package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// RejectedWhich selects rejections. The zero value selects all.
type RejectedWhich struct {
	Numbers []int64
	Source  string    // "" for all
	Before  time.Time // those that are older; zero for all
	Below   int64     // those with smaller numbers; 0 for all
}

func (w RejectedWhich) where() (string, []any) {
	var parts []string
	var args []any
	if len(w.Numbers) > 0 {
		parts = append(parts, "id IN (?"+strings.Repeat(",?", len(w.Numbers)-1)+")")
		for _, n := range w.Numbers {
			args = append(args, n)
		}
	}
	if w.Source != "" {
		parts, args = append(parts, "source = ?"), append(args, w.Source)
	}
	if !w.Before.IsZero() {
		parts, args = append(parts, "at < ?"), append(args, w.Before.UnixMicro())
	}
	if w.Below > 0 {
		parts, args = append(parts, "id < ?"), append(args, w.Below)
	}
	if len(parts) == 0 {
		return "", nil
	}
	return "WHERE " + strings.Join(parts, " AND ") + " ", args
}

// RejectedOf returns the newest of those rejections, at most limit, the oldest first.
func (r *Reader) RejectedOf(ctx context.Context, which RejectedWhich, limit int) ([]Rejected, error) {
	where, args := which.where()
	var rows []Rejected
	err := r.each(ctx, r.t.rejected, r.t.rejected.selectAll(where+"ORDER BY id DESC LIMIT ?"), append(args, limit), func(c columns) error {
		rows = append(rows, Rejected{Number: c.int(0), At: c.time(1), Rejection: device.Rejection{
			Source: c.text(2), Ref: c.text(3), Reason: c.text(4), Body: c.blob(5),
		}})
		return nil
	})
	slices.Reverse(rows)
	return rows, err
}

// DropRejected removes rejections for good and returns how many there were.
func (s *Store) DropRejected(ctx context.Context, which RejectedWhich) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	where, args := which.where()
	var n int64
	err := s.w.update(func() error {
		v, err := s.w.values("SELECT count(*) FROM rejected "+where, args...)
		if err != nil {
			return err
		}
		n = columns(v).int(0)
		return s.w.do("DELETE FROM rejected "+where, args...)
	})
	if err != nil {
		return 0, fmt.Errorf("drop rejections: %w", err)
	}
	return n, nil
}

// CapRejected keeps the newest keep rejections of each source and removes the older ones, pruneRows in a transaction at
// most. It returns how many went, by source.
func (s *Store) CapRejected(ctx context.Context, keep int) (map[string]int64, error) {
	over, err := s.rejectedOver(ctx, keep)
	if err != nil {
		return nil, fmt.Errorf("count rejections: %w", err)
	}
	for source, excess := range over {
		for left := excess; left > 0; left -= pruneRows {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			err := s.w.update(func() error {
				return s.w.do("DELETE FROM rejected WHERE id IN (SELECT id FROM rejected WHERE source = ? ORDER BY id LIMIT ?)", source, min(left, pruneRows))
			})
			if err != nil {
				return nil, fmt.Errorf("remove rejections of %s: %w", source, err)
			}
		}
	}
	return over, nil
}

// rejectedOver is how many rejections more than keep each source has.
func (r *Reader) rejectedOver(ctx context.Context, keep int) (over map[string]int64, err error) {
	rows, err := r.db.QueryContext(ctx, "SELECT source, count(*) FROM rejected GROUP BY source HAVING count(*) > ?", keep)
	if err != nil {
		return nil, classify(err)
	}
	defer func() { err = errors.Join(err, classify(rows.Close())) }()
	over = map[string]int64{}
	for rows.Next() {
		var source string
		var n int64
		if err := rows.Scan(&source, &n); err != nil {
			return nil, classify(err)
		}
		over[source] = n - int64(keep)
	}
	return over, classify(rows.Err())
}

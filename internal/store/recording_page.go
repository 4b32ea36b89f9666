package store

import (
	"context"
	"slices"
)

// page is rows that were read ahead; no others come after the last page.
type page struct {
	rows []columns
	last bool
}

// peek returns the next row of a table whose first column is a rising number, nil after the last.
func (p *page) peek(ctx context.Context, r *Reader, t *table, after int64, size int) (columns, error) {
	if len(p.rows) > 0 {
		return p.rows[0], nil
	}
	if p.last {
		return nil, nil
	}
	err := r.each(ctx, t, t.selectAll("WHERE id > ? ORDER BY id LIMIT ?"), []any{after, size}, func(c columns) error {
		p.rows = append(p.rows, slices.Clone(c))
		return nil
	})
	p.last = len(p.rows) < size
	if err != nil || len(p.rows) == 0 {
		return nil, err
	}
	return p.rows[0], nil
}

func (p *page) drop() { p.rows = p.rows[1:] }

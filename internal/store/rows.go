package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// columns are the values of one row as SQLite holds them. A wrong type cannot come from a STRICT table whose checksum
// fits: it reads as zero.
type columns []any

func (c columns) int(i int) int64 {
	v, _ := c[i].(int64)
	return v
}

func (c columns) float(i int) float64 {
	v, _ := c[i].(float64)
	return v
}

func (c columns) text(i int) string {
	v, _ := c[i].(string)
	return v
}

func (c columns) blob(i int) []byte {
	v, _ := c[i].([]byte)
	return v
}

func (c columns) time(i int) time.Time {
	v, ok := c[i].(int64)
	if !ok {
		return time.Time{}
	}
	return time.UnixMicro(v).UTC()
}

// each runs query on t, verifies the checksum of every row and hands its columns to take, which must not keep them
// but may keep what they hold; errEnough ends the query. The query selects all columns of t, in their order. What take
// cannot read is damage too.
//
// A condition on a column that no index has is take's: a flipped byte could let the query pass over the row, and nobody
// would verify it.
func (r *Reader) each(ctx context.Context, t *table, query string, args []any, take func(columns) error) error {
	return r.told(eachOf(ctx, r.db, t, query, args, take))
}

var errEnough = errors.New("enough rows")

// querier is a pool, or a transaction that reads.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func eachOf(ctx context.Context, q querier, t *table, query string, args []any, take func(columns) error) error {
	ctx, cancel := context.WithTimeout(ctx, queryLimit)
	defer cancel()
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read table %s: %w", t.name, classify(err))
	}
	defer rows.Close()
	row, dest := scanned(t.n)
	var sum summer
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("read table %s: %w", t.name, err)
		}
		c := columns(row)
		if err := t.verify(&sum, c); err != nil {
			return err
		}
		if err := take(c); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return t.corrupt(c, err.Error())
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read table %s: %w", t.name, classify(err))
	}
	return nil
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
)

// still opens a database file that nobody writes to, without a file made beside it.
func still(path string) *Reader {
	return readerOf(openPool(path, "mode=ro&immutable=1"))
}

// describe counts what a database file holds that nobody writes to.
func describe(ctx context.Context, path string) (Copied, error) {
	r := still(path)
	defer func() { _ = r.Close() }()
	c := Copied{Path: path}
	info, err := os.Stat(path)
	if err != nil {
		return c, err
	}
	c.Bytes = info.Size()
	tables, err := r.layouts(ctx)
	if err != nil {
		return c, err
	}
	for _, l := range tables {
		var n int64
		// The file is nobody's: this may take its time.
		if err := r.db.QueryRowContext(ctx, "SELECT count(*) FROM "+l.name).Scan(&n); err != nil {
			return c, classify(err)
		}
		if c.Rows += n; l.name == r.t.event.name {
			c.Events = n
		}
	}
	err = r.each(ctx, r.t.last, r.t.last.selectAll(""), nil, func(row columns) error {
		c.Last = row.time(3)
		return nil
	})
	return c, errors.Join(err, r.one(ctx, "PRAGMA user_version", &c.Version))
}

// verify reads all of a database file that nobody writes to: its pages, its indexes and the checksum of every row.
func verify(ctx context.Context, path string) error {
	r := still(path)
	defer func() { _ = r.Close() }()
	return r.Check(ctx)
}

// Check looks at every page, every index and every row: PRAGMA integrity_check, then Scrub.
func (r *Reader) Check(ctx context.Context) error {
	var verdict string
	if err := r.db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return classify(err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", ErrCorrupt, verdict)
	}
	return r.Scrub(ctx)
}

// one runs a query with one value as its answer.
func (r *Reader) one(ctx context.Context, query string, dest any, args ...any) error {
	return r.rows(ctx, query, args, func(rows *sql.Rows) error { return rows.Scan(dest) })
}

package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// layout is a table as the database itself describes it: what reads every row of every table needs no list of them, and
// can read the databases of older versions.
type layout struct {
	*table           // all columns but the checksum in their order, then the checksum
	key     []string // "rowid", or the primary key of a table without one
	sealed  bool     // it has a checksum
	indexes []layoutIndex
}

// layoutIndex is an index that holds what its table holds again.
type layoutIndex struct {
	name    string
	columns []string
	where   string // "" for an index of all rows
}

// layouts describes all tables.
func (r *Reader) layouts(ctx context.Context) ([]layout, error) {
	type entry struct {
		name  string
		rowid bool
	}
	var entries []entry
	err := r.rows(ctx, `SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
		ORDER BY name`, nil, func(rows *sql.Rows) error {
		var e entry
		var without bool
		err := rows.Scan(&e.name, &without)
		e.rowid = !without
		entries = append(entries, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	all := make([]layout, 0, len(entries))
	for _, e := range entries {
		l, err := r.layout(ctx, e.name, e.rowid)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", e.name, err)
		}
		all = append(all, l)
	}
	return all, nil
}

func (r *Reader) layout(ctx context.Context, name string, rowid bool) (layout, error) {
	var l layout
	var columns, primary []string
	err := r.rows(ctx, "SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", []any{name}, func(rows *sql.Rows) error {
		var column string
		var pk int
		err := rows.Scan(&column, &pk)
		if pk > 0 {
			primary = append(primary, column)
		}
		if column == "crc" {
			l.sealed = true
		} else {
			columns = append(columns, column)
		}
		return err
	})
	if err != nil {
		return l, err
	}
	l.table = newTable(name, len(primary), columns...)
	l.key = []string{"rowid"}
	if !rowid {
		l.key = primary
	}
	err = r.rows(ctx, `SELECT l.name, coalesce(s.sql, '') FROM pragma_index_list(?) AS l JOIN sqlite_schema AS s ON s.name = l.name
		ORDER BY l.name`, []any{name}, func(rows *sql.Rows) error {
		var x layoutIndex
		var text string
		err := rows.Scan(&x.name, &text)
		_, x.where, _ = strings.Cut(text, " WHERE ")
		l.indexes = append(l.indexes, x)
		return err
	})
	if err != nil {
		return l, err
	}
	for i := range l.indexes {
		x := &l.indexes[i]
		err := r.rows(ctx, "SELECT name FROM pragma_index_info(?) ORDER BY seqno", []any{x.name}, func(rows *sql.Rows) error {
			var column string
			err := rows.Scan(&column)
			x.columns = append(x.columns, column)
			return err
		})
		if err != nil {
			return l, err
		}
	}
	if !rowid { // the primary key of such a table is the table itself
		l.indexes = slices.DeleteFunc(l.indexes, func(x layoutIndex) bool { return slices.Equal(x.columns, primary) })
	}
	return l, nil
}

// rows runs a query whose rows have no checksum.
func (r *Reader) rows(ctx context.Context, query string, args []any, take func(*sql.Rows) error) error {
	ctx, cancel := context.WithTimeout(ctx, queryLimit)
	defer cancel()
	rows, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows); err != nil {
			return err
		}
	}
	return classify(rows.Err())
}

// page returns the query for the next rows behind a key, the key first and the checksum last; the first page has no key
// before it.
func (l *layout) page(first bool) string {
	return "SELECT " + strings.Join(l.key, ", ") + ", " + l.columns + l.next(first)
}

// nextKey returns the query for the keys of the next rows, which reads nothing else of them.
func (l *layout) nextKey(first bool) string {
	return "SELECT " + strings.Join(l.key, ", ") + l.next(first)
}

func (l *layout) next(first bool) string {
	behind := ""
	if !first {
		behind = " WHERE " + list(l.key, "%s", ", ") + " > " + list(l.key, "?%.0s", ", ")
	}
	return " FROM " + l.name + behind + " ORDER BY " + strings.Join(l.key, ", ") + " LIMIT ?"
}

// missing returns the query for the key of a row that the index x does not have, among those behind a key (but for the
// first page) up to another.
func (l *layout) missing(x *layoutIndex, first bool) string {
	key := list(l.key, "r.%s", ", ")
	in := key + " <= " + list(l.key, "?%.0s", ", ")
	if !first {
		in = key + " > " + list(l.key, "?%.0s", ", ") + " AND " + in
	}
	same := strings.Trim(list(append(slices.Clone(x.columns), l.key...), "i.%[1]s IS r.%[1]s", " AND "), "()")
	if x.where != "" {
		in, same = in+" AND "+x.where, x.where+" AND "+same
	}
	return "SELECT " + list(l.key, "r.%s", ", ")[1:len(key)-1] + " FROM " + l.name + " AS r NOT INDEXED WHERE " + in +
		" AND NOT EXISTS (SELECT 1 FROM " + l.name + " AS i INDEXED BY " + x.name + " WHERE " + same + ") LIMIT 1"
}

// list is the parts in their form in brackets.
func list(parts []string, form, between string) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = fmt.Sprintf(form, p)
	}
	return "(" + strings.Join(out, between) + ")"
}

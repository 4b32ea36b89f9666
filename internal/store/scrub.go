package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

const (
	// scrubRows is how many rows one query of a scrub reads: a longer one would hold back the write-ahead log.
	scrubRows = 500
	// scrubNamed is how many damaged rows an error of Scrub names.
	scrubNamed = 20
	// allSealed is the first version in which every table has checksums.
	allSealed = 7
)

// Scrub reads every row of every table, verifies its checksum and looks whether the indexes have it. The error names the
// damaged rows, the first ones of many.
func (r *Reader) Scrub(ctx context.Context) error {
	var damage []error
	n := 0
	err := r.scrub(ctx, func(c *CorruptError) {
		if n++; n <= scrubNamed {
			damage = append(damage, c)
		}
	})
	if n > scrubNamed {
		damage = append(damage, fmt.Errorf("and %d more", n-scrubNamed))
	}
	return errors.Join(append(damage, err)...)
}

func (r *Reader) scrub(ctx context.Context, found func(*CorruptError)) error {
	s, err := r.scrubber(ctx)
	if err != nil {
		return err
	}
	for more := true; more; {
		if more, err = s.step(ctx, scrubRows, found); err != nil {
			return err
		}
	}
	return nil
}

// scrubber reads the record a page of rows at a time, without a transaction between two pages: beside it everything goes
// on. It is for one goroutine.
type scrubber struct {
	r      *Reader
	tables []layout // that are still to be read; the first one is being read
	after  []any    // the key of its last row that was read; nil before the first
	rows   int64    // that were read
	sum    summer
}

func (r *Reader) scrubber(ctx context.Context) (*scrubber, error) {
	tables, err := r.layouts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	version := 0
	if err := r.rows(ctx, "PRAGMA user_version", nil, func(rows *sql.Rows) error { return rows.Scan(&version) }); err != nil {
		return nil, err
	}
	s := &scrubber{r: r}
	for _, l := range tables {
		switch {
		case l.sealed:
			s.tables = append(s.tables, l)
		case version >= allSealed:
			return nil, &CorruptError{Table: l.name, Row: "all", Cause: "the column of the checksums is missing"}
		}
	}
	return s, nil
}

// step reads the next rows, at most n, and is false when there are none left. Damage is handed to found, and the next step
// goes on behind it; an error means that the step could not be done.
func (s *scrubber) step(ctx context.Context, n int, found func(*CorruptError)) (bool, error) {
	if len(s.tables) == 0 {
		return false, nil
	}
	before := s.after
	read, err := s.page(ctx, n, found)
	end := read < n
	if errors.Is(err, ErrCorrupt) {
		end, err = s.skip(ctx, err, found)
	}
	if err == nil {
		err = s.indexed(ctx, before, found)
	}
	if err != nil {
		return false, err
	}
	if end {
		s.tables, s.after = s.tables[1:], nil
	}
	return len(s.tables) > 0, nil
}

// page reads one page and verifies its rows.
func (s *scrubber) page(ctx context.Context, n int, found func(*CorruptError)) (int, error) {
	l := &s.tables[0]
	row, dest := scanned(len(l.key) + l.n)
	read := 0
	err := s.r.rows(ctx, l.page(s.after == nil), append(slices.Clone(s.after), n), func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		read++
		s.rows++
		s.after = slices.Clone(row[:len(l.key)])
		if damage, ok := errors.AsType[*CorruptError](l.verify(&s.sum, row[len(l.key):])); ok {
			found(damage)
		}
		return nil
	})
	return read, err
}

// skip passes over a row that SQLite cannot read. Where not even its key can be read, the rest of the table is lost.
func (s *scrubber) skip(ctx context.Context, cause error, found func(*CorruptError)) (end bool, err error) {
	l := &s.tables[0]
	key, dest := scanned(len(l.key))
	next := false
	err = s.r.rows(ctx, l.nextKey(s.after == nil), append(slices.Clone(s.after), 1), func(rows *sql.Rows) error {
		next = true
		return rows.Scan(dest...)
	})
	switch {
	case err == nil && next:
		s.after = key
		found(&CorruptError{Table: l.name, Row: rowName(key), Cause: cause.Error()})
		return false, nil
	case err == nil || errors.Is(err, ErrCorrupt):
		found(&CorruptError{Table: l.name, Row: "all behind " + rowName(s.after), Cause: cause.Error()})
		return true, nil
	}
	return true, err
}

// indexed looks whether the indexes have the rows that were read since before.
func (s *scrubber) indexed(ctx context.Context, before []any, found func(*CorruptError)) error {
	if s.after == nil {
		return nil
	}
	l := &s.tables[0]
	for i := range l.indexes {
		x := &l.indexes[i]
		key, dest := scanned(len(l.key))
		err := s.r.rows(ctx, l.missing(x, before == nil), append(slices.Clone(before), s.after...), func(rows *sql.Rows) error {
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			found(&CorruptError{Table: l.name, Row: rowName(key), Cause: "the index " + x.name + " does not have it"})
			return nil
		})
		if errors.Is(err, ErrCorrupt) {
			found(&CorruptError{Table: l.name, Row: "all", Cause: "the index " + x.name + " cannot be read: " + err.Error()})
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// scanned returns the values of a row and what to scan them into.
func scanned(n int) (row, dest []any) {
	row, dest = make([]any, n), make([]any, n)
	for i := range row {
		dest[i] = &row[i]
	}
	return row, dest
}

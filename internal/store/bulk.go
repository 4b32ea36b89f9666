package store

import "database/sql/driver"

// chunk is up to bulkRows rows of one table, ready to be bound.
type chunk struct {
	t    *table
	args []driver.NamedValue
	buf  []byte // what the bodies among args are parts of
	err  error  // why the rows end here: a value that has no stored form
}

// store runs the statements for one chunk, inside update.
func (w *writer) store(c *chunk) error {
	rest := c.args
	for i, size := 0, bulkRows; size > 0; i, size = i+1, size/2 {
		if len(rest) < size*c.t.n {
			continue
		}
		part := rest[:size*c.t.n]
		rest = rest[len(part):]
		for j := range part {
			part[j].Ordinal = j + 1
		}
		if err := w.doNamed(c.t.inserts[i], part); err != nil {
			return err
		}
	}
	return nil
}

// row returns the row of t that the conditions name, its checksum verified, inside update; nil where there is none.
func (w *writer) row(t *table, where string, args ...any) (columns, error) {
	v, err := w.values(t.selectAll(where), args...)
	if err != nil || v[t.n-1] == nil {
		return nil, err
	}
	return v, t.verify(&summer{}, v)
}

// put stores one row, whose checksum it adds, inside update.
func (w *writer) put(t *table, row ...any) error {
	row = append(row, (&summer{}).row(t.name, row))
	return w.do(t.inserts[len(t.inserts)-1], row...)
}

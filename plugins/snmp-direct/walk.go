package snmpdirect

import (
	"fmt"
	"time"

	"github.com/gosnmp/gosnmp"
)

const (
	maxColumns = 20 // asked in one request
	// cellsPerRow bounds what a walk of many columns holds: so many values for each row that is allowed.
	cellsPerRow = 10
)

// cell is one value of a column, by the index that follows the column's name.
type cell struct {
	index string
	typ   gosnmp.Asn1BER
	value any
}

// column is a walk through one subtree.
type column struct {
	root  string // with a leading dot
	last  string // the last name seen; root before the first
	cells []cell
	done  bool
}

// walker is one walk, of many columns side by side.
type walker struct {
	*session
	columns []*column
	open    []*column // those that are asked now
	octets  int       // of one variable binding, lately
	cells   int       // held so far
	began   time.Time
}

// walk reads whole subtrees side by side and returns their cells in the order of roots. It is all or nothing: an error
// status, an answer out of order and a table without end are failures, never a short table.
func (s *session) walk(roots []string) ([][]cell, error) {
	w := &walker{session: s, columns: make([]*column, len(roots)), octets: usualVarbind, began: time.Now()}
	for i, r := range roots {
		w.columns[i] = &column{root: r, last: r}
	}
	for w.choose() {
		if limit := s.way.limits.table; limit > 0 && time.Since(w.began) > limit {
			return nil, &failure{class: classTable, text: fmt.Sprintf("not read within %s: raise table_timeout if it may take longer", limit)}
		}
		if err := w.step(); err != nil {
			return nil, err
		}
	}
	cells := make([][]cell, len(w.columns))
	for i, c := range w.columns {
		cells[i] = c.cells
	}
	return cells, nil
}

// choose takes the columns that the next request asks for, and reports whether there are any.
func (w *walker) choose() bool {
	w.open = w.open[:0]
	for _, c := range w.columns {
		if !c.done && len(w.open) < w.peer.bulk.width() {
			w.open = append(w.open, c)
		}
	}
	return len(w.open) > 0
}

// step asks once for what follows in the open columns.
func (w *walker) step() error {
	bulk, now := &w.peer.bulk, w.peer.clock()
	repetitions := 0
	if w.codec.Version != gosnmp.Version1 && bulk.use(now) {
		repetitions = bulk.repetitions(len(w.open), w.octets)
	}
	a, repetitions, err := w.next(repetitions)
	if err != nil {
		return err
	}
	switch i := int(a.ErrorIndex) - 1; {
	case a.Error == gosnmp.NoError:
		return w.take(a, repetitions)
	case a.Error == gosnmp.NoSuchName && w.codec.Version == gosnmp.Version1 && i >= 0 && i < len(w.open):
		w.open[i].done = true // RFC 1157: the end of what the agent has
	case a.Error == gosnmp.TooBig && repetitions > 1:
		bulk.limit(min(repetitions*len(w.open)*w.octets, bulk.target()), now)
	case a.Error == gosnmp.TooBig && len(w.open) > 1:
		bulk.columns, bulk.raised = len(w.open)/2, now
	case a.Error == gosnmp.TooBig && repetitions > 0:
		bulk.giveUp(now)
	default:
		return &failure{class: classStatus, status: a.Error}
	}
	return nil
}

// next asks by GETBULK where repetitions are given, else by GETNEXT, and returns with how many repetitions the question
// was that was answered. GETBULK is given up on a device that never answered one well and that answers GETNEXT.
func (w *walker) next(repetitions int) (*answer, int, error) {
	names := make([]string, len(w.open))
	for i, c := range w.open {
		names[i] = c.last
	}
	if repetitions == 0 {
		a, err := w.exchange(ask(gosnmp.GetNextRequest, names))
		return a, 0, err
	}
	bulk, now := &w.peer.bulk, w.peer.clock()
	r := ask(gosnmp.GetBulkRequest, names)
	r.repetitions = repetitions
	if !bulk.proven {
		r.attempts = min(2, 1+w.way.retries)
	}
	a, err := w.exchange(r)
	if ended(err) {
		return nil, 0, err
	}
	if err == nil && (a.Error == gosnmp.NoError || a.Error == gosnmp.TooBig || a.Error == gosnmp.AuthorizationError) {
		bulk.proven = bulk.proven || a.Error == gosnmp.NoError
		if a.attempt > 0 && repetitions > 1 {
			bulk.lost(repetitions*len(w.open)*w.octets, now)
		}
		return a, max(repetitions>>a.attempt, 1), nil
	}
	if bulk.proven || (err != nil && !asFailure(err).silence()) {
		return a, repetitions, err
	}
	again, againErr := w.exchange(ask(gosnmp.GetNextRequest, names))
	switch {
	case againErr != nil:
		return nil, 0, againErr
	case again.Error != gosnmp.NoError:
		return a, repetitions, err
	}
	bulk.giveUp(now)
	return again, 0, nil
}

// take sorts the variable bindings of a reply into the columns that were asked, row by row.
func (w *walker) take(a *answer, repetitions int) error {
	got, n := a.Variables, len(w.open)
	if len(got) == 0 || len(got) > n*max(repetitions, 1) || (repetitions == 0 && len(got) != n) {
		return &failure{class: classMalformed}
	}
	w.octets = max(a.octets/len(got), 1)
	for i := range got {
		if err := w.put(w.open[i%n], &got[i]); err != nil {
			return err
		}
	}
	if repetitions == 0 {
		return nil
	}
	bulk := &w.peer.bulk
	switch {
	case len(got) == n*repetitions:
		bulk.thin = 0
		// Only what was asked for in full size and came quickly says that more would come.
		if a.attempt == 0 && a.took < w.way.timeout/4 && a.octets*5/4 >= bulk.target() {
			bulk.whole()
		}
	case len(got) < n && n > 1:
		if bulk.thin++; bulk.thin >= thinAnswers {
			bulk.giveUp(w.peer.clock())
		}
	}
	return nil
}

func (w *walker) put(c *column, v *gosnmp.SnmpPDU) error {
	if c.done {
		return nil // what lies beyond the column's end, in a row that other columns still need
	}
	switch v.Type {
	case gosnmp.EndOfMibView:
		c.done = true
		return nil
	case gosnmp.NoSuchObject, gosnmp.NoSuchInstance:
		return &failure{class: classMalformed}
	}
	index, under := below(v.Name, c.root)
	if !under {
		if compareNames(v.Name, c.last) <= 0 {
			return &failure{class: classOrder}
		}
		c.done = true
		return nil
	}
	if n := len(c.cells); n > 0 && compareNames(index, c.cells[n-1].index) <= 0 {
		return &failure{class: classOrder}
	}
	rows := w.way.limits.rows
	if rows > 0 && (len(c.cells) == rows || w.cells == rows*cellsPerRow) {
		return &failure{class: classLimit, text: fmt.Sprintf("more than %d rows, or without end: raise max_rows if it is that long", rows)}
	}
	w.cells++
	c.last = v.Name
	c.cells = append(c.cells, cell{index, v.Type, v.Value})
	return nil
}

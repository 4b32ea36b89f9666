package snmpdirect

import (
	"strings"

	"github.com/gosnmp/gosnmp"
)

const (
	maxColumns     = 20     // asked in one request
	maxRows        = 50_000 // of one column; a table that is longer never ends
	bulkVarbinds   = 60     // what fits a datagram; the agent cuts what does not
	maxRepetitions = 25
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

// walk reads whole subtrees side by side and returns their cells in the order of roots. It is all or nothing: an error
// status, an answer out of order and a table without end are failures, never a short table.
func (s *session) walk(roots []string) ([][]cell, error) {
	columns := make([]*column, len(roots))
	for i, r := range roots {
		columns[i] = &column{root: r, last: r}
	}
	width, repetitions := maxColumns, maxRepetitions
	for {
		open := make([]*column, 0, width)
		for _, c := range columns {
			if !c.done && len(open) < width {
				open = append(open, c)
			}
		}
		if len(open) == 0 {
			break
		}
		p, err := s.next(open, min(repetitions, max(3, bulkVarbinds/len(open))))
		if err != nil {
			return nil, err
		}
		switch i := int(p.ErrorIndex) - 1; {
		case p.Error == gosnmp.NoError:
			if err := take(open, p.Variables); err != nil {
				return nil, err
			}
		case p.Error == gosnmp.NoSuchName && s.g.Version == gosnmp.Version1 && i >= 0 && i < len(open):
			open[i].done = true // RFC 1157: the end of what the agent has
		case p.Error == gosnmp.TooBig && repetitions > 1 && !s.bulk.never:
			repetitions = min(repetitions, bulkVarbinds/len(open)) / 2
		case p.Error == gosnmp.TooBig && len(open) > 1:
			width = len(open) / 2
		case p.Error == gosnmp.TooBig && !s.bulk.never:
			s.bulk.never = true
		default:
			return nil, &failure{class: classStatus, status: p.Error}
		}
		repetitions = max(repetitions, 1)
	}
	cells := make([][]cell, len(columns))
	for i, c := range columns {
		cells[i] = c.cells
	}
	return cells, nil
}

// next asks for what follows in each column. GETBULK is given up for GETNEXT, for good, on a device that never answered
// a GETBULK well and that answers GETNEXT.
func (s *session) next(open []*column, repetitions int) (*gosnmp.SnmpPacket, error) {
	names := make([]string, len(open))
	for i, c := range open {
		names[i] = c.last
	}
	getNext := func() (*gosnmp.SnmpPacket, error) {
		return s.exchange(func() (*gosnmp.SnmpPacket, error) { return s.g.GetNext(names) })
	}
	if s.g.Version == gosnmp.Version1 || s.bulk.never {
		return getNext()
	}
	p, err := s.exchange(func() (*gosnmp.SnmpPacket, error) { return s.g.GetBulk(names, 0, uint32(repetitions)) })
	if ended(err) {
		return nil, err
	}
	refused := err != nil || (p.Error != gosnmp.NoError && p.Error != gosnmp.TooBig && p.Error != gosnmp.AuthorizationError)
	if !refused {
		s.bulk.proven = s.bulk.proven || p.Error == gosnmp.NoError
		return p, nil
	}
	if s.bulk.proven {
		return p, err
	}
	again, againErr := getNext()
	if againErr != nil || again.Error != gosnmp.NoError {
		return p, err
	}
	s.bulk.never = true
	return again, nil
}

// take sorts the variable bindings of a reply into the columns that were asked, row by row.
func take(open []*column, got []gosnmp.SnmpPDU) error {
	if len(got) == 0 {
		return &failure{class: classMalformed}
	}
	for i := range got {
		c, v := open[i%len(open)], &got[i]
		if c.done {
			continue // what lies beyond the column's end, in a row that other columns still need
		}
		switch v.Type {
		case gosnmp.EndOfMibView:
			c.done = true
			continue
		case gosnmp.NoSuchObject, gosnmp.NoSuchInstance:
			return &failure{class: classMalformed}
		}
		index, under := below(v.Name, c.root)
		if !under {
			if compareNames(v.Name, c.last) <= 0 {
				return &failure{class: classOrder}
			}
			c.done = true
			continue
		}
		if n := len(c.cells); n > 0 && compareNames(index, c.cells[n-1].index) <= 0 {
			return &failure{class: classOrder}
		}
		if len(c.cells) == maxRows {
			return &failure{class: classLimit}
		}
		c.last = v.Name
		c.cells = append(c.cells, cell{index, v.Type, v.Value})
	}
	return nil
}

// below returns what follows root and a dot in name.
func below(name, root string) (string, bool) {
	if len(name) <= len(root)+1 || name[len(root)] != '.' || name[:len(root)] != root {
		return "", false
	}
	return name[len(root)+1:], true
}

// compareNames orders dotted names by their arcs as numbers.
func compareNames(a, b string) int {
	a, b = strings.TrimPrefix(a, "."), strings.TrimPrefix(b, ".")
	for {
		switch {
		case a == "" && b == "":
			return 0
		case a == "":
			return -1
		case b == "":
			return 1
		}
		var x, y uint64
		x, a = arc(a)
		y, b = arc(b)
		if x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
}

func arc(s string) (uint64, string) {
	var n uint64
	for i := range len(s) {
		if s[i] == '.' {
			return n, s[i+1:]
		}
		n = n*10 + uint64(s[i]-'0')
	}
	return n, ""
}

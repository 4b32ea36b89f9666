package snmpdirect

import (
	"slices"
	"strconv"
	"strings"
)

// How an index that must serve as a name is shown.
const (
	indexMAC  = "mac"
	indexText = "text"
)

// title names the table for people.
func (t *tablePart) title() string {
	if t.Kind == "" {
		return "sensor table"
	}
	return strings.Join(strings.Fields(t.Prefix+" "+t.Kind+" "+t.Suffix+" table"), " ")
}

// numbers lists the columns that are walked, each once.
func (t *tablePart) numbers() []uint32 {
	var list []uint32
	add := func(c uint32) {
		if c != 0 && !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	if t.KindBy != nil {
		add(t.KindBy.Column)
	}
	add(t.Label)
	for _, s := range t.States {
		add(s.Column)
	}
	for _, r := range t.Readings {
		add(r.Column)
		add(r.Minus)
		add(r.Of)
	}
	return list
}

// columns are the full names of the columns that are walked, in the order of numbers.
func (t *tablePart) columns(object string) []string {
	var names []string
	for _, c := range t.numbers() {
		names = append(names, t.Entry.of(object)+"."+strconv.FormatUint(uint64(c), 10))
	}
	return names
}

// tableRow is one row of a table: its index, and the values of its columns by their numbers.
type tableRow struct {
	index  string
	values map[uint32]any
}

func (r *tableRow) column(c uint32) any { return r.values[c] }

// rows puts walked columns together, in the order of the indexes.
func (t *tablePart) rows(walked [][]cell) []*tableRow {
	byIndex := map[string]*tableRow{}
	var list []*tableRow
	for n, c := range t.numbers() {
		for _, x := range walked[n] {
			r := byIndex[x.index]
			if r == nil {
				if len(list) == maxParts {
					continue
				}
				r = &tableRow{index: x.index, values: make(map[uint32]any, len(walked))}
				byIndex[x.index] = r
				list = append(list, r)
			}
			r.values[c] = x.value
		}
	}
	slices.SortFunc(list, func(a, b *tableRow) int { return compareNames(a.index, b.index) })
	return list
}

// kind is what a row is; empty where it is no part.
func (t *tablePart) kind(r *tableRow, joined func(oid, string) any) string {
	k := t.KindBy
	if k == nil {
		return t.Kind
	}
	v := r.column(k.Column)
	if k.Names != "" {
		v = joined(k.Names, r.index)
	}
	if n, ok := integer(v); ok {
		return k.Values[n]
	}
	name := object(v)
	arc, err := strconv.ParseUint(name[strings.LastIndexByte(name, '.')+1:], 10, 32)
	if err != nil {
		return ""
	}
	return k.LastArc[uint32(arc)]
}

// label is the name of a row's part.
func (t *tablePart) label(r *tableRow, joined func(oid, string) any) string {
	name := text(r.column(t.Label))
	for _, other := range t.Names {
		if name == "" {
			name = text(joined(other, r.index))
		}
	}
	if name == "" {
		name = t.shownIndex(r.index)
	}
	return strings.Join(strings.Fields(t.Prefix+" "+name+" "+t.Suffix), " ")
}

func (t *tablePart) shownIndex(index string) string {
	arcs := strings.Split(index, ".")
	switch t.Index {
	case indexMAC:
		if mac := indexHardware(index); mac != "" {
			return mac
		}
	case indexText:
		if n, err := strconv.Atoi(arcs[0]); err == nil && n == len(arcs)-1 {
			arcs = arcs[1:] // the length of the text comes first
		}
		b := make([]byte, 0, len(arcs))
		for _, a := range arcs {
			n, err := strconv.ParseUint(a, 10, 8)
			if err != nil {
				return index
			}
			b = append(b, byte(n))
		}
		if s := text(b); s != "" {
			return s
		}
	}
	return index
}

// readTable takes the walked columns of a table, in the order of its columns.
func (r *reader) readTable(t *tablePart, walked [][]cell) {
	before := map[string]bool{} // kinds that earlier objects and tables have spoken of
	for _, p := range r.parts {
		before[p.kind] = true
	}
	taken := map[string]bool{}
	for _, row := range t.rows(walked) {
		kind := t.kind(row, r.join)
		if kind == "" || (t.Fallback && before[kind]) {
			continue
		}
		component := kind + ":" + t.label(row, r.join)
		if taken[component] {
			component += " " + row.index // two parts of one name
		}
		taken[component] = true
		for i := range t.States {
			r.value(component, &t.States[i], nil, row.column(t.States[i].Column), row.column)
		}
		for i := range t.Readings {
			r.value(component, nil, &t.Readings[i], row.column(t.Readings[i].Column), row.column)
		}
	}
}

// join is the value of another table's column at an index.
func (r *reader) join(column oid, index string) any { return r.joined[column.of(r.object)+"."+index] }

// joins lists the objects of other tables that the rows need and that are not known yet: first what tells the rows'
// kinds, then the names of those that are parts.
func (r *reader) joins(t *tablePart, walked [][]cell) []string {
	var missing []string
	need := func(column oid, index string) {
		name := column.of(r.object) + "." + index
		if _, ok := r.joined[name]; !ok && column != "" {
			missing = append(missing, name)
		}
	}
	if t.KindBy == nil && len(t.Names) == 0 {
		return nil
	}
	all := t.rows(walked)
	if t.KindBy != nil {
		for _, row := range all {
			need(t.KindBy.Names, row.index)
		}
	}
	if len(missing) > 0 {
		return missing
	}
	for _, row := range all {
		if t.kind(row, r.join) != "" && text(row.column(t.Label)) == "" {
			for _, column := range t.Names {
				need(column, row.index)
			}
		}
	}
	return missing
}

package snmpdirect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gosnmp/gosnmp"

	"github.com/quorate/quorate/device"
)

// growthMemory is how long a number that has grown stays news.
const growthMemory = 24 * time.Hour

// part is one component of a device with what its objects say of it.
type part struct {
	component string
	kind      string
	state     device.State // the worst of its objects; empty where none votes
	raw       []string
	readings  []device.Reading
	beside    []besides
	at        time.Time // when the oldest of what it rests on was read
}

// besides is a state that another kind's trouble makes worse.
type besides struct {
	kind string
	is   device.State
}

// memory is what the meaning of a value depends on beside the value: it lasts as long as the source runs.
type memory struct {
	seen  map[string]bool   // components with objects that were there once
	grown map[string]growth // numbers whose growth is news
}

type growth struct {
	value int64
	from  int64
	at    time.Time // zero while it has not grown
}

func newMemory() *memory { return &memory{seen: map[string]bool{}, grown: map[string]growth{}} }

// reader collects the parts that a profile finds in the values of one poll.
type reader struct {
	memory *memory
	at     time.Time // when the values that are being taken were read
	parts  []*part
	byName map[string]*part
}

// objectNames lists the objects that a profile reads by GET.
func (p *profile) objectNames(object string) []string {
	names := make([]string, 0, len(p.Objects))
	for _, o := range p.Objects {
		names = append(names, o.OID.of(object))
	}
	return names
}

// title names the table for people.
func (t *tablePart) title() string {
	if t.Kind == "" {
		return "sensor table"
	}
	return strings.TrimSpace(t.Prefix+" "+t.Kind) + " table"
}

// columns lists the columns that are walked, in the order in which readTable takes them.
func (t *tablePart) columns(object string) []string {
	var columns []uint32
	if t.KindBy != nil {
		columns = append(columns, t.KindBy.Column)
	}
	if t.Label != 0 {
		columns = append(columns, t.Label)
	}
	for _, s := range t.States {
		columns = append(columns, s.Column)
	}
	for _, r := range t.Readings {
		columns = append(columns, r.Column)
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = t.Entry.of(object) + "." + strconv.FormatUint(uint64(c), 10)
	}
	return names
}

func (r *reader) part(component string) *part {
	if p := r.byName[component]; p != nil {
		if r.at.Before(p.at) {
			p.at = r.at
		}
		return p
	}
	kind, _, _ := strings.Cut(component, ":")
	p := &part{component: component, kind: kind, at: r.at}
	r.byName[component] = p
	r.parts = append(r.parts, p)
	return p
}

// readObject takes the value of one object.
func (r *reader) readObject(o *objectPart, v gosnmp.SnmpPDU) {
	if !present(v.Type) {
		return
	}
	if o.Each == nil {
		r.value(o.Component, o.State, o.Reading, v.Value)
		return
	}
	label, value := o.Each.SubexpIndex("label"), o.Each.SubexpIndex("value")
	s := text(v.Value)
	for _, m := range o.Each.FindAllStringSubmatch(s, maxParts) {
		if label > 0 && value > 0 {
			r.value(o.Component+":"+m[label], o.State, o.Reading, []byte(m[value]))
		}
	}
}

// maxParts bounds the parts of one table or text, so that no device can make the agent hold what it likes.
const maxParts = 500

// readTable takes the walked columns of a table, in the order of its columns.
func (r *reader) readTable(t *tablePart, walked [][]cell) {
	rows := map[string][]any{}
	var order []string
	for c, cells := range walked {
		for _, x := range cells {
			row, ok := rows[x.index]
			if !ok {
				if len(rows) == maxParts {
					continue
				}
				row = make([]any, len(walked))
				rows[x.index] = row
				order = append(order, x.index)
			}
			row[c] = x.value
		}
	}
	slices.SortFunc(order, compareNames)
	before := map[string]bool{} // kinds that earlier objects and tables have spoken of
	for _, p := range r.parts {
		before[p.kind] = true
	}
	taken := map[string]bool{}
	for _, index := range order {
		row := rows[index]
		next := func() any {
			v := row[0]
			row = row[1:]
			return v
		}
		kind := t.Kind
		if t.KindBy != nil {
			name := object(next())
			n, err := strconv.ParseUint(name[strings.LastIndexByte(name, '.')+1:], 10, 32)
			if kind = t.KindBy.LastArc[uint32(n)]; err != nil || kind == "" {
				continue
			}
		}
		label := index
		if t.Label != 0 {
			if s := text(next()); s != "" {
				label = s
			}
		}
		if t.Prefix != "" {
			label = t.Prefix + " " + label
		}
		if t.Fallback && before[kind] {
			continue
		}
		component := kind + ":" + label
		if taken[component] {
			component += " " + index // two parts of one name
		}
		taken[component] = true
		for i := range t.States {
			r.value(component, &t.States[i], nil, next())
		}
		for i := range t.Readings {
			r.value(component, nil, &t.Readings[i], next())
		}
	}
}

// value gives one value of a component its meaning.
func (r *reader) value(component string, s *states, m *measure, v any) {
	if v == nil {
		return
	}
	if utf8.RuneCountInString(component) > device.MaxName {
		component = string([]rune(component)[:device.MaxName])
	}
	if s != nil {
		r.state(component, s, v)
	}
	if m != nil {
		if f, ok := m.read(v); ok {
			p := r.part(component)
			p.readings = append(p.readings, device.Reading{Component: component, Quantity: m.Quantity, Value: f, Unit: m.Unit})
		}
	}
}

func (r *reader) state(component string, s *states, v any) {
	n, isNumber := integer(v)
	if s.Grows != "" {
		if isNumber {
			r.growth(component, s, n)
		}
		return
	}
	mean, known := s.Values[n]
	word := mean.Name
	if !isNumber {
		if word = text(v); word == "" {
			return
		}
		if mean, known = s.Words[strings.ToLower(word)]; !known {
			mean = s.Otherwise
		}
	} else if !known {
		mean = s.Otherwise
	}
	p := r.part(component)
	raw := fmt.Sprintf("%s=%s", s.Object, word)
	if isNumber {
		// A component has one state reading: that of the first object.
		if !slices.ContainsFunc(p.readings, func(x device.Reading) bool { return x.Quantity == "state" }) {
			p.readings = append(p.readings, device.Reading{Component: component, Quantity: "state", Value: float64(n), Unit: "1"})
		}
		raw = strings.TrimSpace(fmt.Sprintf("%s=%d %s", s.Object, n, word))
	}
	key := component + "\x00" + s.Object
	is := mean.Is
	switch {
	case mean.Once == "":
		r.memory.seen[key] = true
	case r.memory.seen[key]:
		is = mean.Once
		raw += ", it was there before"
	}
	p.raw = append(p.raw, raw)
	p.state = worse(p.state, is)
	if mean.Beside != nil {
		p.beside = append(p.beside, besides{mean.Beside.Kind, mean.Beside.Is})
	}
}

// growth compares a number with what it was. A part whose number has not grown says nothing by it.
func (r *reader) growth(component string, s *states, n int64) {
	key := component + "\x00" + s.Object
	g, known := r.memory.grown[key]
	switch {
	case !known || n < g.value:
		g = growth{value: n}
	case n > g.value:
		g = growth{value: n, from: g.value, at: r.at}
	case !g.at.IsZero() && r.at.Sub(g.at) > growthMemory:
		g.at = time.Time{}
	}
	r.memory.grown[key] = g
	p := r.part(component)
	p.readings = append(p.readings, device.Reading{Component: component, Quantity: "count", Value: float64(n), Unit: "1"})
	if !g.at.IsZero() {
		p.raw = append(p.raw, fmt.Sprintf("%s grew from %d to %d", s.Object, g.from, g.value))
		p.state = worse(p.state, s.Grows)
	}
}

// finish applies what depends on other parts.
func (r *reader) finish() []*part {
	unwell := map[string]bool{}
	for _, p := range r.parts {
		if p.state == device.StateWarning || p.state == device.StateCritical {
			unwell[p.kind] = true
		}
	}
	for _, p := range r.parts {
		for _, b := range p.beside {
			if unwell[b.kind] {
				p.state = worse(p.state, b.is)
			}
		}
	}
	return r.parts
}

// worse is the worse of two health states; an empty one is no opinion.
func worse(a, b device.State) device.State {
	rank := func(s device.State) int {
		return slices.Index([]device.State{"", device.StateOK, device.StateWarning, device.StateCritical}, s)
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// read makes a number of a value.
func (m *measure) read(v any) (float64, bool) {
	f, ok := number(v)
	if m.Pattern != nil {
		g := m.Pattern.FindStringSubmatch(text(v))
		if len(g) < 2 {
			return 0, false
		}
		n, err := strconv.ParseFloat(g[1], 64)
		f, ok = n, err == nil && finite(n)
	}
	if !ok || slices.Contains(m.Skip, f) {
		return 0, false
	}
	if m.Scale != 0 {
		f *= m.Scale
	}
	return f, true
}

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

// trendMemory is how long a number that has grown or fallen stays news.
const trendMemory = 24 * time.Hour

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
	seen   map[string]bool  // components with objects that were there once
	trends map[string]trend // numbers whose growth or fall is news
}

// trend is a number, and what it was before it changed: the last one where growth is news, the highest where a fall is.
type trend struct {
	value int64
	from  int64
	at    time.Time // zero while it has not changed
}

func newMemory() *memory { return &memory{seen: map[string]bool{}, trends: map[string]trend{}} }

// reader collects the parts that a profile finds in the values of one poll.
type reader struct {
	memory *memory
	at     time.Time // when the values that are being taken were read
	parts  []*part
	byName map[string]*part
	joined map[string]any // values of other tables' columns, by their full names
	object string         // the device's sysObjectID
}

// objectNames lists the objects that a profile reads by GET.
func (p *profile) objectNames(object string) []string {
	names := make([]string, 0, len(p.Objects))
	for _, o := range p.Objects {
		names = append(names, o.OID.of(object))
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
		component := o.Component
		if component == wholeDevice {
			component = ""
		}
		r.value(component, o.State, o.Reading, v.Value, noRow)
		return
	}
	label, value := o.Each.SubexpIndex("label"), o.Each.SubexpIndex("value")
	s := text(v.Value)
	for _, m := range o.Each.FindAllStringSubmatch(s, maxParts) {
		if label > 0 && value > 0 {
			r.value(o.Component+":"+m[label], o.State, o.Reading, []byte(m[value]), noRow)
		}
	}
}

// maxParts bounds the parts of one table or text, so that no device can make the agent hold what it likes.
const maxParts = 500

// noRow stands for the other columns of what is no table.
func noRow(uint32) any { return nil }

// value gives one value of a component its meaning; beside gives the other columns of its row.
func (r *reader) value(component string, s *states, m *measure, v any, beside func(uint32) any) {
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
		if f, ok := m.read(v, beside); ok {
			r.part(component).reads(m.Quantity, f, m.Unit)
		}
	}
}

// reads adds a reading. A component has one of a quantity: that of the first object, which is the more precise one.
func (p *part) reads(quantity string, v float64, unit string) {
	if !slices.ContainsFunc(p.readings, func(x device.Reading) bool { return x.Quantity == quantity }) {
		p.readings = append(p.readings, device.Reading{Component: p.component, Quantity: quantity, Value: v, Unit: unit})
	}
}

func (r *reader) state(component string, s *states, v any) {
	n, isNumber := s.number(v)
	if s.Grows != "" || s.Falls != "" {
		if isNumber {
			r.trend(component, s, n)
		}
		return
	}
	mean, known := s.Values[n]
	word := mean.Name
	if !isNumber {
		if word = s.word(v); word == "" {
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
		p.reads("state", float64(n), "1")
		raw = strings.TrimSpace(fmt.Sprintf("%s=%d %s", s.Object, n, word))
	}
	key := component + "\x00" + s.Object
	is := mean.Is
	switch {
	case mean.Once == "":
		r.memory.seen[key] = true
	case r.memory.seen[key]:
		is = mean.Once
		raw += ", it was not so before"
	}
	p.raw = append(p.raw, raw)
	p.state = worse(p.state, is)
	if mean.Beside != nil {
		p.beside = append(p.beside, besides{mean.Beside.Kind, mean.Beside.Is})
	}
}

// number is the number of a value: an integer, the last arc of an OBJECT IDENTIFIER, and the digits of a text where both
// numbers and words have meanings.
func (s *states) number(v any) (int64, bool) {
	if n, ok := integer(v); ok {
		return n, true
	}
	digits := object(v)
	digits = digits[strings.LastIndexByte(digits, '.')+1:]
	if digits == "" && len(s.Values) > 0 && len(s.Words) > 0 {
		digits = text(v)
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
}

// word is the word of a value: its text, or what of it the pattern takes.
func (s *states) word(v any) string {
	word := text(v)
	if s.Pattern == nil {
		return word
	}
	for i, group := range s.Pattern.FindStringSubmatch(word) {
		if i > 0 && group != "" {
			return group
		}
	}
	return ""
}

// trend compares a number with what it was. A part whose number has not grown, or fallen, says nothing by it.
func (r *reader) trend(component string, s *states, n int64) {
	key := component + "\x00" + s.Object
	g, known := r.memory.trends[key]
	over := !g.at.IsZero() && r.at.Sub(g.at) > trendMemory
	switch better := n < g.value; {
	case !known || (s.Grows != "" && better) || (s.Falls != "" && (n >= g.from || over)):
		g = trend{value: n, from: n}
	case s.Grows != "" && n > g.value:
		g = trend{value: n, from: g.value, at: r.at}
	case s.Falls != "" && g.at.IsZero():
		g = trend{value: n, from: g.from, at: r.at}
	case s.Falls != "":
		g.value = n
	case over:
		g.at = time.Time{}
	}
	r.memory.trends[key] = g
	p := r.part(component)
	p.reads("count", float64(n), "1")
	if g.at.IsZero() {
		return
	}
	is, word := s.Grows, "grew"
	if s.Falls != "" {
		is, word = s.Falls, "fell"
	}
	p.raw = append(p.raw, fmt.Sprintf("%s %s from %d to %d", s.Object, word, g.from, g.value))
	p.state = worse(p.state, is)
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

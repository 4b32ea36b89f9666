package snmpdirect

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// Bounds of one profile.
const (
	maxRules   = 50
	maxSingles = 200
	maxTables  = 100
	maxFields  = 30 // states and readings of one table
)

// profile finds what would otherwise be seen only when such a device is polled.
func (c *checker) profile(p *profile) error {
	switch {
	case p.Name == "" || len(p.Name) > 64 || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return c.wrong(c.at("name"), `"name": %.60q: write a short name of small letters, digits and dashes`, p.Name)
	case len(p.Detect) == 0:
		return c.wrong(c.at("detect"), `"detect": write at least one rule by which the device is recognised, such as - object_id: [1.3.6.1.4.1.32473.1.]`)
	case len(p.Detect) > maxRules:
		return c.wrong(c.at("detect"), `"detect": there are more than %d rules`, maxRules)
	case len(p.Objects) > maxSingles:
		return c.wrong(c.at("objects"), `"objects": there are more than %d: take out what nobody looks at`, maxSingles)
	case len(p.Tables) > maxTables:
		return c.wrong(c.at("tables"), `"tables": there are more than %d: take out what nobody looks at`, maxTables)
	}
	for i := range p.Detect {
		if what := p.Detect[i].wrong(p.Name); what != "" {
			return c.wrong(c.at("detect", i), `"detect": %s`, what)
		}
	}
	for i, what := range p.Collect {
		if known := collectable(); !slices.Contains(known, what) {
			return c.wrong(c.at("collect", i), `"collect": there is no %.60q: choose of %s`, what, strings.Join(known, ", "))
		}
	}
	for i, name := range p.Include {
		if known := profileOrder(); !slices.Contains(known, name) || name == p.Name {
			return c.wrong(c.at("include", i), `"include": there is no other built-in profile %.60q: choose of %s`, name, strings.Join(known, ", "))
		}
	}
	for _, n := range []struct {
		name string
		list textObjects
	}{{"vendor", p.Identity.Vendor}, {"model", p.Identity.Model}, {"serial", p.Identity.Serial}, {"version", p.Identity.Version}} {
		for i, o := range n.list {
			if (o.OID == "") == (o.Column == "") {
				return c.wrong(c.at("identity", n.name, i), `%q: write "oid" for one object or "column" for the first row of a column`, n.name)
			}
			if o.Pattern != nil && o.Pattern.NumSubexp() == 0 {
				return c.wrong(c.at("identity", n.name, i), `"pattern": put brackets around the part that is the %s`, n.name)
			}
		}
	}
	for i := range p.Objects {
		if err := c.object(&p.Objects[i], i); err != nil {
			return err
		}
	}
	for i := range p.Tables {
		if err := c.table(&p.Tables[i], i); err != nil {
			return err
		}
	}
	return nil
}

func collectable() []string {
	return []string{collectInterfaces, collectStorage, collectNeighbours, collectForwarding, collectSensors}
}

// wrong says what is wrong with a rule; empty if nothing is.
func (r *rule) wrong(name string) string {
	if len(r.ObjectID) == 0 && r.DescrPrefix == "" && r.Descr == nil && r.Answers == "" && name != genericProfile {
		return "a rule that asks nothing fits every device: write object_id, descr, descr_prefix or answers"
	}
	for _, id := range slices.Concat(r.ObjectID, r.Except) {
		var o oid
		if err := o.UnmarshalText([]byte(strings.TrimSuffix(id, "."))); err != nil {
			return err.Error()
		}
	}
	if r.Answers == "" && (len(r.Contains) > 0 || r.Matches != nil) {
		return `"contains" and "matches" are about the object in "answers": write that, too`
	}
	return ""
}

func (c *checker) object(o *objectPart, i int) error {
	kind, label, _ := strings.Cut(o.Component, ":")
	at := func(field string) int { return c.at("objects", i, field) }
	switch {
	case o.OID == "":
		return c.wrong(at("oid"), `"oid": write which object is read`)
	case o.State == nil && o.Reading == nil:
		return c.wrong(at("oid"), `"oid": the object is read and nothing is made of it: write "state" or "reading"`)
	case o.Component == wholeDevice && o.State != nil:
		return c.wrong(at("component"), `"component": the state of a part needs a part: write kind:label, such as fan:1`)
	case o.Component == wholeDevice:
	case !slices.Contains(kinds(), kind):
		return c.wrong(at("component"), `"component": there is no kind %.60q: choose of %s`, kind, strings.Join(kinds(), ", "))
	case o.Each == nil && label == "":
		return c.wrong(at("component"), `"component": write kind:label, such as fan:1`)
	case o.Each != nil && label != "":
		return c.wrong(at("component"), `"component": with "each" the labels are in the text: write the kind alone`)
	case o.Each != nil && (o.Each.SubexpIndex("label") < 0 || o.Each.SubexpIndex("value") < 0):
		return c.wrong(at("each"), `"each": name two groups, (?P<label>...) and (?P<value>...)`)
	}
	if o.State != nil {
		if what := o.State.wrong(); what != "" {
			return c.wrong(at("state"), "%s", what)
		}
	}
	if o.Reading != nil {
		if o.Reading.Column != 0 || o.Reading.Minus != 0 || o.Reading.Of != 0 {
			return c.wrong(at("reading"), `"reading": "column", "minus" and "of" belong to tables`)
		}
		if what := o.Reading.wrong(); what != "" {
			return c.wrong(at("reading"), "%s", what)
		}
	}
	return nil
}

func (c *checker) table(t *tablePart, i int) error {
	at := func(path ...any) int { return c.at(append([]any{"tables", i}, path...)...) }
	switch {
	case t.Entry == "":
		return c.wrong(at("entry"), `"entry": write the object of the table's rows; a column is its name and a number more`)
	case (t.Kind == "") == (t.KindBy == nil):
		return c.wrong(at("kind"), `"kind": write what each row is, such as fan, or "kind_by" where a column says it`)
	case t.Index != "" && t.Index != indexMAC && t.Index != indexText:
		return c.wrong(at("index"), `"index": %.60q: write mac or text, or nothing for the number`, t.Index)
	case len(t.States)+len(t.Readings) == 0:
		return c.wrong(at("entry"), `"entry": the table is read and nothing is made of it: write "states" or "readings"`)
	case len(t.States)+len(t.Readings) > maxFields:
		return c.wrong(at("states"), `"states": there are more than %d states and readings`, maxFields)
	}
	rows := []string{t.Kind}
	if k := t.KindBy; k != nil {
		rows = slices.Concat(slices.Collect(maps.Values(k.LastArc)), slices.Collect(maps.Values(k.Values)))
		if (k.Column == 0) == (k.Names == "") || len(rows) == 0 {
			return c.wrong(at("kind_by"), `"kind_by": write "column", or "oid" for a column of another table, and "last_arc" or "values"`)
		}
	}
	for _, kind := range rows {
		if !slices.Contains(kinds(), kind) {
			return c.wrong(at("kind"), `"kind": there is no %.60q: choose of %s`, kind, strings.Join(kinds(), ", "))
		}
	}
	for n := range t.States {
		if t.States[n].Column == 0 {
			return c.wrong(at("states", n), `"column": write the number of the column`)
		}
		if what := t.States[n].wrong(); what != "" {
			return c.wrong(at("states", n), "%s", what)
		}
	}
	for n := range t.Readings {
		if t.Readings[n].Column == 0 {
			return c.wrong(at("readings", n), `"column": write the number of the column`)
		}
		if what := t.Readings[n].wrong(); what != "" {
			return c.wrong(at("readings", n), "%s", what)
		}
	}
	return nil
}

func (s *states) wrong() string {
	if s.Object == "" {
		return `"object": write the MIB's name of the object: the record shows it beside the value`
	}
	if len(s.Values) == 0 && len(s.Words) == 0 && s.Grows == "" && s.Falls == "" && s.Otherwise.Is == "" {
		return `"values": write what the numbers mean, or "words" for a text, "grows" or "falls" for a count`
	}
	all := append([]meaning{s.Otherwise, {Is: s.Grows, Once: s.Falls}}, slices.Collect(maps.Values(s.Values))...)
	for _, m := range append(all, slices.Collect(maps.Values(s.Words))...) {
		states := []device.State{m.Is, m.Once}
		if m.Beside != nil {
			states = append(states, m.Beside.Is)
		}
		for _, w := range states {
			if w != "" && !w.ClaimableBy(device.FacetHealth) {
				return fmt.Sprintf(`%q: %.60q is no state: write ok, warning or critical, or leave it out where a value says nothing`, s.Object, w)
			}
		}
	}
	if s.Pattern != nil && s.Pattern.NumSubexp() == 0 {
		return `"pattern": put brackets around the part that is the word`
	}
	for w := range s.Words {
		if w != strings.ToLower(w) {
			return fmt.Sprintf(`"words": write %.60q in small letters: all letters are compared so`, w)
		}
	}
	return ""
}

func (m *measure) wrong() string {
	unit, ok := measures()[m.Quantity]
	switch {
	case !ok:
		return fmt.Sprintf(`"quantity": there is no %.60q: choose of %s`, m.Quantity, strings.Join(slices.Sorted(maps.Keys(measures())), ", "))
	case m.Unit != unit:
		return fmt.Sprintf(`"unit": %s is measured in %s, not in %.20q: write that, and "scale" where the device counts in another`, m.Quantity, unit, m.Unit)
	case m.Pattern != nil && m.Pattern.NumSubexp() == 0:
		return `"pattern": put brackets around the part that is the number`
	}
	return ""
}

// kinds are the kinds of components.
func kinds() []string {
	return []string{"port", "fan", "psu", "temperature", "disk", "raid", "volume", "memory", "cpu", "ap", "ups", "stack", "service"}
}

// measures are the quantities that a profile can read, with the unit of each.
func measures() map[string]string {
	return map[string]string{
		"temperature": "Cel", "fan_speed": "rpm", "power": "W", "energy": "kW.h", "voltage": "V", "current": "A", "frequency": "Hz",
		"humidity": "%", "load": "%", "used": "By", "size": "By", "charge": "%", "runtime": "s", "clients": "1", "count": "1",
		"signal": "dBm", "poe_used": "W", "poe_available": "W",
	}
}

package snmpdirect

import (
	"strings"

	"github.com/gosnmp/gosnmp"
)

// readParts reads the profile's own objects and tables. All tables are walked side by side; if that meets an error, each
// is walked alone, and one that fails keeps what it held before.
func (t *target) readParts(s *session, step func(string, func() error)) {
	p, object := t.profile, t.system.object
	single := &t.tables[len(p.Tables)]
	step("single objects", func() error {
		values, err := s.get(p.objectNames(object))
		if err == nil {
			*single = held{values: values, at: t.readAt}
		}
		return err
	})
	t.walkTables(s, step)
	r := &reader{memory: t.memory, byName: map[string]*part{}, joined: t.joined, object: object}
	step("names of parts", func() error { return t.join(s, r) })
	for i := range single.values {
		r.at = single.at
		r.readObject(&p.Objects[i], single.values[i])
	}
	for i := range p.Tables {
		if w := t.tables[i]; w.columns != nil {
			r.at = w.at
			r.readTable(&p.Tables[i], w.columns)
		}
	}
	t.parts = r.finish()
}

func (t *target) walkTables(s *session, step func(string, func() error)) {
	p, object := t.profile, t.system.object
	var roots []string
	for i := range p.Tables {
		roots = append(roots, p.Tables[i].columns(object)...)
	}
	together := false
	step("tables", func() error {
		all, err := s.walk(roots)
		if err != nil && !ended(err) && asFailure(err).answered() {
			return nil
		}
		together = err == nil
		for i := range p.Tables {
			n := len(p.Tables[i].columns(object))
			if together {
				t.tables[i] = held{columns: all[:n], at: t.readAt}
				all = all[n:]
				delete(t.problems, p.Tables[i].title())
			}
		}
		return err
	})
	for i := range p.Tables {
		if together {
			break
		}
		step(p.Tables[i].title(), func() error {
			columns, err := s.walk(p.Tables[i].columns(object))
			if err == nil {
				t.tables[i] = held{columns: columns, at: t.readAt}
			}
			return err
		})
	}
}

// join reads what the tables need of other tables, object by object: only for rows that there are, and once until the
// names of the device are read again.
func (t *target) join(s *session, r *reader) error {
	const rounds = 2 // kinds first, then names
	for range rounds {
		var missing []string
		for i := range t.profile.Tables {
			if w := t.tables[i]; w.columns != nil {
				missing = append(missing, r.joins(&t.profile.Tables[i], w.columns)...)
			}
		}
		values, err := s.get(missing)
		if err != nil {
			return err
		}
		for i, v := range values {
			if t.joined[missing[i]] = nil; present(v.Type) {
				t.joined[missing[i]] = v.Value
			}
		}
	}
	return nil
}

// read reads the device's own names, by the objects that the profile knows. What is not there stays empty.
func (n *names) read(s *session, object string) (chassis, error) {
	var found chassis
	for _, name := range []struct {
		from textObjects
		to   *string
	}{{n.Vendor, &found.vendor}, {n.Model, &found.model}, {n.Serial, &found.serial}, {n.Version, &found.version}} {
		for i := range name.from {
			word, err := name.from[i].read(s, object)
			if err != nil {
				return chassis{}, err
			}
			if !placeholder(word) {
				*name.to = word
				break
			}
		}
	}
	return found, nil
}

func (o *textObject) read(s *session, object string) (string, error) {
	if o.OID != "" {
		got, err := s.get([]string{o.OID.of(object)})
		if err != nil {
			return "", err
		}
		return o.word(got[0]), nil
	}
	walked, err := s.walk([]string{o.Column.of(object)})
	if err != nil {
		return "", err
	}
	for _, c := range walked[0] {
		if word := o.word(gosnmp.SnmpPDU{Type: c.typ, Value: c.value}); !placeholder(word) {
			return word, nil
		}
	}
	return "", nil
}

// word is what a value says, or the part of it that the pattern takes.
func (o *textObject) word(v gosnmp.SnmpPDU) string {
	if !present(v.Type) {
		return ""
	}
	s := text(v.Value)
	if o.Pattern == nil {
		return s
	}
	if m := o.Pattern.FindStringSubmatch(s); len(m) > 1 {
		return strings.TrimSpace(m[1])
	}
	return ""
}

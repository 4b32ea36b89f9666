package snmpdirect

import (
	"slices"
	"strings"

	"github.com/gosnmp/gosnmp"
)

// detect finds the first profile with a rule that holds. Objects that rules ask for are read by one GET.
func detect(s *session, sys *system, all []*profile) (*profile, error) {
	var names []string
	for _, p := range all {
		for _, r := range p.Detect {
			if n := r.Answers.of(sys.object); r.Answers != "" && r.fits(sys) && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	values := map[string]gosnmp.SnmpPDU{}
	if len(names) > 0 {
		got, err := s.get(names)
		if err != nil {
			return nil, err
		}
		for _, v := range got {
			values[v.Name] = v
		}
	}
	for _, p := range all {
		for _, r := range p.Detect {
			if r.fits(sys) && r.answered(values[r.Answers.of(sys.object)]) {
				return p, nil
			}
		}
	}
	return all[len(all)-1], nil
}

// fits judges what the system group tells.
func (r *rule) fits(sys *system) bool {
	below := func(prefix string) bool {
		return strings.HasPrefix(sys.object+".", strings.Trim(prefix, ".")+".")
	}
	if (len(r.ObjectID) > 0 && !slices.ContainsFunc(r.ObjectID, below)) || slices.ContainsFunc(r.Except, below) {
		return false
	}
	return strings.HasPrefix(sys.rawDescr, r.DescrPrefix) && (r.Descr == nil || r.Descr.MatchString(sys.rawDescr))
}

func (r *rule) answered(v gosnmp.SnmpPDU) bool {
	if r.Answers == "" {
		return true
	}
	if v.Name == "" || !present(v.Type) {
		return false
	}
	s := text(v.Value)
	if r.Matches != nil && !r.Matches.MatchString(s) {
		return false
	}
	return len(r.Contains) == 0 || slices.ContainsFunc(r.Contains, func(part string) bool { return strings.Contains(s, part) })
}

package snmpdirect

import "github.com/gosnmp/gosnmp"

const maxObjects = 20 // in one GET; many agents answer no more

// get reads objects by their dotted names, leading dot included. The result is in the same order; what the device does
// not have is of type NoSuchInstance or NoSuchObject.
func (s *session) get(names []string) ([]gosnmp.SnmpPDU, error) {
	all := make([]gosnmp.SnmpPDU, 0, len(names))
	for len(names) > 0 {
		n := min(maxObjects, len(names))
		part, err := s.getPart(names[:n])
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
		names = names[n:]
	}
	return all, nil
}

func (s *session) getPart(names []string) ([]gosnmp.SnmpPDU, error) {
	missing := map[string]bool{} // objects that a v1 agent refused the whole request for
	for {
		asked := make([]string, 0, len(names))
		for _, n := range names {
			if !missing[n] {
				asked = append(asked, n)
			}
		}
		var got []gosnmp.SnmpPDU
		if len(asked) > 0 {
			p, err := s.exchange(ask(gosnmp.GetRequest, asked))
			if err != nil {
				return nil, err
			}
			switch i := int(p.ErrorIndex) - 1; {
			case p.Error == gosnmp.NoSuchName && i >= 0 && i < len(asked):
				missing[asked[i]] = true
				continue
			case p.Error == gosnmp.TooBig && len(asked) > 1:
				return s.getHalves(names)
			case p.Error != gosnmp.NoError:
				return nil, &failure{class: classStatus, status: p.Error}
			case len(p.Variables) != len(asked):
				return nil, &failure{class: classMalformed}
			}
			got = p.Variables
		}
		all := make([]gosnmp.SnmpPDU, 0, len(names))
		for _, n := range names {
			if missing[n] {
				all = append(all, gosnmp.SnmpPDU{Name: n, Type: gosnmp.NoSuchInstance})
				continue
			}
			if got[0].Name != n {
				return nil, &failure{class: classMalformed}
			}
			all, got = append(all, got[0]), got[1:]
		}
		return all, nil
	}
}

func (s *session) getHalves(names []string) ([]gosnmp.SnmpPDU, error) {
	first, err := s.getPart(names[:len(names)/2])
	if err != nil {
		return nil, err
	}
	second, err := s.getPart(names[len(names)/2:])
	return append(first, second...), err
}

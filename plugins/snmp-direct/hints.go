package snmpdirect

import (
	"maps"
	"slices"
)

// The marks by which a device says that a table of its has changed.
const (
	markInterfaces = ".1.3.6.1.2.1.31.1.5.0"     // ifTableLastChange
	markVLANs      = ".1.3.6.1.2.1.17.7.1.1.4.0" // dot1qNumVlans
	markNeighbours = ".1.0.8802.1.1.2.1.2.1.0"   // lldpStatsRemTablesLastChangeTime
	markEntity     = ".1.3.6.1.2.1.47.1.4.1.0"   // entLastChangeTime
)

// hints are the marks that a device has, with their latest values. They are asked for with the system group of every
// poll; those that a device lacks are not, as an SNMPv1 agent refuses the whole question for each.
type hints map[string]int64

func (h hints) known() []string { return slices.Sorted(maps.Keys(h)) }

// readHints finds out which marks the device has.
func (h hints) read(s *session) error {
	got, err := s.get([]string{markInterfaces, markVLANs, markNeighbours, markEntity})
	if err != nil {
		return err
	}
	clear(h)
	for _, v := range got {
		if n, ok := integer(v.Value); ok && present(v.Type) {
			h[v.Name] = n
		}
	}
	return nil
}

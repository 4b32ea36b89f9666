package identity

import (
	"strings"

	"github.com/quorate/quorate/device"
)

// Linked returns the device that a link leads to: the only one that has its MAC, else its address, else its name, whether
// as a host name or as what the device is called. It is false where nobody or more than one does.
func (s *State) Linked(l *device.Link) (device.ID, bool) {
	idx := s.indexFor(nil)
	if mac, ok := parseMAC(l.MAC); ok {
		if id, ok := idx.only(Key{KindMAC, mac}); ok {
			return id, true
		}
	}
	if a, ok := parseAddress(l.Address); ok && idx.rules.evidence(a) {
		if id, ok := idx.only(Key{KindAddress, a.String()}); ok {
			return id, true
		}
	}
	name, _ := idx.rules.hostname(l.Name)
	if name == "" {
		return "", false
	}
	if id, ok := idx.only(Key{KindHostname, name}); ok {
		return id, true
	}
	if len(idx.holders[Key{KindHostname, name}]) > 0 {
		return "", false
	}
	called := idx.names[strings.ToLower(strings.TrimSpace(l.Name))]
	if len(called) == 0 {
		called = idx.names[name]
	}
	if len(called) != 1 {
		return "", false
	}
	return called[0], true
}

// SameMAC reports whether two MACs are one, in whatever notation and also where they are no evidence.
func SameMAC(a, b string) bool {
	x, okX := macBytes(a)
	y, okY := macBytes(b)
	return okX && okY && x == y && x != [6]byte{}
}

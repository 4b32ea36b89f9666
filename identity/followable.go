package identity

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/quorate/quorate/device"
)

// Followable is a device that sources report, as a source is told of it that looks at what others report.
type Followable struct {
	ID   device.ID
	Name string
	// Addresses are where it is now: IPv4 before IPv6, then those that most refs have, then by value.
	Addresses []netip.Addr
}

// Followable returns, by id, the devices of which other sources than source know an address that can be evidence, with at
// most so many addresses each. Only refs count that their sources have now, that follow nothing themselves and of which it
// is known whose they are. A device that source has a ref of its own for is left out.
func (s *State) Followable(source string, addresses int) []Followable {
	idx := s.indexFor(nil)
	out := make([]Followable, 0, len(idx.members))
	for id, members := range idx.members {
		d := s.Devices[id]
		if d == nil || d.Gone() {
			continue
		}
		if found := followed(source, members); len(found) > 0 {
			out = append(out, Followable{ID: id, Name: d.Name, Addresses: found[:min(len(found), addresses)]})
		}
	}
	slices.SortFunc(out, func(a, b Followable) int { return compareIDs(a.ID, b.ID) })
	return out
}

// spot is an address and how many refs of a device have it.
type spot struct {
	netip.Addr
	refs int
}

// followed returns the addresses of a device for source; none where it has a ref of its own.
func followed(source string, members []*entry) []netip.Addr {
	var spots []spot
	for _, e := range members {
		switch {
		case !e.AbsentSince.IsZero(), e.follows():
			continue
		case e.Source == source:
			return nil
		case e.Weak, e.Held != "":
			continue
		}
		for _, text := range e.keys.Addresses {
			a, err := netip.ParseAddr(text)
			if err != nil {
				continue // keys are addresses: it never is
			}
			if i := slices.IndexFunc(spots, func(s spot) bool { return s.Addr == a }); i >= 0 {
				spots[i].refs++
			} else {
				spots = append(spots, spot{a, 1})
			}
		}
	}
	slices.SortFunc(spots, func(a, b spot) int {
		return cmp.Or(cmp.Compare(a.BitLen(), b.BitLen()), cmp.Compare(b.refs, a.refs), a.Compare(b.Addr))
	})
	found := make([]netip.Addr, len(spots))
	for i := range spots {
		found[i] = spots[i].Addr
	}
	return found
}

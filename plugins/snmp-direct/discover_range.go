package snmpdirect

import (
	"iter"
	"net"
	"net/netip"
)

// addresses are those that may be asked, each once, in order: within the ranges, not excluded, and none that stands for a
// whole network. Where a range is larger than a /24, what ends in 0 or 255 is left out as well: it may be divided into
// networks of which nobody here knows.
func (s *search) addresses() iter.Seq[netip.Addr] {
	broadcast := broadcasts()
	return func(yield func(netip.Addr) bool) {
		for n, p := range s.ranges {
			for a := p.Addr(); p.Contains(a); a = a.Next() {
				if !forAll(p, a) && !broadcast[a] && !inAny(s.exclude, a) && !inAny(s.ranges[:n], a) && !yield(a) {
					return
				}
			}
		}
	}
}

func inAny(all []netip.Prefix, a netip.Addr) bool {
	for _, p := range all {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// forAll reports whether a is the address of p itself, or its broadcast address, or may be that of a part of it.
func forAll(p netip.Prefix, a netip.Addr) bool {
	if !a.Is4() {
		return a == p.Addr() && p.Bits() < 127 // the anycast address of the routers
	}
	if p.Bits() >= 31 {
		return false
	}
	last := a.As4()[3]
	return a == p.Addr() || !p.Contains(a.Next()) || (p.Bits() < 24 && (last == 0 || last == 255))
}

// broadcasts are the broadcast addresses of this machine's own networks.
func broadcasts() map[netip.Addr]bool {
	all := map[netip.Addr]bool{}
	list, _ := net.InterfaceAddrs() // without them the ranges' own remain
	for _, n := range list {
		ip, ok := n.(*net.IPNet)
		if !ok || ip.IP.To4() == nil || len(ip.Mask) != net.IPv4len {
			continue
		}
		b := [4]byte(ip.IP.To4())
		for i := range b {
			b[i] |= ^ip.Mask[i]
		}
		if ones, _ := ip.Mask.Size(); ones < 31 {
			all[netip.AddrFrom4(b)] = true
		}
	}
	return all
}

package reach

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// single reports whether a can be the address of one host, by itself: no multicast, broadcast or unspecified address.
func single(a netip.Addr) bool {
	if a.Is4() {
		first := a.As4()[0]
		return first > 0 && first < 224 // beyond are multicast, what was never given out, and broadcast
	}
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast()
}

// reportable reports whether an address that another source reports may be looked at. What ends in .0 or .255 is often a
// whole network, and nobody reported how long its prefix is.
func reportable(a netip.Addr) bool {
	if !single(a) || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	return !edge(a)
}

func edge(a netip.Addr) bool {
	last := byte(1)
	if a.Is4() {
		last = a.As4()[3]
	}
	return last == 0 || last == 255
}

// neighbourhood is what this machine's interfaces say of addresses.
type neighbourhood struct {
	own      map[netip.Addr]bool
	prefixes []netip.Prefix
}

// lookAround asks the system for this machine's addresses.
func lookAround() (neighbourhood, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return neighbourhood{}, errors.New("the system does not tell this machine's addresses")
	}
	n := neighbourhood{own: make(map[netip.Addr]bool, len(all))}
	for _, a := range all {
		p, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		n.own[p.Addr()] = true
		n.prefixes = append(n.prefixes, p)
	}
	return n, nil
}

// whole reports whether a names a whole network at one of this machine's interfaces: its first or last address.
func (n neighbourhood) whole(a netip.Addr) bool {
	return a.Is4() && slices.ContainsFunc(n.prefixes, func(p netip.Prefix) bool {
		return p.Bits() <= 30 && !p.Addr().IsLoopback() && p.Contains(a) && (a == p.Masked().Addr() || !p.Contains(a.Next()))
	})
}

// exclusions is what is not followed.
type exclusions struct {
	prefixes []netip.Prefix
	names    map[string]bool // in lower case
}

// parseExclusions reads addresses, prefixes, and takes everything else for the name of a device.
func parseExclusions(list []string) (exclusions, error) {
	e := exclusions{names: map[string]bool{}}
	for _, s := range list {
		if p, err := netip.ParsePrefix(s); err == nil {
			e.prefixes = append(e.prefixes, p.Masked())
		} else if a, err := netip.ParseAddr(s); err == nil {
			e.prefixes = append(e.prefixes, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
		} else if s == "" || strings.Contains(s, "/") {
			return e, fmt.Errorf("\"exclude\": %.80q is no address, prefix or name of a device", s)
		} else {
			e.names[strings.ToLower(s)] = true
		}
	}
	return e, nil
}

func (e exclusions) device(name string) bool { return e.names[strings.ToLower(name)] }

func (e exclusions) address(a netip.Addr) bool {
	return slices.ContainsFunc(e.prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// translation is a prefix as others know it, and as it is seen from here.
type translation struct{ from, to netip.Prefix }

// translations are ordered by the length of their prefix, the longest first.
type translations []translation

func parseTranslations(m map[string]string) (translations, error) {
	var all translations
	for from, to := range m {
		f, errFrom := netip.ParsePrefix(from)
		t, errTo := netip.ParsePrefix(to)
		switch {
		case errFrom != nil:
			return nil, fmt.Errorf("\"nat\": %.60q is no prefix such as \"192.0.2.0/24\"", from)
		case errTo != nil:
			return nil, fmt.Errorf("\"nat\": %.60q is no prefix such as \"198.51.100.0/24\"", to)
		case f.Bits() != t.Bits() || f.Addr().Is4() != t.Addr().Is4():
			return nil, fmt.Errorf("\"nat\": %s and %s are not equally long", f, t)
		}
		all = append(all, translation{f.Masked(), t.Masked()})
	}
	slices.SortFunc(all, func(a, b translation) int {
		return cmp.Or(cmp.Compare(b.from.Bits(), a.from.Bits()), a.from.Addr().Compare(b.from.Addr()))
	})
	return all, nil
}

// seen returns the address under which a is seen from here.
func (ts translations) seen(a netip.Addr) netip.Addr {
	for _, t := range ts {
		if !t.from.Contains(a) {
			continue
		}
		from, to := a.AsSlice(), t.to.Addr().AsSlice()
		for i := range from {
			mask := byte(0xff)
			if bits := t.from.Bits() - 8*i; bits >= 8 {
				mask = 0
			} else if bits > 0 {
				mask >>= bits
			}
			to[i] |= from[i] & mask
		}
		b, _ := netip.AddrFromSlice(to)
		return b
	}
	return a
}

package librenms

import (
	"encoding/hex"
	"net"
	"net/netip"
	"strings"
)

// hardware is a MAC address as a number, 0 for none. A lab has hundreds of thousands of them.
type hardware uint64

// parseHardware reads a MAC as the API writes it, twelve digits without separators, or in any of the usual notations.
func parseHardware(s string) hardware {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 6 {
		if b, err = net.ParseMAC(s); err != nil || len(b) != 6 {
			return 0
		}
	}
	var h hardware
	for _, octet := range b {
		h = h<<8 | hardware(octet)
	}
	return h
}

// String writes it as the data contract wants it, "" for none.
func (h hardware) String() string {
	if h == 0 {
		return ""
	}
	b := make(net.HardwareAddr, 6)
	for i := range b {
		b[i] = byte(h >> (40 - 8*i))
	}
	return b.String()
}

// group reports whether it is a multicast or the broadcast address, which nothing owns.
func (h hardware) group() bool { return h>>40&1 != 0 }

// names reports whether it says who a device is: not none, not a group's, not made up locally (bridges, containers and
// virtual machines do that, often the same on every host), not a virtual router's.
func (h hardware) names() bool {
	const virtualRouter4, virtualRouter6 = 0x00005e0001, 0x00005e0002
	return h != 0 && h>>40&3 == 0 && h>>8 != virtualRouter4 && h>>8 != virtualRouter6
}

// useful reports whether an address can say who a device is.
func useful(a netip.Addr) bool {
	return a.IsValid() && !a.IsUnspecified() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !a.IsMulticast() &&
		a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// parseAddress reads an address of either family, the zero Addr for none.
func parseAddress(s string) netip.Addr {
	a, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

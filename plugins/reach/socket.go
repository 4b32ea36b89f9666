package reach

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// socket sends and receives the ICMP messages of one address family.
type socket interface {
	ReadFrom(b []byte) (int, net.Addr, error)
	WriteTo(b []byte, to net.Addr) (int, error)
	Close() error
}

// errNotPermitted says that this process may not send echoes.
var errNotPermitted = errors.New("ICMP is not permitted")

// openSocket opens a datagram socket, which needs no privilege where the system lets this group send echoes, and a raw one
// where it does not. On a raw socket every ICMP message of this machine arrives: the kernel is told to keep the others.
func openSocket(v6 bool, source netip.Addr) (s socket, datagram bool, err error) {
	kinds, any := []string{"udp4", "ip4:icmp"}, "0.0.0.0"
	if v6 {
		kinds, any = []string{"udp6", "ip6:ipv6-icmp"}, "::"
	}
	if source.IsValid() && source.Is4() != v6 {
		any = source.String()
	}
	var last error
	for i, kind := range kinds {
		c, err := icmp.ListenPacket(kind, any)
		if err != nil {
			last = err
			continue
		}
		if i == 1 {
			if err := onlyOurs(c, v6); err != nil {
				_ = c.Close()
				return nil, false, plain(err)
			}
		}
		return c, i == 0, nil
	}
	if errors.Is(last, syscall.EPERM) || errors.Is(last, syscall.EACCES) {
		return nil, false, errNotPermitted
	}
	return nil, false, plain(last)
}

func onlyOurs(c *icmp.PacketConn, v6 bool) error {
	if v6 {
		var f ipv6.ICMPFilter
		f.SetAll(true)
		f.Accept(ipv6.ICMPTypeEchoReply)
		f.Accept(ipv6.ICMPTypeDestinationUnreachable)
		if err := c.IPv6PacketConn().SetICMPFilter(&f); err != nil {
			return fmt.Errorf("set a filter: %w", err)
		}
		return nil
	}
	var f ipv4.ICMPFilter
	f.SetAll(true)
	f.Accept(ipv4.ICMPTypeEchoReply)
	f.Accept(ipv4.ICMPTypeDestinationUnreachable)
	if err := c.IPv4PacketConn().SetICMPFilter(&f); err != nil {
		return fmt.Errorf("set a filter: %w", err)
	}
	return nil
}

// address returns the kind of address that the socket sends to.
func address(a netip.Addr, datagram bool) net.Addr {
	if datagram {
		return &net.UDPAddr{IP: a.AsSlice(), Zone: a.Zone()}
	}
	return &net.IPAddr{IP: a.AsSlice(), Zone: a.Zone()}
}

// sender returns who sent a message, as address spells it.
func sender(a net.Addr) netip.Addr {
	var ip net.IP
	var zone string
	switch a := a.(type) {
	case *net.UDPAddr:
		ip, zone = a.IP, a.Zone
	case *net.IPAddr:
		ip, zone = a.IP, a.Zone
	}
	from, _ := netip.AddrFromSlice(ip)
	return from.Unmap().WithZone(zone)
}

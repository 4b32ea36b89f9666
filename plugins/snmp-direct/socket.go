package snmpdirect

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// socket carries datagrams to one device and hands over whatever arrives, with its source. It belongs to one goroutine,
// but for close.
type socket interface {
	send(datagram []byte) error
	// receive waits for one datagram until the given time, and fills b with it.
	receive(b []byte, until time.Time) (n int, from netip.AddrPort, err error)
	close()
}

// dial opens a socket for the device at a.host and returns the address that it will ask. It sends nothing but a name
// query where the host is a name.
func dial(ctx context.Context, a *access) (socket, netip.AddrPort, error) {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	network := "ip" + a.transport[3:] // of udp, udp4, udp6 and tcp
	addresses, err := lookup(ctx, network, a.host)
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	for _, ip := range addresses {
		at := netip.AddrPortFrom(ip.Unmap(), a.port)
		var s socket
		if a.transport == "tcp" {
			s, err = dialStream(ctx, at)
		} else {
			s, err = dialPacket(at, len(addresses) > 1)
		}
		if err == nil {
			return s, at, nil
		}
	}
	return nil, netip.AddrPort{}, err
}

func lookup(ctx context.Context, network, host string) ([]netip.Addr, error) {
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return net.DefaultResolver.LookupNetIP(ctx, network, host)
	case network == "ip4" && !ip.Unmap().Is4(), network == "ip6" && ip.Unmap().Is4():
		return nil, errors.New("the address is of the other family")
	}
	return []netip.Addr{ip}, nil
}

// dialPacket opens the UDP socket for one address. Of several addresses of a name the first that has a route is right:
// only a connected socket tells, at once.
func dialPacket(at netip.AddrPort, choose bool) (socket, error) {
	if choose {
		probe, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(at))
		if err != nil {
			return nil, err
		}
		_ = probe.Close()
	}
	return listenPacket(at)
}

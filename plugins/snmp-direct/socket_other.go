//go:build !linux

package snmpdirect

import (
	"net"
	"net/netip"
)

func listenPacket(at netip.AddrPort) (socket, error) {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	return connected{conn, at}, nil
}

//go:build !linux

package snmpdirect

import (
	"net"
	"net/netip"
	"time"
)

// connected is a UDP socket for systems whose unconnected ones do not hear of refusals: answers from another address
// are dropped unseen.
type connected struct {
	conn *net.UDPConn
	at   netip.AddrPort
}

func (c connected) send(datagram []byte) error {
	_, err := c.conn.Write(datagram)
	return err
}

func (c connected) receive(b []byte, until time.Time) (int, netip.AddrPort, error) {
	if err := c.conn.SetReadDeadline(until); err != nil {
		return 0, netip.AddrPort{}, err
	}
	n, err := c.conn.Read(b)
	return n, c.at, err
}

func (c connected) close() { _ = c.conn.Close() }

func listenPacket(at netip.AddrPort) (socket, error) {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	return connected{conn, at}, nil
}

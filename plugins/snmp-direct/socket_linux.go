package snmpdirect

import (
	"net"
	"net/netip"
	"syscall"
	"time"
)

// unconnected is a UDP socket that sees answers from any address, so that a device that answers from another one can be
// told from a silent one. A connected socket would drop them.
type unconnected struct {
	conn *net.UDPConn
	at   netip.AddrPort
}

// listenPacket opens an unconnected socket. IP_RECVERR makes it hear of ICMP errors as a connected one would.
func listenPacket(at netip.AddrPort) (socket, error) {
	network, level, option := "udp4", syscall.IPPROTO_IP, syscall.IP_RECVERR
	if at.Addr().Is6() {
		network, level, option = "udp6", syscall.IPPROTO_IPV6, syscall.IPV6_RECVERR
	}
	conn, err := net.ListenUDP(network, nil)
	if err != nil {
		return nil, err
	}
	raw, err := conn.SyscallConn()
	if err == nil {
		var inner error
		err = raw.Control(func(fd uintptr) { inner = syscall.SetsockoptInt(int(fd), level, option, 1) })
		if err == nil {
			err = inner
		}
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return unconnected{conn, at}, nil
}

func (u unconnected) send(datagram []byte) error {
	_, err := u.conn.WriteToUDPAddrPort(datagram, u.at)
	return err
}

func (u unconnected) receive(b []byte, until time.Time) (int, netip.AddrPort, error) {
	if err := u.conn.SetReadDeadline(until); err != nil {
		return 0, netip.AddrPort{}, err
	}
	n, from, err := u.conn.ReadFromUDPAddrPort(b)
	return n, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), err
}

func (u unconnected) close() { _ = u.conn.Close() }

package snmpagent

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// maxLate bounds the replies that wait to be sent late; what comes beyond it is not sent at all.
const maxLate = 256

// socket answers what arrives at one UDP port. It has one goroutine that reads, and one for each reply that is sent
// late; close waits for all of them.
type socket struct {
	conn   *net.UDPConn
	pick   func(community string) *Agent // nil where nobody answers to it
	closed chan struct{}
	late   chan struct{} // a token for each late reply
	wg     sync.WaitGroup
}

// listen opens the address, "127.0.0.1:0" for any port, and starts to answer.
func listen(addr string, pick func(community string) *Agent) (*socket, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("snmp agent: listen address: %w", err)
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, fmt.Errorf("snmp agent: %w", err)
	}
	s := &socket{conn: conn, pick: pick, closed: make(chan struct{}), late: make(chan struct{}, maxLate)}
	s.wg.Go(s.serve)
	return s, nil
}

func (s *socket) addr() string { return s.conn.LocalAddr().String() }

func (s *socket) close() error {
	close(s.closed)
	err := s.conn.Close()
	s.wg.Wait()
	return err
}

func (s *socket) serve() {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		req := decode(buf[:n])
		community := ""
		if req != nil {
			community = req.Community
		}
		a := s.pick(community)
		if a == nil {
			continue
		}
		out, wait, f := a.answer(req)
		if out == nil {
			continue
		}
		if f.Late > 0 {
			s.later(f.Late, func() { s.deliver(a, out, from, &f) })
			continue
		}
		if !s.wait(wait) {
			return
		}
		s.deliver(a, out, from, &f)
	}
}

// wait reports whether the socket is still open after d.
func (s *socket) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.closed:
		return false
	}
}

func (s *socket) later(d time.Duration, send func()) {
	select {
	case s.late <- struct{}{}:
	default:
		return
	}
	s.wg.Go(func() {
		defer func() { <-s.late }()
		if s.wait(d) {
			send()
		}
	})
}

func (s *socket) deliver(a *Agent, reply []byte, to netip.AddrPort, f *Faults) {
	if f.Mutate != nil {
		if reply = f.Mutate(reply); reply == nil {
			return
		}
	}
	conn := s.conn
	if f.OtherPort || f.OtherAddr.IsValid() {
		from := conn.LocalAddr().(*net.UDPAddr).IP
		if f.OtherAddr.IsValid() {
			from = f.OtherAddr.AsSlice()
		}
		other, err := net.ListenUDP("udp", &net.UDPAddr{IP: from})
		if err != nil {
			return
		}
		defer func() { _ = other.Close() }()
		conn = other
	}
	for _, b := range a.outgoing(reply, f) {
		_, _ = conn.WriteToUDPAddrPort(b, to) // a datagram that is lost is the asker's business
	}
}

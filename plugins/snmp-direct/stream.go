package snmpdirect

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"
)

// stream is SNMP over TCP (RFC 3430): messages follow each other, and the length of each stands in its first octets.
type stream struct {
	conn net.Conn
	at   netip.AddrPort
	have []byte // the begun message: a deadline may fall into its middle
}

var errNoMessage = errors.New("what came is no message, or one that is too long")

func dialStream(ctx context.Context, at netip.AddrPort) (socket, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", at.String())
	if err != nil {
		return nil, err
	}
	return &stream{conn: conn, at: at}, nil
}

func (s *stream) send(datagram []byte) error {
	_, err := s.conn.Write(datagram)
	return err
}

func (s *stream) receive(b []byte, until time.Time) (int, netip.AddrPort, error) {
	if err := s.conn.SetReadDeadline(until); err != nil {
		return 0, s.at, err
	}
	for {
		whole, err := messageLength(s.have)
		if err != nil || whole > len(b) {
			return 0, s.at, errNoMessage
		}
		if whole > 0 && len(s.have) >= whole {
			n := copy(b, s.have[:whole])
			s.have = append(s.have[:0], s.have[whole:]...)
			return n, s.at, nil
		}
		n, err := s.conn.Read(b)
		s.have = append(s.have, b[:n]...)
		if err != nil && n == 0 {
			return 0, s.at, err
		}
	}
}

func (s *stream) close() { _ = s.conn.Close() }

// messageLength is the length of the message that b begins with; 0 means that b is too short to tell.
func messageLength(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	r := ber{b: b}
	_, n, err := r.header()
	switch {
	case b[0] != tagSequence:
		return 0, errNoMessage
	case errors.Is(err, io.ErrUnexpectedEOF):
		return 0, nil
	case err != nil:
		return 0, err
	}
	return r.at + n, nil
}

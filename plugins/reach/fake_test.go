package reach

import (
	"context"
	"encoding/json"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/quorate/quorate/device"
)

// packet is one ICMP message, and who sent it or is to get it.
type packet struct {
	peer netip.Addr
	b    []byte
}

// fakeSocket is a network in which answer says what comes back for each request.
type fakeSocket struct {
	answer func(request packet, n int) []packet

	mu     sync.Mutex
	sent   []packet
	in     chan packet
	closed chan struct{}
}

func newFakeSocket(answer func(request packet, n int) []packet) *fakeSocket {
	return &fakeSocket{answer: answer, in: make(chan packet, 1<<12), closed: make(chan struct{})}
}

func (s *fakeSocket) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-s.in:
		return copy(b, p.b), address(p.peer, false), nil
	case <-s.closed:
		return 0, nil, net.ErrClosed
	}
}

func (s *fakeSocket) WriteTo(b []byte, to net.Addr) (int, error) {
	s.mu.Lock()
	p := packet{sender(to), slices.Clone(b)}
	s.sent = append(s.sent, p)
	n := len(s.sent)
	s.mu.Unlock()
	for _, a := range s.answer(p, n) {
		s.in <- a
	}
	return len(b), nil
}

func (s *fakeSocket) Close() error {
	close(s.closed)
	return nil
}

// echoed is the right answer to a request over IPv4.
func echoed(request packet) packet {
	b := slices.Clone(request.b)
	b[0] = 0
	return packet{request.peer, b}
}

// lostAt is a "destination unreachable" about a request over IPv4, sent by a router.
func lostAt(router netip.Addr, request packet) packet {
	b := make([]byte, 8+20, 8+20+len(request.b))
	b[0], b[1] = 3, 1
	b[8], b[8+9] = 0x45, 1
	to := request.peer.As4()
	copy(b[8+16:], to[:])
	return packet{router, append(b, request.b...)}
}

// onFake returns a source whose IPv4 echoes go to the socket; nothing else leaves it.
func onFake(t testing.TB, s *fakeSocket, config map[string]any) *Source {
	t.Helper()
	src := newSource()
	src.open = func(v6 bool, _ netip.Addr) (socket, bool, error) {
		if v6 {
			return newFakeSocket(func(packet, int) []packet { return nil }), false, nil
		}
		s.closed = make(chan struct{}) // opened anew
		return s, false, nil
	}
	src.connect = func(context.Context, netip.AddrPort) error { return os.ErrDeadlineExceeded }
	configure(t, src, config)
	return src
}

func configure(t testing.TB, s *Source, config map[string]any) {
	t.Helper()
	b, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Configure(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func targets(addresses ...string) []map[string]any {
	var all []map[string]any
	for _, a := range addresses {
		all = append(all, map[string]any{"name": a, "address": a})
	}
	return all
}

// poll returns what a poll says, by ref.
func poll(t testing.TB, s *Source) map[string]device.Observation {
	t.Helper()
	all := map[string]device.Observation{}
	err := s.Poll(t.Context(), func(o device.Observation) error {
		if err := o.Validate(); err != nil {
			t.Errorf("%s: %v", o.Ref, err)
		}
		all[o.Ref] = o
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantSaid(t testing.TB, s *Source, want map[string]string) {
	t.Helper()
	got := poll(t, s)
	for ref, say := range want {
		if said := reachOf(got[ref]); said != say {
			t.Errorf("%s: %s, want %s", ref, said, say)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d observations, want %d", len(got), len(want))
	}
}

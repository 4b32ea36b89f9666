package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

const host = "192.0.2.10"

var router = netip.MustParseAddr("192.0.2.1")

// TestReplies: what makes a device answer, and what does not.
func TestReplies(t *testing.T) {
	t.Parallel()
	change := func(f func(b []byte)) func(packet, int) []packet {
		return func(r packet, _ int) []packet {
			a := echoed(r)
			f(a.b)
			return []packet{a}
		}
	}
	from := func(who string) func(packet, int) []packet {
		return func(r packet, _ int) []packet { return []packet{{netip.MustParseAddr(who), echoed(r).b}} }
	}
	const up, down = "up (icmp: answers)", "down/0.5 (icmp: no answer)"
	for _, c := range []struct {
		name   string
		answer func(packet, int) []packet
		want   string
		counts replies
	}{
		{"answers", change(func([]byte) {}), up, replies{taken: 1}},
		{"nothing", func(packet, int) []packet { return nil }, down, replies{}},
		{"the third echo is answered", func(r packet, n int) []packet {
			if n < 3 {
				return nil
			}
			return []packet{echoed(r)}
		}, up, replies{taken: 1}},
		{"two packets the same", func(r packet, _ int) []packet { return []packet{echoed(r), echoed(r)} }, up, replies{taken: 1, unasked: 1}},
		{"another host answers", from("192.0.2.11"), down, replies{foreign: 3}},
		{"wrong token", change(func(b []byte) { b[8] ^= 1 }), down, replies{foreign: 3}},
		{"wrong id", change(func(b []byte) { b[4] ^= 1 }), down, replies{foreign: 3}},
		{"wrong sequence number", change(func(b []byte) { b[7] ^= 1 }), down, replies{foreign: 3}},
		{"somebody's request", change(func(b []byte) { b[0] = 8 }), down, replies{foreign: 3}},
		{"cut short", func(r packet, _ int) []packet { return []packet{{r.peer, echoed(r).b[:12]}} }, down, replies{foreign: 3}},
		{"empty", func(r packet, _ int) []packet { return []packet{{r.peer, nil}} }, down, replies{foreign: 3}},
		{"a router finds nobody", func(r packet, _ int) []packet { return []packet{lostAt(router, r)} }, "down/0.5 (icmp: host unreachable)", replies{}},
		{"a router finds nobody at first", func(r packet, n int) []packet {
			if n == 1 {
				return []packet{lostAt(router, r)}
			}
			return []packet{echoed(r)}
		}, up, replies{taken: 1}},
		{"the host itself refuses", func(r packet, _ int) []packet { return []packet{lostAt(r.peer, r)} }, "up (icmp: refused)", replies{}},
		{"this machine finds nobody", func(r packet, _ int) []packet { return []packet{lostAt(netip.MustParseAddr("127.0.0.1"), r)} }, down, replies{}},
		{"a router speaks of another host", func(r packet, _ int) []packet {
			return []packet{lostAt(router, packet{netip.MustParseAddr("192.0.2.11"), r.b})}
		}, down, replies{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := onFake(t, newFakeSocket(c.answer), map[string]any{"methods": []string{"icmp"}, "timeout": "150ms", "target": targets(host)})
				wantSaid(t, s, map[string]string{host: c.want})
				// What comes just before the socket is closed may not be read any more.
				if got := s.counts; got.taken != c.counts.taken || got.unasked > c.counts.unasked || got.foreign > c.counts.foreign || got.foreign == 0 && c.counts.foreign > 0 {
					t.Errorf("%+v, want %+v", got, c.counts)
				}
			})
		})
	}
}

// TestAnswerAtTheLastMoment: an answer that is there when the time is over is taken, however late this process got to look.
func TestAnswerAtTheLastMoment(t *testing.T) {
	t.Parallel()
	for range 100 {
		replies := make(chan reply, 2)
		replies <- reply{kind: silent, words: "icmp: host unreachable"}
		replies <- reply{kind: answered, words: "icmp: answers"}
		if r, err := await(t.Context(), replies, -time.Second); err != nil || r.kind != answered {
			t.Fatalf("%+v, %v", r, err)
		}
	}
}

// TestLateAnswers: an answer that comes after its time is counted, and is no answer to the next request.
func TestLateAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var held []packet
		socket := newFakeSocket(nil)
		socket.answer = func(r packet, n int) []packet {
			if n <= 3 {
				held = append(held, echoed(r))
				return nil
			}
			return held
		}
		s := onFake(t, socket, map[string]any{"methods": []string{"icmp"}, "timeout": "60ms", "target": targets(host, "192.0.2.11")})
		k, err := s.acquire() // one socket for both looks
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if o := s.look(t.Context(), k, s.subjects[0]).observation; reachOf(o) != "down/0.5 (icmp: no answer)" {
				t.Errorf("got %s", reachOf(o))
			}
		}
		s.release()
		if s.counts.unasked == 0 || s.counts.taken != 0 {
			t.Errorf("%+v", s.counts)
		}
	})
}

// TestMethods: how many methods are silent makes the confidence, and the words say what each met.
func TestMethods(t *testing.T) {
	t.Parallel()
	timeout := os.ErrDeadlineExceeded
	type dials map[uint16]error
	for _, c := range []struct {
		name    string
		methods []string
		echo    bool
		dials   dials
		want    string
		open    error
	}{
		{name: "echo", echo: true, want: "up (icmp: answers)"},
		{name: "no echo, a port answers", dials: dials{22: nil, 443: timeout}, want: "up (icmp: no answer; tcp 22: answers)"},
		{name: "no echo, a port refuses", dials: dials{22: timeout, 443: syscall.ECONNREFUSED}, want: "up (icmp: no answer; tcp 443: refused)"},
		{name: "silence by both", dials: dials{22: timeout, 443: timeout}, want: "down (icmp: no answer; tcp 22,443: no answer)"},
		{name: "a router finds nobody", dials: dials{22: syscall.EHOSTUNREACH, 443: timeout}, want: "down (icmp: no answer; tcp 22,443: no answer)"},
		{name: "no echo, and nothing could be connected", dials: dials{22: syscall.EMFILE, 443: syscall.EPERM}, want: "down/0.5 (icmp: no answer)"},
		{name: "icmp alone", methods: []string{"icmp"}, want: "down/0.5 (icmp: no answer)"},
		{name: "tcp alone", methods: []string{"tcp"}, echo: true, dials: dials{22: timeout, 443: timeout}, want: "down/0.5 (tcp 22,443: no answer)"},
		{name: "tcp first", methods: []string{"tcp", "icmp"}, echo: true, dials: dials{22: timeout, 443: timeout}, want: "up (tcp 22,443: no answer; icmp: answers)"},
		{name: "icmp is not permitted", open: errNotPermitted, dials: dials{22: timeout, 443: timeout}, want: "down/0.5 (tcp 22,443: no answer)"},
		{name: "icmp is not permitted, a port answers", open: errNotPermitted, dials: dials{22: nil, 443: timeout}, want: "up (tcp 22: answers)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				config := map[string]any{"timeout": "80ms", "ports": []string{"22", "443"}, "target": targets(host, "192.0.2.11")}
				if c.methods != nil {
					config["methods"] = c.methods
				}
				s := onFake(t, newFakeSocket(func(r packet, _ int) []packet {
					if c.echo || r.peer.String() != host {
						return []packet{echoed(r)}
					}
					return nil
				}), config)
				if c.open != nil {
					s.open = func(bool, netip.Addr) (socket, bool, error) { return nil, false, c.open }
				}
				s.connect = func(_ context.Context, to netip.AddrPort) error {
					if to.Addr().String() != host {
						return nil
					}
					return c.dials[to.Port()]
				}
				for range 2 { // the same words each time
					if got := reachOf(poll(t, s)[host]); got != c.want {
						t.Errorf("got %s, want %s", got, c.want)
					}
				}
			})
		})
	}
}

// TestOurOwnFailures: what this machine cannot do is no word on a device, and where nothing else came of a poll it fails.
func TestOurOwnFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, errno := range []syscall.Errno{syscall.ENETUNREACH, syscall.EPERM, syscall.EMFILE, syscall.EADDRNOTAVAIL, syscall.ENOBUFS} {
			s := onFake(t, nil, map[string]any{"methods": []string{"tcp"}, "timeout": "80ms", "target": targets(host, "192.0.2.11")})
			both := true
			s.connect = func(_ context.Context, to netip.AddrPort) error {
				if both || to.Addr().String() == host {
					return &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", errno)}
				}
				return nil
			}
			err := s.Poll(t.Context(), func(o device.Observation) error { t.Errorf("%s", reachOf(o)); return nil })
			if !errors.Is(err, errno) {
				t.Errorf("%v: the poll says %v", errno, err)
			}
			both = false
			wantSaid(t, s, map[string]string{host: "unknown", "192.0.2.11": "up (tcp 22: answers)"})
		}
		s := onFake(t, nil, map[string]any{"methods": []string{"icmp"}, "target": targets(host)})
		s.open = func(bool, netip.Addr) (socket, bool, error) { return nil, false, errNotPermitted }
		if err := s.Poll(t.Context(), nil); err == nil || err.Error() != `ICMP is not permitted, and "methods" has nothing else: `+permit {
			t.Errorf("nothing is permitted: %v", err)
		}
	})
}

// TestAddresses: one address that answers is enough, and all of them are silent before a device is down.
func TestAddresses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		alive := map[string]bool{}
		asked := map[string]int{}
		network := func() *fakeSocket {
			return newFakeSocket(func(r packet, _ int) []packet {
				mu.Lock()
				defer mu.Unlock()
				asked[r.peer.String()]++
				if alive[r.peer.String()] {
					return []packet{echoed(r)}
				}
				return nil
			})
		}
		s := onFake(t, nil, map[string]any{"timeout": "80ms", "methods": []string{"icmp"}})
		s.open = func(v6 bool, _ netip.Addr) (socket, bool, error) { return network(), false, nil }
		f := sdk.Followed{Device: "d_1", Name: "nas"}
		for i := range 6 {
			f.Addresses = append(f.Addresses, netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", 10+i)))
		}
		if err := s.Follow(t.Context(), []sdk.Followed{f}); err != nil {
			t.Fatal(err)
		}
		live := func(all ...string) {
			mu.Lock()
			defer mu.Unlock()
			clear(alive)
			clear(asked)
			for _, a := range all {
				alive[a] = true
			}
		}
		const down = "down/0.5 (icmp: no answer; 4 addresses)"
		live("192.0.2.10", "192.0.2.11")
		wantSaid(t, s, map[string]string{"d_1": "up (icmp: answers)"})
		if asked["192.0.2.11"] != 0 {
			t.Error("the second address was asked although the first answered")
		}
		live("192.0.2.13")
		wantSaid(t, s, map[string]string{"d_1": "up (icmp: answers)"})
		live("192.0.2.13")
		wantSaid(t, s, map[string]string{"d_1": "up (icmp: answers)"})
		if asked["192.0.2.10"] != 0 {
			t.Error("the address that answered last time was not asked first")
		}
		live("192.0.2.14", "192.0.2.15") // beyond the fourth
		wantSaid(t, s, map[string]string{"d_1": down})
		if n := len(asked); n != maxAddresses {
			t.Errorf("%d addresses were asked, want %d", n, maxAddresses)
		}
	})
}

// TestNames: a target by its name, while it resolves, no longer resolves, and resolves to what is no host.
func TestNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onFake(t, nil, map[string]any{"methods": []string{"tcp"}, "timeout": "80ms", "target": targets("nas.example.net:22")})
		s.connect = func(_ context.Context, to netip.AddrPort) error {
			if to.String() != "192.0.2.10:22" {
				return os.ErrDeadlineExceeded
			}
			return nil
		}
		answer := []string(nil)
		s.resolve = func(context.Context, string) (all []netip.Addr, err error) {
			for _, a := range answer {
				all = append(all, netip.MustParseAddr(a))
			}
			if all == nil {
				err = errors.New("no such host")
			}
			return all, err
		}
		const ref = "nas.example.net:22"
		wantSaid(t, s, map[string]string{ref: "unknown"})
		answer = []string{"2001:db8::10", "::ffff:192.0.2.10"}
		wantSaid(t, s, map[string]string{ref: "up (tcp 22: answers)"})
		answer = nil // the server of names is down: the addresses of the last time stand
		o := poll(t, s)[ref]
		if reachOf(o) != "up (tcp 22: answers)" || !slices.Equal(o.Addresses, []string{"192.0.2.10", "2001:db8::10"}) || !slices.Equal(o.Hostnames, []string{"nas.example.net"}) {
			t.Errorf("%+v", o)
		}
		answer = []string{"224.0.0.1"}
		if err := s.Poll(t.Context(), nil); !errors.Is(err, syscall.EACCES) {
			t.Errorf("a name for a multicast address: %v", err)
		}
	})
}

// TestDeadline: a poll that cannot end in time fails, before the first packet where that is certain, and says what to change.
func TestDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		var all []string
		for i := range 200 {
			all = append(all, fmt.Sprintf("192.0.2.%d", i+1))
		}
		s := onFake(t, newFakeSocket(func(packet, int) []packet { sent.Add(1); return nil }), map[string]any{"rate": 10, "methods": []string{"icmp"}, "target": targets(all...)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Poll(ctx, nil); err == nil || err.Error() != `200 devices at a rate of 10 packets a second take 20s: raise "rate", or give the source a longer timeout and interval` {
			t.Errorf("got %v", err)
		}
		if sent.Load() != 0 {
			t.Errorf("%d packets left all the same", sent.Load())
		}
		s = onFake(t, newFakeSocket(func(packet, int) []packet { return nil }), map[string]any{"rate": 1000, "timeout": "10s", "methods": []string{"icmp"}, "target": targets(all...)})
		ctx, cancel = context.WithTimeoutCause(t.Context(), 500*time.Millisecond, errors.New("poll timeout 500ms"))
		defer cancel()
		if err := s.Poll(ctx, nil); err == nil || err.Error() != `200 of 200 devices were not looked at in time: give the source a longer timeout, or a higher rate: poll timeout 500ms` {
			t.Errorf("got %v", err)
		}
	})
}

// TestProbeWhilePolling: a look at one device needs no poll to end, and shares its sockets.
func TestProbeWhilePolling(t *testing.T) {
	t.Parallel()
	var sockets atomic.Int64
	s := onFake(t, nil, map[string]any{"timeout": "10s", "methods": []string{"icmp"}, "target": targets(host, "192.0.2.11")})
	s.open = func(v6 bool, _ netip.Addr) (socket, bool, error) {
		sockets.Add(1)
		return newFakeSocket(func(r packet, _ int) []packet {
			if r.peer.String() == host {
				return []packet{echoed(r)}
			}
			return nil
		}), false, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Poll(ctx, nil) }()
	for {
		o, err := s.Probe(t.Context(), host)
		if err != nil || reachOf(o) != "up (icmp: answers)" {
			t.Fatalf("%s, %v", reachOf(o), err)
		}
		s.mu.Lock()
		polling := s.users > 0 // the poll alone: the probe has ended
		s.mu.Unlock()
		if polling {
			break
		}
	}
	before := sockets.Load()
	if _, err := s.Probe(t.Context(), host); err != nil {
		t.Fatal(err)
	}
	if sockets.Load() != before {
		t.Error("the probe opened sockets of its own")
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the poll: %v", err)
	}
	if _, err := s.Probe(t.Context(), "192.0.2.12"); err == nil {
		t.Error("a probe of a device that nobody named")
	}
	if s.users != 0 || s.eyes != nil {
		t.Error("sockets stay open")
	}
}

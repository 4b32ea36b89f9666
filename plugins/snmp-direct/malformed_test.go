package snmpdirect

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// malform makes a malformed datagram of a good one, by the n-th way.
func malform(r *rand.Rand, good []byte, n int) []byte {
	b := append([]byte(nil), good...)
	at := r.IntN(len(b))
	// Where tags and lengths of the header stand, most of the time.
	head := r.IntN(min(len(b), 80))
	switch n % 12 {
	case 0:
		return b[:n/12%len(b)] // at every octet
	case 1:
		b[at] ^= 1 << r.IntN(8)
	case 2:
		b[head] ^= 1 << r.IntN(8)
	case 3:
		b[head] = 0x80 // an indefinite length
	case 4:
		b[head] = 0x84 // a length in what follows: often negative, or huge
	case 5:
		b[head] = 0xff
	case 6:
		return append(b, b[at:]...)
	case 7:
		return append(b[:at], 0x06, 0x84, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f) // a name without end
	case 8:
		copy(b[at:], []byte{0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	case 9:
		for i := range b {
			b[i] = byte(r.Uint32())
		}
	case 10:
		for range 8 {
			b[r.IntN(len(b))] = byte(r.Uint32())
		}
	case 11:
		// The header of SNMPv3 around whatever was there.
		return append([]byte{
			0x30, 0x81, byte(len(b)), 0x02, 0x01, 0x03, 0x30, 0x0d, 0x02, 0x01, byte(r.Uint32()), 0x02, 0x02, 0x05, 0xdc, 0x04, 0x01, byte(r.Uint32()), 0x02, 0x01, 0x03,
			0x04, byte(r.Uint32()), 0x30, byte(r.Uint32()), 0x04, byte(r.Uint32()),
		}, b...)
	}
	return b
}

// allocated is what this process has allocated so far, in octets.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// TestMalformedDatagrams polls a device, over UDP, that sends bursts of malformed datagrams before each answer, some of
// them in answer's place: 50,000 in all. Nothing crashes or leaks, and each costs little memory.
func TestMalformedDatagrams(t *testing.T) {
	const total, burst = 50_000, 40
	before := goleak.IgnoreCurrent()
	b := newBench(t, smallSwitch())
	relay := newRelay(t, b.agent.Addr())
	config := fmt.Sprintf(`{"request_timeout": "40ms", "retries": 1, "table_timeout": "5s", "credential": [{"version": "v2c", "name": "c", "community": "public"}], "target": [{"name": "box", "address": %q}]}`, relay.addr)
	if err := b.source.Configure(t.Context(), []byte(config)); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var made atomic.Int64 // by the relay's goroutine
	relay.set(func(_, answer []byte) [][]byte {
		var all [][]byte
		e, err := readEnvelope(answer)
		if err != nil {
			return [][]byte{answer}
		}
		id := binary.BigEndian.AppendUint32(nil, e.id)[1:]
		if len(answer) > 500 {
			answer = answer[:500:500] // bursts have to fit the socket's buffer
		}
		for range burst {
			sent := int(made.Add(1))
			d := malform(r, answer, sent)
			// A datagram with the id of the question ends the attempt: seldom enough, so that the walk gets on.
			if i := bytes.Index(d, id); i >= 0 && sent%50 != 0 {
				d[i] ^= 0x40
			}
			all = append(all, d)
		}
		return append(all, answer)
	})
	began, polls := allocated(), 0
	for deadline := time.Now().Add(4 * time.Minute); made.Load() < total && time.Now().Before(deadline); polls++ {
		b.poll() // checks what it says
		b.clock.add(time.Minute)
	}
	sent := made.Load()
	if sent < total {
		t.Errorf("only %d datagrams were sent", sent)
	}
	// A datagram is copied once, and decoded into a few times its size.
	if each := (allocated() - began) / uint64(max(sent, 1)); each > 100<<10 {
		t.Errorf("%d octets were allocated for each malformed datagram", each)
	}
	if n := b.source.targets[0].peer.ignored; n.malformed < total/10 || n.wrong < total/10 || n.late == 0 {
		t.Errorf("too little was counted: %+v", n)
	}
	relay.set(nil)
	b.patience(patient)
	if o := b.poll(); facets(o) != "reach=up mgmt=up" {
		t.Errorf("afterwards: %s", facets(o))
	}
	relay.close()
	_ = b.agent.Close()
	goleak.VerifyNone(t, before)
}

// TestMalformedDecode gives 50,000 more to the decoders, without a socket: those of v2c, and of v3 with keys.
func TestMalformedDecode(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	sessions := []*session{decodeSession(t, "v2c"), decodeSession(t, "v3")}
	answers := [][]byte{goodAnswer(t, sessions[0]), goodAnswer(t, sessions[1])}
	began := allocated()
	const total = 50_000
	for n := range total {
		s := sessions[n%2]
		d := malform(r, answers[n%2], n/2)
		e, err := readEnvelope(d)
		if err != nil {
			continue
		}
		if a, judged := s.judge(request{}, d, &e); judged == good && a == nil {
			t.Fatal("no answer and no judgement")
		}
	}
	if each := (allocated() - began) / total; each > 100<<10 {
		t.Errorf("%d octets were allocated for each malformed datagram", each)
	}
}

// decodeSession is a session of a version that never sends; its engine, of v3, is known.
func decodeSession(t testing.TB, version string) *session {
	t.Helper()
	a := community
	if version == "v3" {
		a.credential = Credential{Version: "v3", User: "quorate", AuthProtocol: "SHA-256", AuthPassword: authPassword, PrivProtocol: "AES-128", PrivPassword: privPassword}
	}
	s, err := open(t.Context(), a, &peer{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if s.usm != nil {
		if err := s.usm.use(engine{id: "an engine", boots: 1, time: 1, at: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// goodAnswer is an answer as a device would send it to this session.
func goodAnswer(t testing.TB, s *session) []byte {
	t.Helper()
	r := ask(0xa2, []string{oidDescr, oidObject, ".1.3.6.1.2.1.2.2.1.10.4294967295"})
	d, _, err := s.encode(r, 0)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestBadSockets: addresses that are none, or of no use, are local failures or say what the network says.
func TestBadSockets(t *testing.T) {
	for _, tt := range []struct{ host, transport string }{
		{"256.1.1.1", "udp"}, {"127.0.0.1", "udp6"}, {"::1", "udp4"}, {"no-such-host.invalid", "udp"}, {"127.0.0.1", "tcp"}, {"fe80::1%none", "udp"}, {strings.Repeat("a", 300), "udp"},
	} {
		a := community
		a.host, a.transport, a.timeout = tt.host, tt.transport, 100*time.Millisecond
		s, err := open(t.Context(), a, &peer{}, nil)
		if err == nil {
			_, err = s.get([]string{oidDescr})
			s.close()
		}
		if err == nil || ended(err) {
			t.Errorf("%s over %s: %v", tt.host, tt.transport, err)
		}
	}
}

// TestStream asks an agent over TCP that sends its answers in small pieces, and one that hangs up.
func TestStream(t *testing.T) {
	agent := snmpagent.New(smallSwitch(), snmpagent.Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		b := make([]byte, maxDatagram)
		for range 3 {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			for _, o := range agent.Answer(b[:n]) {
				_, _ = conn.Write([]byte{o})
			}
		}
	}()
	a := community
	a.port, a.transport = uint16(l.Addr().(*net.TCPAddr).Port), "tcp"
	s, err := open(t.Context(), a, &peer{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for range 3 {
		got, err := s.get([]string{oidDescr, oidName})
		if err != nil || len(got) != 2 || text(got[1].Value) != "switch" {
			t.Fatalf("%v, %v", got, err)
		}
	}
	if _, err := s.get([]string{oidDescr}); err == nil || asFailure(err).class != classClosed {
		t.Errorf("after the end: %v", err)
	}
	_ = l.Close()
	<-served
}

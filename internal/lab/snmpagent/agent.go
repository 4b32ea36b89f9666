package snmpagent

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/gosnmp/gosnmp"
)

// DefaultMaxSize is the largest datagram that an agent sends: what fits an Ethernet frame, with room for tunnels.
const DefaultMaxSize = 1400

// Options is how an agent is set up.
type Options struct {
	Community string           // default "public"
	Addr      string           // where to listen; default "127.0.0.1:0"
	MaxSize   int              // the largest datagram sent; default DefaultMaxSize
	Clock     func() time.Time // moves uptimes and counters; default time.Now
	Seed      uint64           // of Faults.Drop
}

// Agent answers SNMP requests from its own copy of a recording. Its methods may be called concurrently.
type Agent struct {
	community string
	addr      string
	maxSize   int
	clock     func() time.Time

	mu       sync.Mutex // guards what follows
	live     []live
	original []entry
	faults   Faults
	random   *rand.Rand
	requests int
	conn     *net.UDPConn
	closed   chan struct{}
	ended    chan struct{}
}

// New makes an agent that does not listen yet. It copies rec, which may serve several agents.
func New(rec *Recording, o Options) *Agent {
	if o.Community == "" {
		o.Community = "public"
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.MaxSize <= 0 {
		o.MaxSize = DefaultMaxSize
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	rec.sort()
	a := &Agent{
		community: o.Community, addr: o.Addr, maxSize: o.MaxSize, clock: o.Clock,
		random: rand.New(rand.NewPCG(o.Seed, 0)), original: rec.entries,
	}
	a.live = enliven(rec.entries, o.Clock())
	return a
}

// Start begins to listen and returns the address, "127.0.0.1:port". After a Close it listens on the same address again.
func (a *Agent) Start() (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.conn != nil {
		return "", errors.New("snmp agent: it listens already")
	}
	at, err := netip.ParseAddrPort(a.addr)
	if err != nil {
		return "", fmt.Errorf("snmp agent: listen address: %w", err)
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return "", fmt.Errorf("snmp agent: %w", err)
	}
	a.conn, a.addr = conn, conn.LocalAddr().String()
	a.closed, a.ended = make(chan struct{}), make(chan struct{})
	go a.serve(conn, a.closed, a.ended)
	return a.addr, nil
}

// Close stops listening and waits until the agent's goroutine has ended: from then on the port refuses.
func (a *Agent) Close() error {
	a.mu.Lock()
	conn, ended := a.conn, a.ended
	if conn == nil {
		a.mu.Unlock()
		return nil
	}
	a.conn = nil
	close(a.closed)
	a.mu.Unlock()
	err := conn.Close()
	<-ended
	return err
}

// Addr is where the agent listens, or is going to.
func (a *Agent) Addr() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.addr
}

// Requests is the number of datagrams that arrived so far, answered or not.
func (a *Agent) Requests() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.requests
}

func (a *Agent) serve(conn *net.UDPConn, closed <-chan struct{}, ended chan<- struct{}) {
	defer close(ended)
	buf := make([]byte, 64<<10)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		out, f := a.answer(buf[:n])
		if out == nil {
			continue
		}
		if f.Delay > 0 {
			t := time.NewTimer(f.Delay)
			select {
			case <-t.C:
			case <-closed:
				t.Stop()
				return
			}
		}
		if f.Mutate != nil {
			if out = f.Mutate(out); out == nil {
				continue
			}
		}
		send(conn, out, from, &f)
	}
}

// Answer answers one datagram without a socket, and without the faults that need one. It returns nil for silence.
func (a *Agent) Answer(datagram []byte) []byte {
	out, f := a.answer(datagram)
	if out != nil && f.Mutate != nil {
		out = f.Mutate(out)
	}
	return out
}

func (a *Agent) answer(datagram []byte) ([]byte, Faults) {
	req := decode(datagram)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests++
	f := a.faults
	return a.respond(req, &f), f
}

// send does not report errors: a datagram that is lost is the asker's business.
func send(conn *net.UDPConn, out []byte, to netip.AddrPort, f *Faults) {
	if f.OtherPort {
		local := conn.LocalAddr().(*net.UDPAddr)
		other, err := net.ListenUDP("udp", &net.UDPAddr{IP: local.IP})
		if err != nil {
			return
		}
		defer func() { _ = other.Close() }()
		conn = other
	}
	_, _ = conn.WriteToUDPAddrPort(out, to)
	if f.Twice {
		_, _ = conn.WriteToUDPAddrPort(out, to)
	}
}

// decode returns nil for what is no request: gosnmp's decoder has panicked on hostile input before.
func decode(b []byte) (req *gosnmp.SnmpPacket) {
	defer func() {
		if recover() != nil {
			req = nil
		}
	}()
	codec := &gosnmp.GoSNMP{Version: gosnmp.Version2c}
	req, err := codec.SnmpDecodePacket(b)
	if err != nil {
		return nil
	}
	return req
}

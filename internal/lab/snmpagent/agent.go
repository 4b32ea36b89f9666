package snmpagent

import (
	"errors"
	"math/rand/v2"
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
	Seed      uint64           // of everything that Faults leave to chance
	// EngineID makes the agent answer whoever asks for it by SNMPv3 (RFC 3414 section 4), and nothing else of SNMPv3: it
	// is a v3 agent to which no credential fits. Empty means that SNMPv3 meets silence.
	EngineID []byte
}

// Agent answers SNMP requests from its own copy of a recording. Its methods may be called concurrently.
type Agent struct {
	community string
	addr      string
	maxSize   int
	clock     func() time.Time
	engineID  []byte

	mu       sync.Mutex // guards what follows
	live     []live
	original []entry
	faults   Faults
	random   *rand.Rand
	requests int
	last     []byte // the reply that went out before, for Faults.Stale
	held     []byte // the reply that waits for the next one, for Faults.Swap
	socket   *socket
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
		community: o.Community, addr: o.Addr, maxSize: o.MaxSize, clock: o.Clock, engineID: o.EngineID,
		random: rand.New(rand.NewPCG(o.Seed, 0)), original: rec.entries,
	}
	a.live = enliven(rec.entries, o.Clock())
	return a
}

// Start begins to listen and returns the address, "127.0.0.1:port". After a Close it listens on the same address again.
func (a *Agent) Start() (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.socket != nil {
		return "", errors.New("snmp agent: it listens already")
	}
	s, err := listen(a.addr, func(string) *Agent { return a })
	if err != nil {
		return "", err
	}
	a.socket, a.addr = s, s.addr()
	return a.addr, nil
}

// Close stops listening and waits until the agent's goroutines have ended: from then on the port refuses.
func (a *Agent) Close() error {
	a.mu.Lock()
	s := a.socket
	a.socket = nil
	a.mu.Unlock()
	if s == nil {
		return nil
	}
	return s.close()
}

// Community is the one that the agent answers to.
func (a *Agent) Community() string { return a.community }

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

// Answer answers one datagram without a socket, and without the faults that need one. It returns nil for silence.
func (a *Agent) Answer(datagram []byte) []byte {
	out, _, f := a.answer(decode(datagram))
	if out != nil && f.Mutate != nil {
		out = f.Mutate(out)
	}
	return out
}

// answer is the reply to req, how long to wait before it is sent, and the faults that hold for it. A req that is nil is
// a datagram that was no request.
func (a *Agent) answer(req *gosnmp.SnmpPacket) ([]byte, time.Duration, Faults) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests++
	f := a.faults
	out, slow := a.respond(req, &f)
	wait := f.Delay + slow
	if f.Jitter > 0 {
		wait += time.Duration(a.random.Int64N(int64(f.Jitter)))
	}
	return out, wait, f
}

// outgoing are the datagrams that go out where reply should: none, one or several, in order.
func (a *Agent) outgoing(reply []byte, f *Faults) [][]byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := [][]byte{reply}
	if f.Stale && a.last != nil {
		out = [][]byte{a.last, reply}
	}
	a.last = reply
	switch {
	case !f.Swap:
		a.held = nil
	case a.held == nil:
		a.held = reply
		return nil
	default:
		out, a.held = append(out, a.held), nil
	}
	if f.Twice {
		out = append(out, reply)
	}
	return out
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

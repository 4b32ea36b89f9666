package snmpdirect

import (
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"github.com/gosnmp/gosnmp"
)

// knockBatch is how many addresses are asked with one kind of question before the next kind has its turn: an address that
// has answered is spared the rest.
const knockBatch = 64

// packets is the part of a UDP socket that knocking needs.
type packets interface {
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	SetReadDeadline(t time.Time) error
	Close() error
}

// answering is an agent that was found: by which community, and whether it speaks SNMPv3.
type answering struct {
	at         netip.AddrPort
	credential string // the name of a v1 or v2c credential; "" where none was answered
	v3         bool
}

// knocker asks addresses whether an agent is there. It sends one datagram after the other, at the rate of the
// configuration, to nobody but whom it is given, and takes no answer but that of whom it has asked.
type knocker struct {
	*search
	conn    packets
	next    time.Time // before which nothing is sent
	pending map[uint32]knock
	found   map[netip.AddrPort]*answering
	buffer  [maxTrap]byte
	asked   int // datagrams
}

// knock is one question that is open.
type knock struct {
	at         netip.AddrPort
	credential *Credential // nil of the question for an engine id
}

func newKnocker(s *search) (*knocker, error) {
	conn, err := net.ListenUDP("udp", nil)
	if err != nil {
		return nil, &failure{class: networkClass(err)}
	}
	return &knocker{search: s, conn: conn}, nil
}

// batch asks addresses and returns those that answer, in order: first for the engine id, which needs no credential, then
// with each community. The only error is that of an ended context.
func (k *knocker) batch(ctx context.Context, batch []netip.Addr) ([]*answering, error) {
	k.pending, k.found = map[uint32]knock{}, map[netip.AddrPort]*answering{}
	questions := []*Credential{nil}
	for i := range k.credentials {
		if c := &k.credentials[i]; c.Version != "v3" {
			questions = append(questions, c)
		}
	}
	for _, c := range questions {
		for _, a := range batch {
			for _, port := range k.ports {
				at := netip.AddrPortFrom(a, port)
				if f := k.found[at]; f != nil && f.credential != "" {
					continue
				}
				if err := k.listen(ctx, k.next); err != nil {
					return nil, err
				}
				k.send(at, c)
			}
		}
		if err := k.listen(ctx, time.Now().Add(k.timeout)); err != nil {
			return nil, err
		}
	}
	var all []*answering
	for _, a := range batch {
		for _, port := range k.ports {
			if f := k.found[netip.AddrPortFrom(a, port)]; f != nil {
				all = append(all, f)
			}
		}
	}
	return all, nil
}

// send sends one question. Where the machine cannot send, nobody answers.
func (k *knocker) send(at netip.AddrPort, c *Credential) {
	id := 1 + rand.Uint32N(1<<31-1)
	p := &gosnmp.SnmpPacket{PDUType: gosnmp.GetRequest, RequestID: id}
	if c == nil {
		p = plainCodec().MkSnmpPacket(gosnmp.GetRequest, nil, 0, 0)
		p.MsgFlags, p.SecurityParameters = gosnmp.Reportable, &gosnmp.UsmSecurityParameters{}
		p.RequestID, p.MsgID = id, id
	} else {
		p.Version, p.Community = c.snmpVersion(), c.Community.Reveal()
		p.Variables = []gosnmp.SnmpPDU{{Name: ".1.3.6.1.2.1.1.2.0", Type: gosnmp.Null}}
	}
	k.next = time.Now().Add(time.Second / time.Duration(k.rate))
	out, err := encode(p)
	if err != nil {
		return
	}
	k.pending[id] = knock{at, c}
	k.asked++
	_, _ = k.conn.WriteToUDPAddrPort(out, at)
}

// listen takes answers until a time.
func (k *knocker) listen(ctx context.Context, until time.Time) error {
	for time.Now().Before(until) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := k.conn.SetReadDeadline(until); err != nil {
			return nil //nolint:nilerr // closed because the context has ended, which the next turn finds
		}
		n, from, err := k.conn.ReadFromUDPAddrPort(k.buffer[:])
		if err != nil {
			continue // over, or an address refuses
		}
		e, err := readEnvelope(k.buffer[:n])
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		q, open := k.pending[e.id]
		if err != nil || !open || q.at != from || (e.version == gosnmp.Version3) != (q.credential == nil) {
			continue
		}
		delete(k.pending, e.id)
		f := k.found[from]
		if f == nil {
			f = &answering{at: from}
			k.found[from] = f
		}
		switch {
		case q.credential == nil:
			f.v3 = true
		case f.credential == "":
			f.credential = q.credential.Name
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

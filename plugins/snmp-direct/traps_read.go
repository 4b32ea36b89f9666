package snmpdirect

import (
	"crypto/rand"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"
)

// Names of what a trap carries (RFC 3418, 3584), and of the traps that every agent knows.
const (
	snmpTrapOID     = ".1.3.6.1.6.3.1.1.4.1.0"
	snmpTrapAddress = ".1.3.6.1.6.3.18.1.3.0"
	standardTraps   = "1.3.6.1.6.3.1.1.5."
	trapWrongSecret = standardTraps + "5" // authenticationFailure: somebody asked the device with a wrong community
)

// refusal is why a datagram is not listened to; "" is for one that is.
type refusal string

const (
	refusedRate       refusal = "too many"
	refusedSender     refusal = "unknown sender"
	refusedMalformed  refusal = "malformed"
	refusedCredential refusal = "wrong credential"
	refusedReplay     refusal = "replayed"
	refusedLocked     refusal = "authentication failures at the device"
)

// trap is what a datagram tells. Nothing in it is a state of the device.
type trap struct {
	kind  string     // the notification's OID, without a leading dot
	about netip.Addr // the device that it is about, by its own word; invalid where it says nothing
	// reply is to be sent back: that an inform has arrived, or the engine id that its sender asks for.
	reply []byte
	// ask says that the datagram only asks for the engine id.
	ask bool
	// engine is the sender's, of an authenticated v3 trap.
	engine engine
}

// trapReader reads datagrams. It does no I/O and keeps nothing between two of them.
type trapReader struct {
	communities map[gosnmp.SnmpVersion]map[string]bool
	users       []*Credential
	own         engine // ours, which is the authoritative one for informs
}

// timeWindow is how far a v3 message's clock may be off, by RFC 3414.
const timeWindow = 150

func newTrapReader(credentials []*Credential) *trapReader {
	r := &trapReader{communities: map[gosnmp.SnmpVersion]map[string]bool{gosnmp.Version1: {}, gosnmp.Version2c: {}}}
	for _, c := range credentials {
		if c.Version == "v3" {
			r.users = append(r.users, c)
			continue
		}
		r.communities[c.snmpVersion()][c.Community.Reveal()] = true
	}
	// A new id each time: nothing that was sent to an earlier process is valid any more.
	id := []byte{0x80, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0}
	_, _ = rand.Read(id[5:]) // never fails
	r.own = engine{id: string(id), boots: 1, at: time.Now()}
	return r
}

// read reads one datagram of a trap or an inform, or the question that precedes a v3 inform.
func (r *trapReader) read(datagram []byte) (trap, refusal) {
	e, err := readEnvelope(datagram)
	switch {
	case e.version == gosnmp.Version3 && err == nil:
		return r.readV3(datagram, &e)
	case e.version == gosnmp.Version2c && err != nil, e.version == gosnmp.Version3:
		return trap{}, refusedMalformed
	}
	// A v1 trap has no request id, which makes its envelope end early.
	p, err := decode(&gosnmp.GoSNMP{Version: e.version}, datagram)
	if err != nil || p.Version != e.version {
		return trap{}, refusedMalformed
	}
	if !r.communities[p.Version][p.Community] {
		return trap{}, refusedCredential
	}
	t, why := told(p)
	if why == "" && p.PDUType == gosnmp.InformRequest {
		t.reply = confirmed(datagram)
	}
	return t, why
}

// told is what a decoded packet tells.
func told(p *gosnmp.SnmpPacket) (trap, refusal) {
	var t trap
	switch p.PDUType {
	case gosnmp.Trap:
		if p.Version != gosnmp.Version1 {
			return t, refusedMalformed
		}
		t.kind = standardTraps + strconv.Itoa(p.GenericTrap+1)
		if p.GenericTrap < 0 || p.GenericTrap > 5 {
			t.kind = strings.TrimPrefix(p.Enterprise, ".") + ".0." + strconv.Itoa(p.SpecificTrap)
		}
		t.about = named(p.AgentAddress)
		return t, ""
	case gosnmp.SNMPv2Trap, gosnmp.InformRequest:
		if p.Version == gosnmp.Version1 {
			return t, refusedMalformed
		}
	default:
		return t, refusedMalformed
	}
	for _, v := range p.Variables {
		s, _ := v.Value.(string)
		switch {
		case v.Name == snmpTrapOID && v.Type == gosnmp.ObjectIdentifier:
			t.kind = strings.TrimPrefix(s, ".")
		case v.Name == snmpTrapAddress && v.Type == gosnmp.IPAddress:
			t.about = named(s)
		}
	}
	if t.kind == "" {
		return trap{}, refusedMalformed
	}
	return t, ""
}

// named reads the address that a trap names; 0.0.0.0 is how an agent says that it does not know its own.
func named(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil || a.IsUnspecified() {
		return netip.Addr{}
	}
	return a.Unmap()
}

// confirmed is the answer to an inform of v2c: the same message, as a response. Its error status is 0 already. The
// envelope has been read, so that all of the way to the PDU's tag is there.
func confirmed(datagram []byte) []byte {
	out := append([]byte(nil), datagram...)
	b := &ber{b: out}
	_ = b.into(tagSequence)
	_, _ = b.integer()
	_, _ = b.octets(tagOctets)
	out[b.at] = byte(gosnmp.GetResponse)
	return out
}

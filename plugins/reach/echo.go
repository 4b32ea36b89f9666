package reach

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// token marks an echo as ours: nobody can answer in a device's place who has not seen the request.
type token [16]byte

// query is one echo request on its way. Its sequence number alone would be anybody's guess.
type query struct {
	to  netip.Addr
	seq uint16
}

// token returns what the request carries, and its answer has to.
func (q query) token(key []byte) token {
	mac := hmac.New(sha256.New, key)
	mac.Write(q.to.AsSlice())
	mac.Write(binary.BigEndian.AppendUint16(nil, q.seq))
	return token(mac.Sum(nil)[:16])
}

// request returns the echo request; the kernel writes the checksum of IPv6 and, on datagram sockets, the id.
func request(v6 bool, id, seq uint16, t token) ([]byte, error) {
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: int(id), Seq: int(seq), Data: t[:]}}
	if v6 {
		m.Type = ipv6.ICMPTypeEchoRequest
	}
	return m.Marshal(nil)
}

// message is what matters of an ICMP message that came in.
type message struct {
	unreachable bool
	id, seq     uint16
	token       token      // of an echo reply
	to          netip.Addr // unreachable: where the echo request went
}

// parse reads an echo reply, or a "destination unreachable" about an echo request. Everything else is not for us.
func parse(v6 bool, b []byte) (message, bool) {
	reply, unreachable := byte(ipv4.ICMPTypeEchoReply), byte(ipv4.ICMPTypeDestinationUnreachable)
	if v6 {
		reply, unreachable = byte(ipv6.ICMPTypeEchoReply), byte(ipv6.ICMPTypeDestinationUnreachable)
	}
	switch {
	case len(b) < 8:
		return message{}, false
	case b[0] == unreachable:
		return parseLost(v6, b[8:])
	case b[0] != reply || b[1] != 0 || len(b) != 8+len(token{}):
		return message{}, false
	}
	return message{id: binary.BigEndian.Uint16(b[4:]), seq: binary.BigEndian.Uint16(b[6:]), token: token(b[8:])}, true
}

// parseLost reads the packet that a "destination unreachable" quotes: its IP header, and at least the ICMP header.
func parseLost(v6 bool, b []byte) (message, bool) {
	m := message{unreachable: true}
	request := byte(ipv4.ICMPTypeEcho)
	if v6 {
		const header, nextHeader, protocolICMP = ipv6.HeaderLen, 6, 58
		if len(b) < header+8 || b[0]>>4 != 6 || b[nextHeader] != protocolICMP {
			return m, false
		}
		m.to = netip.AddrFrom16([16]byte(b[24:40]))
		b, request = b[header:], byte(ipv6.ICMPTypeEchoRequest)
	} else {
		const protocol, protocolICMP = 9, 1
		if len(b) < ipv4.HeaderLen || b[0]>>4 != 4 || b[protocol] != protocolICMP {
			return m, false
		}
		header := int(b[0]&0xf) * 4
		if header < ipv4.HeaderLen || len(b) < header+8 {
			return m, false
		}
		m.to = netip.AddrFrom4([4]byte(b[16:20]))
		b = b[header:]
	}
	if b[0] != request || b[1] != 0 {
		return m, false
	}
	m.id, m.seq = binary.BigEndian.Uint16(b[4:]), binary.BigEndian.Uint16(b[6:])
	return m, true
}

package snmpagent

import "slices"

// Malform is a way to break the encoding of an answer that is right otherwise.
type Malform string

// The ways to break an encoding. MalformLongForm alone is legal BER, if of a kind that no agent sends.
const (
	MalformBadLength   Malform = "bad-length"   // the message says that it is longer than it is
	MalformIndefinite  Malform = "indefinite"   // a length that BER knows and SNMP forbids
	MalformLongForm    Malform = "long-form"    // a length in four octets where one would do
	MalformNegative    Malform = "negative"     // a length that is negative in 32 bits
	MalformHuge        Malform = "huge"         // a length in eight octets
	MalformOIDOverflow Malform = "oid-overflow" // names with an arc of more than 32 bits
	MalformOIDOpen     Malform = "oid-open"     // names whose last arc does not end
	MalformTrailing    Malform = "trailing"     // octets after the message
	MalformTag         Malform = "tag"          // a PDU that is none
	MalformEmpty       Malform = "empty"        // a datagram without an octet
	MalformNoise       Malform = "noise"        // no BER at all
)

// Malforms lists all ways.
func Malforms() []Malform {
	return []Malform{
		MalformBadLength, MalformIndefinite, MalformLongForm, MalformNegative, MalformHuge, MalformOIDOverflow,
		MalformOIDOpen, MalformTrailing, MalformTag, MalformEmpty, MalformNoise,
	}
}

// names breaks the names of a reply that is not encoded yet.
func (m Malform) names(r *reply) {
	var tail []byte
	switch m {
	case MalformOIDOverflow:
		tail = []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}
	case MalformOIDOpen:
		tail = []byte{0x81}
	default:
		return
	}
	for i := range r.varbinds {
		r.varbinds[i].name = append(slices.Clip(r.varbinds[i].name), tail...)
	}
}

// message breaks an encoded message.
func (m Malform) message(b []byte) []byte {
	body := b[headerSize(b):]
	with := func(header ...byte) []byte { return append(append([]byte{tagSequence}, header...), body...) }
	n := len(body)
	switch m {
	case MalformBadLength:
		return appendTLV(nil, tagSequence, append(slices.Clip(body), 0, 0))[:len(b)]
	case MalformIndefinite:
		return append(with(0x80), 0, 0)
	case MalformLongForm:
		return with(0x84, 0, 0, byte(n>>8), byte(n))
	case MalformNegative:
		return with(0x84, 0xff, 0xff, 0xff, 0xff)
	case MalformHuge:
		return with(0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	case MalformTrailing:
		return append(b, 0xde, 0xad, 0xbe, 0xef)
	case MalformTag:
		i := headerSize(b) + 3               // after the version
		i += headerSize(b[i:]) + int(b[i+1]) // after the community, which has less than 128 octets
		b[i] = 0xbf
		return b
	case MalformEmpty:
		return []byte{}
	case MalformNoise:
		for i := range b {
			b[i] ^= byte(0x55 + i*7)
		}
	}
	return b
}

// headerSize is the octets of tag and length.
func headerSize(b []byte) int {
	if b[1] < 0x80 {
		return 2
	}
	return 2 + int(b[1]&0x7f)
}

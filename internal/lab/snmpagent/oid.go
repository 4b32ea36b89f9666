package snmpagent

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxArcs is the limit of RFC 3416 for the arcs of an object identifier.
const maxArcs = 128

// OID is an object identifier as its arcs.
type OID []uint32

// ParseOID reads dotted decimal arcs, with or without a leading dot.
func ParseOID(s string) (OID, error) {
	s = strings.TrimPrefix(s, ".")
	if s == "" {
		return nil, fmt.Errorf("object identifier %.40q is empty", s)
	}
	o := make(OID, 0, strings.Count(s, ".")+1)
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil || (part[0] < '0' || part[0] > '9') {
			return nil, fmt.Errorf("object identifier %.40q: arc %.20q is not a number", s, part)
		}
		o = append(o, uint32(n))
	}
	if len(o) > maxArcs {
		return nil, fmt.Errorf("object identifier with %d arcs, at most %d are possible", len(o), maxArcs)
	}
	if o[0] > 2 || (len(o) > 1 && o[0] < 2 && o[1] > 39) {
		return nil, fmt.Errorf("object identifier %.40q: no such root", s)
	}
	return o, nil
}

// Compare orders by arcs, a prefix before what it begins.
func (o OID) Compare(p OID) int { return slices.Compare(o, p) }

// HasPrefix reports whether o is prefix or lies under it. The empty prefix holds everything.
func (o OID) HasPrefix(prefix OID) bool {
	return len(o) >= len(prefix) && slices.Equal(o[:len(prefix)], prefix)
}

// String writes the arcs with dots between them and none in front.
func (o OID) String() string {
	b := make([]byte, 0, 4*len(o))
	for i, n := range o {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	return string(b)
}

// content is o in BER, without tag and length. A single arc is encoded as if a zero followed.
func (o OID) content() []byte {
	if len(o) == 0 {
		return []byte{0}
	}
	first := uint64(o[0]) * 40
	rest := o[1:]
	if len(rest) > 0 {
		first += uint64(rest[0])
		rest = rest[1:]
	}
	b := appendBase128(nil, first)
	for _, n := range rest {
		b = appendBase128(b, uint64(n))
	}
	return b
}

func appendBase128(b []byte, n uint64) []byte {
	shift := 0
	for n>>shift > 0x7f {
		shift += 7
	}
	for ; shift > 0; shift -= 7 {
		b = append(b, byte(n>>shift)|0x80)
	}
	return append(b, byte(n)&0x7f)
}

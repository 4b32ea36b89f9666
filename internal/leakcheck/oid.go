package leakcheck

import (
	"net/netip"
	"strings"
)

// index says where in an object identifier an address stands: after the prefix, skip numbers, then the value.
type index struct {
	prefix string
	skip   int
	kind   string // ipv4, mac, or inet: a type and a length before the bytes
}

// indexes are the tables whose rows are named by addresses; a prefix ends before the column's number.
var indexes = []index{
	{"1.3.6.1.2.1.4.20.1.", 1, "ipv4"},
	{"1.3.6.1.2.1.4.21.1.", 1, "ipv4"},
	{"1.3.6.1.2.1.4.22.1.", 2, "ipv4"},
	{"1.3.6.1.2.1.3.1.1.", 3, "ipv4"},
	{"1.3.6.1.2.1.4.24.4.1.", 1, "ipv4"},
	{"1.3.6.1.2.1.4.24.7.1.", 1, "inet"},
	{"1.3.6.1.2.1.4.32.1.", 2, "inet"},
	{"1.3.6.1.2.1.4.34.1.", 1, "inet"},
	{"1.3.6.1.2.1.4.35.1.", 2, "inet"},
	{"1.3.6.1.2.1.4.37.1.", 1, "inet"},
	{"1.3.6.1.2.1.6.13.1.", 1, "ipv4"},
	{"1.3.6.1.2.1.6.19.1.", 1, "inet"},
	{"1.3.6.1.2.1.6.20.1.", 1, "inet"},
	{"1.3.6.1.2.1.7.5.1.", 1, "ipv4"},
	{"1.3.6.1.2.1.7.7.1.", 1, "inet"},
	{"1.3.6.1.2.1.14.", 3, "ipv4"},
	{"1.3.6.1.2.1.15.3.1.", 1, "ipv4"},
	{"1.3.6.1.2.1.17.4.3.1.", 1, "mac"},
	{"1.3.6.1.2.1.17.7.1.2.2.1.", 2, "mac"},
	{"1.0.8802.1.1.2.1.4.2.1.", 4, "inet"},
	{"1.0.8802.1.1.2.1.3.8.1.", 1, "inet"},
	{"1.3.6.1.4.1.25053.1.2.2.", 5, "mac"},
	{"1.3.6.1.4.1.25053.", 8, "mac"},
	{"1.3.6.1.4.1.14988.1.1.1.2.1.", 1, "mac"},
}

// oid judges a dotted number of more than four parts: known tables by their index, others by what their end looks
// like.
func (c *scanner) oid(parts []number) {
	text := string(c.s[parts[0].start:parts[len(parts)-1].end]) + "."
	known := false
	for _, ix := range indexes {
		if !strings.HasPrefix(text, ix.prefix) {
			continue
		}
		known = true
		from := strings.Count(ix.prefix, ".") + ix.skip
		if from < len(parts) && c.oidIndex(ix.kind, parts[from:]) {
			return
		}
	}
	if c.inetInside(parts, false) || known && c.macTail(parts, 1) {
		return
	}
	if isOID := parts[0].value <= 2 && parts[0].value >= 0; isOID && len(parts) < 8 {
		return
	}
	if len(parts) == 6 && c.macTail(parts, 3) {
		return
	}
	if len(parts) < 10 {
		return
	}
	if c.macTail(parts, 4) {
		return
	}
	if tail := parts[len(parts)-4:]; homeTail(tail) {
		c.add("ipv4", tail[0].start, tail[3].end)
	}
}

func (c *scanner) oidIndex(kind string, rest []number) bool {
	switch {
	case kind == "ipv4" && len(rest) >= 4:
		return c.oidAddr(rest, 4)
	case kind == "mac" && len(rest) >= 6:
		return c.oidMAC(rest[:6])
	case kind == "inet" && len(rest) >= 6:
		return c.inetInside(rest, true)
	}
	return false
}

func octets(parts []number) ([]byte, bool) {
	b := make([]byte, len(parts))
	for i, p := range parts {
		if p.value < 0 || p.value > 255 {
			return nil, false
		}
		b[i] = byte(p.value)
	}
	return b, true
}

func (c *scanner) oidAddr(rest []number, n int) bool {
	b, ok := octets(rest[:n])
	if !ok {
		return false
	}
	a, _ := netip.AddrFromSlice(b)
	if harmlessAddr(a) || a.IsUnspecified() || b[0] == 0 {
		return false
	}
	kind := "ipv4"
	if n == 16 {
		kind = "ipv6"
	}
	// Tables of connections and routes have more addresses behind: the rest goes as a whole.
	c.add(kind, rest[0].start, rest[len(rest)-1].end)
	return true
}

func (c *scanner) oidMAC(six []number) bool {
	b, ok := octets(six)
	if !ok || harmlessMAC([6]byte(b)) {
		return false
	}
	c.add("mac", six[0].start, six[5].end)
	return true
}

// inetInside finds type, length, bytes (InetAddress). In a table that is known to have one, any address counts.
func (c *scanner) inetInside(parts []number, known bool) bool {
	for i := 0; i+6 <= len(parts); i++ {
		kind, length := parts[i].value, parts[i+1].value
		switch {
		case kind == 1 && length == 4 && i+6 <= len(parts):
			tail := parts[i+2:]
			if known || homeTail(tail[:4]) || i > 9 && len(tail) == 4 && tail[0].value > 15 {
				return c.oidAddr(tail, 4)
			}
		case kind == 2 && length == 16 && i+18 <= len(parts):
			return c.oidAddr(parts[i+2:], 16)
		}
	}
	return false
}

// homeTail reports four numbers that are an address of a home and hardly anything else.
func homeTail(tail []number) bool {
	if !private(tail) {
		return false
	}
	return tail[0].value != 10 || tail[1].value > 20 || tail[2].value > 20 || tail[3].value > 20
}

// macTail reports the last six numbers as a MAC when at least high of them are too high for an index.
func (c *scanner) macTail(parts []number, high int) bool {
	if len(parts) < 6 {
		return false
	}
	six := parts[len(parts)-6:]
	n := 0
	for _, p := range six {
		if p.value < 0 || p.value > 255 {
			return false
		}
		if p.value > 60 {
			n++
		}
	}
	return n >= high && c.oidMAC(six)
}

package snmpdirect

import (
	"encoding/hex"
	"math"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gosnmp/gosnmp"
)

// maxText bounds a device's words in names and labels, in characters; the data contract allows 256.
const maxText = 200

// present reports whether an object has a value at all.
func present(t gosnmp.Asn1BER) bool {
	switch t {
	case gosnmp.NoSuchObject, gosnmp.NoSuchInstance, gosnmp.EndOfMibView, gosnmp.Null:
		return false
	}
	return true
}

// integer reads any of SNMP's integer types. A text is none, whatever digits it holds.
func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case uint:
		return int64(n), n <= math.MaxInt64
	case uint32:
		return int64(n), true
	case uint64:
		return int64(n), n <= math.MaxInt64
	}
	return 0, false
}

// counter reads a Counter32 or Counter64.
func counter(v any) (uint64, bool) {
	switch n := v.(type) {
	case uint:
		return uint64(n), true
	case uint32:
		return uint64(n), true
	case uint64:
		return n, true
	}
	return 0, false
}

// number reads integers and net-snmp's floats.
func number(v any) (float64, bool) {
	switch n := v.(type) {
	case float32:
		// 22.4 shall be 22.4 with 64 bits, too.
		f, err := strconv.ParseFloat(strconv.FormatFloat(float64(n), 'g', -1, 32), 64)
		return f, err == nil && finite(f)
	case float64:
		return n, finite(n)
	case uint64:
		return float64(n), true
	}
	n, ok := integer(v)
	return float64(n), ok
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// text reads an octet string for display: valid UTF-8 (Latin-1 is taken for what is not), no control characters, no
// blanks at its ends, one line, cut to maxText characters.
func text(v any) string {
	b, ok := v.([]byte)
	if !ok {
		return ""
	}
	s := string(b)
	if !utf8.Valid(b) {
		runes := make([]rune, len(b))
		for i, c := range b {
			runes[i] = rune(c)
		}
		s = string(runes)
	}
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r <= ' ' || r == 0x7f || (r >= 0x80 && r <= 0xa0) || r == utf8.RuneError
	}), " ")
	if utf8.RuneCountInString(s) > maxText {
		s = string([]rune(s)[:maxText])
	}
	return s
}

// object reads an OBJECT IDENTIFIER as dotted text without a leading dot.
func object(v any) string {
	s, ok := v.(string)
	if !ok {
		return ""
	}
	return strings.TrimPrefix(s, ".")
}

// hardware reads a MAC address: six octets that are not all equal to 0 or 255.
func hardware(v any) string {
	b, ok := v.([]byte)
	if !ok || len(b) != 6 {
		return ""
	}
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	if sum == 0 || sum == 6*0xff {
		return ""
	}
	return net.HardwareAddr(b).String()
}

// octets is an octet string in hexadecimal; empty where it has no octets.
func octets(v any) string {
	b, _ := v.([]byte)
	return hex.EncodeToString(b)
}

// useful reports whether an address can tell a device from others.
func useful(a netip.Addr) bool {
	return a.IsValid() && !a.IsUnspecified() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !a.IsMulticast()
}

// indexAddress reads the IPv4 address in the last four arcs of an index.
func indexAddress(index string) (netip.Addr, bool) {
	parts := strings.Split(index, ".")
	if len(parts) < 4 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(strings.Join(parts[len(parts)-4:], "."))
	return a, err == nil
}

// indexHardware reads the MAC address in the last six arcs of an index.
func indexHardware(index string) string {
	parts := strings.Split(index, ".")
	if len(parts) < 6 {
		return ""
	}
	b := make([]byte, 6)
	for i, p := range parts[len(parts)-6:] {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil {
			return ""
		}
		b[i] = byte(n)
	}
	return hardware(b)
}

// placeholder reports whether a serial number or name is one that many devices share.
func placeholder(s string) bool {
	switch strings.ToLower(s) {
	case "", "n/a", "na", "none", "null", "unknown", "<unknown>", "<private>", "default string", "not specified",
		"to be filled by o.e.m.", "system serial number", "empty", "localhost":
		return true
	}
	return strings.Trim(s, "0") == "" || strings.Trim(s, "-. ") == ""
}

package snmpagent

import (
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// The BER tags of SNMP values, as .snmprec files write them in decimal.
const (
	TagInteger     = 2
	TagOctetString = 4
	TagNull        = 5
	TagOID         = 6
	TagIPAddress   = 64
	TagCounter32   = 65
	TagGauge32     = 66
	TagTimeTicks   = 67
	TagOpaque      = 68
	TagCounter64   = 70

	tagNoSuchObject   = 0x80
	tagNoSuchInstance = 0x81
	tagEndOfMibView   = 0x82
)

// Value is one SNMP value: its BER tag and the octets that follow tag and length.
type Value struct {
	Tag     byte
	Content []byte
}

// Int makes an INTEGER.
func Int(n int64) Value { return Value{TagInteger, signed(n)} }

// Text makes an OCTET STRING of text.
func Text(s string) Value { return Value{TagOctetString, []byte(s)} }

// Octets makes an OCTET STRING of binary data.
func Octets(b []byte) Value { return Value{TagOctetString, b} }

// Counter32 makes a Counter32, which wraps at 2^32.
func Counter32(n uint64) Value { return Value{TagCounter32, unsigned(n & math.MaxUint32)} }

// Gauge32 makes a Gauge32.
func Gauge32(n uint32) Value { return Value{TagGauge32, unsigned(uint64(n))} }

// Ticks makes a TimeTicks of hundredths of a second, which wraps at 2^32.
func Ticks(n uint64) Value { return Value{TagTimeTicks, unsigned(n & math.MaxUint32)} }

// Counter64 makes a Counter64.
func Counter64(n uint64) Value { return Value{TagCounter64, unsigned(n)} }

// IP makes an IpAddress. Only IPv4 has a form; anything else becomes an IpAddress without octets.
func IP(a netip.Addr) Value {
	if a = a.Unmap(); !a.Is4() {
		return Value{TagIPAddress, nil}
	}
	return Value{TagIPAddress, a.AsSlice()}
}

// Object makes an OBJECT IDENTIFIER.
func Object(o OID) Value { return Value{TagOID, o.content()} }

// Float makes net-snmp's Opaque Float.
func Float(f float32) Value {
	n := math.Float32bits(f)
	return Value{TagOpaque, []byte{0x9f, 0x78, 4, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}}
}

// signed is the shortest two's complement form of n.
func signed(n int64) []byte {
	size := 1
	for v := n; v > 0x7f || v < -0x80; v >>= 8 {
		size++
	}
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(n >> (8 * (size - 1 - i)))
	}
	return b
}

// unsigned is the shortest form of n that is not read as negative.
func unsigned(n uint64) []byte {
	size := 1
	for v := n; v > 0x7f; v >>= 8 {
		size++
	}
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(n >> (8 * (size - 1 - i))) // a shift by 64 gives the leading 0 of a full-size value
	}
	return b
}

// number reads the content back; it is for values that this package made.
func (v Value) number() uint64 {
	var n uint64
	if v.Tag == TagInteger && len(v.Content) > 0 && v.Content[0]&0x80 != 0 {
		n = math.MaxUint64
	}
	for _, b := range v.Content {
		n = n<<8 | uint64(b)
	}
	return n
}

// retyped is the value as another type: a number as its decimal text, all else as how many octets it has.
func (v Value) retyped() Value {
	switch v.Tag {
	case TagInteger:
		return Text(strconv.FormatInt(int64(v.number()), 10))
	case TagCounter32, TagGauge32, TagTimeTicks, TagCounter64:
		return Text(strconv.FormatUint(v.number(), 10))
	}
	return Int(int64(len(v.Content)))
}

// parseValue reads the TAG and VALUE of a .snmprec line.
func parseValue(tag, text string) (Value, error) {
	name, isHex := strings.CutSuffix(tag, "x")
	n, err := strconv.ParseUint(name, 10, 8)
	if err != nil {
		return Value{}, fmt.Errorf("tag %.20q is not one that is known", tag)
	}
	v := Value{Tag: byte(n)}
	if isHex {
		if v.Content, err = hex.DecodeString(text); err != nil {
			return Value{}, fmt.Errorf("tag %s: value is not hexadecimal", tag)
		}
		switch v.Tag {
		case TagOctetString, TagOpaque:
			return v, nil
		case TagIPAddress:
			return v, checkIP(v)
		}
		return Value{}, fmt.Errorf("tag %.20q is not one that is known", tag)
	}
	switch v.Tag {
	case TagInteger:
		return fromNumber(text, -32, func(n int64) Value { return Int(n) })
	case TagCounter32, TagGauge32, TagTimeTicks:
		return fromNumber(text, 32, func(n int64) Value { return Value{v.Tag, unsigned(uint64(n))} })
	case TagCounter64:
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return Value{}, fmt.Errorf("tag %s: value %.40q is not a number in range", tag, text)
		}
		return Counter64(n), nil
	case TagOctetString, TagOpaque:
		v.Content = []byte(text)
		return v, nil
	case TagNull:
		return v, nil
	case TagOID:
		o, err := ParseOID(text)
		return Object(o), err
	case TagIPAddress:
		a, err := netip.ParseAddr(text)
		if err != nil {
			return Value{}, fmt.Errorf("value %.40q is not an IPv4 address", text)
		}
		v = IP(a)
		return v, checkIP(v)
	}
	return Value{}, fmt.Errorf("tag %.20q is not one that is known", tag)
}

func checkIP(v Value) error {
	if len(v.Content) != 4 {
		return fmt.Errorf("an IpAddress has 4 octets, not %d", len(v.Content))
	}
	return nil
}

// fromNumber reads a decimal number of so many bits; negative bits mean a signed one.
func fromNumber(text string, bits int, make func(int64) Value) (Value, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || (bits > 0 && (n < 0 || n > math.MaxUint32)) || (bits < 0 && (n < math.MinInt32 || n > math.MaxInt32)) {
		return Value{}, fmt.Errorf("value %.40q is not a number in range", text)
	}
	return make(n), nil
}

// line writes tag and value as a .snmprec file holds them.
func (v Value) line() string {
	switch v.Tag {
	case TagInteger:
		return fmt.Sprintf("2|%d", int64(v.number()))
	case TagCounter32, TagGauge32, TagTimeTicks, TagCounter64:
		return fmt.Sprintf("%d|%d", v.Tag, v.number())
	case TagNull:
		return "5|"
	case TagOID:
		return "6|" + decodeOID(v.Content).String()
	case TagIPAddress:
		if a, ok := netip.AddrFromSlice(v.Content); ok {
			return "64|" + a.String()
		}
	case TagOctetString:
		if printable(v.Content) {
			return "4|" + string(v.Content)
		}
	}
	return fmt.Sprintf("%dx|%x", v.Tag, v.Content)
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// decodeOID is the opposite of OID.content.
func decodeOID(b []byte) OID {
	var o OID
	var n uint64
	for _, c := range b {
		n = n<<7 | uint64(c&0x7f)
		if c&0x80 != 0 {
			continue
		}
		if o == nil {
			root := min(n/40, 2)
			o = OID{uint32(root), uint32(n - root*40)}
		} else {
			o = append(o, uint32(n))
		}
		n = 0
	}
	return o
}

package snmpagent

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// walkLine begins an object in what net-snmp's snmpwalk prints with -On; "iso" is how it writes the first arc without.
var walkLine = regexp.MustCompile(`^\.?((?:iso|\d+)(?:\.\d+)*) =(?: (.*))?$`)

// walkName is the same line with names of a MIB in place of numbers.
var walkName = regexp.MustCompile(`^[A-Za-z][\w-]*::[\w.\-"']+ = `)

// walkReader makes a recording of the lines of a walk. A value goes on in the lines that begin no object.
type walkReader struct {
	rec  *Recording
	line int // where the object began
	name string
	text []string
}

func (w *walkReader) read(n int, line string) {
	m := walkLine.FindStringSubmatch(line)
	switch {
	case m != nil:
		w.end()
		w.line, w.name, w.text = n, m[1], []string{m[2]}
	case walkName.MatchString(line):
		w.end()
		w.rec.skip(n, errors.New("a name and no number: walk the device with snmpwalk -On"))
	case w.text != nil && longValue.MatchString(w.text[0]):
		w.text = append(w.text, line)
	case line != "" && line[0] != '#':
		w.rec.skip(n, errors.New("neither an object nor the rest of one"))
	}
}

// longValue is the beginning of a value that may take several lines.
var longValue = regexp.MustCompile(`^(?:STRING|Hex-STRING|BITS|Opaque|OPAQUE|Wrong Type .*): `)

// end takes the object that began last.
func (w *walkReader) end() {
	if w.text == nil {
		return
	}
	text := strings.Join(w.text, "\n")
	w.text = nil
	if strings.HasPrefix(text, "No more variables left") || strings.HasPrefix(text, "No Such ") {
		return // the walk's end, and no object
	}
	name := w.name
	if rest, ok := strings.CutPrefix(name, "iso"); ok {
		name = "1" + rest
	}
	oid, err := ParseOID(name)
	var v Value
	if err == nil {
		v, err = walkValue(text)
	}
	if err != nil {
		w.rec.skip(w.line, err)
		return
	}
	w.rec.put(oid, v, 0)
}

// inBrackets is the number of "up(1)", "(4711) 0:00:47.11" and the like.
var inBrackets = regexp.MustCompile(`\((-?\d+)\)`)

// walkValue reads TYPE: VALUE.
func walkValue(text string) (Value, error) {
	if rest, ok := strings.CutPrefix(text, "Wrong Type (should be "); ok {
		_, text, _ = strings.Cut(rest, "): ")
	}
	if strings.TrimSpace(text) == `""` {
		return Text(""), nil
	}
	kind, value, ok := strings.Cut(text, ":")
	if !ok {
		if strings.TrimSpace(text) == "NULL" {
			return Value{Tag: TagNull}, nil
		}
		return Value{}, errors.New("a value without its type: walk the device without -Oq, -Ov and -Ot")
	}
	value = strings.TrimPrefix(value, " ")
	decimal := func(tag string) (Value, error) {
		s := strings.TrimSpace(value)
		if m := inBrackets.FindStringSubmatch(s); m != nil {
			s = m[1]
		}
		s, _, _ = strings.Cut(s, " ") // units follow
		return parseValue(tag, s)
	}
	switch kind {
	case "STRING":
		return Text(unquote(value)), nil
	case "Hex-STRING", "BITS":
		b, err := hexOctets(value)
		return Octets(b), err
	case "INTEGER":
		return decimal("2")
	case "Counter32":
		return decimal("65")
	case "Gauge32", "UInteger32", "Unsigned32":
		return decimal("66")
	case "Timeticks":
		return decimal("67")
	case "Counter64":
		return decimal("70")
	case "OID":
		s := strings.TrimSpace(value)
		if rest, ok := strings.CutPrefix(s, "iso"); ok {
			s = "1" + rest
		}
		return parseValue("6", s)
	case "IpAddress":
		return parseValue("64", strings.TrimSpace(value))
	case "Network Address":
		return parseValue("64x", strings.ReplaceAll(strings.TrimSpace(value), ":", ""))
	case "Opaque", "OPAQUE":
		return opaque(value)
	}
	return Value{}, fmt.Errorf("a value of the type %.40q, which is not known", kind)
}

// unquote takes away the quotes around a string and what they made necessary. Without quotes all is as it stands: so
// net-snmp prints what a MIB calls a DisplayString.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s[1 : len(s)-1])
}

// hexOctets reads "00 00 5E 00 53 01"; of BITS it leaves out the names of the bits that follow.
func hexOctets(s string) ([]byte, error) {
	var b []byte
	for word := range strings.FieldsSeq(s) {
		octet, err := hex.DecodeString(word)
		if err != nil || len(octet) != 1 {
			if len(b) > 0 && strings.HasSuffix(word, ")") {
				return b, nil
			}
			return nil, fmt.Errorf("%.20q is no octet in hexadecimal", word)
		}
		b = append(b, octet...)
	}
	return b, nil
}

func opaque(s string) (Value, error) {
	if rest, ok := strings.CutPrefix(s, "Float: "); ok {
		f, err := strconv.ParseFloat(strings.TrimSpace(rest), 32)
		if err != nil {
			return Value{}, errors.New("a float that is no number")
		}
		return Float(float32(f)), nil
	}
	if rest, ok := strings.CutPrefix(s, "Double: "); ok {
		f, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
		if err != nil {
			return Value{}, errors.New("a double that is no number")
		}
		n := math.Float64bits(f)
		b := []byte{0x9f, 0x79, 8}
		for shift := 56; shift >= 0; shift -= 8 {
			b = append(b, byte(n>>shift))
		}
		return Value{TagOpaque, b}, nil
	}
	b, err := hexOctets(s)
	return Value{TagOpaque, b}, err
}

package snmpagent

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// maxLine bounds one line of a .snmprec file; the longest one seen has 65 kB.
const maxLine = 1 << 20

// snmprecLine begins like an object of a .snmprec file.
var snmprecLine = regexp.MustCompile(`^\.?\d+(?:\.\d+)*\|`)

type entry struct {
	oid   OID
	value Value
	rate  float64 // units a second that a counter moves by
}

// Recording is what an agent answers from: values by object identifier. It is built by one goroutine; Agents copy it.
type Recording struct {
	entries []entry
	sorted  bool
	skipped []string
}

// NewRecording returns an empty recording.
func NewRecording() *Recording { return &Recording{sorted: true} }

// Load reads a .snmprec file, of OID|TAG|VALUE lines, or what net-snmp's snmpwalk prints with -On: the first line that
// is one of the two decides. Lines that the formats' hand-edited oddities make useless are skipped and told by Skipped;
// variation modules of snmpsim ("4:error|...") are an error, since leaving them out would change what the file means.
func Load(r io.Reader) (*Recording, error) {
	rec := NewRecording()
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	walk := walkReader{rec: rec}
	isWalk, known := false, false
	for n := 1; s.Scan(); n++ {
		line := bytes.TrimSuffix(s.Bytes(), []byte("\r"))
		if !known {
			isWalk = walkLine.Match(line) || walkName.Match(line)
			known = isWalk || snmprecLine.Match(line)
		}
		if isWalk {
			walk.read(n, string(line))
			continue
		}
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		name, rest, ok1 := strings.Cut(string(line), "|")
		tag, text, ok2 := strings.Cut(rest, "|")
		if strings.Contains(tag, ":") {
			return nil, fmt.Errorf("line %d: variation module in tag %.20q: only plain recordings are replayed", n, tag)
		}
		oid, err := ParseOID(name)
		var v Value
		switch {
		case !ok1 || !ok2:
			err = errors.New("not of the form OID|TAG|VALUE")
		case err == nil:
			v, err = parseValue(tag, text)
		}
		if err != nil {
			rec.skip(n, err)
			continue
		}
		rec.put(oid, v, 0)
	}
	walk.end()
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	rec.sort()
	return rec, nil
}

func (r *Recording) skip(line int, why error) {
	r.skipped = append(r.skipped, fmt.Sprintf("line %d: %v", line, why))
}

// Skipped tells the lines that Load could not use, each with its number and the reason.
func (r *Recording) Skipped() []string { return r.skipped }

// Add puts v at a dotted OID; the first value of an OID wins. An OID that is none is an error.
func (r *Recording) Add(oid string, v Value) error {
	o, err := ParseOID(oid)
	if err != nil {
		return err
	}
	r.put(o, v, 0)
	return nil
}

func (r *Recording) put(o OID, v Value, rate float64) {
	if n := len(r.entries); n > 0 && r.entries[n-1].oid.Compare(o) >= 0 {
		r.sorted = false
	}
	r.entries = append(r.entries, entry{o, v, rate})
}

// sort brings the entries in order, and keeps the first of each object.
func (r *Recording) sort() {
	if r.sorted {
		return
	}
	slices.SortStableFunc(r.entries, func(a, b entry) int { return a.oid.Compare(b.oid) })
	r.entries = slices.CompactFunc(r.entries, func(a, b entry) bool { return a.oid.Compare(b.oid) == 0 })
	r.sorted = true
}

// Len is the number of objects.
func (r *Recording) Len() int {
	r.sort()
	return len(r.entries)
}

// Lookup returns the value of a dotted OID.
func (r *Recording) Lookup(oid string) (Value, bool) {
	o, err := ParseOID(oid)
	if err != nil {
		return Value{}, false
	}
	r.sort()
	i, ok := find(r.entries, o)
	if !ok {
		return Value{}, false
	}
	return r.entries[i].value, true
}

// WriteTo writes the recording as a .snmprec file, in order. Rates are not part of the format.
func (r *Recording) WriteTo(w io.Writer) (int64, error) {
	r.sort()
	var b bytes.Buffer
	for _, e := range r.entries {
		fmt.Fprintf(&b, "%s|%s\n", e.oid, e.value.line())
	}
	return b.WriteTo(w)
}

// find is the position of o, or where it would be.
func find(entries []entry, o OID) (int, bool) {
	return slices.BinarySearchFunc(entries, o, func(e entry, o OID) int { return e.oid.Compare(o) })
}

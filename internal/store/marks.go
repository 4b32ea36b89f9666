package store

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/quorate/quorate/pipeline"
)

// Marks are stored in few bytes, since every poll has one for every device. After the version comes a byte of flags,
// the unit in microseconds, the poll's time in it and the number of marks; per mark: how many bytes of its ref are those
// of the ref before, shifted by two with its saying below, the rest of the ref, and, but for one in a row: its time as
// the difference to the time before, and the number of its claims' times plus one (0 for none at all) with each as the
// difference to the mark's own. A difference is a varint of the zigzag form shifted by one, where 0 stands for "no
// time".
//
// The order of the marks is kept. Version 1 had no flags and no sayings, and left out what was in rows: its polls cannot
// be judged again.

const (
	marksOld     = 1
	marksVersion = 2
	marksProbe   = 1 // the flag of a tie-breaker's
)

var units = [...]int64{1_000_000, 1_000, 1} // seconds, milliseconds, microseconds

var errMarks = errors.New("the marks are cut short or malformed")

// encodeMarks returns nil where there is nothing to say.
func encodeMarks(at time.Time, probe bool, marks []pipeline.Mark) []byte {
	if len(marks) == 0 && !probe {
		return nil
	}
	unit := commonUnit(marks)
	b := make([]byte, 0, 16+6*len(marks))
	b = append(b, marksVersion, byte(flag(probe)))
	b = binary.AppendUvarint(b, uint64(unit))
	base := at.UnixMicro() / unit
	b = binary.AppendVarint(b, base)
	b = binary.AppendUvarint(b, uint64(len(marks)))
	ref, last := "", base
	for i := range marks {
		m := &marks[i]
		same := commonPrefix(ref, m.Ref)
		b = binary.AppendUvarint(b, uint64(same)<<2|uint64(m.Says))
		b = binary.AppendUvarint(b, uint64(len(m.Ref)-same))
		b = append(b, m.Ref[same:]...)
		ref = m.Ref
		if m.Says == pipeline.InRow {
			continue
		}
		b, last = appendTime(b, m.ObservedAt, unit, last)
		if m.Claims == nil {
			b = append(b, 0)
			continue
		}
		b = binary.AppendUvarint(b, uint64(len(m.Claims)+1))
		for _, c := range m.Claims {
			b, _ = appendTime(b, c, unit, last)
		}
	}
	return b
}

// decodeMarks also returns whether they are a tie-breaker's.
func decodeMarks(b []byte) (marks []pipeline.Mark, probe bool, err error) {
	return decodeMarksOf(b, nil)
}

// decodeMarksOf is decodeMarks of one ref alone, where only is not nil: the times of all others are passed over.
func decodeMarksOf(b []byte, only *string) (marks []pipeline.Mark, probe bool, err error) {
	if len(b) == 0 {
		return nil, false, nil
	}
	r := reader{b: b}
	version := r.byte()
	switch version {
	case marksOld:
	case marksVersion:
		probe = r.byte()&marksProbe != 0
	default:
		return nil, false, errMarks
	}
	unit, base, n := int64(r.uvarint()), r.varint(), r.uvarint()
	if unit <= 0 || n > uint64(len(b)) { // a mark takes more than one byte
		return nil, false, errMarks
	}
	if n > 0 && only == nil {
		marks = make([]pipeline.Mark, 0, n)
	}
	var ref []byte
	last := base
	for range n {
		var m pipeline.Mark
		same := r.uvarint()
		if version == marksVersion {
			m.Says, same = pipeline.Saying(same&3), same>>2
		}
		rest := r.bytes(r.uvarint())
		if r.bad || same > uint64(len(ref)) || m.Says > pipeline.AsLate {
			return nil, false, errMarks
		}
		ref = append(ref[:same], rest...)
		wanted := only == nil || string(ref) == *only
		if wanted {
			m.Ref = string(ref)
		}
		if m.Says == pipeline.InRow {
			if wanted {
				marks = append(marks, m)
			}
			continue
		}
		m.ObservedAt, last = r.time(unit, last)
		claims := r.uvarint()
		if claims > uint64(len(r.b))+1 {
			return nil, false, errMarks
		}
		if claims > 0 && wanted {
			m.Claims = make([]time.Time, 0, claims-1)
		}
		for i := uint64(1); i < claims; i++ {
			c, _ := r.time(unit, last)
			if wanted {
				m.Claims = append(m.Claims, c)
			}
		}
		if wanted {
			marks = append(marks, m)
		}
	}
	if r.bad || len(r.b) > 0 {
		return nil, false, errMarks
	}
	return marks, probe, nil
}

// commonUnit returns the largest unit in which all times of marks are whole.
func commonUnit(marks []pipeline.Mark) int64 {
	i := 0
	fit := func(t time.Time) {
		for !t.IsZero() && t.UnixMicro()%units[i] != 0 {
			i++ // ends: every time is a whole number of microseconds
		}
	}
	for m := range marks {
		fit(marks[m].ObservedAt)
		for _, c := range marks[m].Claims {
			fit(c)
		}
	}
	return units[i]
}

// appendTime appends t against last and returns the time that the next one is appended against.
func appendTime(b []byte, t time.Time, unit, last int64) ([]byte, int64) {
	if t.IsZero() {
		return append(b, 0), last
	}
	v := t.UnixMicro() / unit
	d := v - last
	return binary.AppendUvarint(b, (uint64(d<<1)^uint64(d>>63))+1), v
}

func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// reader takes numbers off b; bad stays true after the first that is not there.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	return r.took(v, n)
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	return int64(r.took(uint64(v), n))
}

func (r *reader) took(v uint64, n int) uint64 {
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) byte() byte {
	b := r.bytes(1)
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

func (r *reader) time(unit, last int64) (time.Time, int64) {
	z := r.uvarint()
	if z == 0 {
		return time.Time{}, last
	}
	z--
	v := last + (int64(z>>1) ^ -int64(z&1))
	return time.UnixMicro(v * unit).UTC(), v
}

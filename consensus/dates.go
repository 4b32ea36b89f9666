package consensus

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// A device of which only dates moved is not among the Devices of an Outcome: storing each of them again at every poll
// would be most of the work of a commit. Its dates are stored by source instead, all of one source in one row that
// replaces the one before: after the version, the unit of all times in nanoseconds and the instant in it come the number
// of refs and, per ref, in few bytes: how many bytes of it are those of the ref before, the rest of it, then the times
// of its report as differences: seen from the instant, newest from seen, base from seen, and each claim's two from
// newest and seen. A difference is a zigzag varint; where a time may be missing it is shifted by one, 0 for none.
//
// A report that was stored with its device at the same instant or later has the newer dates: Seen tells.

const datesVersion = 1

var dateUnits = [...]time.Duration{time.Second, time.Millisecond, time.Microsecond, time.Nanosecond}

var errDates = errors.New("the dates are cut short or malformed")

// Dates are the dates of the reports whose devices are not in Devices, for each source of which any moved at this
// instant: the whole new row of each. They are what the outcome leads to, whether it is applied yet or not.
func (o *Outcome) Dates() map[string][]byte {
	var rows map[string][]byte
	for _, name := range slices.Sorted(maps.Keys(o.moved)) {
		if b := o.dates(o.moved[name]); b != nil {
			if rows == nil {
				rows = map[string][]byte{}
			}
			rows[name] = b
		}
	}
	return rows
}

// dates returns the row of one source, nil where nothing moved.
func (o *Outcome) dates(m *moves) []byte {
	n, left := 0, m.lane.loose
	for i := range m.marks {
		if s := m.marks[i].slot; s != nil {
			n++
			if s.loose {
				left--
			}
		}
	}
	if n == 0 {
		return nil
	}
	others := m.others(o, left)
	for _, unit := range dateUnits {
		e := dateEncoder{unit: unit, at: m.at, b: make([]byte, 0, 64+10*(n+len(others)))}
		e.head(n + len(others))
		for i := range m.marks {
			if m.marks[i].slot != nil {
				e.mark(m, &m.marks[i])
			}
			if e.odd {
				break
			}
		}
		for _, s := range others {
			e.report(s.report)
		}
		if !e.odd {
			return e.b
		}
	}
	return nil
}

// others are the slots of loose reports that no mark is about and whose devices are not in the outcome, by ref. left is
// how many loose ones are not marked.
func (m *moves) others(o *Outcome, left int) []*slot {
	for id := range o.Devices {
		if n := o.nodes[id]; n != nil {
			for _, s := range n.slots {
				if s.lane == m.lane && s.loose {
					left--
				}
			}
		}
	}
	if left == 0 {
		return nil
	}
	marked := make(map[*slot]struct{}, len(m.marks))
	for i := range m.marks {
		marked[m.marks[i].slot] = struct{}{}
	}
	var list []*slot
	for _, s := range m.lane.slots {
		if _, again := marked[s]; s.loose && !again && o.Devices[s.node.id] == nil {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *slot) int { return compare(a.ref, b.ref) })
	return list
}

// dateEncoder writes a row of dates.
type dateEncoder struct {
	unit   time.Duration
	at     time.Time
	ref    string // the one before
	b      []byte
	odd    bool // some time is no multiple of the unit
	health []Claim
}

func (e *dateEncoder) head(refs int) {
	e.b = append(e.b, datesVersion)
	e.b = binary.AppendUvarint(e.b, uint64(e.unit))
	e.b = binary.AppendVarint(e.b, e.at.Unix())
	e.b = binary.AppendUvarint(e.b, uint64(e.at.Nanosecond()))
	e.b = binary.AppendUvarint(e.b, uint64(refs))
}

// time appends t as the difference to base.
func (e *dateEncoder) time(t, base time.Time) {
	if t.IsZero() {
		e.b = append(e.b, 0)
		return
	}
	d := t.Sub(base)
	if d%e.unit != 0 {
		e.odd = true
	}
	d /= e.unit
	e.b = binary.AppendUvarint(e.b, uint64(d<<1^d>>63)+1)
}

// mark appends what the mark makes of its report, which need not be looked at where the mark is plain.
func (e *dateEncoder) mark(m *moves, k *mark) {
	if k.own == markPlain && m.based {
		date := k.date()
		e.name(k.slot.ref)
		e.b = append(e.b, 1)
		e.time(date, m.at)
		e.b = append(e.b, 1, 0)
		return
	}
	r := *k.slot.report
	e.health = append(e.health[:0], r.Health...)
	r.Health = e.health
	d := m.dates(k)
	d.move(&r)
	e.report(&r)
}

func (e *dateEncoder) name(ref string) {
	same, most := 0, min(len(e.ref), len(ref))
	for same < most && e.ref[same] == ref[same] {
		same++
	}
	e.ref = ref
	e.b = binary.AppendUvarint(e.b, uint64(same))
	e.b = binary.AppendUvarint(e.b, uint64(len(ref)-same))
	e.b = append(e.b, ref[same:]...)
}

func (e *dateEncoder) report(r *Report) {
	e.name(r.Ref)
	e.time(r.Seen, e.at)
	e.time(r.Newest, r.Seen)
	e.time(r.Base, r.Seen)
	claims, plain := uint64(0), true
	for c := range r.claims {
		claims++
		plain = plain && c.ObservedAt.Equal(r.Newest) && c.ArrivedAt.Equal(r.Seen)
	}
	if plain {
		e.b = append(e.b, 0)
		return
	}
	e.b = binary.AppendUvarint(e.b, claims+1)
	for c := range r.claims {
		e.time(c.ObservedAt, r.Newest)
		e.time(c.ArrivedAt, r.Seen)
	}
}

// Redate puts the dates of a row of one source into the devices of a state that is being loaded, which were stored at
// some instant before: see Outcome.Dates. It must not run after the first Judge. An error is about a row that no Outcome
// made.
func (s *State) Redate(source string, row []byte) error {
	held := make(map[string]device.ID)
	for id, d := range s.Devices {
		for i := range d.Reports {
			if r := &d.Reports[i]; r.Source == source {
				held[r.Ref] = id
			}
		}
	}
	e := dateDecoder{b: row}
	if e.uvarint() != datesVersion {
		return errDates
	}
	e.unit = time.Duration(e.uvarint())
	sec, nsec, refs := e.varint(), e.uvarint(), e.uvarint()
	if e.bad || !slices.Contains(dateUnits[:], e.unit) || nsec >= uint64(time.Second) || refs > uint64(len(row)) {
		return errDates
	}
	at := time.Unix(sec, int64(nsec)).UTC()
	ref := ""
	for range refs {
		same, rest := e.uvarint(), e.bytes(e.uvarint())
		if e.bad || same > uint64(len(ref)) {
			return errDates
		}
		ref = ref[:same] + string(rest)
		var none Report
		r, d := &none, s.Devices[held[ref]]
		if d != nil {
			i, _ := findReport(d.Reports, source, ref)
			r = &d.Reports[i]
		}
		if seen := e.time(at); d == nil || !seen.After(r.Seen) {
			e.skip()
		} else if e.report(r, seen); !e.bad {
			d.follow(r)
		}
		if e.bad {
			return errDates
		}
	}
	if len(e.b) > 0 {
		return errDates
	}
	return nil
}

// dateDecoder takes a row of dates apart; bad stays true after the first that is not there.
type dateDecoder struct {
	unit time.Duration
	b    []byte
	bad  bool
}

func (e *dateDecoder) report(r *Report, seen time.Time) {
	r.Seen = seen
	r.Newest = e.time(seen)
	r.Base = e.time(seen)
	switch claims := e.uvarint(); claims {
	case 0:
		for c := range r.claims {
			c.ObservedAt, c.ArrivedAt = r.Newest, seen
		}
	default:
		for c := range r.claims {
			c.ObservedAt = e.time(r.Newest)
			c.ArrivedAt = e.time(seen)
			claims--
		}
		e.bad = e.bad || claims != 1
	}
}

// skip passes over what report would read.
func (e *dateDecoder) skip() {
	e.uvarint()
	e.uvarint()
	if claims := e.uvarint(); claims > 1 {
		for range min(2*(claims-1), uint64(len(e.b))+1) {
			e.uvarint()
		}
	}
}

func (e *dateDecoder) time(base time.Time) time.Time {
	z := e.uvarint()
	if z == 0 {
		return time.Time{}
	}
	z--
	return base.Add(time.Duration(int64(z>>1)^-int64(z&1)) * e.unit)
}

func (e *dateDecoder) uvarint() uint64 {
	v, n := binary.Uvarint(e.b)
	return e.took(v, n)
}

func (e *dateDecoder) varint() int64 {
	v, n := binary.Varint(e.b)
	return int64(e.took(uint64(v), n))
}

func (e *dateDecoder) took(v uint64, n int) uint64 {
	if n <= 0 {
		e.bad, e.b = true, nil
		return 0
	}
	e.b = e.b[n:]
	return v
}

func (e *dateDecoder) bytes(n uint64) []byte {
	if n > uint64(len(e.b)) {
		e.bad, e.b = true, nil
		return nil
	}
	b := e.b[:n]
	e.b = e.b[n:]
	return b
}

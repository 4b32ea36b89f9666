package prtg

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/sdk/sourcehttp"
)

// defaultInterval is what a sensor measures at where PRTG does not say.
const defaultInterval = time.Minute

// painter puts rows into a picture as they come, so that none of them is kept.
type painter struct {
	*picture
	now   time.Time         // by PRTG's clock
	words map[string]string // held once
	// What is in the picture already: rows move between the pages of a table.
	hasDevice, hasSensor map[int64]struct{}
}

func newPainter(now time.Time) *painter {
	return &painter{
		picture: &picture{}, now: now, words: map[string]string{}, hasDevice: map[int64]struct{}{}, hasSensor: map[int64]struct{}{},
	}
}

var (
	errNoID     = errors.New("it has no object id")
	errNoParent = errors.New("it does not say which device it belongs to")
)

// word returns s so that equal ones are held once.
func (p *painter) word(s string) string {
	if w, ok := p.words[s]; ok {
		return w
	}
	s = strings.Clone(s)
	p.words[s] = s
	return s
}

// objectID is PRTG's number of an object, which is unique over all kinds.
func objectID(v sourcehttp.Scalar) (int64, bool) {
	id, ok := v.Int()
	return id, ok && id >= 0
}

// device takes a row; added is false for one that is there already. An error says why it is no device.
func (p *painter) device(row *deviceRow) (added bool, err error) {
	id, ok := objectID(row.ID)
	if !ok {
		return false, errNoID
	}
	if _, twice := p.hasDevice[id]; twice {
		return false, nil
	}
	p.hasDevice[id] = struct{}{}
	n := node{
		id: id, name: row.Name.Name(), host: row.Host.Name(), group: p.word(row.Group.Name()), probe: p.word(row.Probe.Name()),
		location: p.word(row.Location.Name()), status: smallInt(row.Status), total: row.count(),
	}
	p.devices = append(p.devices, n)
	return true, nil
}

// count is how many sensors PRTG counts for the device, -1 where it does not say.
func (row *deviceRow) count() int {
	if n, ok := row.Total.Int(); ok && n >= 0 {
		return int(min(n, maxRows))
	}
	sum, said := int64(0), false
	for _, v := range []sourcehttp.Scalar{row.Up, row.Warning, row.Down, row.Acknowledged, row.Partial, row.Paused, row.Unusual, row.Undefined} {
		if n, ok := v.Int(); ok && n >= 0 {
			sum, said = sum+min(n, maxRows), true
		}
	}
	if !said {
		return -1
	}
	return int(min(sum, maxRows))
}

// sensor takes a row as device does.
func (p *painter) sensor(row *sensorRow) (added bool, err error) {
	id, ok := objectID(row.ID)
	if !ok {
		return false, errNoID
	}
	parent, ok := objectID(row.Device)
	if !ok {
		return false, errNoParent
	}
	if _, twice := p.hasSensor[id]; twice {
		return false, nil
	}
	p.hasSensor[id] = struct{}{}
	s := sensor{
		id: id, device: parent, name: row.Name.Name(), kind: p.word(strings.ToLower(row.Kind.String())), status: smallInt(row.Status),
		checked: instantOf(oleDate(row.LastCheck, p.now)), up: instantOf(oleDate(row.LastUp, p.now)), interval: defaultInterval,
	}
	if s.name == "" {
		s.name = "sensor " + row.ID.Name()
	}
	s.role = roleOf(s.kind, row.Tags.String())
	if v, ok := row.Interval.Float(); ok && v >= 1 && v <= 31*24*3600 {
		s.interval = time.Duration(v * float64(time.Second))
	}
	if s.reports() {
		s.message = p.word(message(row.Message, row.Markup)) // Many go down for one reason.
	}
	s.measure, s.value = s.measured(row)
	p.sensors = append(p.sensors, s)
	return true, nil
}

// smallInt is a status number; -1 is one that PRTG does not have.
func smallInt(v sourcehttp.Scalar) int {
	if n, ok := v.Int(); ok && n >= 0 && n < 1<<16 {
		return int(n)
	}
	return -1
}

// done brings what was painted into its order, whatever order it came in: what is said must not depend on that.
func (p *painter) done() *picture {
	slices.SortFunc(p.devices, func(a, b node) int { return cmp.Compare(a.id, b.id) })
	slices.SortFunc(p.sensors, func(a, b sensor) int { return cmp.Or(cmp.Compare(a.device, b.device), cmp.Compare(a.id, b.id)) })
	return p.picture
}

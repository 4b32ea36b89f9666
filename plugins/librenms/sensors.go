package librenms

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unique"

	"github.com/quorate/quorate/device"
)

// word is a text that many rows share; it takes eight bytes beside the one copy of the text.
type word = unique.Handle[string]

// sensors are what the sensors said when they were last read: once a step, since they change no faster.
type sensors struct {
	part
	of   map[string]*sensorsOf // by device_id
	rows int                   // of the last answer
}

// sensorsOf are the sensors of one device, by component, and when LibreNMS measured them.
type sensorsOf struct {
	at   time.Time
	took time.Duration // of the poll that measured them
	ups  bool
	list []sensor
}

// sensor is what is kept of a sensor. A lab may have a hundred thousand.
type sensor struct {
	component word
	raw       word
	value     float64   // in the reading's unit
	reading   *quantity // nil for none
	state     badness
	doubtful  bool // its limits are LibreNMS' own guess
	table     *stateTable
}

// badness orders the states of health; none is no claim.
type badness uint8

const (
	none badness = iota
	isGood
	isWarning
	isCritical
)

func bad(s device.State) badness {
	switch s {
	case device.StateCritical:
		return isCritical
	case device.StateWarning:
		return isWarning
	case device.StateOK:
		return isGood
	}
	return none
}

func (b badness) state() device.State {
	return [...]device.State{none: "", isGood: good, isWarning: warn, isCritical: crit}[b]
}

// refresh reads the sensors anew if a step has passed, and reports whether it did. A failure costs the sensors, not the poll: the old values stay
// with their old time until they are too old to count. Only sensors of devices whose SNMP was answered lately are kept:
// those of the others are frozen.
func (s *sensors) refresh(ctx context.Context, api client, now time.Time, r round, devices []seen) bool {
	return s.ask(ctx, "sensors", now, r.step, func(ctx context.Context) error {
		found := make(map[string]*sensorsOf, len(devices))
		for _, d := range devices {
			if r.managed(d) {
				found[d.id] = &sensorsOf{at: d.polled, took: d.took, ups: d.row.Type.String() == "power"}
			}
		}
		n := 0
		err := api.sensors(ctx, func(row sensorRow) {
			n++
			if of := found[row.DeviceID.String()]; of != nil && !row.Deleted.Bool() {
				of.take(row)
			}
		})
		if err == nil {
			err = s.vanished(s.rows, n)
		}
		if err != nil {
			return err
		}
		for _, of := range found {
			of.settle()
		}
		s.of, s.rows = found, n
		return nil
	})
}

// sensors hands over every sensor of every device; there is no way to ask for fewer.
func (c client) sensors(ctx context.Context, row func(sensorRow)) error {
	return list(ctx, c, "/resources/sensors", nil, "sensors", maxRows, row)
}

func (of *sensorsOf) take(row sensorRow) {
	value, ok := row.Current.Float()
	label := row.Descr.Name()
	if !ok || label == "" || math.Abs(value) > 1e15 {
		return
	}
	var s sensor
	if row.Class.String() == "state" {
		if s, ok = stateSensor(row, label, value); !ok {
			return
		}
	} else {
		s = of.measured(row, label, value)
	}
	// A sensor whose alerts are switched off claims nothing.
	if row.Alert.IsSet() && !row.Alert.Bool() {
		s.state = none
	}
	if s.state != none || s.reading != nil {
		of.list = append(of.list, s)
	}
}

// stateReading is the number of a state sensor, which means something to its own device alone.
var stateReading = quantity{name: "state", unit: "1", factor: 1}

func stateSensor(row sensorRow, label string, value float64) (sensor, bool) {
	name := row.Type.String()
	if misread[name] || value != math.Trunc(value) {
		return sensor{}, false
	}
	table, known := states[name]
	if !known {
		table.kind = guess
	}
	if table.kind == guess {
		table.kind = kindOf(label)
	}
	s := sensor{
		component: unique.Make(component(table.kind, label)), value: value, reading: &stateReading,
		state: bad(table.states[int(value)]),
		raw:   unique.Make(row.Type.Name() + "=" + strconv.FormatFloat(value, 'f', 0, 64)),
	}
	if table.beside != nil {
		s.table = &table
	}
	return s, true
}

func (of *sensorsOf) measured(row sensorRow, label string, value float64) sensor {
	q := classes[row.Class.String()]
	k := q.kind
	switch {
	case k == electrical && of.ups:
		k = kindUPS
	case k == guess, k == "":
		k = kindOf(label)
	}
	s := sensor{component: unique.Make(component(k, label))}
	if q.name != "" {
		s.value, s.reading = value*q.factor, quantities[row.Class.String()]
	}
	state, raw := row.limits(value)
	s.state, s.raw = bad(state), unique.Make(raw)
	s.doubtful = row.Custom.String() != "Yes"
	return s
}

// quantities are the classes by name once more, so that a sensor can point at its own.
var quantities = func() map[string]*quantity {
	all := make(map[string]*quantity, len(classes))
	for name, q := range classes {
		all[name] = &q
	}
	return all
}()

// settle puts the sensors into a fixed order, by component, the worst of each first, and looks at each state that means
// more beside another part that is not well.
func (of *sensorsOf) settle() {
	unwell := map[kind]bool{}
	for _, s := range of.list {
		if s.state >= isWarning {
			k, _, _ := strings.Cut(s.component.Value(), ":")
			unwell[k] = true
		}
	}
	for i := range of.list {
		if s := &of.list[i]; s.table != nil {
			if unwell[s.table.unwell] && s.state != none {
				s.state = bad(s.table.beside[int(s.value)])
			}
			s.table = nil
		}
	}
	slices.SortStableFunc(of.list, func(a, b sensor) int {
		x, y := a.component.Value(), b.component.Value()
		return cmp.Or(device.CompareNames(x, y), cmp.Compare(x, y), cmp.Compare(b.state, a.state))
	})
	of.list = slices.Clip(of.list)
}

// claims are one a component, the worst.
func (of *sensorsOf) claims(step time.Duration) []device.Claim {
	if of == nil {
		return nil
	}
	claims, doubt := make([]device.Claim, 0, len(of.list)), 0.5
	for i, s := range of.list {
		if s.state == none || i > 0 && of.list[i-1].component == s.component {
			continue
		}
		c := device.Claim{
			Facet: device.FacetHealth, Component: s.component.Value(), State: s.state.state(), Raw: s.raw.Value(),
			Interval: device.Duration(step), ObservedAt: of.at,
		}
		if s.doubtful {
			c.Confidence = &doubt
		}
		claims = append(claims, c)
	}
	return claims
}

// readings are one a component and quantity, the first. Unlike a claim a reading has no date of its own, so that those of
// more than three steps ago are none.
func (of *sensorsOf) readings(r round) []device.Reading {
	if of == nil || r.now.Sub(of.at) > 3*r.step+of.took {
		return nil
	}
	readings := make([]device.Reading, 0, len(of.list))
	start := 0 // of the readings of the component at hand
	for i, s := range of.list {
		if i > 0 && of.list[i-1].component != s.component {
			start = len(readings)
		}
		if s.reading == nil || slices.ContainsFunc(readings[start:], func(r device.Reading) bool { return r.Quantity == s.reading.name }) {
			continue
		}
		readings = append(readings, device.Reading{Component: s.component.Value(), Quantity: s.reading.name, Value: s.value, Unit: s.reading.unit})
	}
	return readings
}

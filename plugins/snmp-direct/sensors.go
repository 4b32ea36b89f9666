package snmpdirect

import (
	"fmt"
	"math"
	"time"

	"github.com/quorate/quorate/device"
)

// entities are the names and classes of ENTITY-MIB's rows by index. They hardly change, so that they are read again only
// with the device's identity, or where the number of sensors is another: somebody has plugged in a part.
type entities struct {
	names   map[string]string
	classes map[string]float64
	sensors int // rows of sensors and states that there were
}

func readEntities(s *session) (*entities, error) {
	const table = ".1.3.6.1.2.1.47.1.1.1.1."
	walked, err := s.walk([]string{table + "7", table + "2", table + "5"})
	if err != nil {
		return nil, err
	}
	e := &entities{names: texts(walked[0]), classes: numbers(walked[2])}
	for index, descr := range texts(walked[1]) {
		if e.names[index] == "" {
			e.names[index] = descr
		}
	}
	return e, nil
}

// readSensors reads ENTITY-SENSOR-MIB and ENTITY-STATE-MIB: temperatures, fans, power and the like with their state, and the
// state of chassis and modules. Fans and power supplies that the profile knows better are left out of the latter.
func (t *target) readSensors(s *session) error {
	const table, state = ".1.3.6.1.2.1.99.1.1.1.", ".1.3.6.1.2.1.131.1.1.1.3"
	walked, err := s.walk([]string{table + "1", table + "2", table + "3", table + "4", table + "5", state})
	if err != nil {
		return err
	}
	values, states := walked[:5], walked[5]
	if n := len(values[0]) + len(states); n > 0 && (t.entities == nil || t.entities.sensors != n) {
		if t.entities, err = readEntities(s); err != nil {
			return err
		}
		t.entities.sensors = n
	}
	l := sensorList{entities: t.entities, at: t.readAt, byName: map[string]*part{}, spoken: map[string]bool{}}
	for _, p := range t.parts {
		l.spoken[p.kind] = true
	}
	l.values(values)
	l.states(states)
	t.sensors = l.parts
	return nil
}

// sensorList collects the parts that sensors and states of entities speak of.
type sensorList struct {
	entities *entities
	at       time.Time
	parts    []*part
	byName   map[string]*part
	spoken   map[string]bool // kinds that the profile's own objects speak of
}

// part is a new part of a kind, named as its entity is, with the index where two have one name.
func (l *sensorList) part(kind, index string) *part {
	name := l.entities.names[index]
	if name == "" {
		name = index
	}
	p := &part{component: kind + ":" + name, kind: kind, at: l.at}
	if l.byName[p.component] != nil {
		p.component += " " + index
	}
	l.byName[p.component] = p
	l.parts = append(l.parts, p)
	return p
}

// values takes the columns type, scale, precision, value and state of entPhySensorTable. The state is missing where the
// agent is older than the table; a value of a sensor that says of itself that it is not well is none.
func (l *sensorList) values(walked [][]cell) {
	scale, precision, value, state := numbers(walked[1]), numbers(walked[2]), numbers(walked[3]), numbers(walked[4])
	for _, c := range walked[0] {
		n, _ := integer(c.value)
		kind, m, ok := sensorKind(n)
		if !ok || len(l.parts) == maxParts {
			continue
		}
		p := l.part(kind, c.index)
		is, hasState := state[c.index]
		switch is {
		case 1:
			p.state, p.raw = device.StateOK, []string{"entPhySensorOperStatus=1 ok"}
		case 3:
			p.state, p.raw = device.StateCritical, []string{"entPhySensorOperStatus=3 nonoperational"}
		}
		raw, ok := value[c.index]
		if !ok || (hasState && is != 1) || raw <= -sensorEdge || raw >= sensorEdge {
			continue
		}
		if v := power10(raw, scale[c.index], precision[c.index]); finite(v) {
			p.readings = []device.Reading{{Component: p.component, Quantity: m.Quantity, Unit: m.Unit, Value: v}}
		}
	}
}

// sensorEdge is what RFC 3433 shows of a value that does not fit, with either sign.
const sensorEdge = 1_000_000_000

// states takes entStateOper. Ports and containers have a state, too: whether a port may be down only its owner knows.
func (l *sensorList) states(cells []cell) {
	for _, c := range cells {
		n, ok := integer(c.value)
		kind := entityKind(int(l.entities.classes[c.index]))
		if !ok || kind == "" || (kind != "stack" && l.spoken[kind]) || len(l.parts) == maxParts {
			continue
		}
		p := l.byName[kind+":"+l.entities.names[c.index]]
		if p == nil {
			p = l.part(kind, c.index)
		}
		names := []string{1: "unknown", 2: "disabled", 3: "enabled", 4: "testing"}
		word := ""
		if n >= 1 && n < int64(len(names)) {
			word = " " + names[n]
		}
		p.raw = append(p.raw, fmt.Sprintf("entStateOper=%d%s", n, word))
		switch n {
		case 3:
			p.state = worse(p.state, device.StateOK)
		case 4:
			p.state = worse(p.state, device.StateWarning)
		}
		if len(p.readings) == 0 {
			p.readings = []device.Reading{{Component: p.component, Quantity: "state", Value: float64(n), Unit: "1"}}
		}
	}
}

// entityKind maps entPhysicalClass to the kind of component whose state counts; empty for all others.
func entityKind(class int) string {
	switch class {
	case classChassis, classBackplane, classModule, classStack:
		return "stack"
	case classPowerSupply:
		return "psu"
	case classFan:
		return "fan"
	case classCPU:
		return "cpu"
	}
	return ""
}

// sensorKind maps entPhySensorType to a kind of component and a quantity.
func sensorKind(n int64) (string, measure, bool) {
	switch n {
	case 3, 4:
		return "psu", measure{Quantity: "voltage", Unit: "V"}, true
	case 5:
		return "psu", measure{Quantity: "current", Unit: "A"}, true
	case 6:
		return "psu", measure{Quantity: "power", Unit: "W"}, true
	case 7:
		return "psu", measure{Quantity: "frequency", Unit: "Hz"}, true
	case 8:
		return "temperature", measure{Quantity: "temperature", Unit: "Cel"}, true
	case 9:
		return "temperature", measure{Quantity: "humidity", Unit: "%"}, true
	case 10:
		return "fan", measure{Quantity: "fan_speed", Unit: "rpm"}, true
	}
	return "", measure{}, false
}

// power10 is RFC 3433's value: scale 9 is units, each step a thousand; precision counts decimals.
func power10(value, scale, precision float64) float64 {
	if scale == 0 {
		scale = 9 // not sent
	}
	return value * math.Pow10(3*(int(scale)-9)) / math.Pow10(int(precision))
}

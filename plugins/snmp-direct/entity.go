package snmpdirect

import (
	"math"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

const classChassis = 3

// chassis is what ENTITY-MIB says of the box itself.
type chassis struct{ serial, model, version string }

// readChassis reads the first chassis row of entPhysicalTable. A stack has one for each member: the first is the one that
// the stack answers for.
func readChassis(s *session) (chassis, error) {
	const table = ".1.3.6.1.2.1.47.1.1.1.1."
	walked, err := s.walk([]string{table + "5", table + "11", table + "13", table + "10"})
	if err != nil {
		return chassis{}, err
	}
	for _, c := range walked[0] {
		if n, _ := integer(c.value); n != classChassis {
			continue
		}
		found := chassis{serial: at(walked[1], c.index), model: at(walked[2], c.index), version: at(walked[3], c.index)}
		if found != (chassis{}) {
			return found, nil
		}
	}
	return chassis{}, nil
}

// at is the text in a column at an index.
func at(cells []cell, index string) string {
	for _, c := range cells {
		if c.index == index {
			return text(c.value)
		}
	}
	return ""
}

// readSensors reads ENTITY-SENSOR-MIB: temperatures, fans, power and the like, with their state.
func readSensors(s *session, now time.Time) ([]*part, error) {
	const table, entity = ".1.3.6.1.2.1.99.1.1.1.", ".1.3.6.1.2.1.47.1.1.1.1."
	walked, err := s.walk([]string{table + "1", table + "2", table + "3", table + "4", table + "5"})
	if err != nil || len(walked[0]) == 0 {
		return nil, err
	}
	names, err := s.walk([]string{entity + "7", entity + "2"})
	if err != nil {
		return nil, err
	}
	label := texts(names[0])
	for index, descr := range texts(names[1]) {
		if label[index] == "" {
			label[index] = descr
		}
	}
	scale, precision, value, status := numbers(walked[1]), numbers(walked[2]), numbers(walked[3]), numbers(walked[4])
	var list []*part
	taken := map[string]bool{}
	for _, c := range walked[0] {
		n, _ := integer(c.value)
		kind, m, ok := sensorKind(n)
		if !ok || len(list) == maxParts {
			continue
		}
		name := label[c.index]
		if name == "" {
			name = c.index
		}
		p := &part{component: kind + ":" + name, kind: kind, at: now}
		if taken[p.component] {
			p.component += " " + c.index
		}
		taken[p.component] = true
		switch status[c.index] {
		case 1:
			p.state, p.raw = device.StateOK, []string{"entPhySensorOperStatus=1 ok"}
			if raw, ok := value[c.index]; ok && finite(power10(raw, scale[c.index], precision[c.index])) {
				p.readings = []device.Reading{{
					Component: p.component, Quantity: m.Quantity, Unit: m.Unit, Value: power10(raw, scale[c.index], precision[c.index]),
				}}
			}
		case 3:
			p.state, p.raw = device.StateCritical, []string{"entPhySensorOperStatus=3 nonoperational"}
		}
		list = append(list, p)
	}
	return list, nil
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
	return value * math.Pow10(3*(int(scale)-9)) / math.Pow10(int(precision))
}

func texts(cells []cell) map[string]string {
	m := make(map[string]string, len(cells))
	for _, c := range cells {
		m[c.index] = text(c.value)
	}
	return m
}

func numbers(cells []cell) map[string]float64 {
	m := make(map[string]float64, len(cells))
	for _, c := range cells {
		if n, ok := number(c.value); ok {
			m[c.index] = n
		}
	}
	return m
}

// portOf finds the interface that a name stands for.
func portOf(all []*iface, name string) *iface {
	for _, i := range all {
		if i.name == name || strings.TrimSuffix(i.name, " "+i.index) == name {
			return i
		}
	}
	return nil
}

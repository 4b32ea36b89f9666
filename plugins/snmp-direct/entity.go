package snmpdirect

import "strings"

// Values of entPhysicalClass.
const (
	classChassis     = 3
	classBackplane   = 4
	classPowerSupply = 6
	classFan         = 7
	classModule      = 9
	classStack       = 11
	classCPU         = 12
)

// chassis is what ENTITY-MIB says of the box itself.
type chassis struct{ vendor, serial, model, version string }

// readChassis reads entPhysicalTable's row of the chassis. A stack has one for each member: the first with a serial number
// of its own is the one that the stack answers for, whatever its members do; those of the others are no evidence of who
// the whole is.
func readChassis(s *session) (chassis, error) {
	const table = ".1.3.6.1.2.1.47.1.1.1.1."
	walked, err := s.walk([]string{table + "5", table + "11", table + "13", table + "10"})
	if err != nil {
		return chassis{}, err
	}
	var first chassis
	for _, c := range walked[0] {
		if n, _ := integer(c.value); n != classChassis {
			continue
		}
		found := chassis{serial: at(walked[1], c.index), model: at(walked[2], c.index), version: at(walked[3], c.index)}
		if !placeholder(found.serial) {
			return found, nil
		}
		if first == (chassis{}) {
			first = found
		}
	}
	return first, nil
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

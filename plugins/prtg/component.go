package prtg

import (
	"slices"
	"strings"
	"unicode"

	"github.com/quorate/quorate/device"
)

// partKinds are the kinds of component that agent sensors look at, by what the name of their own kind holds.
var partKinds = []struct{ holds, part string }{
	{"traffic", "port"}, {"rmon", "port"}, {"physicaldisk", "disk"}, {"hddhealth", "disk"}, {"smart", "disk"},
	{"logicaldisk", "volume"}, {"diskfree", "volume"}, {"diskspace", "volume"}, {"volume", "volume"}, {"storage", "volume"},
	{"raid", "raid"}, {"memory", "memory"}, {"cpu", "cpu"}, {"processor", "cpu"}, {"loadavg", "cpu"}, {"snmpups", "ups"}, {"snmpapc", "ups"},
	{"fan", "fan"}, {"temperature", "temperature"}, {"powersupply", "psu"},
}

// partWords tell the same by a word in the name, of agent sensors whose kind does not: many a fan is a custom sensor.
var partWords = []struct{ word, part string }{
	{"temperature", "temperature"}, {"temp", "temperature"}, {"fan", "fan"}, {"psu", "psu"}, {"raid", "raid"}, {"disk", "disk"}, {"drive", "disk"},
	{"hdd", "disk"}, {"ssd", "disk"}, {"volume", "volume"}, {"ups", "ups"}, {"battery", "ups"}, {"memory", "memory"}, {"cpu", "cpu"},
}

// partsOf names what each of a device's sensors looks at: "" is the device itself. Where several sensors would look at
// the same, each is told by its own name.
func partsOf(sensors []sensor) []string {
	parts := make([]string, len(sensors))
	first := make(map[string]int, len(sensors))
	for i := range sensors {
		part := sensors[i].part()
		parts[i] = part
		if part == "" {
			continue
		}
		j, taken := first[part]
		if !taken {
			first[part] = i
			continue
		}
		for _, k := range []int{i, j} {
			kind, _, _ := strings.Cut(part, ":")
			parts[k] = kind + ":" + sensors[k].name
		}
	}
	for i, part := range parts {
		runes := []rune(part)
		parts[i] = string(runes[:min(len(runes), device.MaxName)])
	}
	return parts
}

// part names what a sensor looks at.
func (s *sensor) part() string {
	switch {
	case s.role == rolePing:
		return ""
	case s.role == roleService && s.kind != "":
		return "service:" + s.kind
	case s.role.agent():
		for _, p := range partKinds {
			if strings.Contains(s.kind, p.holds) {
				return p.part + ":" + label(p.part, s.name)
			}
		}
		words := strings.FieldsFunc(strings.ToLower(s.name), func(c rune) bool { return !unicode.IsLetter(c) })
		for _, p := range partWords {
			if slices.Contains(words, p.word) {
				return p.part + ":" + s.name
			}
		}
	}
	return "service:" + s.name
}

// label takes from a sensor's name what PRTG adds to the device's own word: "(012) uplink Traffic" is port uplink.
func label(part, name string) string {
	l := name
	switch part {
	case "port":
		if strings.HasPrefix(l, "(") {
			if _, rest, ok := strings.Cut(l, ") "); ok {
				l = rest
			}
		}
		l = strings.TrimSuffix(l, " Traffic")
	case "volume":
		l = strings.TrimPrefix(l, "Disk Free: ")
	}
	if l = strings.TrimSpace(l); l == "" {
		return name
	}
	return l
}

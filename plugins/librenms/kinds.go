package librenms

import (
	"strings"

	"github.com/quorate/quorate/device"
)

// kind is a sort of component, of those that the data contract knows.
type kind = string

const (
	kindPort        kind = "port"
	kindFan         kind = "fan"
	kindPSU         kind = "psu"
	kindTemperature kind = "temperature"
	kindDisk        kind = "disk"
	kindRAID        kind = "raid"
	kindVolume      kind = "volume"
	kindMemory      kind = "memory"
	kindCPU         kind = "cpu"
	kindUPS         kind = "ups"
	kindStack       kind = "stack"
	kindService     kind = "service"
	kindAP          kind = "ap"
)

// telling are the words in a sensor's description that tell what it belongs to, the more special ones first.
var telling = []struct {
	word string
	kind kind
}{
	{"fan", kindFan}, {"power supply", kindPSU}, {"psu", kindPSU}, {"battery", kindUPS}, {"ups", kindUPS},
	{"raid", kindRAID}, {"volume", kindVolume}, {"pool", kindVolume}, {"partition", kindVolume},
	{"disk", kindDisk}, {"drive", kindDisk}, {"ssd", kindDisk}, {"hdd", kindDisk},
	{"memory", kindMemory}, {"swap", kindMemory}, {"cpu", kindCPU}, {"processor", kindCPU}, {"temp", kindTemperature},
	{"access point", kindAP}, {"aps", kindAP}, {"stack", kindStack}, {"power", kindPSU},
}

// kindOf guesses what a sensor of a kindless class belongs to from whole words of its description, "service" where
// nothing tells.
func kindOf(label string) kind {
	words := " " + strings.Join(strings.FieldsFunc(strings.ToLower(label), func(c rune) bool {
		return (c < 'a' || c > 'z') && c < 0x80
	}), " ") + " "
	for _, t := range telling {
		for _, form := range []string{" " + t.word + " ", " " + t.word + "s "} {
			if strings.Contains(words, form) {
				return t.kind
			}
		}
	}
	return kindService
}

// component names a part of a device, within the length that names may have.
func component(k kind, label string) string {
	name := k + ":" + label
	if len(name) <= device.MaxName {
		return name
	}
	runes := []rune(name)
	return string(runes[:min(len(runes), device.MaxName)])
}

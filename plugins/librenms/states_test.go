package librenms

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestStateTables says all tables again, in the words of the devices' own documentation: o good, w warning, c critical; a
// number that is not here says nothing of the part.
func TestStateTables(t *testing.T) {
	want := map[string]string{
		"icfFanSensor":         "fan 2c 3w 4o",
		"icfPowerSupplySensor": "psu 2c 3w 4o",
		"icfTemperatureSensor": "temperature 2c 3w 4o",
		"hpicfFanState":        "fan 3w 4w 5o",
		"hpicfPsState":         "psu 2c 3o 4c 5c",
		"hpStackOperStatus":    "stack 0o 1o 2o 3c 4c",
		"hpStackTopology":      "stack 1o 2o 3o 4w",
		"hpStackMemberState":   "stack 0o 1c 2o 3o 4o 5o 6w 7w 8c 9w",
		"entStateOper":         "? 3o 4w",

		"hh3cdevMFanStatusTable":                           "fan 1o 2c 4w",
		"hh3cdevMPowerStatusTable":                         "psu 1o 2c 4w",
		"entPhySensorTable":                                "? 1o 3c",
		"arubaWiredPowerSupplyTable":                       "psu 1o 3c 4c 5c 6c 7c 10w 13c 14c 15c 16c 17c",
		"arubaWiredVsxIslOperState":                        "stack 2c 3o",
		"ARUBAWIRED-VSFv2-MIB::arubaWiredVsfv2Topology":    "stack 0o 1o 2w",
		"ARUBAWIRED-VSFv2-MIB::arubaWiredVsfv2OperStatus":  "stack 0o 1w 2c",
		"ARUBAWIRED-VSFv2-MIB::arubaWiredVsfv2MemberTable": "stack 10c 11w 12o 13w",

		"systemStatusState":     "service 1o 2c",
		"powerStatusState":      "psu 1o 2c",
		"systemFanStatusState":  "fan 1o 2c",
		"cpuFanStatusState":     "fan 1o 2c",
		"upgradeAvailableState": "service",
		"diskStatusState":       "disk 1o 2o 3o 4c 5c, beside raid 1o 2w 3w 4c 5c",
		"diskHealthStatusState": "disk 1o 2w 3c 4c",
		"raidStatusState":       "raid 1o 2w 3w 4w 5w 6w 7w 8o 9w 10w 11c 12c 13o 14w 15w 16w 17w 18w 19w 20w",

		"hdStatus":      "disk -9c -6c 0o",
		"diskSmartInfo": "disk -1c 0o 1w 2c",
		"raidStatus":    "raid 0o 1c 2w 3w 4c 5c 6w",

		"upsBasicOutputStatus":          "ups 2o 3w 4o 5o 6w 7c 8w 9w 10c 11w 12o 13o 14o 15w 16c 17w 18o 19o 20o 21o 22o",
		"upsAdvBatteryReplaceIndicator": "ups 1o 2c",

		"snChasPwrSupplyOperStatus": "psu 2o 3c",
		"snChasFanOperStatus":       "fan 2o 3c",
		"snStackingOperUnitState":   "stack 1o 2o 4c",
	}
	got := map[string]string{}
	for name, table := range states {
		words := func(states map[int]string) string {
			var numbers []int
			for n := range states {
				numbers = append(numbers, n)
			}
			slices.Sort(numbers)
			var b strings.Builder
			for _, n := range numbers {
				fmt.Fprintf(&b, " %d%s", n, states[n])
			}
			return b.String()
		}
		letters := func(from map[int]string, n int, b badness) {
			from[n] = [...]string{isGood: "o", isWarning: "w", isCritical: "c"}[b]
		}
		plain, beside := map[int]string{}, map[int]string{}
		for n, s := range table.states {
			letters(plain, n, bad(s))
		}
		for n, s := range table.beside {
			letters(beside, n, bad(s))
		}
		got[name] = table.kind + words(plain)
		if len(beside) > 0 {
			got[name] += ", beside " + table.unwell + words(beside)
		}
		if misread[name] {
			t.Errorf("%s is misread and has a table", name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestKindOfALabel is what a sensor of a class that names no part belongs to.
func TestKindOfALabel(t *testing.T) {
	for label, want := range map[string]kind{
		"Fan 1": kindFan, "Tray 2 fans": kindFan, "Power Supply #1": kindPSU, "PSU-2": kindPSU, "CPU usage": kindCPU, "Memory": kindMemory,
		"Disk wear": kindDisk, "Drive Bay 3": kindDisk, "Volume 1": kindVolume, "RAID group": kindRAID, "Inlet Temp": kindTemperature,
		"Connected APs": kindAP, "Battery": kindUPS, "Groups": kindService, "Fanatic": kindService, "Übersicht": kindService, "": kindService,
	} {
		if got := kindOf(label); got != want {
			t.Errorf("%q is a %s, want %s", label, got, want)
		}
	}
}

// TestClassOfARule is the class of an alert by its rule's name, where the alert log does not tell.
func TestClassOfARule(t *testing.T) {
	for rule, want := range map[string]string{
		"Device Down! Due to no ICMP response.": classReachability, "Devices up/down": classReachability, "Device Down (SNMP unreachable)": classManagement,
		"Device rebooted": classReachability, "Port status up/down with exclude": classInterface, "Port utilisation over threshold": classInterface,
		"Sensor over limit": classEnvironment, "State Sensor Critical": classEnvironment, "Processor usage over 85%": classCompute,
		"Storage space used": classStorage, "Support contract": classOther, "UPS on battery": classPower, "Service up/down": classService, "": classOther,
		"Ping Latency": classReachability, "Shipping": classOther,
	} {
		if got := classOf(rule); got != want {
			t.Errorf("%q is %s, want %s", rule, got, want)
		}
	}
}

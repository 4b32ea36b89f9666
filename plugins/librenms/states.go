package librenms

import "github.com/quorate/quorate/device"

// quantity is what a sensor class measures: the reading it becomes, and the kind of component it belongs to.
type quantity struct {
	name, unit, kind string
	factor           float64
}

// classes are the sensor classes that are read. The API has minutes for run times. Electrical classes belong to the
// power supply, of a device that is a UPS to the UPS.
var classes = map[string]quantity{
	"temperature":    {"temperature", "Cel", "temperature", 1},
	"humidity":       {"humidity", "%", "temperature", 1},
	"fanspeed":       {"fan_speed", "rpm", "fan", 1},
	"power":          {"power", "W", electrical, 1},
	"power_consumed": {"energy", "kW.h", electrical, 1},
	"voltage":        {"voltage", "V", electrical, 1},
	"current":        {"current", "A", electrical, 1},
	"frequency":      {"frequency", "Hz", electrical, 1},
	"load":           {"load", "%", "ups", 1},
	"charge":         {"charge", "%", "ups", 1},
	"runtime":        {"runtime", "s", "ups", 60},
	"dbm":            {"signal", "dBm", "port", 1},
}

const electrical = "psu"

// stateTable is what the numbers of a state sensor mean: the API gives the bare number. A number that is not listed is
// no verdict on the component.
type stateTable struct {
	kind   string // "" is the device itself
	states map[int]device.State
}

const (
	good = device.StateOK
	warn = device.StateWarning
	crit = device.StateCritical
)

// states are the known state sensors by sensor_type. Left out on purpose: QNAP's systemFanStatus and
// systemPowerStatus, which in LibreNMS read the disks' SMART column, and Synology's upgradeAvailableState, which is
// news and no fault; entStateOper, whose numbers LibreNMS and the standard read differently. A Synology disk that is "initialized" and planned work on a RAID (parity check, scrubbing) are
// no fault either.
var states = map[string]stateTable{
	"icfFanSensor":         {"fan", chassis},
	"icfPowerSupplySensor": {"psu", chassis},
	"icfTemperatureSensor": {"temperature", chassis},
	"hpicfFanState":        {"fan", map[int]device.State{3: warn, 4: warn, 5: good}},
	"hpicfPsState":         {"psu", map[int]device.State{3: good, 2: crit, 4: crit, 5: crit}},
	"hpStackOperStatus":    {"stack", map[int]device.State{0: good, 1: good, 2: good, 3: crit, 4: crit}},
	"hpStackTopology":      {"stack", map[int]device.State{1: good, 2: good, 3: good, 4: warn}},
	"hpStackMemberState": {"stack", map[int]device.State{
		0: good, 2: good, 3: good, 4: good, 5: good, 1: crit, 8: crit, 6: warn, 7: warn, 9: warn,
	}},
	"hh3cdevMFanStatusTable":   {"fan", map[int]device.State{1: good, 2: crit, 4: warn}},
	"hh3cdevMPowerStatusTable": {"psu", map[int]device.State{1: good, 2: crit, 4: warn}},
	"arubaWiredPowerSupplyTable": {"psu", map[int]device.State{
		1: good, 3: crit, 4: crit, 5: crit, 6: crit, 7: crit, 10: warn, 13: crit, 14: crit, 15: crit, 16: crit, 17: crit,
	}},
	"arubaWiredVsxIslOperState":                        {"stack", map[int]device.State{2: crit, 3: good}},
	"ARUBAWIRED-VSFv2-MIB::arubaWiredVsfv2Topology":    {"stack", map[int]device.State{0: good, 1: good, 2: warn}},
	"ARUBAWIRED-VSFv2-MIB::arubaWiredVsfv2OperStatus":  {"stack", map[int]device.State{0: good, 1: warn, 2: crit}},
	"ARUBAWIRED-VSFv2-MIB::arubaWiredVsfv2MemberTable": {"stack", map[int]device.State{10: crit, 11: warn, 12: good, 13: warn}},

	"systemStatusState":     {"system", normal},
	"powerStatusState":      {"psu", normal},
	"systemFanStatusState":  {"fan", normal},
	"cpuFanStatusState":     {"fan", normal},
	"diskStatusState":       {"disk", map[int]device.State{1: good, 2: good, 3: good, 4: crit, 5: crit}},
	"diskHealthStatusState": {"disk", map[int]device.State{1: good, 2: warn, 3: crit, 4: crit}},
	"raidStatusState": {"raid", map[int]device.State{
		1: good, 8: good, 13: good, 11: crit, 12: crit,
		2: warn, 3: warn, 4: warn, 5: warn, 6: warn, 7: warn, 9: warn, 10: warn, 14: warn, 15: warn, 16: warn, 17: warn,
		18: warn, 19: warn, 20: warn,
	}},

	"hdStatus":      {"disk", map[int]device.State{0: good, -6: crit, -9: crit}},
	"diskSmartInfo": {"disk", map[int]device.State{0: good, 1: warn, 2: crit, -1: crit}},
	"raidStatus":    {"raid", map[int]device.State{0: good, 1: crit, 2: warn, 3: warn, 4: crit, 5: crit, 6: warn}},

	"upsBasicOutputStatus": {"ups", map[int]device.State{
		2: good, 4: good, 5: good, 12: good, 13: good, 14: good, 18: good, 19: good, 20: good, 21: good, 22: good,
		3: warn, 6: warn, 8: warn, 9: warn, 11: warn, 15: warn, 17: warn, 7: crit, 10: crit, 16: crit,
	}},
	"upsAdvBatteryReplaceIndicator": {"ups", map[int]device.State{1: good, 2: crit}},

	"snChasPwrSupplyOperStatus": {"psu", ruckus},
	"snChasFanOperStatus":       {"fan", ruckus},
	"snStackingOperUnitState":   {"stack", map[int]device.State{1: good, 2: good, 4: crit}},
}

var (
	chassis = map[int]device.State{2: crit, 3: warn, 4: good}
	normal  = map[int]device.State{1: good, 2: crit}
	ruckus  = map[int]device.State{2: good, 3: crit}
)

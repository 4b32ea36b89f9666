package librenms

import "github.com/quorate/quorate/device"

// stateTable is what the numbers of a state sensor mean: the API gives the bare number. A number that is not listed is
// no verdict on the component.
type stateTable struct {
	kind   kind // guess: the description tells
	states map[int]device.State
	// beside replaces states while a part of the device of the kind unwell is not well.
	unwell kind
	beside map[int]device.State
}

const (
	good = device.StateOK
	warn = device.StateWarning
	crit = device.StateCritical

	guess kind = "?"
)

// states are the known state sensors by sensor_type; where a device's own standard and LibreNMS' labels differ the
// standard counts (entStateOper: only "enabled" is good, "testing" a warning, the rest tells nothing). Planned work on a
// RAID (parity check, scrubbing) is no fault. An available upgrade is news and no fault, so it is a reading alone.
// A Synology's disk that was never initialized is a fault only beside a RAID that is not well: healthy boxes show it.
var states = map[string]stateTable{
	"icfFanSensor":         {kind: kindFan, states: chassis},
	"icfPowerSupplySensor": {kind: kindPSU, states: chassis},
	"icfTemperatureSensor": {kind: kindTemperature, states: chassis},
	"hpicfFanState":        {kind: kindFan, states: map[int]device.State{3: warn, 4: warn, 5: good}},
	"hpicfPsState":         {kind: kindPSU, states: map[int]device.State{3: good, 2: crit, 4: crit, 5: crit}},
	"hpStackOperStatus":    {kind: kindStack, states: map[int]device.State{0: good, 1: good, 2: good, 3: crit, 4: crit}},
	"hpStackTopology":      {kind: kindStack, states: map[int]device.State{1: good, 2: good, 3: good, 4: warn}},
	"hpStackMemberState": {kind: kindStack, states: map[int]device.State{
		0: good, 2: good, 3: good, 4: good, 5: good, 1: crit, 8: crit, 6: warn, 7: warn, 9: warn,
	}},
	"entStateOper": {kind: guess, states: map[int]device.State{3: good, 4: warn}},

	"hh3cdevMFanStatusTable":   {kind: kindFan, states: map[int]device.State{1: good, 2: crit, 4: warn}},
	"hh3cdevMPowerStatusTable": {kind: kindPSU, states: map[int]device.State{1: good, 2: crit, 4: warn}},
	"entPhySensorTable":        {kind: guess, states: map[int]device.State{1: good, 3: crit}},
	"arubaWiredPowerSupplyTable": {kind: kindPSU, states: map[int]device.State{
		1: good, 3: crit, 4: crit, 5: crit, 6: crit, 7: crit, 10: warn, 13: crit, 14: crit, 15: crit, 16: crit, 17: crit,
	}},
	"arubaWiredVsxIslOperState":                        {kind: kindStack, states: map[int]device.State{2: crit, 3: good}},
	"ARUBAWIRED-VSFv2-MIB::arubaWiredVsfv2Topology":    {kind: kindStack, states: map[int]device.State{0: good, 1: good, 2: warn}},
	"ARUBAWIRED-VSFv2-MIB::arubaWiredVsfv2OperStatus":  {kind: kindStack, states: map[int]device.State{0: good, 1: warn, 2: crit}},
	"ARUBAWIRED-VSFv2-MIB::arubaWiredVsfv2MemberTable": {kind: kindStack, states: map[int]device.State{10: crit, 11: warn, 12: good, 13: warn}},

	"systemStatusState":    {kind: kindService, states: normal},
	"powerStatusState":     {kind: kindPSU, states: normal},
	"systemFanStatusState": {kind: kindFan, states: normal},
	"cpuFanStatusState":    {kind: kindFan, states: normal},
	"diskStatusState": {
		kind: kindDisk, states: map[int]device.State{1: good, 2: good, 3: good, 4: crit, 5: crit},
		unwell: kindRAID, beside: map[int]device.State{1: good, 2: warn, 3: warn, 4: crit, 5: crit},
	},
	"diskHealthStatusState": {kind: kindDisk, states: map[int]device.State{1: good, 2: warn, 3: crit, 4: crit}},
	"raidStatusState": {kind: kindRAID, states: map[int]device.State{
		1: good, 8: good, 13: good, 11: crit, 12: crit,
		2: warn, 3: warn, 4: warn, 5: warn, 6: warn, 7: warn, 9: warn, 10: warn, 14: warn, 15: warn, 16: warn, 17: warn,
		18: warn, 19: warn, 20: warn,
	}},
	"upgradeAvailableState": {kind: kindService},

	"hdStatus":      {kind: kindDisk, states: map[int]device.State{0: good, -6: crit, -9: crit}},
	"diskSmartInfo": {kind: kindDisk, states: map[int]device.State{0: good, 1: warn, 2: crit, -1: crit}},
	"raidStatus":    {kind: kindRAID, states: map[int]device.State{0: good, 1: crit, 2: warn, 3: warn, 4: crit, 5: crit, 6: warn}},

	"upsBasicOutputStatus": {kind: kindUPS, states: map[int]device.State{
		2: good, 4: good, 5: good, 12: good, 13: good, 14: good, 18: good, 19: good, 20: good, 21: good, 22: good,
		3: warn, 6: warn, 8: warn, 9: warn, 11: warn, 15: warn, 17: warn, 7: crit, 10: crit, 16: crit,
	}},
	"upsAdvBatteryReplaceIndicator": {kind: kindUPS, states: map[int]device.State{1: good, 2: crit}},

	"snChasPwrSupplyOperStatus": {kind: kindPSU, states: ruckus},
	"snChasFanOperStatus":       {kind: kindFan, states: ruckus},
	"snStackingOperUnitState":   {kind: kindStack, states: map[int]device.State{1: good, 2: good, 4: crit}},
}

// misread are the state sensors whose numbers are those of something else: LibreNMS' definition for QNAP reads the disks'
// SMART column for fans and power.
var misread = map[string]bool{"systemFanStatus": true, "systemPowerStatus": true}

var (
	chassis = map[int]device.State{2: crit, 3: warn, 4: good}
	normal  = map[int]device.State{1: good, 2: crit}
	ruckus  = map[int]device.State{2: good, 3: crit}
)

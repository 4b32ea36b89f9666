package snmpdirect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// sensorLines writes a device of an unknown maker with rows of ENTITY-MIB ("class|name") and of ENTITY-SENSOR-MIB
// ("type|scale|precision|value|state"); a field that is empty is a column that the row does not have.
func sensorLines(entities, sensors map[int]string) string {
	var b strings.Builder
	b.WriteString("1.3.6.1.2.1.1.1.0|4|box\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.32473.1\n")
	for i, row := range entities {
		class, name, _ := strings.Cut(row, "|")
		fmt.Fprintf(&b, "1.3.6.1.2.1.47.1.1.1.1.5.%d|2|%s\n1.3.6.1.2.1.47.1.1.1.1.7.%[1]d|4|%[3]s\n", i, class, name)
	}
	for i, row := range sensors {
		for c, v := range strings.Split(row, "|") {
			if v != "" {
				fmt.Fprintf(&b, "1.3.6.1.2.1.99.1.1.1.%d.%d|2|%s\n", c+1, i, v)
			}
		}
	}
	return b.String()
}

// partLines lists the health and the readings of the parts.
func partLines(o device.Observation) []string {
	var lines []string
	for _, c := range o.Claims {
		if c.Facet == device.FacetHealth {
			lines = append(lines, fmt.Sprintf("%s is %s: %s", c.Component, c.State, c.Raw))
		}
	}
	for _, r := range o.Readings {
		// What the network did to the answers is not the device's.
		if r.Component != "" && r.Component != "snmp" {
			lines = append(lines, fmt.Sprintf("%s %s %g %s", r.Component, r.Quantity, r.Value, r.Unit))
		}
	}
	return lines
}

func TestEntitySensors(t *testing.T) {
	t.Parallel()
	entities := map[int]string{
		1: "3|Chassis", 2: "8|Inlet", 3: "8|Fan 1", 4: "8|Supply in", 5: "8|Supply out", 6: "8|Inlet", 7: "8|Battery", 8: "8|Broken", 9: "8|Absent",
		10: "8|Beyond", 11: "8|Room", 12: "8|Door", 13: "8|Mains",
	}
	o := newBench(t, handMade(t, sensorLines(entities, map[int]string{
		2:  "8|9|1|215|1",         // 21.5 degrees
		3:  "10|9|0|4200|1",       // rpm
		4:  "3|9|0|230|1",         // volts
		5:  "6|8|0|45500|1",       // milliwatts
		6:  "8|9|0|30|",           // no state: of an older agent
		7:  "5|10|3|1500|1",       // thousandths of a kiloampere
		8:  "8|9|0|20|3",          // it says itself that it does not work
		9:  "8|9|0|20|2",          // nor here, and that is no fault
		10: "8|9|0|1000000000|1",  // more than fits
		11: "9|||55|1",            // scale and precision not sent
		12: "12|9|0|1|1",          // a truth value is no measurement
		13: "7|9|1|499|1",         // hertz
		14: "8|24|9|2147483647|1", // nonsense that does not fit a number
	}))).poll()
	want := []string{
		"fan:Fan 1 is ok: entPhySensorOperStatus=1 ok",
		"psu:Battery is ok: entPhySensorOperStatus=1 ok",
		"psu:Mains is ok: entPhySensorOperStatus=1 ok",
		"psu:Supply in is ok: entPhySensorOperStatus=1 ok",
		"psu:Supply out is ok: entPhySensorOperStatus=1 ok",
		"temperature:14 is ok: entPhySensorOperStatus=1 ok",
		"temperature:Beyond is ok: entPhySensorOperStatus=1 ok",
		"temperature:Broken is critical: entPhySensorOperStatus=3 nonoperational",
		"temperature:Inlet is ok: entPhySensorOperStatus=1 ok",
		"temperature:Room is ok: entPhySensorOperStatus=1 ok",
		"temperature:Inlet temperature 21.5 Cel",
		"fan:Fan 1 fan_speed 4200 rpm",
		"psu:Supply in voltage 230 V",
		"psu:Supply out power 45.5 W",
		"temperature:Inlet 6 temperature 30 Cel",
		"psu:Battery current 1500 A",
		"temperature:Room humidity 55 %",
		"psu:Mains frequency 49.9 Hz",
	}
	if d := cmp.Diff(want, partLines(o)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// TestEntityStates follows the states of entities, and a part that is plugged in.
func TestEntityStates(t *testing.T) {
	t.Parallel()
	const state, name, class = "1.3.6.1.2.1.131.1.1.1.3.", "1.3.6.1.2.1.47.1.1.1.1.7.", "1.3.6.1.2.1.47.1.1.1.1.5."
	lines := sensorLines(map[int]string{1: "3|Chassis", 2: "9|Module A", 3: "10|Port 1", 4: "6|Supply 1", 5: "7|Fan 1", 6: "5|Bay"},
		map[int]string{5: "10|9|0|4200|1"})
	for i, v := range map[int]int{1: 3, 2: 4, 3: 2, 4: 1, 5: 3, 6: 3} {
		lines += fmt.Sprintf("%s%d|2|%d\n", state, i, v)
	}
	b := newBench(t, handMade(t, lines))
	want := []string{
		"fan:Fan 1 is ok: entPhySensorOperStatus=1 ok, entStateOper=3 enabled",
		"stack:Chassis is ok: entStateOper=3 enabled",
		"stack:Module A is warning: entStateOper=4 testing",
		"fan:Fan 1 fan_speed 4200 rpm",
		"stack:Chassis state 3 1",
		"stack:Module A state 4 1",
		"psu:Supply 1 state 1 1", // unknown: no vote
	}
	if d := cmp.Diff(want, partLines(b.poll())); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	b.set(class+"7", snmpagent.Int(9))
	b.set(name+"7", snmpagent.Text("Module B"))
	b.set(state+"7", snmpagent.Int(3))
	if c := claim(b.poll(), "stack:Module B"); c.State != device.StateOK {
		t.Errorf("a module that was plugged in: %+v", c)
	}
}

// TestChassisSerial holds which serial number a stack answers to.
func TestChassisSerial(t *testing.T) {
	t.Parallel()
	const serial = "1.3.6.1.2.1.47.1.1.1.1.11."
	lines := sensorLines(map[int]string{1: "11|Stack", 1001: "3|Member 1", 2001: "3|Member 2", 3001: "3|Member 3"}, nil) +
		serial + "1|4|STACK\n" + serial + "1001|4|N/A\n" + serial + "2001|4|SN2\n" + serial + "3001|4|SN3\n"
	if o := newBench(t, handMade(t, lines)).poll(); o.Serial != "SN2" {
		t.Errorf("serial %q, want that of the first member that has one", o.Serial)
	}
	lines = strings.NewReplacer("SN2", "000000000000", "SN3", "<private>").Replace(lines)
	if o := newBench(t, handMade(t, lines)).poll(); o.Serial != "" {
		t.Errorf("serial %q of placeholders", o.Serial)
	}
}

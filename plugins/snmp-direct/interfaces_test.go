package snmpdirect

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// ports are the labels of the interfaces that have readings.
func ports(o device.Observation) []string {
	var names []string
	for _, r := range o.Readings {
		if name, ok := strings.CutPrefix(r.Component, "port:"); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func TestInterfaceNames(t *testing.T) {
	o := newBench(t, handMade(t, `1.3.6.1.2.1.1.1.0|4|box
1.3.6.1.2.1.2.2.1.2.1|4|ethernet 1
1.3.6.1.2.1.2.2.1.2.2|4|ethernet 2
1.3.6.1.2.1.2.2.1.2.3|4|wan
1.3.6.1.2.1.2.2.1.2.4|4|wan
1.3.6.1.2.1.2.2.1.3.6|2|24
1.3.6.1.2.1.2.2.1.8.1|2|1
1.3.6.1.2.1.2.2.1.8.2|2|2
1.3.6.1.2.1.2.2.1.8.3|2|1
1.3.6.1.2.1.2.2.1.8.4|2|7
1.3.6.1.2.1.2.2.1.8.5|2|1
1.3.6.1.2.1.2.2.1.8.6|2|1
1.3.6.1.2.1.31.1.1.1.1.1|4|A1
`)).poll()
	if want := []string{"A1", "ethernet 2", "wan 3", "wan 4", "5", "6"}; !slices.Equal(ports(o), want) {
		t.Errorf("got %q, want %q", ports(o), want)
	}
	for component, want := range map[string]float64{"port:A1": 1, "port:ethernet 2": 0, "port:wan 4": 0} {
		if v, ok := reading(o, component, "oper"); !ok || v != want {
			t.Errorf("%s: oper %v %v, want %v", component, v, ok, want)
		}
	}
	for _, c := range o.Claims {
		if strings.HasPrefix(c.Component, "port:") {
			t.Errorf("a port without link is no fault: %+v", c)
		}
	}
}

func TestInterfaceSpeed(t *testing.T) {
	tests := []struct {
		name       string
		slow, high string // lines' values; empty is no such object
		want       float64
	}{
		{"both say the same", "1000000000", "1000", 1e9},
		{"exact below a megabit", "64000", "0", 64000},
		{"beyond what ifSpeed can say", "4294967295", "10000", 1e10},
		{"ifSpeed is not filled in", "0", "2500", 2.5e9},
		{"neither is", "0", "0", 0},
		{"no ifXTable", "100000000", "", 1e8},
		{"no ifXTable, and too fast", "4294967295", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			lines := "1.3.6.1.2.1.1.1.0|4|box\n1.3.6.1.2.1.2.2.1.2.1|4|a\n"
			if tt.slow != "" {
				lines += "1.3.6.1.2.1.2.2.1.5.1|66|" + tt.slow + "\n"
			}
			if tt.high != "" {
				lines += "1.3.6.1.2.1.31.1.1.1.15.1|66|" + tt.high + "\n"
			}
			if v, _ := reading(newBench(t, handMade(t, lines)).poll(), "port:a", "speed"); v != tt.want {
				t.Errorf("got %v, want %v", v, tt.want)
			}
		})
	}
}

// TestStatusPoll: a poll that reads states and counters alone sees links go, change their speed, come and vanish.
func TestStatusPoll(t *testing.T) {
	b := newBench(t, smallSwitch())
	b.set(strings.TrimPrefix(markInterfaces, "."), snmpagent.Ticks(100))
	first := b.poll()
	tgt := b.source.targets[0]
	later := func() device.Observation {
		t.Helper()
		tgt.schedule.paces[groupNames].due = b.clock.now().Add(time.Hour)
		b.clock.add(61 * time.Second)
		return b.poll()
	}
	b.set(snmpagent.PortOper+"1", snmpagent.Int(2))
	b.set("1.3.6.1.2.1.31.1.1.1.15.2", snmpagent.Gauge32(100))
	b.set("1.3.6.1.2.1.31.1.1.1.1.2", snmpagent.Text("new"))
	o := later()
	if v, _ := reading(o, "port:1", "oper"); v != 0 {
		t.Error("the link is still up")
	}
	if v, _ := reading(o, "port:2", "speed"); v != 1e8 {
		t.Errorf("speed %v", v)
	}
	if !slices.Equal(ports(o), ports(first)) {
		t.Errorf("ports %q, were %q: names are not read with each poll", ports(o), ports(first))
	}
	b.set(strings.TrimPrefix(markInterfaces, "."), snmpagent.Ticks(9000)) // ifTableLastChange
	if o = later(); !slices.Contains(ports(o), "new") {
		t.Errorf("ports %q after the device said that they have changed", ports(o))
	}
	b.set("1.3.6.1.2.1.31.1.1.1.1.9001", snmpagent.Text("added"))
	b.set(snmpagent.PortOper+"9001", snmpagent.Int(1))
	if o = later(); !slices.Contains(ports(o), "added") {
		t.Errorf("ports %q after one was added", ports(o))
	}
	if err := b.agent.Remove(snmpagent.PortOper + "9001"); err != nil {
		t.Fatal(err)
	}
	if o = later(); slices.Contains(ports(o), "added") {
		t.Errorf("ports %q after one was taken away", ports(o))
	}
}

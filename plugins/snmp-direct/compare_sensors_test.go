package snmpdirect

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// sensors finds which reading of ours rests on a sensor's object by giving each object a number of its own and polling
// again: that shows object, scale and unit at once, whatever the component is called. States take a turn of their own:
// a sensor that is not well has no value.
func (c *comparison) sensors() {
	var numbers, states []expectedSensor
	for _, s := range slices.Concat(c.want.Sensors, c.want.Wireless) {
		if s.Class == "state" {
			states = append(states, s)
		} else {
			numbers = append(numbers, s)
		}
	}
	c.traced(numbers)
	c.traced(states)
}

func (c *comparison) traced(all []expectedSensor) {
	marks, types := map[string]float64{}, map[string]string{} // the value while its object shows a mark, and whose it is, by object
	next := map[string]float64{}
	for _, s := range all {
		oid := s.object()
		if _, ok := marks[oid]; ok {
			continue
		}
		u := unitOf(s.Class)
		for next[u.name] = max(next[u.name], 20); marks[oid] == 0; next[u.name]++ {
			mark := next[u.name] * u.scale
			if !slices.ContainsFunc(c.o.Readings, func(r device.Reading) bool { return r.Unit == u.name && near(r.Value, mark) }) {
				marks[oid], types[oid] = mark, s.Type
				c.bench.set(oid, c.like(oid, math.Round(next[u.name]*max(s.Divisor, 1)/max(s.Multiplier, 1))))
			}
		}
	}
	c.bench.clock.add(time.Hour)
	marked := c.bench.poll()
	for oid := range marks {
		if err := c.bench.agent.Restore(oid); err != nil {
			c.t.Fatal(err)
		}
	}
	for _, s := range all {
		component, quantity := "", ""
		for _, r := range marked.Readings {
			// A sensor that reads another sensor's object stands for nothing.
			if r.Unit == unitOf(s.Class).name && (r.Quantity == "state") == (s.Class == "state") && near(r.Value, marks[s.object()]) && types[s.object()] == s.Type {
				component, quantity = r.Component, r.Quantity
			}
		}
		c.sensor(s, component, quantity)
	}
}

// sensor adds a sensor's value, which is the reading of ours, and its state, which is the claim.
func (c *comparison) sensor(s expectedSensor, component, quantity string) {
	module, what := "sensors", fmt.Sprintf("%s %s %s (%s)", s.Class, s.Type, s.Index, s.Descr)
	if s.OID == "" {
		module = "wireless"
	}
	got := ""
	if v, ok := reading(c.o, component, quantity); ok && quantity != "" {
		got = digits(v)
	} else if component = c.second(s); s.Class == "state" && component != "" {
		got = digits(s.Current)
	}
	c.add(module, what+" value", digits(s.Current*unitOf(s.Class).scale), got)
	if s.Class != "state" {
		return
	}
	state := ""
	if got != "" {
		state = "none"
		if cl := claim(c.o, component); cl.State != "" {
			state = string(cl.State)
		}
	}
	c.add(module, what+" state", c.generic(s), state)
}

// second finds a state that is not the first of its component: it has no reading, and shows in the claim's own words.
func (c *comparison) second(s expectedSensor) string {
	object := strings.TrimSuffix(s.Type, "State")
	if s.Type == "entPhySensorTable" {
		object = "entPhySensorOperStatus"
	}
	for _, cl := range c.o.Claims {
		_, label, _ := strings.Cut(cl.Component, ":")
		if label != "" && strings.HasPrefix(s.Descr+" ", label+" ") && strings.Contains(cl.Raw+" ", fmt.Sprintf("%s=%g ", object, s.Current)) {
			return cl.Component
		}
	}
	return ""
}

// object is the sensor's object, without a leading dot.
func (s *expectedSensor) object() string {
	return strings.Trim(s.OID+s.OIDs, `[]".`)
}

// like is a number in the type that the recording has for the object.
func (c *comparison) like(oid string, n float64) snmpagent.Value {
	v, ok := c.rec.Lookup(oid)
	if !ok {
		c.t.Fatalf("%s: the recording has no %s", c.name, oid)
	}
	switch v.Tag {
	case snmpagent.TagOctetString:
		return snmpagent.Text(digits(n))
	case snmpagent.TagGauge32:
		return snmpagent.Gauge32(uint32(n))
	case snmpagent.TagTimeTicks:
		return snmpagent.Ticks(uint64(n))
	case snmpagent.TagCounter32:
		return snmpagent.Counter32(uint64(n))
	case snmpagent.TagCounter64:
		return snmpagent.Counter64(uint64(n))
	}
	return snmpagent.Int(int64(n))
}

// generic is LibreNMS' judgement of a state in our words.
func (c *comparison) generic(s expectedSensor) string {
	for _, x := range c.want.States {
		if x.Name == s.Type && x.Value == s.Current {
			return []string{"ok", "warning", "critical", "none"}[min(x.Generic, 3)]
		}
	}
	return "none"
}

// unit is what we measure a class of sensors in: LibreNMS' number times scale is ours.
type unit struct {
	name  string
	scale float64
}

func unitOf(class string) unit {
	u, ok := map[string]unit{
		"temperature": {"Cel", 1}, "fanspeed": {"rpm", 1}, "voltage": {"V", 1}, "current": {"A", 1}, "power": {"W", 1}, "dbm": {"dBm", 1},
		"charge": {"%", 1}, "load": {"%", 1}, "frequency": {"Hz", 1}, "runtime": {"s", 60}, "state": {"1", 1}, "count": {"1", 1},
		"clients": {"1", 1}, "ap-count": {"1", 1},
	}[class]
	if !ok {
		return unit{class, 1}
	}
	return u
}

package prtg

import (
	"math"
	"strings"

	"github.com/quorate/quorate/device"
)

// measure is what the primary channel of a kind of sensor measures, where that and its unit are sure: PRTG names units
// in localised text only, and some raw values are scaled.
type measure struct {
	quantity, unit string
	// per is how many of PRTG's raw values make one of unit.
	per float64
	// shown are the raw values that one unit of the number in the text may stand for: 1 where the text has the same
	// unit, the seconds of a minute, an hour or a day for a duration.
	shown []float64
	// sign is what the text must hold; "" means that the text may also be missing. Durations are too localised to ask
	// for more than a number, which stands here as "#".
	sign string
	// most is the largest raw value that is believed; 0 means no limit.
	most float64
}

// measures by kind. What is left out, and why, stands in the README.
var measures = map[string]*measure{
	"ping":         {quantity: "response_time", unit: "s", per: 1000, shown: []float64{1}},
	"snmpuptime":   {quantity: "uptime", unit: "s", per: 1, shown: []float64{60, 3600, 86400}},
	"wmiuptime":    {quantity: "uptime", unit: "s", per: 1, shown: []float64{60, 3600, 86400}, sign: "#"},
	"http":         {quantity: "response_time", unit: "s", per: 1000, shown: []float64{1}, sign: "ms"},
	"httpadvanced": {quantity: "response_time", unit: "s", per: 1000, shown: []float64{1}, sign: "ms"},
	"snmpcpu":      {quantity: "load", unit: "%", per: 1, shown: []float64{1}, sign: "%", most: 100},
	"wmiprocessor": {quantity: "load", unit: "%", per: 1, shown: []float64{1}, sign: "%", most: 100},
}

// of turns a raw value into the unit. The tree has four places after the point; what the tables have besides is noise.
func (m *measure) of(raw float64) float64 { return math.Round(raw*1e4) / (m.per * 1e4) }

// measured returns what the sensor measures and the raw value, or nil where there is none, or none that can be believed:
// the text that PRTG shows beside the value must agree with it.
func (s *sensor) measured(row *sensorRow) (*measure, float64) {
	m := measures[s.kind]
	if m == nil || s.says() != yes {
		return nil, 0
	}
	raw, ok := row.LastValue.Float()
	if !ok || raw < 0 || m.most > 0 && raw > m.most {
		return nil, 0
	}
	shown := row.Shown.String()
	if shown == "" && m.sign == "" {
		return m, raw
	}
	if m.sign != "" && m.sign != "#" && !strings.Contains(shown, m.sign) || !agrees(raw, shown, m.shown) {
		return nil, 0
	}
	return m, raw
}

// readings are the values of a device's sensors, whose components are parts. Each quantity is given once for a
// component: by the sensor with the lowest number.
func readings(sensors []sensor, parts []string) []device.Reading {
	var all []device.Reading
	given := map[string]bool{}
	for i := range sensors {
		s := &sensors[i]
		if s.measure == nil {
			continue
		}
		part := parts[i]
		if s.measure.quantity == "uptime" {
			part = ""
		}
		if key := part + "\x00" + s.measure.quantity; !given[key] {
			given[key] = true
			all = append(all, device.Reading{Component: part, Quantity: s.measure.quantity, Value: s.measure.of(s.value), Unit: s.measure.unit})
		}
	}
	return all
}

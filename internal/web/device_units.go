package web

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/view"
)

// figure is a reading as people write it. Units are UCUM; one that is not known is written as it came.
func figure(quantity string, v view.ReadingValue) string {
	switch {
	case quantity == "oper" || quantity == "admin":
		if v.Value == 1 {
			return "up"
		}
		return "down"
	case v.Unit == "s" && (quantity == "uptime" || quantity == "runtime") && v.Value >= 0 && v.Value < 1e9:
		return age(time.Duration(v.Value * float64(time.Second)))
	}
	switch v.Unit {
	case "By":
		return scaled(v.Value, 1024, []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"})
	case "By/s":
		return scaled(v.Value, 1024, []string{"B/s", "KiB/s", "MiB/s", "GiB/s", "TiB/s"})
	case "bit/s":
		return scaled(v.Value, 1000, []string{"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"})
	case "Hz":
		return scaled(v.Value, 1000, []string{"Hz", "kHz", "MHz", "GHz"})
	case "s":
		if math.Abs(v.Value) < 1 {
			return digits(v.Value*1000) + " ms"
		}
		return digits(v.Value) + " s"
	case "", "1":
		return digits(v.Value)
	case "/s":
		return digits(v.Value) + "/s"
	}
	unit, known := unitWords[v.Unit]
	if !known {
		unit = clean(v.Unit)
	}
	return digits(v.Value) + " " + unit
}

// unitWords are the UCUM units that people write otherwise.
var unitWords = map[string]string{"Cel": "°C", "[degF]": "°F", "%": "%", "kW.h": "kWh", "W.h": "Wh", "V.A": "VA", "ms": "ms", "min": "min", "rpm": "rpm"}

// scaled writes a value in the largest unit that leaves at least one of it.
func scaled(v, step float64, units []string) string {
	i := 0
	for math.Abs(v) >= step && i < len(units)-1 {
		v /= step
		i++
	}
	return digits(v) + " " + units[i]
}

// digits writes three figures that matter, and all before the point.
func digits(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case a >= 1e15:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 100 || v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 10:
		return trimmed(v, 1)
	case a >= 0.01:
		return trimmed(v, 2)
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

func trimmed(v float64, places int) string {
	s := strconv.FormatFloat(v, 'f', places, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// differ reports whether the sources' values of one quantity are so far apart that a person should look. Figures that rise and
// fall by the second differ all the time, and say nothing by it.
func differ(quantity string, values []view.ReadingValue) bool {
	if len(values) < 2 {
		return false
	}
	low, high := values[0].Value, values[0].Value
	for _, v := range values[1:] {
		if v.Unit != values[0].Unit {
			return true
		}
		low, high = min(low, v.Value), max(high, v.Value)
	}
	gap := high - low
	switch quantity {
	case "in_rate", "out_rate", "load", "response_time", "power", "current", "poe_used":
		return false
	case "oper", "admin", "state", "speed", "count":
		return gap != 0
	case "temperature":
		return gap > 3
	case "uptime":
		return gap > 900
	case "used", "size", "humidity", "charge", "voltage", "frequency", "clients":
		return gap > 0.1*max(math.Abs(high), math.Abs(low))
	}
	return gap > 1 && gap > 0.5*max(math.Abs(high), math.Abs(low))
}

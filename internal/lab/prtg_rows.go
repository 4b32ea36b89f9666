package lab

import (
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"
)

func prtgZone() *time.Location { return time.FixedZone("UTC+1", 3600) }

// ole writes a time as an OLE automation date: days since 1899-12-30, in UTC.
func ole(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatFloat(float64(t.UnixMicro())/86400e6+25569, 'f', 10, 64)
}

// stated is a sensor's interval as PRTG states it: whole seconds.
func (p *PRTG) stated(s *prtgSensor) int {
	return max(int((p.opt.Interval * time.Duration(s.Factor)).Seconds()), 1)
}

// statusOf is the state that PRTG shows: a pause covers what the sensor last measured.
func (p *PRTG) statusOf(e *prtgEntry, s *prtgSensor) int {
	if e.paused {
		return prtgPaused
	}
	return s.status
}

func (p *PRTG) text(s string) string {
	if !p.opt.German {
		return s
	}
	if g, ok := map[string]string{
		"OK": "OK", "Up": "Ok", "Warning": "Warnung", "Down": "Fehler", "Paused  (paused)": "Pausiert  (pausiert)",
		"Paused  (paused by dependency)": "Pausiert  (pausiert durch Abhängigkeit)", "Paused by dependency": "Durch Abhängigkeit pausiert",
		"Request timed out (ICMP error # 11010)": "Zeitüberschreitung der Anforderung (ICMP-Fehler # 11010)",
		"Connected":                              "Verbunden", "Disconnected": "Getrennt", "Yes": "Ja", "No": "Nein",
	}[s]; ok {
		return g
	}
	return s
}

// statusText is localised and padded, as PRTG's is: nobody should read it.
func (p *PRTG) statusText(status int) string {
	switch status {
	case prtgUp:
		return p.text("Up") + " "
	case prtgWarning:
		return p.text("Warning") + " "
	case prtgDown:
		return p.text("Down") + " "
	case prtgDependency:
		return p.text("Paused  (paused by dependency)")
	}
	return p.text("Paused  (paused)")
}

// value is the localised last value.
func (p *PRTG) value(s *prtgSensor) string {
	n, ok := p.rawValue(s)
	if !ok {
		return "-"
	}
	if s.Kind == "snmptraffic" {
		n = n * 8 / 1e6
	}
	text := strconv.FormatFloat(n, 'f', 2, 64)
	if s.Kind == "snmpuptime" {
		text = strconv.Itoa(int(n / 86400))
	}
	if p.opt.German {
		text = strings.ReplaceAll(text, ".", ",")
	}
	return strings.TrimSpace(text + " " + s.Unit)
}

// rawValue wanders a little around the sensor's good value, the same way in every run.
func (p *PRTG) rawValue(s *prtgSensor) (float64, bool) {
	if s.scanned.IsZero() || s.status == prtgDown {
		return 0, false
	}
	if s.Kind == "snmpuptime" {
		return s.uptime.Seconds(), true
	}
	wave := int64(hash(s.Name)) + s.scanned.Unix()/30
	return s.Value * (1 + float64(wave%11-5)/100), true
}

// column is one cell with its raw twin; a column without a twin has a nil raw value.
type column struct{ shown, raw any }

// cell returns a column of a row; ok is false for a column that the table does not have.
type cell func(name string) (column, bool)

func div(message string) string {
	return `<div class="status">` + html.EscapeString(message) + `<div class="moreicon"></div></div>`
}

// when shows a time in the user's zone with the distance that PRTG adds, or "-" for never.
func (p *PRTG) when(t, now time.Time) column {
	if t.IsZero() {
		return column{"-", ""}
	}
	layout := "1/2/2006 3:04:05 PM"
	if p.opt.German {
		layout = "02.01.2006 15:04:05"
	}
	raw, _ := strconv.ParseFloat(ole(t), 64)
	return column{fmt.Sprintf(`%s <span class="percent">[%d s ago]</span>`, t.In(prtgZone()).Format(layout), int(now.Sub(t).Seconds())), raw}
}

func (p *PRTG) deviceCells(e *prtgEntry) cell {
	d := e.device
	counts := map[string]int{}
	for _, s := range e.sensors {
		counts[bucket(p.statusOf(e, s))]++
	}
	status := prtgUp
	if e.paused {
		status = prtgPaused
	}
	return func(name string) (column, bool) {
		switch name {
		case "objid":
			return column{d.PRTG.ID, nil}, true
		case "parentid":
			return column{strconv.Itoa(groupID(d.PRTG.Group)), nil}, true
		case "probe":
			return column{d.PRTG.Probe, d.PRTG.Probe}, true
		case "group":
			return column{d.PRTG.Group, d.PRTG.Group}, true
		case "device", "name":
			return column{d.PRTG.Name, nil}, true
		case "host":
			return column{d.PRTG.Host, nil}, true
		case "active":
			return activeColumn(!e.paused), true
		case "status":
			return column{p.statusText(status), status}, true
		case "priority":
			return column{"3", nil}, true
		case "tags":
			return column{d.PRTG.Tags, nil}, true
		case "location":
			return column{`<a href="/devices.htm?filter_location=@sub()">` + html.EscapeString(d.Location) + `</a>`, d.Location}, true
		case "deviceicon":
			return column{d.PRTG.Icon, nil}, true
		case "message":
			return column{div("OK"), "OK"}, true
		case "totalsens":
			return column{strconv.Itoa(len(e.sensors)), len(e.sensors)}, true
		case "upsens", "downsens", "downacksens", "partialdownsens", "warnsens", "pausedsens", "unusualsens", "undefinedsens":
			n := counts[name]
			if n == 0 {
				return column{"", 0}, true
			}
			return column{fmt.Sprintf(`<a  title="%s: %dx"  class="sensorlink" href="sensors.htm?id=%d"><div class="sens">%d</div></a>`,
				html.EscapeString(d.PRTG.Name), n, d.PRTG.ID, n), n}, true
		}
		return column{}, false
	}
}

// bucket is PRTG's own counter for a state.
func bucket(status int) string {
	switch status {
	case prtgUp:
		return "upsens"
	case prtgWarning:
		return "warnsens"
	case prtgDown:
		return "downsens"
	}
	return "pausedsens"
}

func activeColumn(active bool) column {
	if active {
		return column{true, -1}
	}
	return column{false, 0}
}

func (p *PRTG) sensorCells(e *prtgEntry, s *prtgSensor, now time.Time) cell {
	status := p.statusOf(e, s)
	return func(name string) (column, bool) {
		switch name {
		case "objid":
			return column{s.ID, nil}, true
		case "parentid":
			return column{e.device.PRTG.ID, nil}, true
		case "probe":
			return column{e.device.PRTG.Probe, e.device.PRTG.Probe}, true
		case "group":
			return column{e.device.PRTG.Group, e.device.PRTG.Group}, true
		case "device":
			return column{e.device.PRTG.Name, nil}, true
		case "host":
			return column{e.device.PRTG.Host, nil}, true
		case "sensor", "name":
			return column{s.Name, nil}, true
		case "type":
			return column{s.Type, s.Kind}, true
		case "status":
			return column{p.statusText(status), status}, true
		case "message":
			return column{div(s.message), html.EscapeString(s.message)}, true
		case "lastvalue":
			raw := any("")
			if v, ok := p.rawValue(s); ok {
				raw = v
			}
			return column{p.value(s), raw}, true
		case "lastcheck":
			return p.when(s.scanned, now), true
		case "lastup":
			return p.when(s.lastUp, now), true
		case "lastdown":
			return p.when(s.lastDown, now), true
		case "interval":
			return column{fmt.Sprintf("%d s", p.stated(s)), p.stated(s)}, true
		case "priority":
			return column{3, nil}, true
		case "tags":
			return column{s.Tags, nil}, true
		case "active":
			return activeColumn(true), true
		}
		return column{}, false
	}
}

// row renders the asked columns. A column that does not exist leaves a junk key behind, not an error.
func row(c cell, columns []string) object {
	var o object
	for _, name := range columns {
		col, ok := c(name)
		if !ok {
			o = append(o, field{"Not found", "_raw"})
			continue
		}
		o.add(name, col.shown)
		if col.raw != nil {
			o.add(name+"_raw", col.raw)
		}
	}
	return o
}

// odd gives a row the types that other versions of PRTG use.
func odd(o object, nulls bool) object {
	o = asStrings(o)
	for i := range o {
		if nulls && slices.Contains([]string{"priority", "message", "lastvalue_raw"}, o[i].name) {
			o[i].value = nil
		}
	}
	return o
}

package lab

import (
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"
)

// column is one cell with its raw twin; a column without a twin has a nil raw value.
type column struct{ shown, raw any }

// cell returns a column of a row; ok is false for a column that the table does not have.
type cell func(name string) (column, bool)

// stated is a sensor's interval as PRTG states it: whole seconds.
func (p *PRTG) stated(s *prtgSensor) int {
	return max(int((p.opt.Interval * time.Duration(s.Factor)).Seconds()), 1)
}

func (p *PRTG) deviceCells(e *prtgEntry) cell {
	d := e.device
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
			// A device is never anything else, whatever its sensors say.
			status := prtgUp
			if e.paused {
				status = prtgPaused
			}
			return column{p.statusText(status), status}, true
		case "priority":
			return column{"3", nil}, true
		case "tags":
			return column{d.PRTG.Tags, nil}, true
		case "location":
			return column{`<a href="/devices.htm?filter_location=@sub(` + html.EscapeString(d.Location) + `)">` + html.EscapeString(d.Location) + `</a>`, d.Location}, true
		case "deviceicon":
			return column{d.PRTG.Icon, nil}, true
		case "condition":
			return column{"", 0}, true
		case "message":
			return column{div("OK"), "OK"}, true
		case "totalsens":
			return column{strconv.Itoa(len(e.sensors)), len(e.sensors)}, true
		}
		if i := slices.Index(buckets(), name); i >= 0 {
			n := p.counts(e)[i]
			if n == 0 {
				return column{"", 0}, true
			}
			return column{fmt.Sprintf(`<a  title="%s: %dx"  class="sensorlink" href="sensors.htm?id=%d"><div class="sens">%d</div></a>`,
				html.EscapeString(d.PRTG.Name), n, d.PRTG.ID, n), n}, true
		}
		return column{}, false
	}
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
			return column{p.textOf(e, s), status}, true
		case "message":
			m := p.messageOf(e, s)
			return column{div(m), html.EscapeString(m)}, true
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
			return column{strconv.Itoa(p.stated(s)) + " s", p.stated(s)}, true
		case "priority":
			return column{3, nil}, true
		case "tags":
			return column{s.Tags, nil}, true
		case "active":
			return activeColumn(!s.paused), true
		case "location":
			return column{html.EscapeString(e.device.Location), e.device.Location}, true
		}
		return p.timeCells(s, status, now, name)
	}
}

// timeCells are the columns about a sensor's past.
func (p *PRTG) timeCells(s *prtgSensor, status int, now time.Time, name string) (column, bool) {
	since := func(down bool) column {
		if down != (bucket(status) == bucket(prtgDown)) || s.since.IsZero() {
			return column{"", ""}
		}
		n := int(now.Sub(s.since).Seconds())
		return column{strconv.Itoa(n) + " s", n}
	}
	switch name {
	case "downtimesince":
		return since(true), true
	case "uptimesince":
		return since(false), true
	case "uptime":
		return percent(1), true
	case "downtime":
		return percent(0), true
	case "coverage":
		return column{"100 %", 10000}, true
	}
	return column{}, false
}

// row renders the asked columns. A column that does not exist leaves a junk key behind, not an error.
func row(c cell, columns []string) object {
	o := make(object, 0, 2*len(columns))
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

func (p *PRTG) probeCells(probe string) cell {
	condition := column{p.text("Connected"), 2}
	if p.stopped[probe] {
		condition = column{p.text("Disconnected"), 0}
	}
	return func(name string) (column, bool) {
		switch name {
		case "objid":
			return column{probeID(probe), nil}, true
		case "parentid":
			return column{"0", nil}, true
		case "name", "probe":
			return column{probe, nil}, true
		case "condition":
			return condition, true
		case "active":
			return activeColumn(true), true
		case "status":
			return column{p.statusText(prtgUp), prtgUp}, true
		}
		return column{}, false
	}
}

func (p *PRTG) groupCells(group, probe string) cell {
	return func(name string) (column, bool) {
		switch name {
		case "objid":
			return column{groupID(group), nil}, true
		case "parentid":
			return column{probeID(probe), nil}, true
		case "name", "group":
			return column{group, nil}, true
		case "probe":
			return column{probe, probe}, true
		case "active":
			return activeColumn(true), true
		case "status":
			return column{p.statusText(prtgUp), prtgUp}, true
		}
		return column{}, false
	}
}

// messageCells are a row of the log. Its state has numbers of its own, and its priority is text.
func (p *PRTG) messageCells(m prtgMessage, now time.Time) cell {
	return func(name string) (column, bool) {
		switch name {
		case "objid":
			return column{m.object(), nil}, true
		case "datetime":
			return column{p.dateText(m.at), p.when(m.at, now).raw}, true
		case "parent":
			if m.sensor == nil {
				return column{"Root", nil}, true
			}
			return column{m.entry.device.PRTG.Name, nil}, true
		case "name":
			return column{m.name(), nil}, true
		case "type":
			if m.sensor == nil {
				return column{"Device", "device"}, true
			}
			return column{m.sensor.Type, m.sensor.Kind}, true
		case "status":
			return column{strings.TrimSpace(p.statusText(m.status)), m.number()}, true
		case "priority":
			return column{"5", nil}, true
		case "message":
			text := "OK"
			if m.sensor != nil {
				text = m.sensor.message
			}
			return column{`<div class="logmessage">` + html.EscapeString(text) + `<div class="moreicon"></div></div>`, text}, true
		}
		return column{}, false
	}
}

package lab

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/quorate/quorate/device"
)

// part is a component as one of LibreNMS' sensors shows it.
type part struct {
	component, class, table, name string
	good, warning, bad            int
}

func partsOf(k Kind) []part {
	switch k {
	case KindSwitch:
		return []part{{"fan:1", "state", "hpicfFanState", "Fan 1", 5, 4, 3}, {"psu:1", "state", "hpicfPsState", "Power supply 1", 3, 5, 4},
			{"temperature:chassis", "temperature", "procurve", "Chassis", 31, 46, 60}}
	case KindSynology:
		p := []part{{"raid:Volume 1", "state", "raidStatusState", "Volume 1", 1, 2, 12}, {"system:", "state", "systemStatusState", "System status", 1, 1, 2},
			{"temperature:system", "temperature", "dsm", "System temperature", 38, 62, 75}}
		for n := 1; n <= 4; n++ {
			p = append(p, part{fmt.Sprintf("disk:%d", n), "state", "diskStatusState", fmt.Sprintf("Disk %d", n), 1, 2, 5})
		}
		return p
	}
	return []part{{"temperature:cpu", "temperature", "linux", "CPU", 44, 72, 90}}
}

// sensorRef is one sensor of one device.
type sensorRef struct {
	entry *librenmsEntry
	index int
}

// sensors lists every sensor of every device.
func (l *LibreNMS) sensors(_ *http.Request, _ time.Time) reply {
	var all []sensorRef
	for _, e := range l.entries {
		if !e.mark.Missing {
			for i := range e.parts {
				all = append(all, sensorRef{e, i})
			}
		}
	}
	if len(all) == 0 {
		return failed(http.StatusNotFound, "Sensors do not exist")
	}
	return goodList("sensors", list{len(all) + 1, func(i int) object {
		if i == len(all) {
			return l.ghost(all[0])
		}
		return l.sensorRow(all[i])
	}}, false)
}

// ghost is a sensor that was deleted and is listed all the same, in a state that would alarm whoever believed it.
func (l *LibreNMS) ghost(s sensorRef) object {
	row := l.sensorRow(s)
	for i := range row {
		switch row[i].name {
		case "sensor_id":
			row[i].value = 99999999
		case "sensor_deleted":
			row[i].value = 1
		case "sensor_current":
			row[i].value = 9999
		}
	}
	return row
}

func (l *LibreNMS) sensorRow(s sensorRef) object {
	e, p := s.entry, s.entry.parts[s.index]
	value := p.good
	switch e.broken[p.component] {
	case device.StateWarning:
		value = p.warning
	case device.StateCritical:
		value = p.bad
	}
	var limit, warn any
	if p.class == "temperature" {
		limit, warn = p.bad-3, p.warning-3
	}
	return object{
		{"sensor_id", e.device.LibreNMS.ID*10000 + s.index}, {"sensor_deleted", 0}, {"sensor_class", p.class}, {"device_id", e.device.LibreNMS.ID},
		{"poller_type", "snmp"}, {"sensor_oid", e.device.LibreNMS.ObjectID + "." + strconv.Itoa(s.index)}, {"sensor_index", strconv.Itoa(s.index)},
		{"sensor_type", p.table}, {"sensor_descr", p.name}, {"group", nil}, {"sensor_divisor", 1}, {"sensor_multiplier", 1},
		{"sensor_current", value}, {"sensor_limit", limit}, {"sensor_limit_warn", warn}, {"sensor_limit_low", nil}, {"sensor_limit_low_warn", nil},
		{"sensor_alert", 1}, {"sensor_custom", "No"}, {"entPhysicalIndex", nil}, {"entPhysicalIndex_measured", nil},
		{"lastupdate", l.naive(e.lastPolled)}, {"sensor_prev", value}, {"user_func", nil}, {"rrd_type", "GAUGE"},
	}
}

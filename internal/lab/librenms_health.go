package lab

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// gauge is a load of a host that LibreNMS keeps beside its sensors.
type gauge struct {
	kind, name string
	percent    int
	size       int64 // octets; 0 for a processor
}

// gauges are what a host has; what cannot be asked has none.
func (e *librenmsEntry) gauges() []gauge {
	switch e.device.Kind {
	case KindAP, KindSwitch:
		return []gauge{{"processor", "CPU", 12, 0}, {"mempool", "Memory", 43, 256 << 20}}
	}
	return []gauge{{"processor", "Core 0", 9, 0}, {"processor", "Core 1", 14, 0}, {"mempool", "Physical memory", 48, 16 << 30},
		{"mempool", "Swap space", 3, 4 << 30}, {"storage", "/", 61, 64 << 30}}
}

// healthKinds names what health can be asked for.
func (l *LibreNMS) healthKinds(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	var rows []object
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			rows = append(rows, object{{"desc", strings.ToUpper(name[:1]) + name[1:]}, {"name", "device_" + name}})
		}
	}
	for _, g := range e.gauges() {
		add(g.kind)
	}
	for _, p := range e.parts {
		add(p.class)
	}
	return good("graphs", rows, true)
}

// health lists the items of a kind, or answers one of them. Until 26.6 the kinds that are no sensors came out empty.
func (l *LibreNMS) health(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	kind, item := strings.TrimPrefix(r.PathValue("kind"), "device_"), r.PathValue("item")
	var rows []object
	list := func(id int, name string, row object) {
		switch item {
		case "":
			rows = append(rows, object{{"sensor_id", id}, {"desc", name}})
		case fmt.Sprint(id):
			rows = append(rows, row)
		}
	}
	for i, g := range e.gauges() {
		if g.kind == kind && !l.before("26.6") {
			id := e.device.LibreNMS.ID*100 + i
			list(id, g.name, g.row(id, e.device.LibreNMS.ID))
		}
	}
	for i, p := range e.parts {
		if p.class == kind {
			row := l.sensorRow(sensorRef{e, i})
			id, _ := row[0].value.(int)
			list(id, p.name, row)
		}
	}
	return good("graphs", rows, true)
}

func (g gauge) row(id, device int) object {
	used := g.size / 100 * int64(g.percent)
	switch g.kind {
	case "processor":
		return object{{"processor_id", id}, {"device_id", device}, {"processor_oid", ".1.3.6.1.2.1.25.3.3.1.2.196608"}, {"processor_index", "196608"},
			{"processor_type", "hr"}, {"processor_usage", g.percent}, {"processor_descr", g.name}, {"processor_precision", 1}, {"processor_perc_warn", 75}}
	case "mempool":
		return object{{"mempool_id", id}, {"device_id", device}, {"mempool_index", "1"}, {"mempool_type", "hrstorage"}, {"mempool_class", "system"},
			{"mempool_descr", g.name}, {"mempool_perc", g.percent}, {"mempool_used", used}, {"mempool_free", g.size - used}, {"mempool_total", g.size},
			{"mempool_perc_warn", 90}}
	}
	return object{{"storage_id", id}, {"device_id", device}, {"type", "hrstorage"}, {"storage_index", "31"}, {"storage_type", "hrStorageFixedDisk"},
		{"storage_descr", g.name}, {"storage_size", g.size}, {"storage_units", 4096}, {"storage_used", used}, {"storage_free", g.size - used},
		{"storage_perc", g.percent}, {"storage_perc_warn", 80}}
}

// wireless answers an access point's clients.
func (l *LibreNMS) wireless(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	var rows []object
	if class := r.URL.Query().Get("class"); e.device.Kind == KindAP && (class == "" || class == "clients") {
		row := object{{"sensor_id", e.device.LibreNMS.ID * 10}, {"sensor_deleted", 0}, {"sensor_class", "clients"}, {"device_id", e.device.LibreNMS.ID},
			{"sensor_index", "0"}, {"sensor_type", e.device.LibreNMS.OS}, {"sensor_descr", "Clients: Total"}, {"sensor_divisor", 1},
			{"sensor_multiplier", 1}, {"sensor_current", 9}, {"sensor_prev", 9}, {"sensor_limit", nil}, {"sensor_limit_warn", nil},
			{"sensor_limit_low", nil}, {"sensor_limit_low_warn", nil}, {"sensor_alert", 1}, {"sensor_custom", "No"},
			{"lastupdate", l.naive(e.lastPolled)}}
		kept, wrong := row.columns(r.URL.Query().Get("columns"))
		if wrong != "" {
			return failed(http.StatusBadRequest, "Invalid columns: "+wrong)
		}
		rows = append(rows, kept)
	}
	return goodOr404("wireless_sensors", rows, true, "No wireless sensors found")
}

// columns keeps the named fields, all where none is named; wrong is the first one that does not exist.
func (o object) columns(names string) (kept object, wrong string) {
	if names == "" {
		return o, ""
	}
	for name := range strings.SplitSeq(names, ",") {
		found := false
		for _, f := range o {
			if f.name == name {
				kept, found = append(kept, f), true
			}
		}
		if !found {
			return nil, name
		}
	}
	return kept, ""
}

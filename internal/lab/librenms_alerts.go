package lab

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// One rule: the stock one for dead devices.
const librenmsRule = 3

// alerts answers active ones unless other states are asked for, which is what makes acknowledged ones vanish.
func (l *LibreNMS) alerts(r *http.Request, _ time.Time) reply {
	states := strings.Split(orElse(r.URL.Query().Get("state"), "1"), ",")
	var rows []object
	for _, e := range l.entries {
		if e.missing || len(e.outages) == 0 {
			continue
		}
		state := number(!e.up)
		if !slices.Contains(states, strconv.Itoa(state)) {
			continue
		}
		rows = append(rows, object{{"hostname", e.device.LibreNMS.Hostname}, {"id", 40 + e.device.LibreNMS.ID}, {"device_id", e.device.LibreNMS.ID},
			{"rule_id", librenmsRule}, {"state", state}, {"alerted", state}, {"open", 0}, {"note", nil}, {"timestamp", l.naive(e.changedAt)},
			{"info", ""}, {"severity", "critical"}, {"name", "Device Down! Due to no ICMP response."}, {"proc", nil}, {"notes", nil}})
	}
	return good("alerts", rows, true)
}

func (l *LibreNMS) rules(_ *http.Request, _ time.Time) reply {
	return good("rules", []object{{{"id", librenmsRule}, {"name", "Device Down! Due to no ICMP response."}, {"severity", "critical"}, {"disabled", 0},
		{"extra", `{"mute":false,"count":"-1"}`}, {"builder", "{}"}, {"query", "SELECT * FROM devices WHERE devices.status = 0"}, {"proc", nil},
		{"notes", nil}, {"invert_map", 0}, {"devices", []int{}}, {"groups", []int{}}, {"locations", []int{}}}}, true)
}

// eventlog answers rows by their time, not their id, from an offset that is called start.
func (l *LibreNMS) eventlog(r *http.Request, _ time.Time) reply {
	q := r.URL.Query()
	from, _ := strconv.Atoi(q.Get("from"))
	var rows []object
	for _, ev := range l.events {
		d := ev.entry.device
		if id := r.PathValue("id"); ev.id < from || id != "" && id != strconv.Itoa(d.LibreNMS.ID) && id != d.LibreNMS.Hostname {
			continue
		}
		rows = append(rows, object{{"hostname", d.LibreNMS.Hostname}, {"sysName", d.Name}, {"host", d.LibreNMS.ID}, {"event_id", ev.id},
			{"device_id", d.LibreNMS.ID}, {"datetime", l.naive(ev.at)}, {"message", ev.message}, {"type", ev.kind}, {"reference", nil},
			{"username", ""}, {"severity", 2}})
	}
	return page(q.Get("sortorder"), q.Get("start"), q.Get("limit"), rows)
}

// alertlog's details hold whole rows of the devices table, secrets included.
func (l *LibreNMS) alertlog(r *http.Request, now time.Time) reply {
	q := r.URL.Query()
	from, _ := strconv.Atoi(q.Get("from"))
	var rows []object
	for _, ev := range l.events {
		id := ev.id - 9000
		if id < from {
			continue
		}
		d := ev.entry.device
		row := object{{"id", id}, {"rule_id", librenmsRule}, {"device_id", d.LibreNMS.ID}, {"state", number(ev.kind == "down")},
			{"time_logged", l.naive(ev.at)}, {"hostname", d.LibreNMS.Hostname}, {"sysName", d.Name}, {"details", nil}}
		if ev.kind == "down" {
			row[len(row)-1].value = object{{"rule", []object{l.deviceRow(ev.entry, now)}},
				{"contacts", object{{Canary + "-contact@example.net", "Owner"}}}}
		}
		rows = append(rows, row)
	}
	return page(q.Get("sortorder"), q.Get("start"), q.Get("limit"), rows)
}

func page(order, start, limit string, rows []object) reply {
	total := len(rows)
	if order == "DESC" {
		slices.Reverse(rows)
	}
	skip, _ := strconv.Atoi(start)
	n, err := strconv.Atoi(limit)
	if err != nil || n <= 0 {
		n = 50
	}
	skip = min(max(skip, 0), total)
	rows = rows[skip:min(skip+n, total)]
	rep := good("logs", rows, true)
	if o, ok := rep.body.(object); ok {
		o.add("total", total)
		rep.body = o
	}
	return rep
}

package lab

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// logRow is a row of one of the logs.
type logRow struct {
	id  int
	at  string // the date column
	row object
}

// eventlog answers rows by their time, not by their id. Rows of one poll have the same time.
func (l *LibreNMS) eventlog(r *http.Request, _ time.Time) reply {
	var rows []logRow
	for i, ev := range l.events {
		d := ev.entry.device
		if !ev.entry.is(r.PathValue("id")) {
			continue
		}
		id := l.logID(9001, i)
		at, _ := l.naive(ev.at).(string)
		rows = append(rows, logRow{id, at, object{{"hostname", d.LibreNMS.Hostname}, {"sysName", l.sysName(d)}, {"host", d.LibreNMS.ID},
			{"event_id", id}, {"device_id", d.LibreNMS.ID}, {"datetime", at}, {"message", ev.message}, {"type", ev.kind}, {"reference", nil},
			{"username", ""}, {"severity", 2}}})
	}
	return logPage(r, rows)
}

// alertlog's details hold whole rows of the devices table, secrets included, and addresses of people. A recovery has
// none.
func (l *LibreNMS) alertlog(r *http.Request, now time.Time) reply {
	var rows []logRow
	for i, c := range l.changes {
		e := c.alert.entry
		if !e.is(r.PathValue("id")) {
			continue
		}
		id := l.logID(1, i)
		at, _ := l.naive(c.at).(string)
		var details any
		if c.state != alertClear {
			var rule []object
			for _, fault := range c.faults {
				rule = append(rule, l.faultRow(c.alert, fault, now))
			}
			details = object{{"rule", rule}, {"contacts", object{{Canary + "-contact@example.net", "Owner"}}}, {"count", len(rule)}}
		}
		rows = append(rows, logRow{id, at, object{{"id", id}, {"rule_id", c.alert.rule.id}, {"device_id", e.device.LibreNMS.ID}, {"state", c.state},
			{"time_logged", at}, {"hostname", e.device.LibreNMS.Hostname}, {"sysName", l.sysName(e.device)}, {"details", details}}})
	}
	return logPage(r, rows)
}

// faultRow is what the rule's query has found: the device's whole row, and that of the sensor where one is at fault.
func (l *LibreNMS) faultRow(a *librenmsAlert, fault string, now time.Time) object {
	row := l.deviceRow(a.entry, now)
	for i, p := range a.entry.parts {
		if p.component == fault {
			row = append(row, l.sensorRow(sensorRef{a.entry, i})...)
		}
	}
	// Both tables have a device_id, and the later column wins.
	seen := map[string]bool{}
	return slices.DeleteFunc(row, func(f field) bool {
		again := seen[f.name]
		seen[f.name] = true
		return again
	})
}

// noLog answers a log that nothing was written to.
func (l *LibreNMS) noLog(r *http.Request, _ time.Time) reply { return logPage(r, nil) }

// logID numbers the rows of a log. Where they are shuffled, neighbours have changed places.
func (l *LibreNMS) logID(first, i int) int {
	if l.opt.ShuffledLogs {
		i ^= 1
	}
	return first + i
}

// logPage answers a page of a log. Start is an offset of rows, whatever the manual says; from and to are ids where they
// are numbers, and times where they are not; every order but DESC is ascending. The order of rows of one time is that
// in which they were written.
func logPage(r *http.Request, rows []logRow) reply {
	q := r.URL.Query()
	from, to := q.Get("from"), q.Get("to")
	fromID, fromErr := strconv.Atoi(from)
	toID, toErr := strconv.Atoi(to)
	rows = slices.DeleteFunc(rows, func(l logRow) bool {
		switch {
		case from != "" && (fromErr == nil && l.id < fromID || fromErr != nil && l.at < from):
			return true
		case to != "" && (toErr == nil && l.id > toID || toErr != nil && l.at > to):
			return true
		}
		return false
	})
	if q.Get("sortorder") == "DESC" {
		slices.Reverse(rows)
	}
	total := len(rows)
	skip, _ := strconv.Atoi(q.Get("start"))
	n, err := strconv.Atoi(q.Get("limit"))
	if err != nil || n <= 0 {
		n = 50
	}
	skip = min(max(skip, 0), total)
	rows = rows[skip:min(skip+n, total)]
	rep := goodList("logs", list{len(rows), func(i int) object { return rows[i].row }}, true)
	rep.body.add("total", total)
	return rep
}

package lab

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// before reports whether the server is older than a release, "26.7".
func (l *LibreNMS) before(release string) bool {
	mine, theirs := strings.Split(l.opt.Version, "."), strings.Split(release, ".")
	for i, want := range theirs {
		n, have := 0, 0
		n, _ = strconv.Atoi(want)
		if i < len(mine) {
			have, _ = strconv.Atoi(mine[i])
		}
		if have != n {
			return have < n
		}
	}
	return false
}

// index names every call that this release knows, each once, without an envelope.
func (l *LibreNMS) index(_ *http.Request, _ time.Time) reply {
	var o object
	for _, route := range librenmsRoutes() {
		if route.pattern != "" && route.method == "" && !l.before(route.since) {
			o.add(route.name, "http://librenms.example.net/api/v0"+route.pattern)
		}
	}
	slices.SortFunc(o, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return reply{http.StatusOK, slices.CompactFunc(o, func(a, b field) bool { return a.name == b.name })}
}

func (l *LibreNMS) ping(_ *http.Request, _ time.Time) reply {
	return reply{http.StatusOK, object{{"message", "pong"}}}
}

// system tells the release; its date is that of the code.
func (l *LibreNMS) system(_ *http.Request, _ time.Time) reply {
	return good("system", []object{{
		{"local_ver", l.opt.Version}, {"local_sha", "0000000000000000000000000000000000000000"}, {"local_date", "2026-07-20T06:11:03+02:00"},
		{"local_branch", "master"}, {"db_schema", "2026_07_11_110000_simulated (347)"}, {"php_ver", "8.4.10"}, {"python_ver", "3.13.5"},
		{"database_ver", "MariaDB 11.8.3"}, {"rrdtool_ver", "1.9.0"}, {"netsnmp_ver", "5.9.4"},
	}}, true)
}

func (l *LibreNMS) pollers(_ *http.Request, _ time.Time) reply {
	return good("pollers", []object{{
		{"id", 1}, {"poller_name", "librenms"}, {"last_polled", l.naive(l.tick)}, {"devices", len(l.entries)}, {"time_taken", 3.1},
	}}, true)
}

// pollerLog lists the active devices that were polled before, and where unpolled is asked for those of them that were
// not polled for longer than 1.2 steps, which every dead device is. A row has no device_id.
func (l *LibreNMS) pollerLog(r *http.Request, now time.Time) reply {
	late := r.URL.Query().Get("unpolled") != ""
	var rows []object
	for _, e := range l.entries {
		if e.mark.Missing || e.mark.Disabled || e.lastPolled.IsZero() || late && now.Sub(e.lastPolled) <= l.opt.Step*6/5 {
			continue
		}
		rows = append(rows, object{{"hostname", e.device.LibreNMS.Hostname}, {"display_name", orElse(e.device.LibreNMS.Display, e.device.Name)},
			{"last_polled", l.naive(e.lastPolled)}, {"last_polled_timetaken", l.timetaken(e.device)}, {"poller_group", "General"}, {"poller_group_id", 0}})
	}
	return good("log", rows, true)
}

package lab

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reply is a status and a body of the API.
type reply struct {
	status int
	body   any
}

type librenmsHandler func(l *LibreNMS, r *http.Request, now time.Time) reply

func (l *LibreNMS) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /up", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, "text/html; charset=UTF-8", "<!DOCTYPE html>\n<html><body>Application up</body></html>\n")
	})
	for pattern, h := range librenmsRoutes() {
		mux.HandleFunc("GET /api/v0"+pattern, l.wrap(func(w http.ResponseWriter, r *http.Request, empty bool) { l.serve(w, r, h, empty) }))
	}
	mux.HandleFunc("/", l.wrap(func(w http.ResponseWriter, r *http.Request, empty bool) {
		l.serve(w, r, func(*LibreNMS, *http.Request, time.Time) reply {
			return failed(http.StatusNotFound, "This API route doesn't exist.")
		}, empty)
	}))
	return mux
}

// librenmsRoutes names every call that the fake knows. The index lists the same.
func librenmsRoutes() map[string]librenmsHandler {
	return map[string]librenmsHandler{
		"": (*LibreNMS).index, "/ping": (*LibreNMS).ping, "/system": (*LibreNMS).system,
		"/devices": (*LibreNMS).devices, "/devices/{id}": (*LibreNMS).oneDevice,
		"/devices/{id}/availability": (*LibreNMS).availability, "/devices/{id}/outages": (*LibreNMS).outages,
		"/devices/{id}/maintenance": (*LibreNMS).maintenance, "/devices/{id}/ports": (*LibreNMS).devicePorts,
		"/devices/{id}/ip": (*LibreNMS).deviceAddresses,
		"/ports":           (*LibreNMS).ports, "/resources/sensors": (*LibreNMS).sensors,
		"/alerts": (*LibreNMS).alerts, "/rules": (*LibreNMS).rules,
		"/logs/eventlog": (*LibreNMS).eventlog, "/logs/eventlog/{id}": (*LibreNMS).eventlog, "/logs/alertlog": (*LibreNMS).alertlog,
		"/pollers": (*LibreNMS).pollers, "/pollers/log": (*LibreNMS).pollerLog,
		"/resources/ip/addresses": (*LibreNMS).addresses, "/resources/ip/arp/all": (*LibreNMS).arp,
		"/resources/links": (*LibreNMS).links, "/resources/fdb": noneOf("No fdb entries found"),
		"/resources/locations": (*LibreNMS).locations, "/devicegroups": noneOf("No device groups found"),
		"/services": (*LibreNMS).services,
	}
}

func noneOf(message string) librenmsHandler {
	return func(*LibreNMS, *http.Request, time.Time) reply { return failed(http.StatusNotFound, message) }
}

func (l *LibreNMS) serve(w http.ResponseWriter, r *http.Request, h librenmsHandler, empty bool) {
	var rep reply
	switch {
	case subtle.ConstantTimeCompare([]byte(r.Header.Get("X-Auth-Token")), []byte(l.opt.Token)) != 1:
		rep = reply{http.StatusUnauthorized, object{{"message", "Unauthenticated."}}}
	case empty:
		// What an SQL error looks like from outside.
		rep = good(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], []object{}, true)
	default:
		l.world.inspect(func(now time.Time) { rep = h(l, r, now) })
	}
	body, err := likePHP(rep.body)
	if err != nil {
		answer(w, http.StatusInternalServerError, "application/json", l.pages.serverErr)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if rep.status != http.StatusOK {
		w.WriteHeader(rep.status)
	}
	_, _ = w.Write(body)
}

// good is the envelope of an answer. Only some calls count their rows.
func good(name string, rows []object, counted bool) reply {
	if rows == nil {
		rows = []object{}
	}
	o := object{{"status", "ok"}, {name, rows}}
	if counted {
		o.add("count", len(rows))
	}
	return reply{http.StatusOK, o}
}

func failed(status int, message string) reply {
	return reply{status, object{{"status", "error"}, {"message", message}}}
}

// find resolves the {id} of a path: a number or a host name.
func (l *LibreNMS) find(r *http.Request) (*librenmsEntry, *reply) {
	id := r.PathValue("id")
	for _, e := range l.entries {
		if !e.missing && (strconv.Itoa(e.device.LibreNMS.ID) == id || e.device.LibreNMS.Hostname == id) {
			return e, nil
		}
	}
	rep := failed(http.StatusNotFound, fmt.Sprintf("Device %s does not exist", id))
	return nil, &rep
}

func (l *LibreNMS) index(_ *http.Request, _ time.Time) reply {
	var o object
	for pattern := range librenmsRoutes() {
		if pattern != "" {
			name := strings.Trim(strings.NewReplacer("/", "_", "{", "", "}", "").Replace(pattern), "_")
			o.add(name, "http://librenms.example.net/api/v0"+pattern)
		}
	}
	o.add("list_poller_log", "http://librenms.example.net/api/v0/pollers/log")
	slices.SortFunc(o, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return reply{http.StatusOK, o}
}

func (l *LibreNMS) ping(_ *http.Request, _ time.Time) reply {
	return reply{http.StatusOK, object{{"message", "pong"}}}
}

func (l *LibreNMS) system(_ *http.Request, _ time.Time) reply {
	return good("system", []object{{
		{"local_ver", l.opt.Version}, {"local_sha", "0000000000000000000000000000000000000000"}, {"local_date", "2026-07-20T06:11:03+02:00"},
		{"local_branch", "master"}, {"db_schema", "2026_07_11_110000_simulated (347)"}, {"php_ver", "8.4.10"}, {"python_ver", "3.13.5"},
		{"database_ver", "MariaDB 11.8.3"}, {"rrdtool_ver", "1.9.0"}, {"netsnmp_ver", "5.9.4"},
	}}, true)
}

// devices answers the list, with the filters that say what kind of device is wanted. An unknown type means all.
func (l *LibreNMS) devices(r *http.Request, now time.Time) reply {
	q := r.URL.Query()
	var rows []object
	for _, e := range l.entries {
		if e.missing || !l.wanted(e, q.Get("type"), q.Get("query")) {
			continue
		}
		row := l.deviceRow(e, now)
		if l.opt.OldTypes {
			row = asStrings(row)
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b object) int {
		return strings.Compare(fmt.Sprint(a.pick("hostname")), fmt.Sprint(b.pick("hostname")))
	})
	return good("devices", rows, true)
}

func (l *LibreNMS) wanted(e *librenmsEntry, kind, query string) bool {
	d := e.device
	switch kind {
	case "active":
		return !e.disabled && !e.ignored
	case "ignored":
		return e.ignored
	case "disabled":
		return e.disabled
	case "up":
		return e.up && !e.disabled && !e.ignored
	case "down":
		return !e.up && !e.disabled && !e.ignored
	case "device_id":
		return strconv.Itoa(d.LibreNMS.ID) == query
	case "hostname":
		return strings.Contains(d.LibreNMS.Hostname, query)
	case "sysName":
		return d.Name == query
	case "os":
		return d.LibreNMS.OS == query
	case "type":
		return d.LibreNMS.Type == query
	case "ipv4":
		return d.Address.String() == query
	case "serial":
		return d.Serial == query
	}
	return true
}

func (l *LibreNMS) oneDevice(r *http.Request, now time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	return good("devices", []object{l.singleRow(e, now)}, true)
}

func (l *LibreNMS) availability(r *http.Request, now time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	var rows []object
	for _, span := range []int{86400, 604800, 2592000, 31536000} {
		down := time.Duration(0)
		for _, o := range e.outages {
			end := o.up
			if end.IsZero() {
				end = now
			}
			down += end.Sub(o.down)
		}
		share := 100 - 100*down.Seconds()/float64(span)
		rows = append(rows, object{{"duration", span}, {"availability_perc", strconv.FormatFloat(max(share, 0), 'f', 6, 64)}})
	}
	return good("availability", rows, false)
}

func (l *LibreNMS) outages(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	var rows []object
	for _, o := range slices.Backward(e.outages) {
		row := object{{"going_down", o.down.Unix()}, {"up_again", nil}}
		if !o.up.IsZero() {
			row[1].value = o.up.Unix()
		}
		rows = append(rows, row)
	}
	return good("outages", rows, false)
}

func (l *LibreNMS) maintenance(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	return reply{http.StatusOK, object{{"status", "ok"}, {"is_under_maintenance", e.maintenance}}}
}

func (l *LibreNMS) pollers(_ *http.Request, _ time.Time) reply {
	return good("pollers", []object{{
		{"id", 1}, {"poller_name", "librenms"}, {"last_polled", l.naive(l.tick)}, {"devices", len(l.entries)}, {"time_taken", 3.1},
	}}, true)
}

// pollerLog lists what was not polled for longer than 1.2 steps, which every dead device is.
func (l *LibreNMS) pollerLog(_ *http.Request, now time.Time) reply {
	var rows []object
	for _, e := range l.entries {
		if !e.disabled && now.Sub(e.lastPolled) > l.opt.Step*6/5 {
			rows = append(rows, object{{"hostname", e.device.LibreNMS.Hostname}, {"display_name", e.device.LibreNMS.Display},
				{"last_polled", l.naive(e.lastPolled)}, {"last_polled_timetaken", 0.4}, {"poller_group", "General"}, {"poller_group_id", 0}})
		}
	}
	return good("log", rows, true)
}

func (l *LibreNMS) locations(_ *http.Request, _ time.Time) reply {
	var rows []object
	var seen []string
	for _, e := range l.entries {
		if at := e.device.Location; !slices.Contains(seen, at) {
			seen = append(seen, at)
			rows = append(rows, object{{"id", len(seen)}, {"location", at}, {"lat", nil}, {"lng", nil}, {"timestamp", l.naive(l.tick)},
				{"fixed_coordinates", 0}})
		}
	}
	return good("locations", rows, true)
}

// services has a list in its list, and here nothing in that.
func (l *LibreNMS) services(_ *http.Request, _ time.Time) reply {
	return reply{http.StatusOK, object{{"status", "ok"}, {"services", [][]object{{}}}, {"count", 1}}}
}

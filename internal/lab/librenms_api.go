package lab

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// reply is a status and a body of the API.
type reply struct {
	status int
	body   object
}

type librenmsHandler func(l *LibreNMS, r *http.Request, now time.Time) reply

// librenmsRoute is one call of the API v0.
type librenmsRoute struct {
	method  string // "" means GET
	pattern string
	name    string // in the index
	since   string // the release that brought it, "" for one that always was
	serve   librenmsHandler
}

// librenmsRoutes are the calls that the fake knows.
func librenmsRoutes() []librenmsRoute {
	get := func(pattern, name string, h librenmsHandler) librenmsRoute {
		return librenmsRoute{pattern: pattern, name: name, serve: h}
	}
	return []librenmsRoute{
		get("", "", (*LibreNMS).index), get("/ping", "ping", (*LibreNMS).ping), get("/system", "server_info", (*LibreNMS).system),
		get("/pollers", "list_pollers", (*LibreNMS).pollers),
		{pattern: "/pollers/log", name: "list_poller_log", since: "26.1", serve: (*LibreNMS).pollerLog},

		get("/devices", "list_devices", (*LibreNMS).devices), get("/devices/{id}", "get_device", (*LibreNMS).oneDevice),
		get("/devices/{id}/availability", "device_availability", (*LibreNMS).availability),
		get("/devices/{id}/outages", "device_outages", (*LibreNMS).outages),
		get("/devices/{id}/maintenance", "device_under_maintenance", (*LibreNMS).maintenance),
		get("/devices/{id}/groups", "get_device_groups_device", (*LibreNMS).groupsOfDevice),
		get("/devicegroups", "get_device_groups", (*LibreNMS).groups), get("/devicegroups/{name}", "get_devices_by_group", (*LibreNMS).group),

		get("/ports", "get_all_ports", (*LibreNMS).ports), get("/ports/{port}", "get_port_info", (*LibreNMS).onePort),
		get("/ports/mac/{mac}", "search_by_mac", (*LibreNMS).portsOfMAC), get("/devices/{id}/ports", "get_ports", (*LibreNMS).devicePorts),
		get("/devices/{id}/ports/{name}", "get_port_graphs", (*LibreNMS).portByName),

		get("/resources/sensors", "list_sensors", (*LibreNMS).sensors),
		get("/devices/{id}/health", "list_available_health_graphs", (*LibreNMS).healthKinds),
		get("/devices/{id}/health/{kind}", "list_available_health_graphs_kind", (*LibreNMS).health),
		get("/devices/{id}/health/{kind}/{item}", "list_available_health_graphs_item", (*LibreNMS).health),
		{pattern: "/devices/{id}/wireless-sensors", name: "list_wireless_sensors", since: "26.1", serve: (*LibreNMS).wireless},

		get("/alerts", "list_alerts", (*LibreNMS).alerts), get("/alerts/{alert}", "get_alert", (*LibreNMS).alerts),
		{method: http.MethodPut, pattern: "/alerts/{alert}", serve: (*LibreNMS).acknowledge},
		{method: http.MethodPut, pattern: "/alerts/unmute/{alert}", serve: (*LibreNMS).unmute},
		get("/rules", "list_alert_rules", (*LibreNMS).rules), get("/rules/{rule}", "get_alert_rule", (*LibreNMS).rules),

		get("/logs/eventlog", "list_eventlog", (*LibreNMS).eventlog), get("/logs/eventlog/{id}", "list_eventlog_device", (*LibreNMS).eventlog),
		get("/logs/alertlog", "list_alertlog", (*LibreNMS).alertlog), get("/logs/alertlog/{id}", "list_alertlog_device", (*LibreNMS).alertlog),
		get("/logs/syslog", "list_syslog", (*LibreNMS).noLog), get("/logs/syslog/{id}", "list_syslog_device", (*LibreNMS).noLog),
		get("/logs/authlog", "list_authlog", (*LibreNMS).noLog),

		get("/resources/ip/addresses", "list_ip_addresses", (*LibreNMS).addresses),
		get("/resources/ip/addresses/{family}", "list_ip_addresses_family", (*LibreNMS).addresses),
		get("/devices/{id}/ip", "get_device_ip_addresses", (*LibreNMS).deviceAddresses),
		get("/resources/ip/arp/{query}", "list_arp", (*LibreNMS).arp), get("/resources/ip/arp/{query}/{bits}", "list_arp_network", (*LibreNMS).arp),
		get("/resources/fdb", "list_fdb", (*LibreNMS).fdb), get("/resources/fdb/{mac}", "list_fdb_mac", (*LibreNMS).fdb),
		get("/resources/fdb/{mac}/detail", "list_fdb_detail", (*LibreNMS).fdbDetail), get("/devices/{id}/fdb", "get_device_fdb", (*LibreNMS).fdb),
		get("/resources/links", "list_links", (*LibreNMS).links), get("/resources/links/{link}", "get_link", (*LibreNMS).links),
		get("/devices/{id}/links", "get_links", (*LibreNMS).links),
		get("/resources/vlans", "list_vlans", (*LibreNMS).vlans), get("/devices/{id}/vlans", "get_vlans", (*LibreNMS).vlans),

		get("/resources/locations", "list_locations", (*LibreNMS).locations), get("/location/{place}", "get_location", (*LibreNMS).locations),
		get("/inventory/{id}", "get_inventory", (*LibreNMS).inventory), get("/inventory/{id}/all", "get_inventory_for_device", (*LibreNMS).inventory),
		get("/services", "list_services", (*LibreNMS).services), get("/services/{id}", "get_service_for_host", (*LibreNMS).services),
	}
}

func (l *LibreNMS) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /up", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, "text/html; charset=UTF-8", "<!DOCTYPE html>\n<html><body>Application up</body></html>\n")
	})
	for _, route := range librenmsRoutes() {
		if l.before(route.since) {
			continue
		}
		mux.HandleFunc(orElse(route.method, http.MethodGet)+" /api/v0"+route.pattern,
			l.wrap(func(w http.ResponseWriter, r *http.Request, empty bool) { l.serve(w, r, route.serve, empty) }))
	}
	mux.HandleFunc("/", l.wrap(func(w http.ResponseWriter, r *http.Request, empty bool) {
		l.serve(w, r, func(*LibreNMS, *http.Request, time.Time) reply {
			return failed(http.StatusNotFound, "This API route doesn't exist.")
		}, empty)
	}))
	return mux
}

// admits checks the token, which three places may hold; the first one that is there counts.
func (l *LibreNMS) admits(r *http.Request) bool {
	given := r.Header.Get("X-Auth-Token")
	if given == "" {
		given, _ = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	if given == "" {
		given = r.URL.Query().Get("api_token")
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(l.opt.Token)) == 1
}

func (l *LibreNMS) serve(w http.ResponseWriter, r *http.Request, h librenmsHandler, empty bool) {
	var rep reply
	switch {
	case !l.admits(r):
		rep = reply{http.StatusUnauthorized, object{{"message", "Unauthenticated."}}}
	case l.forbids(r.URL.Path):
		rep = reply{http.StatusForbidden, object{{"message", "This action is unauthorized."}}}
	case empty:
		// What an SQL error looks like from outside.
		rep = good(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], []object{}, true)
	default:
		l.world.inspect(func(now time.Time) { rep = h(l, r, now) })
	}
	if l.opt.OldTypes {
		rep.body = oldTypes(rep.body)
	}
	w.Header().Set("Content-Type", "application/json")
	if rep.status != http.StatusOK {
		w.WriteHeader(rep.status)
	}
	out := stream{out: w, mu: &l.world.mu}
	out.object(rep.body, true)
	out.flush()
}

// Forbid makes every call of which the path holds one of parts answer that the user may not make it. It replaces what
// was forbidden before.
func (l *LibreNMS) Forbid(parts ...string) {
	l.world.inspect(func(time.Time) { l.forbidden = parts })
}

func (l *LibreNMS) forbids(path string) bool {
	l.world.mu.Lock()
	defer l.world.mu.Unlock()
	for _, part := range l.forbidden {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

// oldTypes makes the numbers of every row strings. What PHP has counted itself stays a number.
func oldTypes(o object) object {
	old := make(object, len(o))
	for i, f := range o {
		if rows, ok := f.value.(list); ok {
			f.value = list{rows.n, func(i int) object { return asStrings(rows.at(i)) }}
		}
		old[i] = f
	}
	return old
}

// good is the envelope of an answer. Only some calls count their rows.
func good(name string, rows []object, counted bool) reply {
	return goodList(name, listOf(rows), counted)
}

func goodList(name string, rows list, counted bool) reply {
	o := object{{"status", "ok"}, {name, rows}}
	if counted {
		o.add("count", rows.n)
	}
	return reply{http.StatusOK, o}
}

// goodOr404 is good for the calls that answer with 404 where there are no rows.
func goodOr404(name string, rows []object, counted bool, message string) reply {
	if len(rows) == 0 {
		return failed(http.StatusNotFound, message)
	}
	return good(name, rows, counted)
}

func failed(status int, message string) reply {
	return reply{status, object{{"status", "error"}, {"message", message}}}
}

// find resolves the {id} of a path: a number or a host name. Who is no administrator learns nothing of a device that
// does not exist.
func (l *LibreNMS) find(r *http.Request) (*librenmsEntry, *reply) {
	id := r.PathValue("id")
	for _, e := range l.entries {
		if !e.mark.Missing && (strconv.Itoa(e.device.LibreNMS.ID) == id || e.device.LibreNMS.Hostname == id) {
			return e, nil
		}
	}
	rep := failed(http.StatusNotFound, fmt.Sprintf("Device %s does not exist", id))
	if l.opt.NonAdmin {
		rep = failed(http.StatusForbidden, "Insufficient permissions to access this device")
	}
	return nil, &rep
}

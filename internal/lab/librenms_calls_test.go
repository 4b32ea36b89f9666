package lab

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// answers is a table of calls and what they must say.
type answers []struct {
	name, target string
	status       int
	contains     string
	lacks        string
}

func (all answers) check(t *testing.T, h http.Handler, token string) {
	t.Helper()
	for _, tt := range all {
		t.Run(tt.name, func(t *testing.T) {
			resp := ask(h, tt.target, token)
			text := body(t, resp)
			if resp.StatusCode != tt.status || !strings.Contains(text, tt.contains) || tt.lacks != "" && strings.Contains(text, tt.lacks) {
				t.Errorf("status %d, want %d with %q and without %q:\n%.900s", resp.StatusCode, tt.status, tt.contains, tt.lacks, text)
			}
		})
	}
}

func TestLibreNMSCalls(t *testing.T) {
	c := newClock()
	l := NewLibreNMS(newWorld(t, c), LibreNMSOptions{Token: "x"})
	answers{
		{"ports by default", "/api/v0/ports", 200, `"ifName": "eth0"`, "ifOperStatus"},
		{"ports of one by default", "/api/v0/devices/7/ports", 200, `"ifName": "48"`, "port_id"},
		{"port by its name", "/api/v0/devices/7/ports/3", 200, `"ifIndex": 3`, ""},
		{"one port", "/api/v0/ports/700?with=vlans,device", 200, `"vlans"`, ""},
		{"one port's device leaks too", "/api/v0/ports/700?with=device", 200, Canary, ""},
		{"no such port", "/api/v0/ports/9", 404, "does not exist", ""},
		{"where a MAC is plugged in", "/api/v0/ports/mac/00:00:5e:00:53:04?filter=first", 200, `"device_id": 7`, ""},
		{"nowhere", "/api/v0/ports/mac/00005e0053ff", 404, "No port found", ""},
		{"addresses", "/api/v0/resources/ip/addresses", 200, `"ipv4_address": "192.0.2.254"`, ""},
		{"addresses of a family", "/api/v0/resources/ip/addresses/ipv4", 200, "ipv4_prefixlen", ""},
		{"none of the other is 404", "/api/v0/resources/ip/addresses/ipv6", 404, "There are no IP addresses", ""},
		{"addresses of a device", "/api/v0/devices/7/ip", 200, `"addresses"`, "192.0.2.1\""},
		{"ARP by address", "/api/v0/resources/ip/arp/192.0.2.2", 200, `"mac_address": "00005e005380"`, "192.0.2.21"},
		{"ARP by MAC", "/api/v0/resources/ip/arp/00:00:5e:00:53:80", 200, "192.0.2.2", "192.0.2.21"},
		{"ARP of a network", "/api/v0/resources/ip/arp/198.51.100.0/24", 200, "198.51.100.11", "192.0.2."},
		{"ARP of a device that has none", "/api/v0/resources/ip/arp/all?device=7", 200, `"arp": []`, ""},
		{"forwarding", "/api/v0/resources/fdb", 200, `"ports_fdb"`, ""},
		{"forwarding of a MAC", "/api/v0/resources/fdb/00005e005304/detail", 200, `"hostname": "core-switch.example.net"`, ""},
		{"forwarding of the switch", "/api/v0/devices/7/fdb", 200, "00005e005304", ""},
		{"links", "/api/v0/resources/links", 200, `"protocol": "lldp"`, ""},
		{"links of a device without", "/api/v0/devices/1/links", 404, "No links found", ""},
		{"VLANs", "/api/v0/resources/vlans?hostname=core-switch.example.net", 200, `"vlan_vlan": 40`, ""},
		{"VLANs of a device without", "/api/v0/devices/1/vlans", 404, "No VLANs found", ""},
		{"groups", "/api/v0/devicegroups", 200, `"name": "storage"`, ""},
		{"members", "/api/v0/devicegroups/storage", 200, `"count": 7`, "hostname"},
		{"members with secrets", "/api/v0/devicegroups/storage?full=1", 200, Canary, ""},
		{"no such group", "/api/v0/devicegroups/other", 404, "Device group not found", ""},
		{"groups of a device", "/api/v0/devices/7/groups", 200, `"name": "network"`, ""},
		{"locations", "/api/v0/resources/locations", 200, "Rack B", ""},
		{"one location", "/api/v0/location/Rack%20C", 200, "Rack C", "Rack A"},
		{"inventory", "/api/v0/inventory/7/all", 200, `"entPhysicalSerialNum": "SIM-SW-0001"`, ""},
		{"services", "/api/v0/services", 200, "\"services\": [\n        [\n            {", ""},
		{"health kinds", "/api/v0/devices/4/health", 200, `"device_storage"`, ""},
		{"health", "/api/v0/devices/4/health/mempool", 200, `"desc": "Swap space"`, ""},
		{"health item", "/api/v0/devices/4/health/storage/404", 200, `"storage_perc": 61`, ""},
		{"sensors by health", "/api/v0/devices/7/health/device_state", 200, "Power supply 1", ""},
		{"wireless", "/api/v0/devices/9/wireless-sensors?class=clients&columns=sensor_class,sensor_current", 200, `"sensor_current": 9`, "sensor_descr"},
		{"wireless column", "/api/v0/devices/9/wireless-sensors?columns=nonsense", 400, "nonsense", ""},
		{"no wireless", "/api/v0/devices/7/wireless-sensors", 404, "No wireless sensors found", ""},
		{"rules", "/api/v0/rules", 200, `"operations": []`, ""},
		{"one rule", "/api/v0/rules/8", 200, "State Sensor Critical", "ICMP"},
		{"no such rule", "/api/v0/rules/99", 404, "not found", ""},
		{"syslog", "/api/v0/logs/syslog/7", 200, `"logs": []`, ""},
		{"authlog", "/api/v0/logs/authlog", 200, `"total": 0`, ""},
		{"poller log", "/api/v0/pollers/log", 200, `"count": 11`, "device_id"},
		{"nothing is late", "/api/v0/pollers/log?unpolled=1", 200, `"count": 0`, ""},
		{"pollers", "/api/v0/pollers", 200, `"devices": 11`, ""},
		{"system", "/api/v0/system", 200, `"local_ver": "26.7.0"`, ""},
		{"availability", "/api/v0/devices/7/availability", 200, `"availability_perc": "100.000000"`, "count"},
		{"outages", "/api/v0/devices/7/outages", 200, `"outages": []`, "count"},
		{"API v1 is off", "/api/v1/devices", 404, "This API route doesn't exist.", ""},
		{"an order", "/api/v0/devices?order=device_id+desc", 200, `"device_id": 17`, ""},
		{"an order that the pattern refuses", "/api/v0/devices?order=sysName;drop", 200, `"count": 11`, ""},
		{"an order by no column", "/api/v0/devices?order=nonsense", 200, `"count": 0`, ""},
	}.check(t, l, "x")
	l.Forbid("/resources/", "/devices/7")
	answers{
		{"forbidden", "/api/v0/resources/sensors", 403, `"message": "This action is unauthorized."`, `"status"`},
		{"allowed", "/api/v0/devices", 200, `"count": 11`, ""},
	}.check(t, l, "x")
}

func TestLibreNMSFilters(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	l := NewLibreNMS(w, LibreNMSOptions{Token: "x", Step: time.Minute})
	l.Mark("nas-1", Mark{Disabled: true})
	l.Mark("nas-2", Mark{Ignored: true})
	if err := w.Kill("nas-3"); err != nil {
		t.Fatal(err)
	}
	c.move(5 * time.Minute)
	for query, want := range map[string]string{
		"": "1 4 7 9 11 12 13 14 15 16 17", "type=all": "1 4 7 9 11 12 13 14 15 16 17", "type=nonsense": "1 4 7 9 11 12 13 14 15 16 17",
		"type=active": "1 4 7 9 13 14 15 16 17", "type=ignored": "12", "type=disabled": "11", "type=down": "13", "type=up": "1 4 7 9 14 15 16 17",
		"type=os&query=dsm": "11 12 13 14 15", "type=type&query=wireless": "9", "type=hostname&query=NAS-4": "14", "type=sysName&query=media": "15",
		"type=display&query=core": "7", "type=location&query=rack+c": "14 15 16 17", "type=location_id&query=1": "1 4 7", "type=serial&query=SIM-SW-0001": "7",
		"type=hardware&query=RS2421%2B": "11 12 13 14 15", "type=version&query=9.0": "4", "type=features&query=x": "", "type=ipv4&query=192.0.2.254": "1 7",
		"type=ipv6&query=2001:db8::1": "", "type=device_id&query=7": "7",
		// Whoever has it in its ARP table, not whoever it belongs to.
		"type=mac&query=00:00:5e:00:53:80": "1",
	} {
		var ids []int
		for _, d := range decode[librenmsList](t, ask(l, "/api/v0/devices?"+query, "x")).Devices {
			ids = append(ids, d.DeviceID)
		}
		slices.Sort(ids)
		if got := strings.Trim(fmt.Sprint(ids), "[]"); got != want {
			t.Errorf("%q: devices %s, want %s", query, got, want)
		}
	}
	text := body(t, ask(l, "/api/v0/devices?type=ipv4&query=198.51.100.11", "x"))
	if !strings.Contains(text, `"disabled": 0`) {
		t.Error("the columns of the joined port must win")
	}
	late := body(t, ask(l, "/api/v0/pollers/log?unpolled=1", "x"))
	if !strings.Contains(late, `"hostname": "198.51.100.13"`) || strings.Contains(late, "nas-1") {
		t.Errorf("what is late:\n%s", late)
	}
}

func TestLibreNMSReleases(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	release := func(version string) *LibreNMS { return NewLibreNMS(w, LibreNMSOptions{Token: "x", Version: version}) }
	answers{
		{"no poller log", "/api/v0/pollers/log", 404, "This API route doesn't exist.", ""},
		{"nor in the index", "/api/v0", 200, "list_devices", "list_poller_log"},
		{"the status was a boolean first", "/api/v0/devices/7", 200, `"status": true`, `"ignore": false`},
		{"the location was text", "/api/v0/devices/7", 200, `"location": "Rack A"`, "fixed_coordinates"},
		{"health is empty", "/api/v0/devices/7/health/processor", 200, `"graphs": []`, ""},
	}.check(t, release("25.5.0"), "x")
	answers{
		{"all switches are booleans", "/api/v0/devices/7", 200, `"ignore": false`, "fixed_coordinates"},
		{"index", "/api/v0", 200, "list_poller_log", ""},
	}.check(t, release("26.4.1"), "x")
	answers{{"not its business", "/api/v0/devices/99", 403, "Insufficient permissions to access this device", ""}}.
		check(t, NewLibreNMS(w, LibreNMSOptions{Token: "x", NonAdmin: true}), "x")
	guest := release("26.7.0")
	guest.Mark("pve1", Mark{Guest: true})
	answers{
		{"a guest alone", "/api/v0/devices/4", 500, "Server Error", ""},
		{"in the list", "/api/v0/devices?type=device_id&query=4", 200, `"parent_id": 1`, ""},
	}.check(t, guest, "x")
	old := body(t, ask(NewLibreNMS(w, LibreNMSOptions{Token: "x", OldTypes: true, Version: "1.54"}), "/api/v0/resources/sensors", "x"))
	if !strings.Contains(old, `"sensor_current": "5"`) {
		t.Errorf("the numbers of an old server:\n%.400s", old)
	}
}

// Times in lists follow the zone of the database, summer time included.
func TestLibreNMSZone(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("SKIPPED: this machine has no time zones: ", err)
	}
	c := &clock{now: time.Date(2026, 3, 29, 0, 59, 59, 0, time.UTC)}
	l := NewLibreNMS(newWorld(t, c), LibreNMSOptions{Token: "x", Zone: zone, Step: time.Second})
	if at := *row9(t, l).LastPolled; at != "2026-03-29 01:59:59" {
		t.Errorf("before summer time: %s", at)
	}
	c.move(time.Second)
	if at := *row9(t, l).LastPolled; at != "2026-03-29 03:00:00" {
		t.Errorf("as it begins: %s", at)
	}
	if text := body(t, ask(l, "/api/v0/devices/9", "x")); !strings.Contains(text, "2026-03-29T01:00:00.000000Z") {
		t.Error("the call for one device says UTC")
	}
}

func TestLibreNMSAlerts(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	l := NewLibreNMS(w, LibreNMSOptions{Token: "x", Step: time.Minute})
	states := func(query string) string {
		var all []string
		for _, a := range decode[struct {
			Alerts []struct {
				Device int `json:"device_id"`
				Rule   int `json:"rule_id"`
				State  int `json:"state"`
			}
		}](t, ask(l, "/api/v0/alerts?"+query, "x")).Alerts {
			all = append(all, fmt.Sprintf("%d:%d:%d", a.Device, a.Rule, a.State))
		}
		return strings.Join(all, " ")
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		c.move(time.Minute)
	}
	step := func(what, query, want string) {
		t.Helper()
		if got := states(query); got != want {
			t.Errorf("%s: %q gives %q, want %q", what, query, got, want)
		}
	}
	const all = "state=0,1,2,3,4,5&order=id+asc"
	do(w.Break("nas-1", "disk:1", "critical"))
	step("a disk fails", "", "11:8:1")
	do(w.Break("nas-1", "disk:2", "critical"))
	step("a second one", "", "")
	step("a second one", "state=3", "11:8:3")
	do(w.Break("nas-1", "disk:2", "ok"))
	step("the second one is well", all, "11:8:4")
	do(w.Break("nas-2", "disk:2", "warning"))
	do(w.StopAgent("nas-3"))
	do(w.Kill("nas-4"))
	step("more", all, "11:8:4 12:9:1 13:3:1 14:1:1")
	step("by severity", "severity=warning", "12:9:1")
	step("by rule", "alert_rule=3", "13:3:1")
	step("newest first", "", "14:1:1 13:3:1 12:9:1")
	put := func(path, text string) string {
		r := httptest.NewRequest(http.MethodPut, path, strings.NewReader(text))
		r.Header.Set("X-Auth-Token", "x")
		rec := httptest.NewRecorder()
		l.ServeHTTP(rec, r)
		return rec.Body.String()
	}
	if said := put("/api/v0/alerts/42", `{"note":"known","until_clear":false}`); !strings.Contains(said, "acknowledged") {
		t.Error(said)
	}
	if said := put("/api/v0/alerts/99", `{}`); !strings.Contains(said, "No Alert by that ID") {
		t.Error(said)
	}
	step("acknowledged", "state=2", "12:9:2")
	step("and gone from the default", "", "14:1:1 13:3:1")
	if text := body(t, ask(l, "/api/v0/alerts/42?state=2", "x")); !strings.Contains(text, `Ack (operator) known"`) || !strings.Contains(text, `"info": "{\"until_clear\":false}"`) {
		t.Errorf("acknowledged:\n%s", text)
	}
	do(w.Break("nas-2", "disk:3", "warning"))
	step("worse than what was acknowledged", "state=2,3", "12:9:3")
	put("/api/v0/alerts/unmute/42", `{"note":"again"}`)
	step("unmuted", "alert_rule=9", "12:9:1")
	do(w.Revive("nas-4"))
	step("recovered stays", "state=0", "14:1:0")
	if resp := ask(l, "/api/v0/alerts?order=timestamp", "x"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("an order without a direction: %d", resp.StatusCode)
	}

	log := body(t, ask(l, "/api/v0/logs/alertlog?limit=1000", "x"))
	for _, name := range append(SecretFields(), "contacts", "sensor_descr") {
		if !strings.Contains(log, `"`+name+`"`) {
			t.Errorf("the details hold no %s", name)
		}
	}
	if !strings.Contains(log, `"details": null`) {
		t.Error("a recovery has no details")
	}
}

func TestLibreNMSShuffledLogs(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	l := NewLibreNMS(w, LibreNMSOptions{Token: "x", Step: time.Second, ShuffledLogs: true})
	for _, name := range []string{"nas-1", "nas-2", "nas-6", "nas-7"} {
		if err := w.Kill(name); err != nil {
			t.Fatal(err)
		}
		c.move(time.Second)
	}
	ids := func(query string) string {
		var all []string
		for _, row := range decode[struct {
			Logs []struct {
				ID int    `json:"event_id"`
				At string `json:"datetime"`
			}
		}](t, ask(l, "/api/v0/logs/eventlog?"+query, "x")).Logs {
			all = append(all, fmt.Sprintf("%d@%s", row.ID-9000, row.At[len(row.At)-2:]))
		}
		return strings.Join(all, " ")
	}
	for query, want := range map[string]string{
		"": "2@01 1@02 4@03 3@04", "sortorder=DESC": "3@04 4@03 1@02 2@01", "sortorder=desc": "2@01 1@02 4@03 3@04", "from=9003": "4@03 3@04",
		"from=9002&to=9003": "2@01 3@04", "from=2026-01-15+11:00:02": "1@02 4@03 3@04", "to=2026-01-15+11:00:02": "2@01 1@02", "start=1&limit=2": "1@02 4@03",
		"start=9": "",
	} {
		if got := ids(query); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

// Every secret is a canary, wherever it is sent.
func TestCanaries(t *testing.T) {
	c := newClock()
	l := NewLibreNMS(newWorld(t, c), LibreNMSOptions{Token: "x"})
	for _, target := range []string{"/api/v0/devices", "/api/v0/devices/7"} {
		for _, d := range decode[struct{ Devices []map[string]any }](t, ask(l, target, "x")).Devices {
			for _, name := range SecretFields() {
				if value, ok := d[name]; !ok || Leaks(fmt.Sprintf("%v %.0f", value, value)) == "" {
					t.Errorf("%s: %s is %v, no canary", target, name, value)
				}
			}
		}
	}
	if Leaks("a calm day") != "" || !strings.HasPrefix(Leaks("said "+Canary+"-community-7 to all"), Canary) {
		t.Error("Leaks finds what is no leak, or not what is one")
	}
}

// What a device can be in LibreNMS besides up and down.
func TestLibreNMSMarks(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	l := NewLibreNMS(w, LibreNMSOptions{Token: "x", Step: time.Minute})
	status := func(at *LibreNMS) string {
		d := row9(t, at)
		show := func(p *string) string {
			if p == nil {
				return "never"
			}
			return (*p)[11:16]
		}
		return fmt.Sprintf("%d %q polled %s pinged %s", d.Status, d.StatusReason, show(d.LastPolled), show(d.LastPing))
	}
	for _, step := range []struct {
		mark Mark
		want string
	}{
		{Mark{}, `1 "" polled 11:01 pinged 11:01`},
		{Mark{New: true}, `0 "" polled never pinged never`},
		{Mark{}, `1 "" polled 11:03 pinged 11:03`},
		{Mark{PingOff: true}, `1 "" polled 11:04 pinged 11:03`},
		{Mark{PingFiltered: true}, `0 "icmp" polled 11:04 pinged 11:05`},
		{Mark{SNMPDisabled: true, PingFiltered: true}, `0 "icmp" polled 11:04 pinged 11:06`},
		{Mark{Flapping: true}, `0 "snmp" polled 11:04 pinged 11:07`},
		{Mark{Flapping: true}, `1 "" polled 11:08 pinged 11:08`},
		{Mark{Disabled: true}, `1 "" polled 11:08 pinged 11:08`},
	} {
		l.Mark("ap-1", step.mark)
		c.move(time.Minute)
		if got := status(l); got != step.want {
			t.Errorf("%+v: %s, want %s", step.mark, got, step.want)
		}
	}
	text := body(t, ask(NewLibreNMS(w, LibreNMSOptions{Token: "x", Version: "25.12.0"}), "/api/v0/devices?type=device_id&query=9", "x"))
	if !strings.Contains(text, `"display": null`) || strings.Contains(text, "snmpEngineID") {
		t.Errorf("before 2026:\n%s", text)
	}
}

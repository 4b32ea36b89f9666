package lab

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

type librenmsRow struct {
	DeviceID     int     `json:"device_id"`
	Hostname     string  `json:"hostname"`
	Status       int     `json:"status"`
	StatusReason string  `json:"status_reason"`
	LastPolled   *string `json:"last_polled"`
	LastPing     *string `json:"last_ping"`
	Community    string  `json:"community"`
	ParentID     *string `json:"dependency_parent_id"`
}

type librenmsList struct {
	Status  string        `json:"status"`
	Devices []librenmsRow `json:"devices"`
	Count   int           `json:"count"`
}

func row9(t *testing.T, l *LibreNMS) librenmsRow {
	t.Helper()
	for _, d := range decode[librenmsList](t, ask(l, "/api/v0/devices", "x")).Devices {
		if d.DeviceID == 9 {
			return d
		}
	}
	t.Fatal("no device 9")
	return librenmsRow{}
}

func TestLibreNMSFreezesLastPolled(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	l := NewLibreNMS(w, LibreNMSOptions{Token: "x", Step: 300 * time.Second})

	up := row9(t, l)
	if up.Status != 1 || *up.LastPolled != "2026-01-15 11:00:00" {
		t.Fatalf("before: %+v", up)
	}
	if up.ParentID == nil || *up.ParentID != "7" {
		t.Errorf("depends on %v, want the switch", up.ParentID)
	}
	c.move(100 * time.Second)
	if err := w.Kill("ap-1"); err != nil {
		t.Fatal(err)
	}
	if d := row9(t, l); d.Status != 1 {
		t.Error("found dead before the next poll")
	}
	c.move(500 * time.Second)
	down := row9(t, l)
	if down.Status != 0 || down.StatusReason != "icmp,snmp" || *down.LastPolled != "2026-01-15 11:00:00" || *down.LastPing != "2026-01-15 11:10:00" {
		t.Errorf("while dead: %+v last_polled %s last_ping %s", down, *down.LastPolled, *down.LastPing)
	}
	if err := w.Revive("ap-1"); err != nil {
		t.Fatal(err)
	}
	c.move(300 * time.Second)
	if d := row9(t, l); d.Status != 1 || *d.LastPolled != "2026-01-15 11:15:00" {
		t.Errorf("alive again: %+v", d)
	}
	type outages struct {
		Outages []struct {
			Down int64  `json:"going_down"`
			Up   *int64 `json:"up_again"`
		} `json:"outages"`
	}
	o := decode[outages](t, ask(l, "/api/v0/devices/9/outages", "x")).Outages
	at := time.Date(2026, 1, 15, 10, 5, 0, 0, time.UTC).Unix()
	if len(o) != 1 || o[0].Down != at || o[0].Up == nil || *o[0].Up != at+600 {
		t.Errorf("outages: %+v", o)
	}
}

func TestLibreNMSOwnTroubles(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	l := NewLibreNMS(w, LibreNMSOptions{Token: "x", Step: time.Second, Version: "26.6.1"})
	count := func(kind string) int {
		return len(decode[librenmsList](t, ask(l, "/api/v0/devices?type="+kind, "x")).Devices)
	}
	l.LoseNetwork(true)
	c.move(time.Second)
	if n := count("down"); n != 11 {
		t.Errorf("%d devices down, want all 11", n)
	}
	if !w.Reachable("gateway") {
		t.Error("a monitor's trouble changed the world")
	}
	if d := row9(t, l); d.StatusReason != "icmp" {
		t.Errorf("before 26.7 the reason is icmp, not %q", d.StatusReason)
	}
	l.LoseNetwork(false)
	c.move(time.Second)
	if n := count("down"); n != 0 {
		t.Errorf("%d devices down after the network came back", n)
	}
	before := row9(t, l)
	l.StopPoller(true)
	if err := w.Kill("ap-1"); err != nil {
		t.Fatal(err)
	}
	c.move(time.Hour)
	if after := row9(t, l); *after.LastPing != *before.LastPing || after.Status != 1 {
		t.Error("a dead poller went on")
	}
	l.StopPoller(false)
	c.move(time.Second)
	if err := w.StopAgent("gateway"); err != nil {
		t.Fatal(err)
	}
	l.Mark("pve1", Mark{Disabled: true})
	l.Mark("nas-1", Mark{Missing: true})
	c.move(time.Second)
	list := decode[librenmsList](t, ask(l, "/api/v0/devices", "x")).Devices
	if len(list) != 10 {
		t.Errorf("%d devices, want 10 without the missing one", len(list))
	}
	for _, d := range list {
		if d.Hostname == "gateway.example.net" && (d.Status != 0 || d.StatusReason != "snmp") {
			t.Errorf("an agent that is dead: %+v", d)
		}
	}
}

func TestLibreNMSAnswers(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	l := NewLibreNMS(w, LibreNMSOptions{Token: "x"})
	tests := []struct {
		name, target, token string
		status              int
		contains            string
	}{
		{"no token", "/api/v0/devices", "", 401, `"message": "Unauthenticated."`},
		{"wrong token", "/api/v0/devices", "y", 401, `Unauthenticated`},
		{"liveness needs none", "/up", "", 200, "up"},
		{"ping", "/api/v0/ping", "x", 200, "pong"},
		{"index", "/api/v0", "x", 200, `"list_poller_log": "http:\/\/librenms.example.net\/api\/v0\/pollers\/log"`},
		{"unknown route", "/api/v0/nothing", "x", 404, "This API route doesn't exist."},
		{"unknown device", "/api/v0/devices/99", "x", 404, "Device 99 does not exist"},
		{"empty is 404", "/api/v0/devices/1/fdb", "x", 404, "No fdb entries found"},
		{"invalid column", "/api/v0/ports?columns=port_id,nonsense", "x", 400, "nonsense"},
		{"ports of one", "/api/v0/devices/7/ports?columns=ifName,ifOperStatus", "x", 200, `"ifOperStatus": "down"`},
		{"single device in UTC", "/api/v0/devices/7", "x", 200, `"last_polled": "2026-01-15T10:00:00.000000Z"`},
		{"single device has booleans", "/api/v0/devices/7", "x", 200, `"status": true`},
		{"by host name", "/api/v0/devices/core-switch.example.net", "x", 200, `"device_id": 7`},
		{"sensors", "/api/v0/resources/sensors", "x", 200, `"sensor_deleted": 1`},
		{"no alerts", "/api/v0/alerts?state=1,2,3,4,5", "x", 200, `"count": 0`},
		{"maintenance", "/api/v0/devices/7/maintenance", "x", 200, `"is_under_maintenance": false`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp := ask(l, tt.target, tt.token)
			if text := body(t, resp); resp.StatusCode != tt.status || !strings.Contains(text, tt.contains) {
				t.Errorf("status %d, want %d with %q:\n%.600s", resp.StatusCode, tt.status, tt.contains, text)
			}
		})
	}
}

func TestLibreNMSLogs(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	l := NewLibreNMS(w, LibreNMSOptions{Token: "x", Step: time.Second})
	l.LoseNetwork(true)
	c.move(2 * time.Second)
	type logs struct {
		Logs []struct {
			ID      int    `json:"event_id"`
			Message string `json:"message"`
		} `json:"logs"`
		Count, Total int
	}
	all := decode[logs](t, ask(l, "/api/v0/logs/eventlog?from=9003&limit=4&start=1", "x"))
	if all.Count != 4 || all.Total != 9 || all.Logs[0].ID != 9004 {
		t.Errorf("%+v", all)
	}
	if text := body(t, ask(l, "/api/v0/logs/alertlog", "x")); !strings.Contains(text, Canary) {
		t.Error("the alert log holds no whole rows")
	}
	type alerts struct{ Count int }
	if a := decode[alerts](t, ask(l, "/api/v0/alerts", "x")); a.Count != 11 {
		t.Errorf("%d alerts", a.Count)
	}
}

func TestLibreNMSGolden(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	l := NewLibreNMS(w, LibreNMSOptions{Token: "x", Step: 300 * time.Second})
	if err := w.StopAgent("core-switch"); err != nil {
		t.Fatal(err)
	}
	c.move(20 * time.Minute)
	golden(t, "librenms_devices.json", body(t, ask(l, "/api/v0/devices?type=device_id&query=7", "x")))
	golden(t, "librenms_device_7.json", body(t, ask(l, "/api/v0/devices/7", "x")))
	old := NewLibreNMS(w, LibreNMSOptions{Token: "x", OldTypes: true, Version: "1.54"})
	golden(t, "librenms_devices_old.json", body(t, ask(old, "/api/v0/devices?type=device_id&query=7", "x")))
}

func TestLibreNMSFaults(t *testing.T) {
	c := newClock()
	l := NewLibreNMS(newWorld(t, c), LibreNMSOptions{Token: "x"})
	tests := []struct {
		kind     FaultKind
		status   int
		mime     string
		contains string
	}{
		{FaultServerError, 500, "application/json", "Server Error"},
		{FaultUnauthorized, 401, "application/json", "Unauthenticated."},
		{FaultForbidden, 403, "application/json", "unauthorized"},
		{FaultUnavailable, 503, "text/html", "Unavailable"},
		{FaultLoginPage, 200, "text/html", "password"},
		{FaultHTML, 200, "text/html", "It works"},
		{FaultRedirect, 302, "text/html", ""},
		{FaultEmpty, 200, "application/json", `"devices": []`},
		{FaultNone, 200, "application/json", `"count": 11`},
	}
	for _, tt := range tests {
		t.Run("fault "+string(tt.kind), func(t *testing.T) {
			l.SetFault(Fault{Kind: tt.kind})
			resp := ask(l, "/api/v0/devices", "x")
			if text := body(t, resp); resp.StatusCode != tt.status || !strings.Contains(text, tt.contains) ||
				!strings.HasPrefix(resp.Header.Get("Content-Type"), tt.mime) {
				t.Errorf("status %d %s:\n%.300s", resp.StatusCode, resp.Header.Get("Content-Type"), text)
			}
		})
	}
	l.SetFault(Fault{Kind: FaultUnauthorized, After: 2})
	for i, want := range []int{200, 200, 401, 401} {
		resp := ask(l, "/api/v0/devices", "x")
		if body(t, resp); resp.StatusCode != want {
			t.Errorf("answer %d: %d, want %d", i, resp.StatusCode, want)
		}
	}
	l.SetFault(Fault{Kind: FaultServerError, Only: "/resources/sensors"})
	for target, want := range map[string]int{"/api/v0/devices": 200, "/api/v0/resources/sensors": 500} {
		resp := ask(l, target, "x")
		if body(t, resp); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", target, resp.StatusCode, want)
		}
	}
	if l.Requests() != len(tests)+6 {
		t.Errorf("%d requests counted", l.Requests())
	}
}

func TestFaultCutsOff(t *testing.T) {
	c := newClock()
	l := NewLibreNMS(newWorld(t, c), LibreNMSOptions{Token: "x"})
	l.SetFault(Fault{Kind: FaultCutOff})
	s, err := serve(t.Context(), l, TLSNone, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/api/v0/devices", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Auth-Token", "x")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	if err := resp.Write(&b); err == nil {
		t.Error("the body was whole")
	}
}

package librenms

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcetest"
)

func TestMain(m *testing.M) {
	sourcetest.Main(m, map[string]func() sdk.Source{"librenms": func() sdk.Source { return New() }})
}

func TestConformance(t *testing.T) {
	f := newFake(t)
	config := func(token string) string { return fmt.Sprintf(`{"url":%q,"token":%q}`, f.URL, token) }
	status := func(code int) func() func() {
		return f.broken(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(code)
			// A server that repeats what it got.
			_, _ = fmt.Fprintf(w, `{"message":"Server Error for %s"}`, r.Header.Get("X-Auth-Token"))
		})
	}
	says := func(contentType, body string) func() func() {
		return f.broken(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = io.WriteString(w, body)
		})
	}
	frozen := func() func() {
		return f.set(func() {
			f.rows = []map[string]any{f.row(1, map[string]any{"last_polled": "2024-01-01 00:00:00", "last_ping": "2024-01-01 00:00:00", "status": 0, "status_reason": "icmp"})}
		})
	}
	sourcetest.Run(t, sourcetest.Case{
		Type: "librenms", Config: config(canary), Refs: []string{"1", "2", "3"},
		Bad: []sourcetest.Bad{
			{Name: "no scheme", Config: `{"url":"librenms.example.net","token":"` + canary + `"}`, Want: `"url"`},
			{Name: "step of nothing", Config: `{"url":"https://librenms.example.net","token":"` + canary + `","step":"1ms"}`, Want: `"step"`},
			{Name: "unknown zone", Config: `{"url":"https://librenms.example.net","token":"` + canary + `","timezone":"Europe/Atlantis"}`, Want: `"timezone"`},
			{Name: "no pattern", Config: `{"url":"https://librenms.example.net","token":"` + canary + `","include":["[a"]}`, Want: `"include"`},
			{Name: "no such file", Config: `{"url":"https://librenms.example.net","token":"` + canary + `","ca_file":"/nonexistent/ca.pem"}`, Want: `"ca_file"`},
		},
		Hang: f.broken(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
		Faults: []sourcetest.Fault{
			{Name: "500", Set: status(500), Want: "500 Internal Server Error"},
			{Name: "503", Set: status(503), Want: "503 Service Unavailable"},
			{Name: "403", Set: status(403), Want: "global-read"},
			{Name: "wrong token", Config: config(canary + "-wrong"), Want: "does not know this token"},
			{Name: "log-in page with 200", Set: says("text/html; charset=UTF-8", "<!DOCTYPE html><title>LibreNMS</title><form action=/login>"), Want: "with HTML instead of JSON"},
			{Name: "redirect to the log-in page", Set: f.broken(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }), Want: "302 Found"},
			{Name: "redirect elsewhere", Set: f.broken(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://elsewhere.example.net/", http.StatusMovedPermanently)
			}), Want: "redirects are not followed"},
			{Name: "empty by SQL error", Set: says("application/json", `{"status":"ok","devices":[],"count":0}`), Want: "no device at all"},
			{Name: "cut off", Set: f.broken(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, `{"status":"ok","devices":[{"device_id":1,"hostname":"host1.example.net","status":0,`)
			}), Want: "broke off"},
			{Name: "endless text", Set: says("application/json", `{"status":"ok","devices":[{"x":"`+strings.Repeat("x", 2<<20)), Want: "a text longer than 1024 KiB"},
			{Name: "deep", Set: says("application/json", `{"devices":`+strings.Repeat("[", 1000)), Want: "nested deeper"},
			{Name: "other JSON", Set: says("application/json", `{"hello":"world"}`), Want: `no "devices"`},
			{Name: "dead poller", Set: frozen, Want: "measured nothing"},
			{Name: "nobody listens", Config: `{"url":"http://127.0.0.1:1","token":"` + canary + `"}`, Want: "connection refused"},
		},
		Pushes: []sourcetest.Push{
			{
				Name: "a device that is said to be down", ContentType: "application/json", Want: []string{"2"},
				Body: `[{"startsAt":"2026-01-15T11:00:00+01:00","labels":{"alertname":"Device Down","instance":"host2.example.net","dyn_alert_id":"42","dyn_device_id":"2","dyn_state":"1","dyn_timestamp":"2026-01-15 11:00:00"}}]`,
			},
			{
				Name: "the same by the other transport", ContentType: "application/x-www-form-urlencoded",
				Body: "alert_id=42&device_id=2&hostname=host2.example.net&state=1&timestamp=2026-01-15+11%3A00%3A00",
			},
			{
				Name: "its end", ContentType: "application/json", Want: []string{"2"},
				Body: `[{"endsAt":"2026-01-15T11:05:00+01:00","labels":{"alertname":"Device Down","instance":"host2.example.net","dyn_alert_id":"42","dyn_device_id":"2","dyn_state":"0","dyn_timestamp":"2026-01-15 11:05:00"}}]`,
			},
			{
				Name: "a form with nothing escaped", ContentType: "application/x-www-form-urlencoded", Want: []string{"1"},
				Body: "alert_id=16&device_id=1&hostname=host1.example.net&state=1&name=R & D at 100%&timestamp=2026-01-15 11:00:00",
			},
			{Name: "without options", Body: `[{"labels":{"alertname":"Device Down","instance":"host3.example.net"}}]`, Want: []string{"3"}},
			{Name: "a device that nobody knows", Body: `[{"labels":{"instance":"host9.example.net"}}]`, Want: []string{sdk.Everything}},
			{Name: "the test button", Body: `[{"labels":{"alertname":"Test-Rule","instance":"host1.example.net","dyn_alert_id":"000","dyn_rule_id":"000"}}]`},
		},
		Grow: func(n int) (string, func()) { return config(canary), f.set(func() { f.n = n }) },
	})
}

package librenms

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const canary = "canary-3f9a51c2"

// fake is a LibreNMS of n devices that are up. Break it with answer, which stands in for everything.
type fake struct {
	*httptest.Server

	mu     sync.Mutex
	n      int
	now    func() time.Time
	rows   []map[string]any // in place of the n devices
	answer http.HandlerFunc
	calls  map[string]int
	zone   *time.Location
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{n: 3, now: time.Now, calls: map[string]int{}, zone: time.FixedZone("", -5*3600)}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// set changes the fake and returns what changes it back.
func (f *fake) set(change func()) (undo func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, rows, answer := f.n, f.rows, f.answer
	change()
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.n, f.rows, f.answer = n, rows, answer
	}
}

func (f *fake) broken(h http.HandlerFunc) func() func() {
	return func() func() { return f.set(func() { f.answer = h }) }
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	path := strings.TrimPrefix(r.URL.Path, "/api/v0")
	f.calls[path]++
	answer, now := f.answer, f.now().UTC()
	rows := f.rows
	if rows == nil {
		for i := range f.n {
			rows = append(rows, f.row(i+1, map[string]any{}))
		}
	}
	f.mu.Unlock()

	w.Header().Set("Date", now.Format(http.TimeFormat))
	if answer != nil {
		answer(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if r.Header.Get("X-Auth-Token") != canary {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"message":"Unauthenticated."}`)
		return
	}
	switch {
	case path == "/devices":
		send(w, map[string]any{"status": "ok", "devices": rows, "count": len(rows)})
	case path == "/resources/sensors":
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"status":"error","message":"Sensors do not exist"}`)
	case path == "/ports", path == "/alerts", path == "/logs/eventlog", path == "/logs/alertlog":
		send(w, map[string]any{"status": "ok", strings.NewReplacer("/logs/eventlog", "logs", "/logs/alertlog", "logs", "/", "").Replace(path): []any{}})
	case strings.HasPrefix(path, "/resources/"):
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"status":"error","message":"Links do not exist"}`)
	case path == "/system":
		send(w, map[string]any{"status": "ok", "system": []any{map[string]any{"local_ver": "26.7.1"}}})
	case strings.HasSuffix(path, "/maintenance"):
		send(w, map[string]any{"status": "ok", "is_under_maintenance": false})
	case strings.HasPrefix(path, "/devices/"):
		for _, row := range rows {
			if fmt.Sprint(row["device_id"]) != strings.TrimPrefix(path, "/devices/") {
				continue
			}
			one := map[string]any{}
			for k, v := range row {
				one[k] = v
				if t, err := time.ParseInLocation(naive, fmt.Sprint(v), f.zone); err == nil {
					one[k] = t.UTC().Format("2006-01-02T15:04:05.000000Z")
				}
			}
			send(w, map[string]any{"status": "ok", "devices": []any{one}})
			return
		}
		w.WriteHeader(http.StatusForbidden)
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"status":"error","message":"This API route doesn't exist."}`)
	}
}

// row is a device that was measured half a minute ago, with what differs.
func (f *fake) row(id int, differs map[string]any) map[string]any {
	at := f.now().Add(-30 * time.Second).In(f.zone).Format(naive)
	row := map[string]any{
		"device_id": id, "hostname": fmt.Sprintf("host%d.example.net", id), "sysName": fmt.Sprintf("host%d", id), "ip": fmt.Sprintf("192.0.2.%d", id%250+1),
		"community": canary + "-community", "authpass": canary + "-auth", "cryptopass": canary + "-crypt", "sysContact": canary + "-contact",
		"status": 1, "status_reason": "", "ignore": 0, "disabled": 0, "snmp_disable": 0,
		"last_polled": at, "last_ping": at, "last_polled_timetaken": 3.5, "os": "linux", "type": "server",
	}
	maps.Copy(row, differs)
	return row
}

func send(w io.Writer, v any) { _ = json.NewEncoder(w).Encode(v) }

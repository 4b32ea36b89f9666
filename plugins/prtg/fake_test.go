package prtg

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

const canary = "canary-8d02ee71"

// fake is a PRTG of n devices with a ping each. Break it with answer, which stands in for everything.
type fake struct {
	*httptest.Server

	mu      sync.Mutex
	n       int
	tables  map[string][]any  // in place of the n devices
	body    map[string][]byte // whole answers, in place of the rows
	answer  http.HandlerFunc
	exclude string                                            // what the source is told to leave out
	before  func(w http.ResponseWriter, r *http.Request) bool // answers in place of everything where it returns true
	date    time.Time                                         // what the Date header says; zero means the present
	onTree  func(w http.ResponseWriter)                       // answers for the tree
	tree    string                                            // in place of the one that fits the tables
	// What getstatus.htm and status.json answer; "404" and nothing are no such page.
	status, newStatus string
	star              string              // what count=* brings: "" all rows, "empty", "refused", "again" the first page whatever the start
	page              int                 // the most rows of a page, whatever was asked for; 0 means as asked
	size              func(rows int) any  // treesize
	calls             []map[string]string // queries
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{n: 3}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// set changes the fake and returns what changes it back.
func (f *fake) set(change func()) (undo func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, tables, answer, page, size, tree := f.n, f.tables, f.answer, f.page, f.size, f.tree
	change()
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.n, f.tables, f.answer, f.page, f.size, f.tree = n, tables, answer, page, size, tree
	}
}

func (f *fake) broken(h http.HandlerFunc) func() func() {
	return func() func() { return f.set(func() { f.answer = h }) }
}

func (f *fake) requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.calls)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	call := map[string]string{"path": r.URL.Path}
	for k := range q {
		call[k] = q.Get(k)
	}
	f.mu.Lock()
	f.calls = append(f.calls, call)
	answer, rows, page, size, tree := f.answer, f.table(q.Get("content")), f.page, f.size, f.tree
	if q.Get("content") == "sensortree" && tree == "" {
		tree = treeOf(f.table("probenode"), f.table("devices"), f.table("sensors"))
	}
	f.mu.Unlock()
	if !f.date.IsZero() {
		w.Header().Set("Date", f.date.Format(http.TimeFormat))
	}
	if answer != nil {
		answer(w, r)
		return
	}
	if f.before != nil && f.before(w, r) {
		return
	}
	if q.Get("apitoken") != canary && (q.Get("username") != "quorate" || q.Get("passhash") != canary && q.Get("password") != canary) {
		w.Header().Set("LoginAgain", "true")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprint(w, "<HTML><BODY><B>Unauthorized</B></BODY></HTML>")
		return
	}
	if status, asked := map[string]string{"/api/getstatus.htm": f.status, "/api/status.json": f.newStatus}[r.URL.Path]; asked {
		if status == "" || status == "404" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = fmt.Fprint(w, status)
		return
	}
	start, _ := strconv.Atoi(q.Get("start"))
	count, err := strconv.Atoi(q.Get("count"))
	switch {
	case f.star == "again":
		start, count = 0, 2
	case err == nil:
	case f.star == "refused":
		w.WriteHeader(http.StatusBadRequest)
		return
	case f.star == "":
		count = len(rows)
	}
	if q.Get("content") == "sensortree" && f.onTree != nil {
		f.onTree(w)
		return
	}
	if q.Get("content") == "sensortree" {
		w.Header().Set("Content-Type", "text/xml; charset=UTF-8")
		_, _ = fmt.Fprint(w, tree)
		return
	}
	if page > 0 {
		count = min(count, page)
	}
	treesize := any(len(rows))
	if size != nil {
		treesize = size(len(rows))
	}
	rows = rows[min(start, len(rows)):]
	rows = rows[:min(count, len(rows))]
	if rows == nil {
		rows = []any{}
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if body := f.body[q.Get("content")]; body != nil {
		_, _ = w.Write(body)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"prtg-version": "25.1.100.1000", "treesize": treesize, q.Get("content"): rows})
}

// table is called with mu held.
func (f *fake) table(content string) []any {
	if f.tables == nil {
		return f.rows(content)
	}
	return f.tables[content]
}

func (f *fake) rows(content string) []any {
	var rows []any
	switch content {
	case "probenode":
		return []any{map[string]any{"objid": 1, "name": "Local Probe", "condition_raw": 2}}
	case "devices":
		for i := range f.n {
			rows = append(rows, deviceOf(2000+i, nil))
		}
	case "sensors":
		for i := range f.n {
			rows = append(rows, sensorOf(100_000+i, 2000+i, nil))
		}
	}
	return rows
}

func deviceOf(id int, differs map[string]any) map[string]any {
	return with(map[string]any{
		"objid": id, "parentid": 1, "probe": "Local Probe", "group": "Rack", "device": fmt.Sprintf("device %d", id),
		"host": fmt.Sprintf("host%d.example.net", id), "active_raw": -1, "status_raw": 3, "totalsens_raw": 1,
	}, differs)
}

func sensorOf(id, parent int, differs map[string]any) map[string]any {
	checked := float64(time.Now().Add(-30*time.Second).UnixMilli())/86400000 + 25569
	return with(map[string]any{
		"objid": id, "parentid": parent, "sensor": "Ping", "type_raw": "ping", "status": "Up ", "status_raw": 3, "message_raw": canary + "-message",
		"lastvalue_raw": 2.0, "lastcheck_raw": checked, "lastup_raw": checked, "interval_raw": 60, "tags": "pingsensor",
	}, differs)
}

func with(row, differs map[string]any) map[string]any {
	maps.Copy(row, differs)
	return row
}

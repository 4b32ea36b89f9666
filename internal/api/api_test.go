package api

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view/viewtest"
)

func TestAnswers(t *testing.T) {
	h := newServer(t, viewtest.NewLab()).Handler()
	for _, tt := range []struct {
		name, path string
		status     int
		holds      []string
	}{
		{"all devices", "/api/v1/devices", 200, []string{`"name":"core-switch"`, `"votes":[{"source":"prtg"`, `"overlays":[]`}},
		{"devices of a status", "/api/v1/devices?status=down", 200, []string{"core-switch", "ap-2"}},
		{"unknown status", "/api/v1/devices?status=dead", 422, []string{"status"}},
		{"one device by name", "/api/v1/devices/nas-1", 200, []string{`"standing":"disputed"`}},
		{"no such device", "/api/v1/devices/nas-9", 404, []string{"no device"}},
		{"the record explained", "/api/v1/devices/core-switch/explain", 200, []string{`"text":"down because the votes say so"`, `"config_hash":"abc"`}},
		{"before any record", "/api/v1/devices/core-switch/explain?at=2020-01-01T00:00:00Z", 404, []string{`"code":"no_verdict"`}},
		{"a time that is none", "/api/v1/devices/core-switch/explain?at=yesterday", 422, []string{"at"}},
		{"verdicts", "/api/v1/devices/core-switch/verdicts", 200, []string{`"to":"down"`}},
		{"sources", "/api/v1/sources", 200, []string{`"health":"suspect"`, `"contradicted":11`}},
		{"sinks", "/api/v1/sinks", 200, []string{`"name":"hub","kind":"webhook","state":"failing"`, `"waiting":3`, `"dropped":12`, `"set_aside":1`}},
		{"summary", "/api/v1/summary", 200, []string{`"up":3`, `"down":2`, `"unknown":1`, `"degraded":1`, `"disputed":1`, `"sources_ok":1`, `"librenms":11`, `"quorate":0`}},
		{"nothing there", "/api/v1/nothing", 404, []string{`"code":"not_found"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := fetch(t, h, tt.path)
			if w.Code != tt.status {
				t.Fatalf("%d, want %d: %s", w.Code, tt.status, w.Body)
			}
			wantIn(t, w.Body.String(), tt.holds...)
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("not JSON: %s", w.Body)
			}
		})
	}
}

// readEvents reads n events from a stream.
func readEvents(t *testing.T, url string, header map[string]string, n int, meanwhile func()) []device.Event {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("Content-Type %q", got)
	}
	if meanwhile != nil {
		meanwhile()
	}
	var events []device.Event
	for sc := bufio.NewScanner(resp.Body); len(events) < n && sc.Scan(); {
		if data, ok := strings.CutPrefix(sc.Text(), "data: "); ok {
			var e device.Event
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
		}
	}
	return events
}

func TestStreamResumesWithoutGapOrDouble(t *testing.T) {
	l := viewtest.NewLab()
	for range 450 { // more than two batches
		l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon, Text: "from before"})
	}
	srv := httptest.NewServer(newServer(t, l).Handler())
	defer srv.Close()
	for _, tt := range []struct {
		name   string
		query  string
		header map[string]string
		first  int64
	}{
		{"from the beginning", "?after=0", nil, 1},
		{"by the browser's header", "", map[string]string{"Last-Event-ID": "449"}, 450},
		{"without a wish: only what comes", "", nil, 451},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from := l.LastSeq()
			want := int(from+2-tt.first) + 1
			if tt.name == "without a wish: only what comes" {
				tt.first, want = from+1, 2
			}
			got := readEvents(t, srv.URL+"/api/v1/stream"+tt.query, tt.header, want, func() {
				l.Record(device.Event{Type: device.EventSourceBlind, At: viewtest.Noon})
				l.Record(device.Event{Type: device.EventSourceRecovered, At: viewtest.Noon})
			})
			if len(got) != want {
				t.Fatalf("%d events, want %d", len(got), want)
			}
			for i, e := range got {
				if e.Seq != tt.first+int64(i) {
					t.Fatalf("event %d has seq %d, want %d", i, e.Seq, tt.first+int64(i))
				}
			}
		})
	}
	w := fetch(t, newServer(t, l).Handler(), "/api/v1/stream?after=x")
	if w.Code != http.StatusBadRequest {
		t.Errorf("a position that is no number: %d", w.Code)
	}
}

func TestOnlyLoopbackNamesAreAnswered(t *testing.T) {
	h := Door{}.guarded(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8600}, newServer(t, viewtest.NewLab()).Handler())
	for host, want := range map[string]int{
		"127.0.0.1:8600": 200, "localhost:8600": 200, "[::1]:8600": 200, "127.0.0.1": 200,
		"rebound.example.net:8600": 421, "192.0.2.1": 421, "localhost.example.net": 421, "": 421,
	} {
		req := httptest.NewRequest(http.MethodGet, "/api/v1/version", nil)
		req.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		if w.Code != want {
			t.Errorf("Host %q: %d, want %d", host, w.Code, want)
		}
	}
	req := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8600/api/v1/devices", nil)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if w.Code != http.StatusForbidden {
		t.Errorf("a request from another site: %d", w.Code)
	}
}

// TestLists is that each list holds what the record has.
func TestLists(t *testing.T) {
	h := newServer(t, viewtest.NewLab()).Handler()
	for path, want := range map[string]string{
		"/api/v1/disputes":    `"facet":"reach","held":"up"`,
		"/api/v1/coverage":    `"counts":[{"witnesses":1,"devices":5}`,
		"/api/v1/maintenance": `"next_start":"2026-01-15T13:00:00Z"`,
		"/api/v1/milestones":  `"number":3,"title":"No more cables","state":"drafted"`,
		"/api/v1/notes":       `"kind":"challenge","title":"A loop","evidence":[1]`,
		"/api/v1/alerts":      `"source_ref":"7"`,
	} {
		w := fetch(t, h, path)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, without %s:\n%s", path, w.Code, want, w.Body)
		}
	}
}

func newServer(t testing.TB, l *viewtest.Lab) *Server {
	t.Helper()
	s, err := New(Config{AgentName: "home", Version: "test"}, Options{Read: l, Subscribe: l.Subscribe, Now: func() time.Time { return viewtest.Noon }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fetch(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func wantIn(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in\n%.3000s", w, text)
		}
	}
}

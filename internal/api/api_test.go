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

	"golang.org/x/net/html"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

func TestAnswers(t *testing.T) {
	h := newServer(t, newLab()).Handler()
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
		{"before any record", "/api/v1/devices/core-switch/explain?at=2020-01-01T00:00:00Z", 404, []string{"no verdict"}},
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

func TestOpenAPINamesEveryRoute(t *testing.T) {
	w := fetch(t, newServer(t, newLab()).Handler(), "/api/v1/openapi.json")
	var doc struct {
		OpenAPI string
		Paths   map[string]any
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || len(doc.Paths) != 19 {
		t.Errorf("OpenAPI %s with %d paths", doc.OpenAPI, len(doc.Paths))
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
	l := newLab()
	for range 450 { // more than two batches
		l.record(device.Event{Type: device.EventVerdictChanged, At: noon, Text: "from before"})
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
				l.record(device.Event{Type: device.EventSourceBlind, At: noon})
				l.record(device.Event{Type: device.EventSourceRecovered, At: noon})
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

func TestPagesAreSafeAndComplete(t *testing.T) {
	l := newLab()
	const hostile = "</title><script>alert(1)</script>\u202e{{.}}"
	l.devices[6].Name = hostile
	l.sources[2].LastError = "<img src=x onerror=alert(1)>"
	l.sinks[1].Error = "<img src=x onerror=alert(1)>"
	l.record(device.Event{Type: device.EventVerdictChanged, At: noon, Text: hostile})
	h := newServer(t, l).Handler()
	for _, path := range []string{"/", "/devices/core-switch", "/devices/" + string(l.devices[6].ID), "/events", "/sources", "/nothing"} {
		t.Run(path, func(t *testing.T) {
			w := fetch(t, h, path)
			page := w.Body.String()
			if strings.Contains(page, "<script>alert") || strings.Contains(page, "<img src=x") || strings.Contains(page, "\u202e") {
				t.Errorf("hostile text got through:\n%s", page)
			}
			for header, want := range map[string]string{"Content-Security-Policy": "script-src 'self'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
				if !strings.Contains(w.Header().Get(header), want) {
					t.Errorf("%s is %q", header, w.Header().Get(header))
				}
			}
			checkMarkup(t, page)
		})
	}
}

// checkMarkup holds what every page promises: one h1, unique ids, no inline script or style, nothing from elsewhere.
func checkMarkup(t *testing.T, page string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	ids, headings := map[string]bool{}, 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "h1" {
			headings++
		}
		if n.Data == "script" && n.FirstChild != nil || n.Data == "style" {
			t.Errorf("inline %s", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("id %q stands twice", a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key == "style", strings.HasPrefix(a.Key, "on"):
				t.Errorf("inline %s", a.Key)
			case (a.Key == "src" || a.Key == "href") && strings.Contains(a.Val, "//"):
				t.Errorf("loads from elsewhere: %s", a.Val)
			}
		}
	}
	if headings != 1 {
		t.Errorf("%d h1", headings)
	}
}

func TestBoardOrdersByNeed(t *testing.T) {
	l := newLab()
	b := buildBoard(l.devices, l.sources, l.incidents, l.scores, noon)
	var names []string
	for _, r := range b.Rows {
		names = append(names, r.Name)
	}
	if got, want := strings.Join(names, " "), "nas-1 core-switch ap-2 camera-3 ups-1 gateway printer"; got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
	page := fetch(t, newServer(t, l).Handler(), "/").Body.String()
	wantIn(t, page, "librenms is not believed: 11 downs contradicted by prtg", "snmp is blind: 3 polls in a row failed: timeout",
		"down, not believed", "because core-switch is down", "(4) Jury board", "Quorate <b>0</b>", "librenms <b>11</b>")
	filtered := fetch(t, newServer(t, l).Handler(), "/?show=down").Body.String()
	if strings.Contains(filtered, "printer") || !strings.Contains(filtered, "core-switch") {
		t.Error("the filter in the address does not filter")
	}
}

func TestOnlyLoopbackNamesAreAnswered(t *testing.T) {
	h := localOnly(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8600}, newServer(t, newLab()).Handler())
	for host, want := range map[string]int{
		"127.0.0.1:8600": 200, "localhost:8600": 200, "[::1]:8600": 200, "127.0.0.1": 200,
		"rebound.example.net:8600": 421, "192.0.2.1": 421, "localhost.example.net": 421, "": 421,
	} {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
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

// TestLists is that each list holds what the record has, and that the page of coverage shows first who has too few.
func TestLists(t *testing.T) {
	l := newLab()
	l.devices[6].Mutes = []device.Mute{
		{Kind: device.OverlayMaintenance, Name: "patch night", Reason: "kernel", Since: noon, Until: noon.Add(time.Hour)},
		{Kind: device.OverlayMaintenance, Name: "over", Ended: true},
	}
	h := newServer(t, l).Handler()
	for path, want := range map[string]string{
		"/api/v1/disputes":    `"facet":"reach","held":"up"`,
		"/api/v1/coverage":    `"counts":[{"witnesses":1,"devices":5}`,
		"/api/v1/maintenance": `"next_start":"2026-01-15T13:00:00Z"`,
		"/api/v1/milestones":  `"number":3,"title":"No more cables","state":"drafted"`,
		"/api/v1/notes":       `"kind":"challenge","title":"A loop","evidence":[1]`,
		"/api/v1/alerts":      `"source_ref":"7"`,
		"/coverage":           "<b>5</b> with 1 witness<",
		"/sources":            "5 s</time> ago, 3 refused, 1 unread<",
		"/devices/printer":    "In maintenance since",
	} {
		w := fetch(t, h, path)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, without %s:\n%s", path, w.Code, want, w.Body)
		}
	}
	page := fetch(t, h, "/coverage").Body.String()
	if short, rest := strings.Index(page, "only prtg speaks for it"), strings.Index(page, "1 that can be confirmed"); short < 0 || rest < short {
		t.Errorf("%s", page)
	}
	if n := strings.Count(fetch(t, h, "/devices/printer").Body.String(), "In maintenance since"); n != 1 {
		t.Errorf("%d windows are shown, want the one that was not ended early", n)
	}
	l.coverage = consensus.CoverageReport{}
	if page := fetch(t, h, "/coverage").Body.String(); !strings.Contains(page, "Every device can be confirmed.") || !strings.Contains(page, "<b>0</b> devices") {
		t.Errorf("without devices:\n%s", page)
	}
}

// A degraded agent says so on every page, in words, without a script.
func TestEveryPageSaysThatTheAgentIsDegraded(t *testing.T) {
	l := newLab()
	s := newServer(t, l)
	paths := []string{"/", "/events", "/coverage", "/sources", "/devices/nas-1", "/nothing-here"}
	for _, path := range paths {
		if page := fetch(t, s.Handler(), path).Body.String(); strings.Contains(page, "The agent is degraded") {
			t.Errorf("%s: an agent that is well is called degraded", path)
		}
	}
	l.limits = []device.Limit{
		{Limit: device.LimitDiskFull, Since: noon.Add(-90 * time.Second), Text: "no space is left for the record", Advice: "Free space."},
		{Limit: device.LimitSinkBehind, Subject: "<b>hook", Since: noon.Add(-time.Second), Text: "5 events wait"},
	}
	for _, path := range paths {
		page := fetch(t, s.Handler(), path).Body.String()
		wantIn(t, page, `id="limits" role="status"`, "The agent is degraded", "disk full", "no space is left for the record. Free space.", "1 min</time>", "sink behind (&lt;b&gt;hook)")
	}
	wantIn(t, fetch(t, s.Handler(), "/api/v1/status").Body.String(), `"state":"degraded"`, `"limit":"disk_full"`, `"since":"2026-01-15T11:58:30Z"`)
}

package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/api"
	"github.com/quorate/quorate/internal/view/viewtest"
)

func TestPagesAreSafeAndComplete(t *testing.T) {
	l := viewtest.NewLab()
	const hostile = "</title><script>alert(1)</script>\u202e{{.}}"
	l.AllDevices[6].Name = hostile
	l.AllSources[2].LastError = "<img src=x onerror=alert(1)>"
	l.AllSinks[1].Error = "<img src=x onerror=alert(1)>"
	l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon, Text: hostile})
	h := newServer(t, l).Handler()
	for _, path := range []string{"/", "/devices/core-switch", "/devices/" + string(l.AllDevices[6].ID), "/events", "/sources", "/nothing"} {
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
	l := viewtest.NewLab()
	b := buildBoard(known{devices: l.AllDevices, sources: l.AllSources, incidents: l.AllIncidents, scores: l.Board}, viewtest.Noon)
	b.arrange(asked{})
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

// A degraded agent says so on every page, in words, without a script.
func TestEveryPageSaysThatTheAgentIsDegraded(t *testing.T) {
	l := viewtest.NewLab()
	s := newServer(t, l)
	paths := []string{"/", "/events", "/coverage", "/sources", "/devices/nas-1", "/nothing-here"}
	for _, path := range paths {
		if page := fetch(t, s.Handler(), path).Body.String(); strings.Contains(page, "The agent is degraded") {
			t.Errorf("%s: an agent that is well is called degraded", path)
		}
	}
	l.Limits = []device.Limit{
		{Limit: device.LimitDiskFull, Since: viewtest.Noon.Add(-90 * time.Second), Text: "no space is left for the record", Advice: "Free space."},
		{Limit: device.LimitSinkBehind, Subject: "<b>hook", Since: viewtest.Noon.Add(-time.Second), Text: "5 events wait"},
	}
	for _, path := range paths {
		page := fetch(t, s.Handler(), path).Body.String()
		wantIn(t, page, `id="limits" role="status"`, "The agent is degraded", "disk full", "no space is left for the record. Free space.", "1 min</time>", "sink behind (&lt;b&gt;hook)")
	}
}

// TestLists is that each page holds what the record has, and that the one of coverage shows first who has too few.
func TestLists(t *testing.T) {
	l := viewtest.NewLab()
	l.AllDevices[6].Mutes = []device.Mute{
		{Kind: device.OverlayMaintenance, Name: "patch night", Reason: "kernel", Since: viewtest.Noon, Until: viewtest.Noon.Add(time.Hour)},
		{Kind: device.OverlayMaintenance, Name: "over", Ended: true},
	}
	h := newServer(t, l).Handler()
	for path, want := range map[string]string{
		"/coverage":        "<b>5</b> with 1 witness<",
		"/sources":         "5 s</time> ago, 3 refused, 1 unread, 2 polls came sooner<",
		"/devices/printer": "In maintenance since",
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
	l.Report = consensus.CoverageReport{}
	if page := fetch(t, h, "/coverage").Body.String(); !strings.Contains(page, "Every device can be confirmed.") || !strings.Contains(page, "<b>0</b> devices") {
		t.Errorf("without devices:\n%s", page)
	}
}

// newServer is the page behind the real server.
func newServer(t testing.TB, l *viewtest.Lab) *api.Server {
	t.Helper()
	now := func() time.Time { return viewtest.Noon }
	site, err := New(Options{Read: l, Name: func() string { return "home" }, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	s, err := api.New(api.Config{AgentName: "home", Version: "test"}, api.Options{Read: l, Pages: site.Routes(), Missing: http.HandlerFunc(site.Missing), Subscribe: l.Subscribe, Now: now})
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

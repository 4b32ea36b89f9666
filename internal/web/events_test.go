package web

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/browser"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// hostile is what a text of others may be.
const hostile = "</td></table><script>alert(1)</script>\"'>\u202e\x1b[31m{{.}}"

// wantHarmless checks that a page holds no part of hostile as markup.
func wantHarmless(t *testing.T, path, page string) {
	t.Helper()
	for _, bad := range []string{"<script>alert", "</td></table>&", "\u202e", "\x1b"} {
		if strings.Contains(page, bad) {
			t.Errorf("%s: %q got through", path, bad)
		}
	}
	checkMarkup(t, page)
}

// eventLab is a lab with n events, one a second, of which every third is about a device and every fifth about a source.
func eventLab(n int) *viewtest.Lab {
	l := viewtest.NewLab()
	for i := 1; i <= n; i++ {
		e := device.Event{Type: device.EventAlertOpened, At: viewtest.Noon.Add(time.Duration(i-n) * time.Second), Text: fmt.Sprintf("said as number %d", i)}
		if i%3 == 0 {
			e.Type, e.From, e.To, e.Device = device.EventVerdictChanged, "up", "down", &device.Name{ID: l.AllDevices[1].ID, Name: "core-switch"}
		}
		if i%5 == 0 {
			e.Source = "prtg"
		}
		l.Record(e)
	}
	return l
}

func shownEvents(t *testing.T, h http.Handler, address string) (seqs []string, page string) {
	t.Helper()
	w := fetch(t, h, address)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d", address, w.Code)
	}
	page = w.Body.String()
	for _, part := range strings.Split(page, `<tr id="e-`)[1:] {
		seq, _, _ := strings.Cut(part, `"`)
		seqs = append(seqs, seq)
	}
	return seqs, page
}

func TestEventsByFilter(t *testing.T) {
	h := newServer(t, eventLab(30)).Handler()
	for address, want := range map[string]string{
		"/events?type=verdict":                   "30 27 24 21 18 15 12 9 6 3",
		"/events?type=verdict.changed&since=10s": "30 27 24 21",
		"/events?type=alert.closed":              "",
		"/events?device=core-switch&source=prtg": "30 15",
		"/events?q=NUMBER+7":                     "7",
		"/events?since=2026-01-15T11:59:58":      "30 29 28",
		"/events?until=2026-01-15T11:59:33Z":     "2 1",
		"/events?before=4":                       "3 2 1",
		"/events?after=28":                       "30 29",
		"/events?source=prtg&before=20&after=4":  "15 10 5",
		"/events?type=verdict&q=nothing+like+it": "",
	} {
		if got, _ := shownEvents(t, h, address); strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", address, strings.Join(got, " "), want)
		}
	}
	for address, want := range map[string]string{
		"/events?type=gone":     "There is no such type.",
		"/events?device=nobody": `id="wrong-device">No device has this name`,
		"/events?since=soon":    `aria-describedby="wrong-since"`,
		"/events?before=-3":     "The page that the address names is none",
	} {
		w := fetch(t, h, address)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, without %q", address, w.Code, want)
		}
		checkMarkup(t, w.Body.String())
	}
}

// TestEventsByPages: older and newer lead through all events, each of them once, and the file has what the page shows.
func TestEventsByPages(t *testing.T) {
	h := newServer(t, eventLab(250)).Handler()
	link := func(page, rel string) string {
		before, _, found := strings.Cut(page, `" rel="`+rel+`"`)
		if !found {
			return ""
		}
		return strings.ReplaceAll(before[strings.LastIndex(before, `"`)+1:], "&amp;", "&")
	}
	var all []string
	address, back := "/events?type=alert", ""
	for address != "" {
		seqs, page := shownEvents(t, h, address)
		all = append(all, seqs...)
		if len(all) > 250 {
			t.Fatal("the way to older events does not end")
		}
		back, address = link(page, "prev"), link(page, "next")
	}
	if len(all) != 167 || all[0] != "250" || all[166] != "1" {
		t.Errorf("%d events from %s to %s", len(all), all[0], all[len(all)-1])
	}
	seqs, page := shownEvents(t, h, back)
	if len(seqs) != 100 || seqs[0] == "250" && link(page, "prev") != "" {
		t.Errorf("back: %d events from %s", len(seqs), seqs[0])
	}
	_, lines, _ := strings.Cut(page, `href="/events.jsonl`)
	lines, _, _ = strings.Cut(lines, `"`)
	w := fetch(t, h, "/events.jsonl"+strings.ReplaceAll(lines, "&amp;", "&"))
	in, n := bufio.NewScanner(w.Body), 0
	for ; in.Scan(); n++ {
		var e device.Event
		if err := json.Unmarshal(in.Bytes(), &e); err != nil || n >= len(seqs) || fmt.Sprint(e.Seq) != seqs[n] {
			t.Fatalf("line %d is %s: %v", n, in.Text(), err)
		}
	}
	if n != len(seqs) {
		t.Errorf("%d lines for %d rows", n, len(seqs))
	}
}

func TestEventsAreHarmless(t *testing.T) {
	l := viewtest.NewLab()
	l.Record(device.Event{Type: device.EventType(hostile), At: viewtest.Noon, Text: hostile, Source: hostile, From: hostile, To: hostile})
	l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon, Text: hostile, Device: &device.Name{ID: device.ID(hostile), Name: hostile}})
	h := newServer(t, l).Handler()
	q := url.QueryEscape(strings.ReplaceAll(hostile, "\x1b", "")) // the server takes no query with control characters
	for _, path := range []string{"/events", "/events?q=" + q, "/events?device=" + q + "&source=" + q + "&since=" + q + "&until=" + q + "&type=" + q} {
		wantHarmless(t, path, fetch(t, h, path).Body.String())
	}
	if w := fetch(t, h, "/events.jsonl"); w.Header().Get("Content-Type") != "application/x-ndjson" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the lines come as %q", w.Header())
	}
}

// TestEventsInABrowser: an event appears after its commit, pause holds it back, the filter applies, and copy gives the rows.
func TestEventsInABrowser(t *testing.T) {
	l := eventLab(12)
	srv := httptest.NewServer(newServer(t, l).Handler())
	t.Cleanup(srv.Close)
	b, ctx := startBrowser(t)
	say := func(typ device.EventType, text string) {
		l.Record(device.Event{Type: typ, At: viewtest.Noon, Text: text, Device: &device.Name{ID: l.AllDevices[1].ID, Name: "core-switch"}})
	}
	step := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	step("open", errors.Join(b.Look(ctx, browser.View{Width: 1440, Height: 900}), b.Open(ctx, srv.URL+"/events?type=verdict"),
		b.Wait(ctx, `document.getElementById("live").textContent === "Live."`)))

	say(device.EventVerdictChanged, "core-switch went down")
	step("the event appears", b.Wait(ctx, `document.querySelector("#tail tbody tr").id === "e-13"`))
	say(device.EventVerdictPending, "core-switch may be back")
	say(device.EventIncidentOpened, "not of this filter")
	step("the filter applies", b.Wait(ctx, `document.querySelector("#tail tbody tr").id === "e-14" && document.getElementById("main").dataset.seq === "15"`))

	step("pause", errors.Join(b.Eval(ctx, `document.getElementById("tail-pause").click()`, nil),
		b.Wait(ctx, `document.getElementById("tail-pause").getAttribute("aria-pressed") === "true"`)))
	say(device.EventVerdictChanged, "core-switch is back")
	step("pause tells of it", b.Wait(ctx, `document.getElementById("tail-state").textContent === "Paused: 1 new held back."`))
	step("pause holds it back", b.Wait(ctx, `document.querySelector("#tail tbody tr").id === "e-14"`))
	step("resume", errors.Join(b.Eval(ctx, `document.getElementById("tail-pause").click()`, nil),
		b.Wait(ctx, `document.querySelector("#tail tbody tr").id === "e-16"`)))

	step("copy", b.Eval(ctx, `Object.defineProperty(navigator, "clipboard", {value: {writeText: async (text) => { window.copied = text; }}}); document.getElementById("tail-copy").click()`, nil))
	step("copied", b.Wait(ctx, `window.copied && document.getElementById("tail-state").textContent === "7 events copied."`))
	var text string
	step("text", b.Eval(ctx, `window.copied`, &text))
	if lines := strings.Split(text, "\n"); len(lines) != 7 || !strings.HasSuffix(lines[0], "\tcore-switch is back") {
		t.Errorf("copied:\n%s", text)
	}
	step("copy as JSON", errors.Join(b.Eval(ctx, `window.copied = ""; document.getElementById("tail-lines").click()`, nil), b.Wait(ctx, `window.copied`), b.Eval(ctx, `window.copied`, &text)))
	var first device.Event
	if lines := strings.Split(strings.TrimSpace(text), "\n"); len(lines) != 7 || json.Unmarshal([]byte(lines[0]), &first) != nil || first.Seq != 16 {
		t.Errorf("copied as JSON:\n%s", text)
	}
	// Where the browser forbids it, the rows stand in a field.
	step("by hand", errors.Join(b.Eval(ctx, `navigator.clipboard.writeText = async () => { throw new Error("no"); }; document.getElementById("tail-copy").click()`, nil),
		b.Wait(ctx, `document.getElementById("tail-hand").value.includes("core-switch is back")`)))
	if c := b.Complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %q", c)
	}
}

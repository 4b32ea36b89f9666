package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/browser"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// goesDown is that a device of the lab goes down, as an event.
func goesDown(l *viewtest.Lab, i int) (row string) {
	l.Mu.Lock()
	l.AllDevices[i].Status = device.StatusDown
	d := l.AllDevices[i]
	l.Mu.Unlock()
	l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon, Device: &device.Name{ID: d.ID, Name: d.Name}, Text: d.Name + " is down"})
	return string(d.ID)
}

// One tab listens for all of a browser; when it is closed, another one takes over and misses nothing.
func TestOneTabListensForAll(t *testing.T) {
	l := viewtest.NewLab()
	h := newServer(t, l).Handler()
	var streams atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/live" {
			streams.Add(1)
			defer streams.Add(-1)
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	b, ctx := startBrowser(t)
	// A tab that does not answer in time is taken for one that sleeps: for a moment there may be two.
	one := func(when string) {
		t.Helper()
		for streams.Load() != 1 {
			select {
			case <-time.After(10 * time.Millisecond):
			case <-ctx.Done():
				t.Fatalf("%d streams %s, want one", streams.Load(), when)
			}
		}
	}
	var tabs [2]*browser.Tab
	for i := range tabs {
		tab, err := b.Beside(ctx)
		if err != nil {
			t.Fatal(err)
		}
		tabs[i] = tab
		if err := tab.Open(ctx, srv.URL+"/"); err != nil {
			t.Fatal(err)
		}
		all(ctx, t, tab, `document.getElementById("live").textContent === "Live."`) // the second has asked the first
	}
	one("for two tabs")
	for _, tab := range tabs {
		if err := tab.Eval(ctx, `(document.addEventListener("quorate:event", (e) => { window.heard = e.detail.seq; }), 0)`, nil); err != nil {
			t.Fatal(err)
		}
	}
	goesDown(l, 6)
	for _, tab := range tabs {
		all(ctx, t, tab, fmt.Sprintf(`window.heard === %d`, l.LastSeq()))
	}
	if err := tabs[0].Shut(ctx); err != nil {
		t.Fatal(err)
	}
	row := goesDown(l, 5) // while perhaps nobody listens
	all(ctx, t, tabs[1], fmt.Sprintf(`window.heard === %d`, l.LastSeq()), fmt.Sprintf(`document.getElementById(%q).className.includes("k-down")`, row))
	one("for the tab that is left")
	if err := tabs[1].Shut(ctx); err != nil {
		t.Fatal(err)
	}
	if c := b.Complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %q", c)
	}
}

// A page is made anew after a reset of the stream and goes on from its number, and it loads anew where another version of
// the agent answers.
func TestPageAfterAResetAndANewVersion(t *testing.T) {
	const newer = "/static/000000000000/"
	l := viewtest.NewLab()
	h := newServer(t, l).Handler()
	var streams atomic.Int64
	var renewed atomic.Bool
	forgotten, resumed := make(chan struct{}), make(chan string, 100)
	older := regexp.MustCompile(`/static/[0-9a-f]{12}/`)
	folder := older.FindString(fetch(t, h, "/").Body.String())
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/live" && streams.Add(1) == 1:
			select {
			case <-forgotten:
			case <-r.Context().Done():
			}
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "retry: 10\nid: 1\nevent: reset\ndata: {}\n\n")
			return
		case r.URL.Path == "/live":
			resumed <- r.Header.Get("Last-Event-ID")
		case r.URL.Path == "/" && renewed.Load():
			r.Header.Del("Accept-Encoding")
			page := httptest.NewRecorder()
			h.ServeHTTP(page, r)
			w.Header().Set("Content-Type", page.Header().Get("Content-Type"))
			_, _ = io.WriteString(w, older.ReplaceAllString(page.Body.String(), newer))
			return
		}
		r.URL.Path = strings.Replace(r.URL.Path, newer, folder, 1)
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	b, ctx := startBrowser(t)
	if err := errors.Join(b.Open(ctx, srv.URL+"/"), b.Eval(ctx, `(window.older = true, 0)`, nil)); err != nil {
		t.Fatal(err)
	}
	l.Mu.Lock()
	l.AllDevices[6].Status = device.StatusDown // no event tells of it
	row := string(l.AllDevices[6].ID)
	l.Mu.Unlock()
	close(forgotten)
	all(ctx, t, b, fmt.Sprintf(`document.getElementById(%q).className.includes("k-down")`, row), `window.older === true`)
	select {
	case id := <-resumed:
		if id != "1" {
			t.Errorf("resumed after %q, want the number of the reset", id)
		}
	case <-ctx.Done():
		t.Fatal("the stream was not asked for again")
	}
	renewed.Store(true)
	goesDown(l, 5)
	all(ctx, t, b, `window.older === undefined && document.readyState === "complete"`, `document.querySelector("script[src^='`+newer+`']") !== null`)
	if c := b.Complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %q", c)
	}
}

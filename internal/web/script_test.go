package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/browser"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// waiter is a browser or a tab of one.
type waiter interface {
	Wait(ctx context.Context, expression string) error
}

// all waits for each in turn.
func all(ctx context.Context, t *testing.T, in waiter, expressions ...string) {
	t.Helper()
	for _, e := range expressions {
		if err := in.Wait(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
}

// The help opens by its key and closes by Escape, and the keyboard is where it was.
func TestHelpAndColours(t *testing.T) {
	srv := httptest.NewServer(newServer(t, viewtest.NewLab()).Handler())
	t.Cleanup(srv.Close)
	b, ctx := startBrowser(t)
	if err := errors.Join(b.Open(ctx, srv.URL+"/"), b.Key(ctx, "j"), b.Key(ctx, "?")); err != nil {
		t.Fatal(err)
	}
	all(ctx, t, b, `document.querySelector("dialog").open && document.querySelector("dialog").contains(document.activeElement)`)
	if err := b.Key(ctx, "Escape"); err != nil {
		t.Fatal(err)
	}
	all(ctx, t, b, `!document.querySelector("dialog").open && document.activeElement === document.querySelector("#board tbody th a")`)
	// Colours are chosen without leaving the page, and the next page comes in them from the server: nothing flashes.
	if err := b.Eval(ctx, `(document.querySelector("#theme [value=dark]").click(), 0)`, nil); err != nil {
		t.Fatal(err)
	}
	all(ctx, t, b, `document.documentElement.dataset.theme === "dark" && location.pathname === "/"`)
	if err := errors.Join(b.Look(ctx, browser.View{Width: 1280, Height: 900, NoScript: true}), b.Open(ctx, srv.URL+"/events")); err != nil {
		t.Fatal(err)
	}
	all(ctx, t, b, `document.documentElement.dataset.theme === "dark" && matchMedia("(prefers-color-scheme: light)").matches`,
		`document.querySelector("#theme [value=dark]").getAttribute("aria-pressed") === "true"`,
		// Whoever wants no motion gets none.
		`matchMedia("(prefers-reduced-motion: reduce)").matches && [...document.querySelectorAll("*")].every((e) => getComputedStyle(e).transitionDuration === "0s" && getComputedStyle(e).animationName === "none")`)
	if c := b.Complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %q", c)
	}
}

// The answer to an order stays as it is: it says what was wrong, and its address may take orders alone.
func TestAnswerToAnOrderStays(t *testing.T) {
	l := viewtest.NewLab()
	live, h := newServer(t, l).Handler(), serveAs(t, l, &orders{}, access.Read, access.Admin)
	path := "/devices/" + string(l.AllDevices[6].ID)
	if page := post(t, h, path+"/maintenance", url.Values{"for": {"long"}}).Body.String(); strings.Contains(page, `http-equiv="refresh"`) {
		t.Error("without scripts the answer is loaded anew")
	}
	var asked atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/live":
			live.ServeHTTP(w, r)
			return
		case r.Method == http.MethodGet && r.URL.Path == path+"/maintenance":
			asked.Add(1)
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	b, ctx := startBrowser(t)
	if err := b.Open(ctx, srv.URL+path); err != nil {
		t.Fatal(err)
	}
	// A length that the form cannot know to be wrong.
	err := b.Eval(ctx, `(() => { const f = document.querySelector("form[action$='/maintenance']"); f.elements["for"].value = "long"; f.submit(); return 0; })()`, nil)
	if err != nil {
		t.Fatal(err)
	}
	const wrong = `document.body.textContent.includes("Write a length of time")`
	all(ctx, t, b, `location.pathname.endsWith("/maintenance") && document.readyState === "complete"`, wrong, `document.getElementById("live").textContent === "Live."`)
	// Whoever comes back to a page has it looked at anew at once; then once more the server is asked.
	err = b.Eval(ctx, `(document.dispatchEvent(new Event("visibilitychange")), fetch("/static/icon-1.svg").then((a) => a.text()).then(() => 0))`, nil)
	if err != nil {
		t.Fatal(err)
	}
	all(ctx, t, b, wrong)
	if asked.Load() != 0 {
		t.Error("the page asks for an address that takes orders alone")
	}
}

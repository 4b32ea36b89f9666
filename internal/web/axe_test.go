package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/browser"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// axeFile is what scripts/axe leaves in the user's cache.
const axeFile = "quorate/axe-core-4.14.1.min.js"

// axeSource reads axe-core from where QUORATE_AXE or scripts/axe has it, or skips loudly.
func axeSource(t *testing.T) string {
	t.Helper()
	path := os.Getenv("QUORATE_AXE")
	if cache, err := os.UserCacheDir(); path == "" && err == nil {
		path = filepath.Join(cache, axeFile)
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && os.Getenv("QUORATE_CI") != "1" {
		t.Skip("SKIPPED: needs axe-core (scripts/axe fetches it): what a screen reader and a keyboard find on each page")
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// everyPage lists the pages of the route table, with what the lab has in the place of their wildcards.
func everyPage(t *testing.T, l *viewtest.Lab, routes []access.Route) []string {
	t.Helper()
	wild := strings.NewReplacer("/rejected/{number}", "/rejected/2", "{$}", "", "{device}", string(l.AllDevices[0].ID), "{source}", "prtg", "{incident}", l.AllIncidents[0].ID, "{number}", "3", "{id}", l.AllIncidents[0].ID, "{link}", "spent")
	var pages []string
	for _, r := range routes {
		if !r.Page || r.Method != http.MethodGet || r.Path == "/live" || r.Path == "/static/" || strings.HasSuffix(r.Path, ".jsonl") {
			continue
		}
		path := wild.Replace(r.Path)
		if strings.Contains(path, "{") {
			t.Fatalf("%s: say in this test what stands for its wildcard", r.Path)
		}
		pages = append(pages, path)
	}
	return append(pages, "/?view=groups", "/?view=tree", "/?q=nothing", "/nothing-here")
}

// TestEveryPage opens every page of the route table in a browser: on a phone and a desk, in light and dark, with and
// without its scripts. Nothing is found by axe-core, nothing is wider than its screen, and nothing complains.
func TestEveryPage(t *testing.T) {
	axe := axeSource(t)
	l := viewtest.NewLab()
	s := newServer(t, l)
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	b, ctx := startBrowser(t)
	dir := os.Getenv("QUORATE_SCREENSHOTS")
	for _, path := range everyPage(t, l, s.Routes()) {
		t.Run(path, func(t *testing.T) {
			wide := func(width int) {
				var page struct {
					Width  int
					Widest string
				}
				if err := b.Eval(ctx, `({Width: document.documentElement.scrollWidth, Widest: [...document.querySelectorAll("body *")].filter((e) =>
					e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, nav, pre, [class*=scroll], .visually-hidden")).slice(0, 3).map((e) => e.outerHTML.slice(0, 200)).join("\n")})`, &page); err != nil {
					t.Fatal(err)
				}
				if page.Width > width {
					t.Errorf("%d px wide on a screen of %d:\n%s", page.Width, width, page.Widest)
				}
			}
			for i, v := range []browser.View{
				{Width: 360, Height: 780, NoScript: true}, {Width: 360, Height: 780}, {Width: 360, Height: 780, Dark: true},
				{Width: 1440, Height: 900, Dark: true}, {Width: 1440, Height: 900}, {Width: 320, Height: 700}, {Width: 640, Height: 450},
			} {
				if err := b.Look(ctx, v); err != nil {
					t.Fatal(err)
				}
				if i < 2 {
					if err := b.Open(ctx, srv.URL+path); err != nil {
						t.Fatal(err)
					}
				}
				wide(v.Width)
				var rules []string
				switch {
				case v.NoScript, v.Width == 320, v.Width == 640: // 640 is a desk at twice the size
					continue
				case v.Dark != (v.Width > 360): // what else there is, the other theme has shown
					rules = []string{"color-contrast"}
				}
				found, err := b.Axe(ctx, axe, rules...)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range found {
					t.Errorf("%d px, dark %v: %s", v.Width, v.Dark, f)
				}
				if dir != "" {
					shot, err := b.Screenshot(ctx)
					if err == nil {
						err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("lab%s-%d-%v.png", strings.NewReplacer("/", "_", "?", "_").Replace(path), v.Width, v.Dark)), shot, 0o600)
					}
					if err != nil {
						t.Error(err)
					}
				}
			}
			checkMarkup(t, fetch(t, s.Handler(), path).Body.String())
		})
	}
	c := slices.DeleteFunc(b.Complaints(), func(s string) bool {
		return strings.Contains(s, "404") && strings.Contains(s, "/nothing-here") || strings.Contains(s, "401") && strings.Contains(s, "/login/spent")
	})
	if len(c) > 0 {
		t.Errorf("the browser complains: %q", c)
	}
}

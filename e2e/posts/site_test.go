package posts

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/browser"
	"github.com/quorate/quorate/internal/jekyll"
)

// build builds a blog and has html-proofer read it.
func build(t *testing.T, dir string, o jekyll.Options) *jekyll.Site {
	t.Helper()
	site, err := jekyll.Build(t.Context(), dir, t.TempDir(), o)
	if err == nil {
		err = site.Proof(t.Context())
	}
	if missing, ok := errors.AsType[*jekyll.MissingError](err); ok {
		if os.Getenv("QUORATE_CI") == "1" {
			t.Fatal(missing)
		}
		t.Skipf("SKIPPED: %v: the posts were not built into pages", missing)
	}
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// acts is what must be in no post's page: what runs, and what Liquid should have taken away.
var acts = regexp.MustCompile(`(?i)<script|<iframe|<object|<embed|<form|\son\w+\s*=|javascript:|\{\{|\{%|%\}`)

// TestExamplesAreASite builds the three posts as they lie in docs/examples, as one blog, at the root and below it.
func TestExamplesAreASite(t *testing.T) {
	for _, baseurl := range []string{"", "/blog"} {
		t.Run("baseurl "+baseurl, func(t *testing.T) {
			site := build(t, filepath.Join(examples, "blog"), jekyll.Options{BaseURL: baseurl, Published: true})
			posts := 0
			for path, html := range site.Pages {
				_, body, _ := strings.Cut(html, "<body>")
				if !strings.Contains(path, "milestone") {
					continue
				}
				posts++
				if bad := acts.FindString(body); bad != "" {
					t.Errorf("%s holds %q", path, bad)
				}
				if n := strings.Count(body, "<h1"); n != 1 {
					t.Errorf("%s has %d headings of the first order", path, n)
				}
				for what, least := range map[string]int{"<table": 5, "<img": 3, "<blockquote": 1, "<h2": 9} {
					if n := strings.Count(body, what); n < least {
						t.Errorf("%s has %d %s, want %d or more", path, n, what, least)
					}
				}
				for _, bad := range []string{"<p>|", "<p>##", "<p>- ", "<td>|", "| ---", "|---"} {
					if strings.Contains(body, bad) {
						t.Errorf("%s: a block was swallowed: %q", path, bad)
					}
				}
			}
			if posts != len(milestones) {
				t.Errorf("%d posts, want %d", posts, len(milestones))
			}
			// The third links to both before it.
			_, last, _ := site.Page("the-night-the-switch-died.html")
			for _, link := range []string{"/2026/03/08/homelab-milestone-1", "/2026/03/10/homelab-milestone-2"} {
				if !strings.Contains(last, `href="`+baseurl+"/infrastructure/homelab"+link) {
					t.Errorf("no link to %s", link)
				}
			}
			summaries := regexp.MustCompile(`(?s)<summary[^>]*>(.*?)</summary>`).FindAllStringSubmatch(site.Feed, -1)
			if len(summaries) != len(milestones) {
				t.Errorf("%d summaries in the feed", len(summaries))
			}
			for _, s := range summaries {
				if len(s[1]) < 40 || strings.Contains(s[1], "Security") {
					t.Errorf("the feed says %q", s[1])
				}
			}
		})
	}
}

// TestExamplesInABrowser looks at the pages as readers do, in Jekyll's own theme: on a phone and on a desk, by day and
// by night. With QUORATE_SHOTS each view is kept as a picture in that folder.
func TestExamplesInABrowser(t *testing.T) {
	site := build(t, filepath.Join(examples, "blog"), jekyll.Options{Theme: "minima", Published: true})
	server := httptest.NewServer(http.FileServer(http.Dir(site.Root)))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	b, err := browser.Start(ctx)
	if errors.Is(err, browser.ErrMissing) {
		if os.Getenv("QUORATE_CI") == "1" {
			t.Fatal(err)
		}
		t.Skipf("SKIPPED: needs chromium (%v): the pages were not looked at", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	for path := range site.Pages {
		if !strings.Contains(path, "milestone") {
			continue
		}
		for _, v := range []browser.View{{Width: 360, Height: 740}, {Width: 360, Height: 740, Dark: true}, {Width: 1200, Height: 900}, {Width: 1200, Height: 900, Dark: true}} {
			look(ctx, t, b, server.URL+"/"+path, v)
		}
	}
	for _, c := range b.Complaints() {
		if !strings.Contains(c, "favicon") {
			t.Errorf("the browser complains: %s", c)
		}
	}
}

// look opens a page and asks what a reader would see.
func look(ctx context.Context, t *testing.T, b *browser.Browser, url string, v browser.View) {
	t.Helper()
	if err := b.Look(ctx, v); err != nil {
		t.Fatal(err)
	}
	if err := b.Open(ctx, url); err != nil {
		t.Fatal(err)
	}
	where := filepath.Base(url) + " at " + strconv.Itoa(v.Width)
	var seen struct {
		Page   int
		Charts []struct {
			Alt                  string
			Width, Height, Right int
			Loaded               bool
		}
		Wide []string
	}
	err := b.Eval(ctx, `(() => {
		const charts = [...document.querySelectorAll("article img, .post-content img")];
		const wide = [...document.querySelectorAll("article *")].filter(e => !e.closest("pre, table") && e.getBoundingClientRect().right > innerWidth + 1);
		return {
			Page: document.documentElement.scrollWidth,
			Charts: charts.map(i => { const r = i.getBoundingClientRect(); return {Alt: i.alt, Width: Math.round(r.width), Height: Math.round(r.height), Right: Math.round(r.right), Loaded: i.complete && i.naturalWidth > 0} }),
			Wide: wide.map(e => e.tagName + ": " + e.textContent.slice(0, 60)),
		}
	})()`, &seen)
	if err != nil {
		t.Fatal(err)
	}
	if seen.Page > v.Width {
		t.Errorf("%s: the page is %d wide", where, seen.Page)
	}
	for _, w := range seen.Wide {
		t.Errorf("%s: beyond the edge: %s", where, w)
	}
	if len(seen.Charts) < 3 {
		t.Errorf("%s: %d charts", where, len(seen.Charts))
	}
	for _, c := range seen.Charts {
		if !c.Loaded || c.Width < v.Width/3 || c.Height < 60 || len(c.Alt) < 40 {
			t.Errorf("%s: a chart that shows nothing: %+v", where, c)
		}
	}
	if dir := os.Getenv("QUORATE_SHOTS"); dir != "" {
		shots(ctx, t, b, dir, strings.TrimSuffix(filepath.Base(url), ".html"), v)
	}
}

// shots keeps pictures of the page from top to bottom.
func shots(ctx context.Context, t *testing.T, b *browser.Browser, dir, name string, v browser.View) {
	t.Helper()
	shade := "light"
	if v.Dark {
		shade = "dark"
	}
	var height int
	if err := b.Eval(ctx, "document.documentElement.scrollHeight", &height); err != nil {
		t.Fatal(err)
	}
	tall := v
	tall.Height = min(height, 9000)
	if err := b.Look(ctx, tall); err != nil {
		t.Fatal(err)
	}
	png, err := b.Screenshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+"-"+strconv.Itoa(v.Width)+"-"+shade+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

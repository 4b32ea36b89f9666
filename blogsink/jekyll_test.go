package blogsink

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/jekyll"
)

// jekyll builds the home's blog and returns the body of each of its pages by file. Links and images within the site
// must lead somewhere. What was written for it must be what Jekyll 3.10 of GitHub Pages knows too.
func (h *home) jekyll(t *testing.T, baseurl string) map[string]string {
	t.Helper()
	site := h.site(t, jekyll.Options{BaseURL: baseurl})
	pages := map[string]string{}
	for path, html := range site.Pages {
		_, body, ok := strings.Cut(html, "<body>")
		if !ok {
			t.Fatalf("%s has no body", path)
		}
		pages[filepath.Base(path)] = ownImage.ReplaceAllString(body, "")
	}
	return pages
}

// site builds the home's blog, and has html-proofer read it.
func (h *home) site(t *testing.T, o jekyll.Options) *jekyll.Site {
	t.Helper()
	h.published(t)
	site, err := jekyll.Build(t.Context(), h.dir, t.TempDir(), o)
	if err == nil {
		err = site.Proof(t.Context())
	}
	if missing, ok := errors.AsType[*jekyll.MissingError](err); ok {
		if os.Getenv("QUORATE_CI") == "1" {
			t.Fatal(missing)
		}
		t.Skipf("SKIPPED: %v: the draft was not built into a page", missing)
	}
	if err != nil {
		t.Fatal(err)
	}
	h.oldLiquid(t)
	return site
}

// page returns the one page whose name ends so.
func page(t *testing.T, pages map[string]string, suffix string) string {
	t.Helper()
	for name, text := range pages {
		if strings.HasSuffix(name, suffix) {
			return text
		}
	}
	t.Fatalf("no page ends in %s", suffix)
	return ""
}

var harmful = regexp.MustCompile(`(?i)<script|<iframe|<img|<object|<style|\son\w+\s*=|javascript:|\{\{|\{%|%\}`)

func count(t *testing.T, html, what string, want int) {
	t.Helper()
	if got := strings.Count(html, what); got != want {
		t.Errorf("%d times %s in the page, want %d", got, what, want)
	}
}

func TestJekyllBuildsTheDraft(t *testing.T) {
	for _, baseurl := range []string{"", "/blog"} {
		t.Run("baseurl "+baseurl, func(t *testing.T) {
			h := newHome(t, labDay(), nil)
			h.ownersNotes(t, "notes")
			put(t, filepath.Join(h.dir, "_posts", "2026-02-14-homelab-milestone-1-two-monitors.md"), "---\nlayout: post\ntitle: \"Homelab Milestone 1: Two Monitors\"\nmilestone: 1\ndate: 2026-02-14 10:00:00 +0000\n---\n\nText.\n")
			h.draft(t)
			html := page(t, h.jekyll(t, baseurl), "one-truth.html")
			count(t, html, "<table", 6)
			count(t, html, "<h1", 1)
			count(t, html, "<blockquote", 1)
			count(t, html, `type="checkbox"`, 2)
			count(t, html, `<code>vault`, 0)
			if bad := harmful.FindString(html); bad != "" {
				t.Errorf("the page holds %q", bad)
			}
			if link := `href="` + baseurl + `/2026/02/14/homelab-milestone-1-two-monitors.html"`; !strings.Contains(html, link) {
				t.Errorf("no %s in the page", link)
			}
			for _, heading := range []string{"What We Built", "The Numbers", "Timeline", "Where the Monitors Disagreed", "Challenges Encountered", "Solutions", "Lessons Learned", "What’s Next?", "Project Series"} {
				if !regexp.MustCompile(`<h2[^>]*>` + regexp.QuoteMeta(heading) + `</h2>`).MatchString(html) {
					t.Errorf("no heading %q", heading)
				}
			}
			if strings.Contains(html, "<p>|") || strings.Contains(html, "<p>##") || strings.Contains(html, "<p>- ") {
				t.Error("a block was swallowed by the paragraph before it")
			}
		})
	}
}

// TestFeedSaysWhatThePostIsAbout: what a feed reader shows of a post is its description, and not the note that stands
// first in it.
func TestFeedSaysWhatThePostIsAbout(t *testing.T) {
	h := newHome(t, labDay(), nil)
	h.ownersNotes(t, "notes")
	h.draft(t)
	feed := h.site(t, jekyll.Options{}).Feed
	m := regexp.MustCompile(`(?s)<entry>.*?<summary[^>]*>(.*?)</summary>`).FindStringSubmatch(feed)
	if m == nil {
		t.Fatalf("no summary in the feed:\n%s", feed)
	}
	if !strings.Contains(m[1], "nobody has to guess who is right") || strings.Contains(m[1], "Security") {
		t.Errorf("the feed says %q", m[1])
	}
}

package blogsink

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// jekyll builds the home's blog and returns the HTML of all its posts by file. It fails on anything that the builder
// complains about, since it goes on after most mistakes.
func (h *home) jekyll(t *testing.T, baseurl string) map[string]string {
	t.Helper()
	bin, err := exec.LookPath("jekyll")
	if err != nil {
		if os.Getenv("QUORATE_CI") == "1" {
			t.Fatal("jekyll is missing (Debian package jekyll)")
		}
		t.Skip("SKIPPED: needs jekyll (Debian package jekyll): the draft was not built into a page")
	}
	put(t, filepath.Join(h.dir, "_config.yml"), "title: Blog of a test\nurl: https://blog.example.net\nbaseurl: \""+baseurl+"\"\ntimezone: UTC\n")
	put(t, filepath.Join(h.dir, "_layouts", "post.html"), "<!doctype html>\n<html><head><title>{{ page.title | escape }}</title></head><body>\n{{ content }}\n</body></html>\n")
	out := filepath.Join(filepath.Dir(h.dir), "site"+strings.ReplaceAll(baseurl, "/", "-"))
	cmd := exec.CommandContext(t.Context(), bin, "build", "--drafts", "--strict_front_matter", "--disable-disk-cache", "--source", h.dir, "--destination", out)
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8", "JEKYLL_ENV=test")
	cmd.WaitDelay = time.Second
	log, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("jekyll: %v\n%s", err, log)
	}
	if bad := regexp.MustCompile(`(?i)warning|error|skipping|deprecat`).Find(log); bad != nil {
		t.Fatalf("jekyll says %q:\n%s", bad, log)
	}
	pages := map[string]string{}
	err = filepath.WalkDir(out, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".html" {
			return err
		}
		b, err := os.ReadFile(path)
		pages[filepath.Base(path)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
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
			count(t, html, "<table", 2)
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

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
)

// TestPostFromDraftToBlog goes the way of a post with the real program: what refuses ends with 5 and names no value, and
// what is published is what was approved.
func TestPostFromDraftToBlog(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	a := s.agent(t)
	eventually(t, "68 devices up", func() bool { return countStatus(a.devices(t), device.StatusUp) == 68 })
	blog := s.Env[lab.EnvBlogDir]
	quorate := func(code int, want string, args ...string) string {
		t.Helper()
		r := s.command().run(t, args...)
		if r.code != code || !strings.Contains(r.stdout+r.stderr, want) {
			t.Errorf("quorate %s: exit %d, want %d and %q\n%s%s", strings.Join(args, " "), r.code, code, want, r.stdout, r.stderr)
		}
		return r.stdout + r.stderr
	}
	type prepared struct {
		File   string `json:"file"`
		SHA256 string `json:"sha256"`
	}
	show := func(code int) prepared {
		t.Helper()
		r := s.command().run(t, "post", "approve", "--json")
		var p prepared
		if err := json.Unmarshal([]byte(r.stdout), &p); err != nil || r.code != code {
			t.Fatalf("approve --json: exit %d, want %d (%v)\n%s%s", r.code, code, err, r.stdout, r.stderr)
		}
		return p
	}

	quorate(5, "nothing is approved", "post", "publish")
	quorate(0, "draft: ", "post", "draft")
	drafts, err := filepath.Glob(filepath.Join(blog, "_drafts", "*.md"))
	if err != nil || len(drafts) != 1 {
		t.Fatalf("drafts %v (%v)", drafts, err)
	}
	draft := read(t, drafts[0])
	private := s.Env[lab.EnvCommunity]
	write(t, drafts[0], draft+"\nIt answers to "+private+".\n")
	for _, args := range [][]string{{"post", "approve"}, {"post", "draft"}} {
		code := 5
		if args[1] == "draft" {
			code = 1
		}
		if said := quorate(code, "your own text", args...); strings.Contains(strings.ToLower(said), strings.ToLower(private)) {
			t.Errorf("quorate %v names the secret:\n%s", args, said)
		}
	}
	show(5)
	write(t, drafts[0], draft+"\nIt hangs on the wall.\n")
	quorate(2, "approves exactly this", "post", "approve")
	first := show(0)
	quorate(0, "approved: "+first.File, "post", "approve", "--sha256", first.SHA256[:8])
	write(t, drafts[0], draft+"\nIt hangs on the other wall.\n")
	quorate(5, "your own text, the first is another", "post", "publish")
	quorate(5, "nothing is approved", "post", "publish")

	page := filepath.Join(t.TempDir(), "page.html")
	quorate(0, "preview: "+page, "post", "preview", "--out", page)
	if html := read(t, page); !strings.Contains(html, "It hangs on the other wall.") || !strings.Contains(html, "data:image/svg+xml") {
		t.Error("the preview is not the post with its charts")
	}
	if info, err := os.Stat(page); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the preview has mode %v (%v)", info.Mode(), err)
	}

	second := show(0)
	quorate(0, "sha256 "+second.SHA256, "post", "approve", "--sha256", second.SHA256)
	quorate(0, "published: "+second.File, "post", "publish")
	quorate(0, "published already: "+second.File, "post", "publish")
	post := read(t, filepath.Join(blog, filepath.FromSlash(second.File)))
	if !strings.Contains(post, "It hangs on the other wall.") || strings.Contains(post, "<!-- quorate:") {
		t.Errorf("the post is\n%s", post)
	}
	if left, _ := filepath.Glob(filepath.Join(blog, "_drafts", "*.md")); len(left) > 1 || len(left) == 1 && left[0] == drafts[0] {
		t.Errorf("the draft is still there: %v", left)
	}
	quorate(0, "published", "post", "list")
	quorate(0, "", "post", "verify", filepath.Join(blog, filepath.FromSlash(second.File)))
	a.stop(t, 0)
}

package cli

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const preparedPost = `{"milestone":2,"file":"_posts/2026-03-07-x.md","date":"2026-03-07 14:00:00 +0000","covers":146,
"sha256":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
"files":[{"name":"_posts/2026-03-07-x.md"},{"name":"assets/quorate/x/timeline.svg"}],
"replaced":[{"kind":"device","alias":"switch-1","count":4}],"changed":["section numbers edited"],"waiting":["numbers"],"allowed":["Q7X-1"]`

// TestPostFlow shows what the agent answers, and asks for what it must.
func TestPostFlow(t *testing.T) {
	dir := home(t, map[string]string{"quorate.hcl": good, "old.html": "old"})
	var orders []string
	findings := ""
	status := http.StatusOK
	mux := http.NewServeMux()
	serve := func(path, body string) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			orders = append(orders, strings.TrimPrefix(path, "/control/post/")+" "+string(b))
			w.WriteHeader(status)
			if status != http.StatusOK {
				body = `{"title":"Conflict","detail":"the approval is void"}`
			}
			_, _ = io.WriteString(w, strings.ReplaceAll(body, "FINDINGS", findings))
		})
	}
	serve("/control/post/prepare", preparedPost+`FINDINGS}`)
	serve("/control/post/approve", preparedPost+`}`)
	serve("/control/post/preview", `{"path":"/srv/p.html","html":"<p>page</p>"FINDINGS}`)
	serve("/control/post/publish", `{"file":"_posts/2026-03-07-x.md","commit":"c0ffee","uncommitted":""}`)
	serve("/control/post/draft", `{"post":"/srv/x.md","original":"/srv/y.md","proposed":"/srv/z.md"}`)
	answer(t, dir, mux)
	last := func(want string) {
		t.Helper()
		if got := orders[len(orders)-1]; got != want {
			t.Errorf("the agent was asked %q, want %q", got, want)
		}
	}

	run(t, "", "post", "draft").want(t, exitOK, "waits beside it: /srv/z.md", "")
	run(t, "", "post", "draft", "--json").want(t, exitOK, `"proposed": "/srv/z.md"`, "")
	r := run(t, "", "post", "approve", "--allow", "Q7X-1")
	r.want(t, exitUsage, "sha256 0123456789abcdef", "--sha256 0123456789ab\" approves exactly this")
	last(`prepare {"allowed":["Q7X-1"]}`)
	for _, want := range []string{
		"milestone 2: _posts/2026-03-07-x.md\ndated 2026-03-07 14:00:00 +0000, up to event 146\n", "with assets/quorate/x/timeline.svg", "switch-1  4",
		"by you: section numbers edited", "waits beside the draft: numbers", "let pass: Q7X-1", "the leak check finds nothing",
	} {
		if !strings.Contains(r.out, want) {
			t.Errorf("approve does not say %q:\n%s", want, r.out)
		}
	}
	run(t, "", "post", "approve", "--sha256", "01234567").want(t, exitOK, "approved: _posts/2026-03-07-x.md", "")
	last(`approve {"sha256":"01234567"}`)
	run(t, "", "post", "approve", "--yes", "01234567").want(t, exitOK, "quorate post publish", "")
	run(t, "", "post", "approve", "--sha256", "01234567", "--allow", "x").want(t, exitUsage, "", "--allow belongs to what is shown")
	run(t, "", "post", "approve", "--json").want(t, exitOK, `"covers": 146`, "")
	last(`prepare {}`)

	run(t, "", "post", "preview").want(t, exitOK, "preview: /srv/p.html", "")
	run(t, "", "post", "preview", "--out", "-").want(t, exitOK, "<p>page</p>", "")
	run(t, "", "post", "preview", "--out", "old.html").want(t, exitOK, "preview: old.html", "")
	if info, err := os.Stat(filepath.Join(dir, "old.html")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the page has mode %v (%v)", info.Mode(), err)
	}
	run(t, "", "post", "publish").want(t, exitOK, "published: _posts/2026-03-07-x.md\ncommitted: c0ffee\n", "")

	findings = `,"findings":[{"file":"_posts/2026-03-07-x.md","offset":77,"length":9,"kind":"ipv4","line":12,"part":"section numbers"},{"file":"assets/quorate/x/timeline.svg","offset":-1,"kind":"word"}]`
	run(t, "", "post", "approve").want(t, exitRefused, "ipv4 at line 12 of the post, byte 77, section numbers\n  word in the name of assets/quorate/x/timeline.svg", "it cannot be approved")
	run(t, "", "post", "approve", "--json").want(t, exitRefused, `"kind": "ipv4"`, "")
	run(t, "", "post", "preview").want(t, exitOK, "the leak check finds 2; with any the post cannot be approved", "")
	findings = `,"lint":[{"rule":"link","weight":"error","line":7,"text":"the post does not exist"},{"rule":"comma","weight":"warning","line":9,"text":"many commas"}]`
	run(t, "", "post", "approve").want(t, exitRefused, "error: line 7: the post does not exist (link)\nwarning: line 9: many commas (comma)", "it cannot be approved")
	status = http.StatusConflict
	run(t, "", "post", "publish").want(t, exitRefused, "", "the approval is void")
	run(t, "", "post", "approve", "--sha256", "01234567").want(t, exitRefused, "", "the approval is void")
}

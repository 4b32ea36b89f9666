package blogsink

import (
	"os"
	"path/filepath"

	"strings"
	"testing"

	"golang.org/x/net/html"
)

// outside are the attributes by which a page asks a network for something.
var outside = map[string]bool{"src": true, "srcset": true, "data": true, "poster": true, "action": true, "background": true}

func TestPreview(t *testing.T) {
	p := newPress(t, t.TempDir(), nil)
	p.ownersNotes(t, "notes")
	put(t, filepath.Join(p.dir, "_posts", "2026-02-14-homelab-milestone-1-two-monitors.md"), "---\nlayout: post\ntitle: \"Homelab Milestone 1: Two Monitors\"\nmilestone: 1\n---\n\nText.\n")
	p.draft(t)
	p.append(t, "\nSee <script>alert(1)</script> and [a link](javascript:alert(1)), {{ site.title }}, ![x](http://192.0.2.1/x.png)\n\nThe NAS is at "+privateNet+".9.\n")
	v, err := p.sink.Preview(t.Context(), nil, true)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(v.Path)
	if err != nil || info.Mode().Perm() != 0o600 || filepath.Dir(v.Path) != p.private {
		t.Errorf("the page lies at %s with %v (%v)", v.Path, info.Mode(), err)
	}
	b, err := os.ReadFile(v.Path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, want := range []string{
		"Content-Security-Policy", "default-src 'none'", "prefers-color-scheme: dark", "@media (max-width", "<table>", `type="checkbox"`,
		`<span class="post" title="2026-02-14-homelab-milestone-1-two-monitors">Homelab Milestone 1: Two Monitors</span>`,
		"<td>switch-1</td><td>device</td>", "It found ", "your own text, the first", "<code>{{ site.title }}", "picture that is not part of the post",
		"_posts/2026-03-07-homelab-milestone-2-two-monitors-one-truth.md",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	walkHTML(doc, func(n *html.Node) {
		if n.Data == "script" || n.Data == "link" || n.Data == "iframe" || n.Data == "object" {
			t.Errorf("the page has a <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if outside[a.Key] && !strings.HasPrefix(a.Val, "data:image/svg+xml;base64,") || strings.HasPrefix(a.Key, "on") || strings.Contains(strings.ToLower(a.Val), "javascript:") && a.Key == "href" {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	})
	again, err := p.sink.Preview(t.Context(), nil, false)
	if err != nil || again.Path != "" || again.HTML != page {
		t.Errorf("without a file: %q and %d bytes (%v), want the same page", again.Path, len(again.HTML), err)
	}
}

func walkHTML(n *html.Node, visit func(*html.Node)) {
	if n.Type == html.ElementNode {
		visit(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walkHTML(c, visit)
	}
}

func TestRenderMarkdown(t *testing.T) {
	for _, tt := range []struct{ name, text, want, left string }{
		{"another post", "- [Two](" + "{% post_url 2026-02-14-two %}" + ")\n", `<span class="post" title="2026-02-14-two">Two</span>`, ""},
		{"another post below a base", "[Two]({{ site.baseurl }}{% post_url 2026-02-14-two %})\n", `<span class="post" title="2026-02-14-two">Two</span>`, ""},
		{"a chart", "![A \"b\"]({{ '/assets/quorate/x/t.svg' | relative_url }})\n", `<img src="data:image/svg+xml;base64,QQ==" alt="A “b”">`, ""},
		{"raw", "{% raw %}{{ x }}{% endraw %}\n", "<p>{{ x }}</p>", ""},
		{"Liquid that is left", "a {{ site.x }} b\n", "{{ site.x }}", "{{ site.x }} b"},
		{"HTML", "<b onclick=\"x\">no</b>\n", "<p><!-- raw HTML omitted -->no<!-- raw HTML omitted --></p>", ""},
		{"entities", "&#60;b&#62; &#123;&#123; x\n", "&lt;b&gt; {{ x", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, left := resolveLiquid(tt.text)
			got, err := renderMarkdown([]byte(text), map[string]string{"/assets/quorate/x/t.svg": "data:image/svg+xml;base64,QQ=="})
			if err != nil || !strings.Contains(string(got), tt.want) || strings.Join(left, "|") != tt.left {
				t.Errorf("got %s (%v), left %q; want %s and %q", got, err, left, tt.want, tt.left)
			}
		})
	}
}

package blogsink

import (
	plain "html"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/leakcheck"
)

// hostile are names that a device, or who can reach its DHCP lease, may choose.
var hostile = []string{
	"{{ site.title }}", "{% include x %}", "{% raw %}", "{% endraw %}{{ site.url }}", "<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`,
	`{: onclick="x" }`, "[x](javascript:alert(1))", "a | b | c", "# heading", "- item", "> quote", "1. one", "title: a: b", `"quoted" \ back`,
	"---", "```", "~~~", "$$x$$", "*[HTML]: y", "\u202enoitcerid", "zero\u200bwidth", "line\nbreak", "---\nlayout: evil\n---", "`{{ x }}`", "</code></pre>",
	strings.Repeat("long", 64), "'; DROP TABLE devices; --", "\x00\x07", "&lt;b&gt;", "^", ": definition", "![i](http://h/x.png)", "=====",
}

// TestHostileNames gives every device, source and text of the record such a name. None of it may reach the draft, and
// the draft must be a page like any other.
func TestHostileNames(t *testing.T) {
	s := labDay()
	evil := func(i int) string { return hostile[i%len(hostile)] }
	for i := range s.devices {
		d := &s.devices[i]
		d.Name, d.Hostnames, d.Location, d.Serial = evil(i), []string{evil(i + 1)}, evil(i+2), evil(i+3)
		d.Type, d.Vendor, d.Model, d.OS, d.Version = evil(i+4), evil(i+5), evil(i+6), evil(i+7), evil(i+8)
	}
	for i := range s.events {
		e := &s.events[i]
		e.Text, e.Reason, e.Component = evil(i), evil(i+1), evil(i+2)
		for _, n := range []*device.Name{e.Device, e.Because, e.Other} {
			if n != nil {
				n.Name = evil(i + 3)
			}
		}
		if e.Source != "" {
			e.Source = evil(len(e.Source))
		}
	}
	for i := range s.sources {
		s.sources[i].Name, s.sources[i].Type, s.sources[i].LastError = evil(len(s.sources[i].Name)), evil(i), evil(i+1)
	}
	h := newHome(t, s, nil)
	text := strings.NewReplacer(`<div style="overflow-x: auto" markdown="1">`, "", "</div>", "").Replace(ownPicture.ReplaceAllString(h.draft(t), ""))
	for _, bad := range []string{"{{", "{%", "<", "javascript", "onerror", "evil", "DROP", "\u202e", "site.title"} {
		if strings.Contains(text, bad) {
			t.Errorf("the draft holds %q: %.80q", bad, text[strings.Index(text, bad):])
		}
	}
	html := page(t, h.jekyll(t, ""), "milestone-1.html")
	count(t, html, "<h1", 1)
	count(t, html, "<table", 3)
	if bad := harmful.FindString(html); bad != "" {
		t.Errorf("the page holds %q", bad)
	}
}

// TestHostileNotes builds a page from notes full of what site builders act on. The text shows; nothing acts.
func TestHostileNotes(t *testing.T) {
	h := newHome(t, labDay(), func(c *Config, _ *Options) {
		c.Title, c.Phase = `Home "lab" {{ site.title }} <b>`, "{% raw %}"
		c.Categories = []string{"a: b", `"`, "<i>"}
	})
	for i, text := range hostile {
		if strings.HasPrefix(text, "---") {
			continue
		}
		h.note(t, "l"+string(rune('a'+i%26))+string(rune('a'+i/26))+".md", "---\nkind: lesson\n---\nBefore.\n"+text+"\nAfter.\n")
	}
	h.note(t, "c.md", "---\nkind: challenge\ntitle: 'a | b {{ x }} <b> # [l](javascript:x)'\ntried: ['{% x %}', '<script>', '- x']\nfixed_by: |\n  ```liquid\n  {{ page.title }} {% endraw %}\n  ```\ncost: 'a | b'\n---\n| not | a table |\n|---|---|\n")
	h.note(t, "s.md", "---\nkind: snippet\nlanguage: yaml\n---\ntitle: {{ x }}\n```\nnested\n```\n")
	h.draft(t)
	html := page(t, h.jekyll(t, ""), "milestone-1.html")
	count(t, html, "<h1", 1)
	count(t, html, "<table", 6)
	if bad := regexp.MustCompile(`<script|<img|<[^>]* on\w+=|href="javascript|Blog of a test`).FindString(html); bad != "" {
		t.Errorf("the page holds %q", bad)
	}
	text := plain.UnescapeString(html)
	for _, shown := range []string{"{{ site.title }}", "{% include x %}", "<script>alert(1)</script>", "{{ page.title }} {% endraw %}", "| not | a table |", "![i](http://h/x.png)"} {
		if !strings.Contains(text, shown) {
			t.Errorf("the page does not show %q", shown)
		}
	}
}

// TestCanary puts a value of its own into every field that an inventory has, and looks for it in every byte that was
// written outside of the private folder, in any case and in the encodings that texts travel in.
func TestCanary(t *testing.T) {
	s := labDay()
	var canaries []string
	canary := func(kind string) string {
		c := "zq" + kind + "x" + strings.Repeat("v", len(canaries)%5+1) + string(rune('a'+len(canaries)%26)) + "k"
		canaries = append(canaries, c)
		return c
	}
	for i := range s.devices {
		d := &s.devices[i]
		d.Name, d.Hostnames = canary("name"), []string{canary("host") + "." + homeDomain}
		d.Serial, d.Location, d.Vendor, d.Model, d.OS, d.Version = canary("serial"), canary("place"), canary("vendor"), canary("model"), canary("os"), canary("version")
	}
	for i := range s.events {
		e := &s.events[i]
		e.Text, e.Reason, e.Component = canary("text"), canary("reason"), canary("part")
		if e.Device != nil {
			e.Device.Name = canary("device")
		}
		e.Votes = []device.Vote{{Source: canary("voter"), Raw: canary("raw"), Ref: canary("ref")}}
	}
	for i := range s.sources {
		s.sources[i].LastError, s.sources[i].Domain = canary("error"), canary("domain")
	}
	secret := canary("secret")
	h := newHome(t, s, func(c *Config, o *Options) {
		o.Registry = registryOf(map[string][]string{"passwords": {secret}, "usernames": {canary("user")}})
	})
	h.note(t, "l.md", "---\nkind: lesson\n---\n"+s.devices[3].Name+" and "+strings.ToUpper(s.devices[4].Hostnames[0])+" shared the password "+secret+", serial "+s.devices[5].Serial+" in "+s.devices[6].Location+".\n")
	h.draft(t)
	for _, e := range h.events {
		mustNotHold(t, "an event", e.Text, canaries)
	}
	err := filepath.WalkDir(h.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mustNotHold(t, "a file's name", d.Name(), canaries)
		if d.IsDir() {
			return nil
		}
		b, err := os.ReadFile(path)
		mustNotHold(t, d.Name(), string(b), canaries)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestEveryWordOfTheTemplatesNamesNothing: a device may be called by any word that a post is made of, also in the
// sentences that no golden shows.
func TestEveryWordOfTheTemplatesNamesNothing(t *testing.T) {
	p, err := loadPages("")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	var walk func(n parse.Node)
	walk = func(n parse.Node) {
		switch n := n.(type) {
		case *parse.TextNode:
			text.Write(n.Text)
			text.WriteByte(' ')
		case *parse.StringNode:
			text.WriteString(n.Text + " ")
		case *parse.ListNode:
			if n != nil {
				for _, x := range n.Nodes {
					walk(x)
				}
			}
		case *parse.IfNode:
			walk(n.List)
			walk(n.ElseList)
		case *parse.RangeNode:
			walk(n.List)
			walk(n.ElseList)
		case *parse.WithNode:
			walk(n.List)
			walk(n.ElseList)
		case *parse.ActionNode:
			for _, c := range n.Pipe.Cmds {
				for _, x := range c.Args {
					walk(x)
				}
			}
		case *parse.PipeNode:
			for _, c := range n.Cmds {
				for _, x := range c.Args {
					walk(x)
				}
			}
		}
	}
	for _, one := range p.t.Templates() {
		if one.Tree != nil {
			walk(one.Root)
		}
	}
	for k := EvidenceOther; k <= EvidenceFlapping; k++ {
		text.WriteString(k.Text() + " ")
	}
	for _, o := range order() {
		text.WriteString(o.heading + " ")
	}
	words := map[string]bool{}
	for _, w := range regexp.MustCompile(`[A-Za-z]{3,}`).FindAllString(text.String(), -1) {
		words[strings.ToLower(w)] = true
	}
	all := slices.Sorted(maps.Keys(words))
	body := strings.Join(all, " . ")
	found := map[string]bool{}
	for _, f := range leakcheck.New(leakcheck.Registry{"hostnames": all, "words": all}).Check("post.md", []byte(body)) {
		found[body[f.Offset:f.Offset+f.Length]] = true
	}
	if len(found) > 0 {
		t.Errorf("words of the templates that would keep every post from being written where a device is called so; add them to postWords in leakcheck/harmless.go:\n%s",
			strings.Join(slices.Sorted(maps.Keys(found)), " "))
	}
}

// TestWordsOfPostsNameNothing takes every word of a post for a device's name, as a stranger could: the draft is
// written all the same.
func TestWordsOfPostsNameNothing(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "bare.golden.md"))
	if err != nil {
		t.Fatal(err)
	}
	words := regexp.MustCompile(`[A-Za-z]{3,}`).FindAllString(string(b), -1)
	newHome(t, labDay(), func(_ *Config, o *Options) {
		o.Registry = registryOf(map[string][]string{"hostnames": words, "words": words})
	}).draft(t)
}

package posts

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/jekyll"
)

// hostile are texts that site builders, browsers and readers of YAML act on.
var hostile = []string{
	"{{ site.title }}", "{% include nothing %}", "{% raw %}", "{% endraw %}", "<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`,
	`{: onclick="x" }`, "[x](javascript:alert(1))", "a | b | c", "# heading", "title: a: b", "```", "~~~", "---", "\u202enoitcerid", "a\u200bb",
	"${env(\"HOME\")}", "%{ if true }", "EOT", "line\nbreak", "'; DROP TABLE devices; --", "*/ // #", "<!-- comment -->", "=begin",
}

// TestHostileLab gives every name that a monitor or the configuration may choose to the hostile texts, and builds the post.
func TestHostileLab(t *testing.T) {
	s := newStory(t)
	cfg, _ := configured(t, filepath.Join(examples, "quorate.hcl"), func(string) (string, bool) { return "a value that is long enough", true })
	h := newHome(t, cfg)
	h.kinds = map[string]string{libreNMS: hostile[0], prtg: hostile[4], snmp: "snmp-direct"}
	next := s.until(storyBegin.Add(90 * 60e9))
	h.play(t, func() (device.Snapshot, error) {
		sn, err := next()
		for i := range sn.Observations {
			o := &sn.Observations[i]
			evil := func(n int) string { return hostile[(i+n)%len(hostile)] }
			o.Name, o.Vendor, o.Model, o.OS, o.Version, o.Location, o.Type = evil(0), evil(1), evil(2), evil(3), evil(4), evil(5), evil(6)
			o.Serial = evil(7) + o.Ref
			for k := range o.Claims {
				o.Claims[k].Raw = evil(8 + k)
			}
			o.Alerts = []device.Alert{{Ref: evil(9), Component: evil(10), Class: evil(11), Severity: evil(12), State: evil(13), Text: evil(14)}}
		}
		return sn, err
	})
	h.registry = registryOf(h)
	h.setup = hostileSetup()
	h.notes = filepath.Join(filepath.Dir(h.blog), "notes")
	for i, text := range hostile {
		path := filepath.Join(h.notes, fmt.Sprintf("%02d.md", i))
		if err := os.MkdirAll(h.notes, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("---\nkind: lesson\n---\nBefore. "+text+" After.\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h.open(t, blogsink.Config{Name: "series", Title: "Home {{ page.title }} {% x %}", Categories: []string{hostile[10], "homelab"}, Tags: []string{hostile[3], hostile[5]}, Phase: hostile[6]}, "0.1.0")
	if _, err := h.sink.Draft(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.publish(t)
	site := build(t, h.blog, jekyll.Options{Published: true})
	_, html, ok := site.Page("-1.html")
	if !ok {
		t.Fatalf("no page of the post")
	}
	_, body, _ := strings.Cut(html, "<body>")
	if n := strings.Count(body, "<h1"); n != 1 {
		t.Errorf("%d headings of the first order", n)
	}
	for _, bad := range []string{"<script", "<img src=x", "onclick=\"", "href=\"javascript", "Blog of a test", "\u202e", "\u200b", "DROP TABLE devices; --</code>"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

// hostileSetup is a configuration of all kinds of values, each with every hostile text, under hostile names.
func hostileSetup() blogsink.Setup {
	var s blogsink.Setup
	for n, text := range hostile {
		b := blogsink.SetupBlock{Name: "source", Labels: []blogsink.SetupValue{{Kind: blogsink.SetupWord, Text: text}, {Kind: blogsink.SetupSource, Text: text}}, Foreign: n%2 == 0}
		for kind := range blogsink.SetupList {
			b.Attributes = append(b.Attributes, blogsink.SetupAttribute{Name: "url", Value: blogsink.SetupValue{Kind: kind, Text: text}},
				blogsink.SetupAttribute{Name: text, Value: blogsink.SetupValue{Kind: kind, Text: text}})
		}
		s.Blocks = append(s.Blocks, b, blogsink.SetupBlock{Name: text, Labels: b.Labels}, blogsink.SetupBlock{
			Name: "device", Labels: []blogsink.SetupValue{{Kind: blogsink.SetupDevice, Text: text}}, Attributes: b.Attributes,
		})
	}
	return s
}

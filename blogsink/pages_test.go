package blogsink

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestOwnTemplates redefines a section, a heading and a part of the owner's own.
func TestOwnTemplates(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "mine.tmpl"), `{{define "heading-numbers"}}In Figures{{end}}
{{define "section-numbers"}}{{template "mine" .Inventory.Devices}}{{end}}
{{define "mine"}}We watch {{.Of "device" "devices"}}.{{end}}
{{define "section-timeline"}}{{end}}
`)
	h := newHome(t, labDay(), func(c *Config, _ *Options) { c.Templates = dir })
	text := h.draft(t)
	if !strings.Contains(text, "## In Figures\n\nWe watch 68 devices.\n") || strings.Contains(text, "## Timeline") || !strings.Contains(text, "## Project Series") {
		t.Errorf("the owner's templates are not used:\n%s", text)
	}
	one, err := CheckTemplates(dir)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "mine.tmpl"), `{{define "section-lessons"}}None.{{end}}`)
	if two, err := CheckTemplates(dir); err != nil || one == two {
		t.Errorf("another text has the same sum (%v)", err)
	}
}

func TestBrokenTemplatesSayWhere(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"no end":             {"{{define \"section-next\"}}\n{{range .Next}}", "mine.tmpl:2: unexpected EOF"},
		"no such fact":       {"\n{{define \"section-next\"}}\n{{.Nope}}{{end}}", "mine.tmpl:3:2: executing \"section-next\" at <.Nope>: can't evaluate field Nope"},
		"no such function":   {"{{define \"section-next\"}}{{env \"HOME\"}}{{end}}", "mine.tmpl:1: function \"env\" not defined"},
		"no such part":       {"{{define \"section-next\"}}{{template \"gone\"}}{{end}}", "template \"gone\" not defined"},
		"no such section":    {"{{define \"section-nexd\"}}x{{end}}", "mine.tmpl defines \"section-nexd\": there is no such section"},
		"the front matter":   {"{{define \"head\"}}x{{end}}", "is not to be redefined"},
		"deep in a branch":   {"{{define \"section-timeline\"}}{{range .Timeline.Happenings}}{{if .Kind.CutOff}}{{.Nope}}{{end}}{{end}}{{end}}", "can't evaluate field Nope"},
		"itself":             {"{{define \"section-next\"}}{{template \"section-next\" .}}{{end}}", "exceeded maximum template depth"},
		"what is not theirs": {"{{define \"section-next\"}}{{.Provenance.From.at}}{{end}}", "at is an unexported field"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, filepath.Join(dir, "mine.tmpl"), tt.text)
			_, err := CheckTemplates(dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), dir) && name != "no such part" {
				t.Errorf("got %v\nwant %q", err, tt.want)
			}
		})
	}
	if _, err := CheckTemplates(filepath.Join(t.TempDir(), "gone")); err == nil {
		t.Error("a folder that is not there is no mistake")
	}
	if _, err := CheckTemplates(t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds no file *.tmpl") {
		t.Errorf("an empty folder: %v", err)
	}
}

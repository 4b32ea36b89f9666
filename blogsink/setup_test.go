package blogsink

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// someSetup is a configuration with private texts in it.
func someSetup(interval time.Duration) Setup {
	text := func(kind SetupKind, text string) SetupValue { return SetupValue{Kind: kind, Text: text} }
	return Setup{Blocks: []SetupBlock{
		{
			Name: "source", Labels: []SetupValue{text(SetupWord, "librenms"), text(SetupSource, "keller")},
			Attributes: []SetupAttribute{{Name: "interval", Value: SetupValue{Kind: SetupSpan, Span: interval}}},
			Blocks: []SetupBlock{{Name: "config", Attributes: []SetupAttribute{
				{Name: "url", Value: text(SetupURL, "https://nms."+homeDomain+"/"+"zorbas")},
				{Name: "token", Value: SetupValue{Kind: SetupSecret}},
				{Name: "include", Value: SetupValue{Kind: SetupList, List: []SetupValue{text(SetupOther, "zorbas*")}}},
				{Name: "zorbas", Value: SetupValue{Number: 1}},
			}}},
		},
		{
			Name: "source", Labels: []SetupValue{text(SetupOther, "zorbas"), text(SetupSource, "own")}, Foreign: true, Left: 2,
			Attributes: []SetupAttribute{{Name: "command", Value: text(SetupOther, "/opt/zorbas")}},
		},
		{Name: "prefer", Attributes: []SetupAttribute{{Name: "name", Value: SetupValue{Kind: SetupList, List: []SetupValue{text(SetupSource, "own"), text(SetupSource, "keller")}}}}},
	}}
}

func TestSectionConfiguration(t *testing.T) {
	s := labDay()
	s.setup = someSetup(5 * time.Minute)
	h := newHome(t, s, nil)
	got := h.draft(t)
	_, section, ok := strings.Cut(got, "\n## Configuration\n")
	if !ok {
		t.Fatalf("no such section:\n%s", got)
	}
	_, code, _ := strings.Cut(section, "```hcl\n")
	code, _, _ = strings.Cut(code, "```")
	const want = `# LibreNMS, asked over its API.
source "librenms" "librenms-2" {
  interval = "5m"
  config {
    url   = "https://librenms.example.net/path"
    token = env("LIBRENMS_TOKEN")
    # Two settings of its own are not shown.
  }
}

# A program of our own, which runs nowhere else.
# source "plugin" "another-monitor" {
#   # Three settings of its own are not shown.
# }

prefer {
  name = ["librenms-2"]
  # One setting of its own is not shown.
}
`
	if code = strings.ReplaceAll(code, "# Whose word is taken where the monitors name things differently.\n", ""); code != want {
		t.Errorf("got\n%s\nwant\n%s", code, want)
	}
	if !strings.Contains(section, "set `LIBRENMS_TOKEN`, and") {
		t.Errorf("the section does not say what to set:\n%s", section)
	}
}

// TestSectionConfigurationOnce publishes a configuration, and writes the next post with the same one and with another.
func TestSectionConfigurationOnce(t *testing.T) {
	s := labDay()
	s.setup = someSetup(5 * time.Minute)
	h := newHome(t, s, nil)
	first := h.draft(t)
	put(t, filepath.Join(h.dir, "_posts", "2026-03-01-homelab-milestone-1-first.md"), first)
	s.milestone = Milestone{Number: 2, Title: "Second"}
	if got := h.draft(t); !strings.Contains(got, "Nothing changed since ") || strings.Contains(got, "```hcl") {
		t.Errorf("the same configuration stands twice:\n%s", got)
	}
	s.setup = someSetup(time.Minute)
	if got := h.draft(t); !strings.Contains(got, `interval = "1m"`) {
		t.Errorf("a changed configuration is not shown:\n%s", got)
	}
}

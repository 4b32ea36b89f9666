package blogsink

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Everything that people see is read again; what is found is named by file, line and kind, and never shown.
func TestRescan(t *testing.T) {
	values := map[string][]string{}
	h := newHome(t, labDay(), func(_ *Config, o *Options) {
		o.Registry = func(context.Context) (map[string][]string, error) { return values, nil }
	})
	address := "10." + "23.45.67" // looks private to anybody
	files := map[string]string{
		"_posts/2026-01-01-first.md": "---\ntitle: \"First\"\n---\n\nThe zorbelina hums, and zorbelina hums.\n\nAt " + address + ".\n", "_posts/2026-01-02-ours.md": "At " + address + ", tidy.\n",
		"_posts/2026-01-03-zorbelina.md": "Nothing here.\n", "_drafts/next.md": "Zorbelina once more.\n", "assets/quorate/first/timeline.svg": "<svg>\n<desc>zorbelina</desc></svg>\n",
		"assets/other.svg": "<svg><desc>zorbelina</desc></svg>\n", "_posts/.quorate-temp": "zorbelina\n", "index.md": "zorbelina\n",
	}
	for name, text := range files {
		put(t, filepath.Join(h.dir, filepath.FromSlash(name)), text)
	}
	ours := map[string]bool{"_posts/2026-01-02-ours.md": true}
	rescan := func(allowed ...string) []Leak {
		t.Helper()
		leaks, err := h.sink.Rescan(t.Context(), ours, allowed)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := json.Marshal(leaks); err != nil || strings.Contains(strings.ReplaceAll(string(b), "2026-01-03-zorbelina.md", ""), "zorbelina") || strings.Contains(string(b), address) {
			t.Errorf("a value is told: %s, %v", b, err)
		}
		return leaks
	}
	if d := cmp.Diff([]Leak{{"_posts/2026-01-02-ours.md", 1, "ipv4", 1, true}}, rescan()); d != "" {
		t.Errorf("before anything is known (-want +got):\n%s", d)
	}
	values["hostnames"] = []string{"zorbelina"}
	want := []Leak{
		{"_posts/2026-01-01-first.md", 5, "hostname", 2, true}, {"_posts/2026-01-02-ours.md", 1, "ipv4", 1, true}, {"_posts/2026-01-03-zorbelina.md", 0, "hostname", 1, true},
		{"_drafts/next.md", 1, "hostname", 1, false}, {"assets/quorate/first/timeline.svg", 2, "hostname", 1, true},
	}
	if d := cmp.Diff(want, rescan()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := rescan(address); len(got) != len(want)-1 {
		t.Errorf("with what a person let pass: %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.sink.Rescan(ctx, nil, nil); err == nil {
		t.Error("it went on though it was to end")
	}
}

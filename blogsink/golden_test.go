package blogsink

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden posts")

// ownersNotes copies the notes of a folder of testdata to the home, with private values put in.
func (h *home) ownersNotes(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("testdata", dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join("testdata", dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		h.note(t, e.Name(), strings.NewReplacer("@NET@", privateNet, "@DOMAIN@", homeDomain).Replace(string(b)))
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the post differs from testdata/%s (-want +got):\n%s", name, diff)
	}
}

func TestGoldenWithNotes(t *testing.T) {
	h := newHome(t, labDay(), nil)
	h.ownersNotes(t, "notes")
	put(t, filepath.Join(h.dir, "_posts", "2026-02-01-homelab-series-introduction.md"), "---\nlayout: post\ntitle: \"Homelab: Two Is One, One Is None\"\ntags: [homelab, project-intro]\n---\n\nIntroduction.\n")
	put(t, filepath.Join(h.dir, "_posts", "2026-02-14-homelab-milestone-1-two-monitors.md"), "---\nlayout: post\ntitle: \"Homelab Milestone 1: Two Monitors\"\nmilestone: 1\n---\n\nText.\n")
	golden(t, "notes.golden.md", h.draft(t))
}

func TestGoldenWithoutNotes(t *testing.T) {
	golden(t, "bare.golden.md", newHome(t, labDay(), func(_ *Config, o *Options) { o.Simulated = true }).draft(t))
}

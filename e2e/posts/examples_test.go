package posts

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/blogsink"
)

// update rewrites the example posts: go test ./e2e/posts -run TestExamples -update.
var update = flag.Bool("update", false, "rewrite docs/examples")

// examples is where the three example posts lie, with the configuration and the notes that they were made of.
const examples = "../../docs/examples"

// milestones are those of the examples: until when each goes. Their notes are in folders by their numbers.
var milestones = []time.Time{day(8, 12, 0), day(10, 20, 0), day(12, 21, 0)}

// example is one published post.
type example struct {
	file    string // under the blog's folder
	text    string
	notes   string // all of them
	context []byte
	// answers is what each query of the context gave, asked of the record when the post was published.
	answers map[string]float64
}

// tellStory tells the story and publishes a post for each of its milestones.
func tellStory(t *testing.T) (*home, []example) {
	t.Helper()
	s := newStory(t)
	cfg, setup := configured(t, filepath.Join(examples, "quorate.hcl"), func(name string) (string, bool) { return "the value of " + name, true })
	h := newHome(t, cfg)
	h.setup, h.simulated = setup, true
	h.kinds = map[string]string{libreNMS: "librenms", prtg: "prtg", snmp: "snmp-direct"}
	var posts []example
	var after int64
	for i, end := range milestones {
		h.play(t, s.until(end))
		h.notes = filepath.Join(examples, "notes", fmt.Sprint(i+1))
		h.registry = registryOf(h)
		h.milestone = blogsink.Milestone{Number: i + 1, After: after}
		h.open(t, blogsink.Config{Name: "series", Title: "Homelab", Categories: []string{"infrastructure", "homelab"}, Tags: []string{"homelab", "monitoring"}}, "0.1.0")
		if _, err := h.sink.Draft(t.Context()); err != nil {
			t.Fatalf("milestone %d: %v", i+1, err)
		}
		body, err := h.sink.Context(t.Context(), 0)
		if err != nil {
			t.Fatalf("milestone %d: %v", i+1, err)
		}
		out := h.publish(t)
		text, err := os.ReadFile(filepath.Join(h.blog, out.File))
		if err != nil {
			t.Fatal(err)
		}
		var notes strings.Builder
		for _, note := range filesIn(t, h.notes) {
			notes.WriteString(note)
		}
		posts = append(posts, example{out.File, string(text), notes.String(), body, h.ask(t, body)})
		after = out.Covers
	}
	return h, posts
}

// registryOf is what the agent of the story knows: names, addresses, serial numbers and places of all devices.
func registryOf(h *home) map[string][]string {
	out := map[string][]string{"domains": {"example.net"}}
	for _, d := range h.view.Devices(h.view.LastInstant()) {
		out["hostnames"] = append(out["hostnames"], d.Name)
		out["fqdn"] = append(out["fqdn"], d.Hostnames...)
		out["ipv4"] = append(out["ipv4"], d.Addresses...)
		out["mac"] = append(out["mac"], d.MACs...)
		if d.Serial != "" {
			out["serials"] = append(out["serials"], d.Serial)
		}
		if d.Location != "" {
			out["locations"] = append(out["locations"], d.Location)
		}
	}
	return out
}

// filesIn returns every file below a folder, by its path with slashes; none where there is no such folder.
func filesIn(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if path == "." && err != nil {
			return fs.SkipAll
		}
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestExamples makes the example posts again and compares every byte with docs/examples.
func TestExamples(t *testing.T) {
	h, posts := tellStory(t)
	made := map[string]string{}
	for path, text := range filesIn(t, h.blog) {
		made["blog/"+path] = text
	}
	for i, p := range posts {
		made[fmt.Sprintf("context/%d.json", i+1)] = string(p.context)
	}
	if *update {
		for _, dir := range []string{"blog", "context"} {
			if err := os.RemoveAll(filepath.Join(examples, dir)); err != nil {
				t.Fatal(err)
			}
		}
		for path, text := range made {
			path = filepath.Join(examples, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	kept := filesIn(t, examples)
	for path := range kept {
		if made[path] == "" && (strings.HasPrefix(path, "blog/") || strings.HasPrefix(path, "context/")) {
			t.Errorf("%s is not made any more", path)
		}
	}
	for path, text := range made {
		if diff := cmp.Diff(strings.Split(kept[path], "\n"), strings.Split(text, "\n")); diff != "" {
			t.Errorf("%s differs (-kept +made); go test ./e2e/posts -run TestExamples -update rewrites it:\n%s", path, diff)
		}
	}
	for i, p := range posts {
		t.Run(fmt.Sprint("figures of ", i+1), func(t *testing.T) { figuresHold(t, p) })
		t.Run(fmt.Sprint("prose of ", i+1), func(t *testing.T) { proseReads(t, p) })
		t.Run(fmt.Sprint("configuration of ", i+1), func(t *testing.T) { configurationLoads(t, p) })
		t.Run(fmt.Sprint("lint of ", i+1), func(t *testing.T) { lints(t, h, p) })
		t.Run(fmt.Sprint("leaks of ", i+1), func(t *testing.T) { nothingLeaks(t, h, p) })
	}
}

package blogsink

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// published is a post that stands in the blog already.
type published struct {
	ref       PostRef
	title     string
	milestone int
}

// readPosts returns the series' posts under dir/_posts in order of their files' dates. A file that is no post, or
// whose front matter cannot be read, is passed over: it is the owner's.
func readPosts(dir string) ([]published, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "_posts"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("posts: %w", err)
	}
	var out []published
	for _, e := range entries { // sorted by name, which begins with the date
		ref, ok := parsePostRef(e.Name())
		if !ok || !e.Type().IsRegular() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, "_posts", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("posts: %w", err)
		}
		var head struct {
			Title     string `yaml:"title"`
			Milestone int    `yaml:"milestone"`
			Tags      any    `yaml:"tags"`
		}
		rest, ok := strings.CutPrefix(strings.ReplaceAll(string(b), "\r\n", "\n"), "---\n")
		front, _, closed := strings.Cut(rest, "\n---")
		if !ok || !closed || yaml.Unmarshal([]byte(front), &head) != nil || head.Title == "" {
			continue
		}
		if head.Milestone == 0 && !hasTag(head.Tags, "project-intro") {
			continue
		}
		out = append(out, published{ref: ref, title: head.Title, milestone: head.Milestone})
	}
	return out, nil
}

func hasTag(tags any, tag string) bool {
	switch t := tags.(type) {
	case string:
		return slices.Contains(strings.Fields(t), tag)
	case []any:
		return slices.Contains(t, any(tag))
	}
	return false
}

// nextNumber is the milestone after the last published one.
func nextNumber(posts []published) int {
	n := 0
	for _, p := range posts {
		n = max(n, p.milestone)
	}
	return n + 1
}

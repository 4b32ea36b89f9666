package blogsink

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Paper is a post or a draft of the series as it lies in the blog.
type Paper struct {
	File      string // under the blog's folder, with slashes
	Title     string
	Milestone int
	Draft     bool
	SHA256    string // of its bytes, in hex
	// Edited says that a person changed a draft; of a post nobody knows it here.
	Edited bool
}

// Papers returns the posts of the series that belong to a milestone, then its drafts, each in the order of their files.
func (s *Sink) Papers() ([]Paper, error) {
	var all []Paper
	for _, folder := range []string{"_posts", "_drafts"} {
		entries, err := os.ReadDir(filepath.Join(s.cfg.Dir, folder))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look into the blog: %w", err)
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || !slices.Contains(markdownEndings, filepath.Ext(e.Name())) {
				continue
			}
			b, err := os.ReadFile(filepath.Join(s.cfg.Dir, folder, e.Name()))
			if errors.Is(err, fs.ErrNotExist) {
				continue // it was published meanwhile
			}
			if err != nil {
				return nil, fmt.Errorf("look into the blog: %w", err)
			}
			p := Paper{File: folder + "/" + e.Name(), Draft: folder == "_drafts", SHA256: digest(b)}
			if p.Title, p.Milestone = titleOf(b); p.Milestone > 0 {
				p.Edited = p.Draft && editedDraft(b)
				all = append(all, p)
			}
		}
	}
	return all, nil
}

var markdownEndings = []string{".md", ".markdown"}

// titleOf reads title and milestone from a front matter; 0 where it holds none that can be read.
func titleOf(b []byte) (title string, milestone int) {
	var head struct {
		Title     string `yaml:"title"`
		Milestone int    `yaml:"milestone"`
	}
	front, _, ok := cutFront(string(b))
	if !ok || yaml.Unmarshal([]byte(front), &head) != nil {
		return "", 0
	}
	return head.Title, head.Milestone
}

// cutFront cuts a file into its front matter, without the lines that enclose it, and what follows.
func cutFront(text string) (front, body string, ok bool) {
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	rest, ok := strings.CutPrefix(text, "---\n")
	if !ok {
		return "", text, false
	}
	if body, ok := strings.CutPrefix(rest, "---\n"); ok {
		return "", body, true
	}
	front, body, ok = strings.Cut(rest, "\n---\n")
	if !ok {
		front, ok = strings.CutSuffix(rest, "\n---")
	}
	return front, body, ok
}

// editedDraft reports whether a person wrote in a draft: in a generated section, or outside of all of them. One whose
// markers cannot be read is a person's work.
func editedDraft(b []byte) bool {
	m, broken := parseManuscript(b, func(string) bool { return true })
	return broken != nil || slices.ContainsFunc(m.pieces, func(x piece) bool {
		return x.id != "" && x.edited() || x.id == "" && len(bytes.TrimSpace(x.text)) > 0
	})
}

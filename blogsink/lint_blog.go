package blogsink

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/quorate/quorate/internal/leakcheck"
)

// Beside fills in what lies in the folder of a blog.
func (o *LintOptions) Beside(blog string) error {
	entries, err := os.ReadDir(filepath.Join(blog, "_posts"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look into the blog: %w", err)
	}
	o.Posts = []string{}
	for _, e := range entries {
		if ending := filepath.Ext(e.Name()); slices.Contains(markdownEndings, ending) {
			o.Posts = append(o.Posts, strings.TrimSuffix(e.Name(), ending))
		}
	}
	o.Exists = func(path string) bool {
		if !filepath.IsLocal(filepath.FromSlash(path)) {
			return false
		}
		_, err := os.Stat(filepath.Join(blog, filepath.FromSlash(path)))
		return err == nil
	}
	return nil
}

// LintDraft looks at the newest draft, and returns its path too; "" where there is none.
func (s *Sink) LintDraft(ctx context.Context) (string, []LintFinding, error) {
	papers, err := s.Papers()
	if err != nil {
		return "", nil, err
	}
	last := slices.IndexFunc(papers, func(p Paper) bool { return p.Draft })
	for i, p := range papers {
		if p.Draft && p.Milestone > papers[last].Milestone {
			last = i
		}
	}
	if last < 0 {
		return "", nil, nil
	}
	path := filepath.Join(s.cfg.Dir, filepath.FromSlash(papers[last].File))
	b, err := os.ReadFile(path)
	if err != nil {
		return "", nil, fmt.Errorf("read the draft: %w", err)
	}
	registry, err := s.opts.Registry(ctx)
	if err != nil {
		return "", nil, fmt.Errorf("registry: %w", err)
	}
	o := LintOptions{Name: filepath.Base(path), Draft: true, Now: s.opts.Clock(), Leaks: leakcheck.New(registry).Check}
	if err := o.Beside(s.cfg.Dir); err != nil {
		return "", nil, err
	}
	return path, Lint(b, o), nil
}

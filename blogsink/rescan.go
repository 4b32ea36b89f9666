package blogsink

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/leakcheck"
)

// Leak is something private in a file of the blog: where it stands and what kind it is, never what it is.
type Leak struct {
	File  string `json:"file"` // under the blog's folder, with slashes
	Line  int    `json:"line"` // from 1; 0 for the file's name
	Kind  string `json:"kind"`
	Count int    `json:"count"` // of that kind in that line
	// Published says that a site build shows the file to anybody.
	Published bool `json:"published"`
}

// maxScanned bounds a file that is read: no post and no picture of one is larger.
const maxScanned = 16 << 20

// Rescan reads everything of the blog that people see or soon will: posts, drafts and the pictures that belong to them. In
// all of it it looks for what is known to be private, and in the files that ours names, by what they are, for what looks
// like it; allowed are texts that a person let pass. It takes no more than about half of one processor.
func (s *Sink) Rescan(ctx context.Context, ours map[string]bool, allowed []string) ([]Leak, error) {
	registry, err := s.opts.Registry(ctx)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	known, looks := leakcheck.New(registry), leakcheck.New(nil)
	var leaks []Leak
	pause := time.NewTimer(0)
	defer pause.Stop()
	for _, folder := range []string{"_posts", "_drafts", "assets/quorate"} {
		err := filepath.WalkDir(filepath.Join(s.cfg.Dir, filepath.FromSlash(folder)), func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), tempPrefix) {
				return err
			}
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-pause.C:
			}
			began := time.Now()
			rel, err := filepath.Rel(s.cfg.Dir, path)
			if err != nil {
				return err
			}
			file := filepath.ToSlash(rel)
			b, err := readScanned(path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("read %s again: %w", file, err)
			}
			found := known.Check(d.Name(), b)
			if !ours[file] {
				found = without(found, looks.Check(d.Name(), b))
			}
			leaks = append(leaks, leaksOf(file, b, found, allowed)...)
			pause.Reset(time.Since(began))
			return nil
		})
		if err != nil {
			return leaks, err
		}
	}
	return leaks, nil
}

func readScanned(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxScanned {
		return nil, fmt.Errorf("%d bytes, at most %d are read", info.Size(), maxScanned)
	}
	return os.ReadFile(path)
}

// without leaves out findings that stand in others.
func without(found, others []leakcheck.Finding) []leakcheck.Finding {
	return slices.DeleteFunc(found, func(f leakcheck.Finding) bool {
		return slices.ContainsFunc(others, func(o leakcheck.Finding) bool {
			return o.Offset == f.Offset && o.Length == f.Length && o.Kind == f.Kind
		})
	})
}

// leaksOf counts findings by line and kind.
func leaksOf(file string, b []byte, found []leakcheck.Finding, allowed []string) []Leak {
	var leaks []Leak
	for _, f := range found {
		l := Leak{File: file, Kind: f.Kind, Count: 1, Published: !strings.HasPrefix(file, "_drafts/")}
		if f.Offset >= 0 && f.Offset+f.Length <= len(b) {
			if slices.Contains(allowed, string(b[f.Offset:f.Offset+f.Length])) {
				continue
			}
			l.Line = 1 + bytes.Count(b[:f.Offset], []byte("\n"))
		}
		i := slices.IndexFunc(leaks, func(o Leak) bool { return o.Line == l.Line && o.Kind == l.Kind })
		if i >= 0 {
			leaks[i].Count++
			continue
		}
		leaks = append(leaks, l)
	}
	slices.SortFunc(leaks, func(a, b Leak) int { return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Kind, b.Kind)) })
	return leaks
}

package blogsink

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/quorate/quorate/device"
)

// written is what this sink wrote last, kept in the private folder: a draft that differs from it was changed by a
// person.
type written struct {
	Slug   string `json:"slug"`
	SHA256 string `json:"sha256"`
}

func (s *Sink) statePath() string {
	name := device.Slug(s.cfg.Name)
	if name == "" {
		name = "blog"
	}
	return filepath.Join(s.opts.PrivateDir, name+".state.json")
}

func (s *Sink) draftPath(slug string) string { return filepath.Join(s.cfg.Dir, "_drafts", slug+".md") }

func (s *Sink) privatePath(slug string) string {
	return filepath.Join(s.opts.PrivateDir, slug+".private.md")
}

// write puts the draft and its private original in place, and reports whether the draft is a new one. A draft that a
// person changed stays as it is; the new version is put beside the private original then.
func (s *Sink) write(d *draft) (path string, fresh bool, err error) {
	drafts := filepath.Join(s.cfg.Dir, "_drafts")
	if err := errors.Join(os.MkdirAll(drafts, 0o755), os.MkdirAll(s.opts.PrivateDir, 0o700)); err != nil {
		return "", false, err
	}
	var last written
	if b, err := os.ReadFile(s.statePath()); err == nil {
		if err := json.Unmarshal(b, &last); err != nil {
			last = written{} // what cannot be read proves nothing: a draft that stands there counts as a person's
		}
	}
	if err := replace(s.privatePath(d.slug), d.private, 0o600); err != nil {
		return "", false, err
	}
	path = s.draftPath(d.slug)
	old, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fresh = true
	case err != nil:
		return "", false, err
	case bytes.Equal(old, d.body):
		return path, false, s.remember(last, d)
	case d.slug != last.Slug || digest(old) != last.SHA256:
		path = filepath.Join(s.opts.PrivateDir, d.slug+".proposed.md")
		s.log.Info("draft was edited by a person, new version put beside", "path", path)
		return path, false, replace(path, d.body, 0o600)
	}
	if err := replace(path, d.body, 0o644); err != nil {
		return "", false, err
	}
	return path, fresh, s.remember(last, d)
}

// remember notes what was written, and takes away the draft of an earlier title where nobody has edited it.
func (s *Sink) remember(last written, d *draft) error {
	if last.Slug != "" && last.Slug != d.slug {
		if old, err := os.ReadFile(s.draftPath(last.Slug)); err == nil && digest(old) == last.SHA256 {
			if err := errors.Join(os.Remove(s.draftPath(last.Slug)), os.RemoveAll(s.privatePath(last.Slug))); err != nil {
				return err
			}
		}
	}
	b, err := json.Marshal(written{Slug: d.slug, SHA256: digest(d.body)})
	if err != nil {
		return err
	}
	return replace(s.statePath(), b, 0o600)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// replace writes a file so that a reader, or a crash, finds the old bytes or the new ones and never a part.
func replace(path string, b []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".quorate-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error tells more
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

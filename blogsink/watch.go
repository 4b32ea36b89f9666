package blogsink

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// FollowNotes brings the draft up to date where the owner's notes changed since it was asked last. It is called every few
// seconds, and waits until a change has stood from one call to the next: an editor writes a file in several steps.
func (s *Sink) FollowNotes(ctx context.Context) error {
	if s.cfg.Notes == "" {
		return nil
	}
	now := fingerprint(s.cfg.Notes)
	if err := s.turn.take(ctx); err != nil {
		return err
	}
	settled, known := now == s.notesSeen, now == s.notesDone
	s.notesSeen = now
	if settled && !known {
		s.notesDone = now
	}
	s.turn.leave()
	if !settled || known {
		return nil
	}
	_, err := s.Draft(ctx)
	_, refused := errors.AsType[*RefusedError](err)
	if _, broken := errors.AsType[*BrokenError](err); refused || broken || errors.Is(err, ErrNothing) {
		return nil // told already, or nothing to tell of
	}
	return err
}

// fingerprint is another string when a note is another, as far as names, sizes and times tell.
func fingerprint(dir string) string {
	var b strings.Builder
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			fmt.Fprintf(&b, "%s cannot be read\n", path)
		} else if info, err := d.Info(); err == nil && !d.IsDir() {
			fmt.Fprintf(&b, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
		return nil //nolint:nilerr // what cannot be read is in the string
	})
	return digest([]byte(b.String()))
}

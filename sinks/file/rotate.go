package file

import (
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

const day = "2006-01-02"

// newDay reports whether the file has to be rotated between a line and the next event.
func (s *Sink) newDay(last mark, next *device.Event) bool {
	return s.daily && last.Seq > 0 && next.At.UTC().Format(day) > last.At.UTC().Format(day)
}

// rotateIfDue moves the file away where it is large enough or its day is over. Everything in it is done with.
func (s *Sink) rotateIfDue(next *device.Event) error {
	if s.size == 0 || len(s.written) > 0 || (s.maxSize == 0 || s.size < s.maxSize) && !s.newDay(s.last, next) {
		return nil
	}
	name, err := s.rotatedName()
	if err != nil {
		return err
	}
	if err := os.Rename(s.path, name); err != nil {
		return s.said("rotate", err)
	}
	_ = s.Close() // its lines are on disk
	s.untidy = true
	last := s.last
	err = s.open(next.Seq)
	s.last = later(last, s.last)
	return err
}

// rotatedName is the file's path with the day (UTC) and the number of its last event: in the order of their names the
// rotated files are in the order of their events.
func (s *Sink) rotatedName() (string, error) {
	name := fmt.Sprintf("%s.%s.%012d", s.path, s.last.At.UTC().Format(day), s.last.Seq)
	for i := range 1000 {
		free := name
		if i > 0 {
			free = fmt.Sprintf("%s.%d", name, i)
		}
		_, err := os.Lstat(free)
		_, zipErr := os.Lstat(free + zipped)
		if errors.Is(err, fs.ErrNotExist) && errors.Is(zipErr, fs.ErrNotExist) {
			return free, nil
		}
	}
	return "", fmt.Errorf("rotate %s: there are too many files called %s", s.path, name)
}

const (
	zipped = ".gz"
	// half is what a file is called that is being compressed.
	half = ".gz.half"
)

var rotated = regexp.MustCompile(`^\.[0-9]{4}-[0-9]{2}-[0-9]{2}\.[0-9]{12,}(\.[0-9]+)?(\.gz)?$`)

// tidy compresses the rotated files and removes those beyond the last Keep, as far as ctx leaves time. An error holds no delivery up.
func (s *Sink) tidy(ctx context.Context) {
	err := s.tidyAll(ctx)
	s.untidy = err != nil && ctx.Err() != nil // what is only interrupted goes on with the next delivery
	if err != nil && ctx.Err() == nil {
		s.opt.Log.Warn("rotated files not tidied", "sink", s.opt.Name, "err", err)
	}
}

func (s *Sink) tidyAll(ctx context.Context) error {
	dir := filepath.Dir(s.path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), filepath.Base(s.path))
		switch {
		case !ok || !e.Type().IsRegular():
		case rotated.MatchString(rest):
			names = append(names, e.Name())
		case rotated.MatchString(strings.TrimSuffix(rest, half)) && strings.HasSuffix(rest, half):
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Compare(strings.TrimSuffix(a, zipped), strings.TrimSuffix(b, zipped))
	})
	if s.keep > 0 && len(names) > s.keep {
		for _, name := range names[:len(names)-s.keep] {
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		}
		names = names[len(names)-s.keep:]
	}
	if !s.compress {
		return err
	}
	for _, name := range names {
		if !strings.HasSuffix(name, zipped) && ctx.Err() == nil {
			err = errors.Join(err, s.zip(ctx, filepath.Join(dir, name)))
		}
	}
	return errors.Join(err, ctx.Err())
}

// zip replaces a file by its compressed form: it is there whole before the other goes.
func (s *Sink) zip(ctx context.Context, path string) (err error) {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(path+half, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, s.mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path + half)
		}
	}()
	w := gzip.NewWriter(out)
	_, err = io.Copy(w, &interruptible{ctx, in})
	if err = errors.Join(err, w.Close()); err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+half, path+zipped); err != nil {
		return err
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return err
	}
	return os.Remove(path)
}

// interruptible reads until ctx ends.
type interruptible struct {
	ctx context.Context // of one delivery, which waits for the reader
	r   io.Reader
}

func (i *interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(p)
}

package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ready opens the file where it is not open, or where another one stands at its path than the one that is. Every event
// before from is done with.
func (s *Sink) ready(from int64) error {
	now, err := os.Lstat(s.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.said("look for", err)
	}
	if s.f != nil {
		is, statErr := s.f.Stat()
		if err == nil && statErr == nil && os.SameFile(now, is) {
			s.size = is.Size() // somebody may have emptied it
			return nil
		}
		_ = s.Close() // it was moved away; what it holds stays there
	}
	if err == nil && !now.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file: name one by \"path\", not a link to it", s.path)
	}
	return s.open(from)
}

func (s *Sink) open(from int64) error {
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, s.mode)
	if err != nil {
		return s.said("open", err)
	}
	if err := s.take(f, from); err != nil {
		_ = f.Close()
		return err
	}
	s.f = f
	return nil
}

// take locks the file, cuts off what is no whole line, and finds out where it ends.
func (s *Sink) take(f *os.File, from int64) error {
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("lock %s: another sink or agent writes to it: choose another \"path\"", s.path)
	}
	info, err := f.Stat()
	if err != nil {
		return s.said("look at", err)
	}
	if s.distrust != nil && os.SameFile(s.distrust, info) && info.Size() > s.size {
		if err := f.Truncate(s.size); err != nil {
			return s.said("repair", err)
		}
	}
	s.distrust = nil
	if err := s.repair(f, from); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return s.said("write to", err)
	}
	if err := syncFolder(filepath.Dir(s.path)); err != nil {
		return s.said("write beside", err)
	}
	info, err = f.Stat()
	if err != nil {
		return s.said("look at", err)
	}
	s.size = info.Size()
	return nil
}

const (
	// window is how much of the file's end is looked at first, maxWindow at most: ten times what a delivery of usual
	// events has, so that a file of another record, whose numbers say nothing here, is not read whole.
	window, maxWindow = 64 << 10, 32 << 20
	// again is how many numbers from the first event that is not done with may have been written before: a delivery has no
	// more events.
	again = 10_000
)

// repair reads the end of the file, back to the last event that is done with. It cuts off what a crash left of lines, and
// notes which of the events that may come again are there.
func (s *Sink) repair(f *os.File, from int64) error {
	info, err := f.Stat()
	if err != nil {
		return s.said("look at", err)
	}
	s.last, s.written, s.writtenTo = mark{}, map[string]bool{}, 0
	for length := int64(window); ; length *= 4 {
		start := max(0, info.Size()-length)
		b := make([]byte, info.Size()-start)
		if _, err := f.ReadAt(b, start); err != nil && !errors.Is(err, io.EOF) {
			return s.said("read", err)
		}
		if start > 0 { // the first line is not whole
			i := bytes.IndexByte(b, '\n')
			if i < 0 {
				continue // one line is longer than all that
			}
			start, b = start+int64(i)+1, b[i+1:]
		}
		if start > 0 && length < maxWindow && !beginsDone(b, from) {
			continue
		}
		return s.settle(f, start, b, from)
	}
}

// beginsDone reports whether the first of the lines in b is an event that is done with.
func beginsDone(b []byte, from int64) bool {
	line, _, whole := bytes.Cut(b, []byte("\n"))
	m, ok := read(line)
	return whole && ok && m.Seq < from
}

// settle goes through the lines in b, which begin at start in the file. Nothing before the last event that is done with is
// touched. What follows it was not yet counted as taken, so what is broken there comes again: it is cut off.
func (s *Sink) settle(f *os.File, start int64, b []byte, from int64) error {
	end := int64(0) // in b, behind the last line that stays
	broken := false
	for rest := b; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		m, ok := read(line)
		rest = after
		at := int64(len(b) - len(rest))
		switch {
		case whole && ok && m.Seq < from:
			end, broken = at, false
			s.last = later(s.last, m)
		case whole && ok && !broken:
			end = at
			s.last = later(s.last, m)
			if m.Seq < from+again {
				s.written[m.ID], s.writtenTo = true, max(s.writtenTo, m.Seq)
			}
		case whole && !ours(line):
			// Nobody knows what it is. It stays, unless it stands among what is cut off.
			if !broken {
				end = at
			}
		default:
			broken = true
		}
	}
	tail := b[end:]
	if len(tail) == 0 {
		return nil
	}
	if !ours(tail) && !bytes.HasSuffix(tail, []byte("\n")) { // what somebody wrote without the end of its line
		if _, err := f.Write([]byte("\n")); err != nil {
			return s.said("write to", err)
		}
		return nil
	}
	if err := f.Truncate(start + end); err != nil {
		return s.said("repair", err)
	}
	s.opt.Log.Info("cut off what a crash left of lines", "sink", s.opt.Name, "bytes", len(tail))
	return nil
}

func later(a, b mark) mark {
	if a.Seq > b.Seq {
		return a
	}
	return b
}

// read reads a line as an event.
func read(line []byte) (mark, bool) {
	var m mark
	err := json.Unmarshal(line, &m)
	return m, err == nil && m.Seq > 0 && m.ID != ""
}

// begin is how every line of the sink begins.
var begin = []byte(`{"seq":`)

// ours reports whether b may be what is left of lines of ours: it begins like one, or holds the zeros that a power cut
// leaves where data never arrived.
func ours(b []byte) bool {
	n := min(len(b), len(begin))
	return n > 0 && bytes.Equal(b[:n], begin[:n]) || bytes.IndexByte(b, 0) >= 0
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	return errors.Join(err, d.Close())
}

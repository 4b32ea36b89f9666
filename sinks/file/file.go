package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sinks"
)

// maxChunk is how many bytes are written before they are synced, or one line where that is longer. It bounds what a
// power cut can leave half written.
const maxChunk = 1 << 20

// Options is what a sink takes from outside its configuration.
type Options struct {
	Name   string
	Filter sinks.Filter
	// Log defaults to none. It hears of what does not hold up a delivery.
	Log *slog.Logger
}

// Sink appends events to a file. Make one with New. Deliver is called by one goroutine.
type Sink struct {
	opt      Options
	path     string
	maxSize  int64
	daily    bool
	keep     int
	compress bool
	mode     fs.FileMode

	f *os.File // nil before the first delivery, and after an error
	// size is that of the file up to the last line that is surely on disk, last is that line.
	size int64
	last mark
	// written are the ids of events that stand in the file already and may come again, none of them after writtenTo.
	written   map[string]bool
	writtenTo int64
	// untidy is set when rotated files wait to be compressed or removed.
	untidy bool
	// distrust, where it is not nil, is the file whose last bytes did not reach the disk, although they can be read: what
	// is behind size in it is cut off before anything else is done.
	distrust os.FileInfo
}

// mark is what the sink has to know of a line.
type mark struct {
	Seq int64     `json:"seq"`
	ID  string    `json:"id"`
	At  time.Time `json:"at"`
}

// New checks c; it does no I/O. The file is opened by the first delivery.
func New(c Config, o Options) (*Sink, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	limit, err := size(c.MaxSize)
	if err != nil {
		return nil, err
	}
	m, err := mode(c.Mode)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Sink{opt: o, path: c.Path, maxSize: limit, daily: c.Daily, keep: c.Keep, compress: c.Compress, mode: m, untidy: true}, nil
}

// Name is the sink's.
func (s *Sink) Name() string { return s.opt.Name }

// Close closes the file.
func (s *Sink) Close() error {
	if s.f == nil {
		return nil
	}
	err := s.f.Close()
	s.f = nil
	return err
}

// Deliver appends the events that the filter wants and returns when they are on disk.
func (s *Sink) Deliver(ctx context.Context, events []device.Event) (int, error) {
	if len(events) == 0 {
		return 0, nil
	}
	from := events[0].Seq // everything before is done with
	return s.opt.Filter.Deliver(events, func(wanted []device.Event) (int, error) {
		if err := s.ready(from); err != nil {
			return 0, err
		}
		if from > s.writtenTo {
			clear(s.written)
		}
		if err := s.rotateIfDue(&wanted[0]); err != nil {
			return 0, err
		}
		n, err := s.append(ctx, wanted)
		if err == nil && s.untidy {
			s.tidy(ctx)
		}
		return n, err
	})
}

// append writes the lines of events that are not there yet, a chunk at a time. It stops where the day changes: the file is
// rotated between two deliveries.
func (s *Sink) append(ctx context.Context, events []device.Event) (int, error) {
	done := 0
	for done < len(events) && ctx.Err() == nil {
		var chunk bytes.Buffer
		n, last := 0, s.last // an event that was set aside comes again later, behind younger ones
		for _, e := range events[done:] {
			if done+n > 0 && s.newDay(last, &e) {
				break
			}
			if !s.written[e.ID] {
				line, err := sinks.Encode(&e)
				if err != nil && n == 0 {
					return done, err
				}
				if err != nil { // what is before it comes first
					break
				}
				if chunk.Len() > 0 && chunk.Len()+len(line) > maxChunk {
					break
				}
				chunk.Write(line)
				chunk.WriteByte('\n')
			}
			n++
			if e.Seq > last.Seq {
				last = mark{e.Seq, e.ID, e.At}
			}
		}
		if n == 0 {
			return done, nil // another day, another file
		}
		if err := s.write(chunk.Bytes()); err != nil {
			return done, err
		}
		for _, e := range events[done : done+n] {
			delete(s.written, e.ID)
		}
		s.last, done = last, done+n
	}
	if done == 0 {
		return 0, ctx.Err()
	}
	return done, nil
}

// write appends b and syncs. What an error leaves half written is cut off, now or before the next write.
func (s *Sink) write(b []byte) error {
	_, err := s.f.Write(b)
	if err == nil {
		err = s.f.Sync()
	}
	if err == nil {
		s.size += int64(len(b))
		return nil
	}
	// After a failed sync what was written may still be read and yet never reach the disk.
	if cut := s.f.Truncate(s.size); cut != nil {
		if info, err := s.f.Stat(); err == nil {
			s.distrust = info
		}
		_ = s.Close()
	}
	return s.said("write to", err)
}

// said wraps an error of the file system in what a person can do about it.
func (s *Sink) said(what string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	text := ""
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		text = ": make room on the disk; the events wait"
	case errors.Is(err, fs.ErrNotExist):
		text = ": create the folder " + filepath.Dir(s.path) + " and let the agent write to it"
	case errors.Is(err, fs.ErrPermission):
		text = ": let the agent write there"
	case errors.Is(err, syscall.EROFS):
		text = ": the file system is read-only"
	}
	return fmt.Errorf("%s %s: %w%s", what, s.path, err, text)
}

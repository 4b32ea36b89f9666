package stdout

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sinks"
)

// Config is the body of a sink "stdout" block, but for what every sink has.
type Config struct {
	// Format is "json", the default, or "text".
	Format string `json:"format"`
}

// The formats.
const (
	FormatJSON = "json"
	FormatText = "text"
)

// Check returns what is wrong with c. The error is of type sinks.Mistakes.
func (c Config) Check() error {
	if c.Format != "" && c.Format != FormatJSON && c.Format != FormatText {
		return sinks.Mistakes{{Attribute: "format", Text: `may be "json" or "text"`}}
	}
	return nil
}

// Options is what a sink takes from outside its configuration.
type Options struct {
	Name   string
	Filter sinks.Filter
	// FD is the file descriptor to write to, 1 for standard output. It is written to without package os, which would end the
	// process where the reader of a pipe has gone away.
	FD int
}

// Sink prints events. Make one with New. Deliver is called by one goroutine.
type Sink struct {
	opt  Options
	text bool
	// rest is what is still to be printed of the line of event restOf: the reader did not take it all.
	rest   []byte
	restOf string
}

// New checks c.
func New(c Config, o Options) (*Sink, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	return &Sink{opt: o, text: c.Format == FormatText}, nil
}

// Name is the sink's.
func (s *Sink) Name() string { return s.opt.Name }

// Deliver prints the events that the filter wants, as far as whoever reads takes them in time.
func (s *Sink) Deliver(ctx context.Context, events []device.Event) (int, error) {
	return s.opt.Filter.Deliver(events, func(wanted []device.Event) (int, error) {
		for i := range wanted {
			err := s.print(ctx, &wanted[i])
			switch {
			case err == nil:
			case i > 0 && errors.Is(err, errUnread):
				return i, nil //nolint:nilerr // slow, and not broken
			default:
				return i, err
			}
		}
		return len(wanted), nil
	})
}

// print prints one event, or what is left of it.
func (s *Sink) print(ctx context.Context, e *device.Event) error {
	if len(s.rest) == 0 || s.restOf != e.ID {
		line, err := s.line(e)
		if err != nil {
			return err
		}
		if len(s.rest) > 0 { // another event than the one that was begun: its line ends here
			line = append([]byte("\n"), line...)
		}
		s.rest, s.restOf = line, e.ID
	}
	for len(s.rest) > 0 {
		n, err := s.write(ctx, s.rest)
		s.rest = s.rest[n:]
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Sink) line(e *device.Event) ([]byte, error) {
	if s.text {
		return textLine(e), nil
	}
	b, err := sinks.Encode(e)
	if err != nil {
		return nil, err
	}
	return append(escaped(b), '\n'), nil
}

const (
	// piece is how much a pipe takes without blocking once it says that it takes something.
	piece = 4096
	// look is how often it is looked whether the delivery's time is over, in milliseconds.
	look = 100
)

var errUnread = errors.New("nobody reads standard output")

// write writes one piece of b once there is room for it. Only then is it called at all: a write to a full pipe could not be ended.
func (s *Sink) write(ctx context.Context, b []byte) (int, error) {
	for {
		if ctx.Err() != nil {
			return 0, fmt.Errorf("%w: %w", errUnread, ctx.Err())
		}
		fds := []unix.PollFd{{Fd: int32(s.opt.FD), Events: unix.POLLOUT}}
		n, err := unix.Poll(fds, look)
		switch {
		case errors.Is(err, syscall.EINTR), err == nil && n == 0:
			continue
		case err != nil:
			return 0, fmt.Errorf("wait for standard output: %w", err)
		}
		wrote, err := unix.Write(s.opt.FD, b[:min(len(b), piece)])
		switch {
		case errors.Is(err, syscall.EINTR), errors.Is(err, syscall.EAGAIN):
			continue
		case errors.Is(err, syscall.EPIPE):
			return 0, errors.New("whoever read standard output has gone: the agent has to be started again with a reader, or without this sink")
		case err != nil:
			return 0, fmt.Errorf("write to standard output: %w", err)
		}
		return wrote, nil
	}
}

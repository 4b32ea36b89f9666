package sourcehttp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// limitError says that an answer went beyond a limit.
type limitError struct{ what string }

func (e *limitError) Error() string { return e.what }

// guard passes a body through and stops it at the first byte beyond its limit.
type guard struct {
	r        io.Reader
	maxBytes int64

	head    []byte // bytes read ahead by peek
	pending error  // what ended peek; it follows head
	read    int64
	broken  error // what the connection said, if it was not the plain end
}

// peek returns the beginning of the body without taking it: n bytes, or fewer if it ends or breaks before. Where all of
// it is blank it looks further, as far as blanks may go.
func (g *guard) peek(n int) []byte {
	for size := max(n, 1); ; size *= 2 {
		buf := make([]byte, size)
		got := copy(buf, g.head)
		for got < size && g.pending == nil {
			var m int
			m, g.pending = g.r.Read(buf[got:])
			got += m
		}
		g.head = buf[:got]
		if g.pending != nil || size >= maxBlanks || len(bytes.TrimSpace(g.head)) > 0 {
			return g.head
		}
	}
}

func (g *guard) Read(p []byte) (int, error) {
	var n int
	var err error
	switch {
	case len(g.head) > 0:
		n = copy(p, g.head)
		g.head = g.head[n:]
	case g.pending != nil:
		err = g.pending
	default:
		n, err = g.r.Read(p)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		g.broken = err
	}
	g.read += int64(n)
	if g.read > g.maxBytes {
		return 0, &limitError{fmt.Sprintf("the answer is larger than %s", inMiB(g.maxBytes))}
	}
	return n, err
}

func inMiB(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

package sourcehttp

import (
	"errors"
	"fmt"
	"io"
)

// limitError says that an answer went beyond a limit.
type limitError struct{ what string }

func (e *limitError) Error() string { return e.what }

// guard passes a JSON body through and stops it at the first byte beyond a limit: total size, nesting, length of
// one string, blanks in a row. It needs no well-formed input; the decoder behind it judges that.
type guard struct {
	r        io.Reader
	maxBytes int64
	maxDepth int
	maxText  int

	head     []byte // bytes read ahead by peek
	pending  error  // what ended peek; it follows head
	read     int64
	depth    int
	text     int
	blanks   int // in a row, between values
	inString bool
	escaped  bool
	broken   error // what the connection said, if it was not the plain end
}

// peek returns the beginning of the body without taking it: n bytes, or fewer if it ends or breaks before.
func (g *guard) peek(n int) []byte {
	buf := make([]byte, n)
	got := 0
	for got < n && g.pending == nil {
		var m int
		m, g.pending = g.r.Read(buf[got:])
		got += m
	}
	g.head = buf[:got]
	return g.head
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
		return 0, &limitError{fmt.Sprintf("the answer is larger than %d MiB", g.maxBytes>>20)}
	}
	if limit := g.scan(p[:n]); limit != nil {
		return 0, limit
	}
	return n, err
}

func (g *guard) scan(p []byte) error {
	for _, b := range p {
		if g.inString {
			g.text++
			switch {
			case g.text > g.maxText:
				return &limitError{fmt.Sprintf("the answer holds a text longer than %d KiB", g.maxText>>10)}
			case g.escaped:
				g.escaped = false
			case b == '\\':
				g.escaped = true
			case b == '"':
				g.inString = false
			}
			continue
		}
		switch b {
		case ' ', '\t', '\r', '\n':
			// The decoder looks at them again with each read: many together would take it for ever.
			if g.blanks++; g.blanks > maxBlanks {
				return &limitError{fmt.Sprintf("the answer holds more than %d KiB of nothing", maxBlanks>>10)}
			}
			continue
		case '"':
			g.inString, g.text = true, 0
		case '{', '[':
			if g.depth++; g.depth > g.maxDepth {
				return &limitError{fmt.Sprintf("the answer is nested deeper than %d levels", g.maxDepth)}
			}
		case '}', ']':
			g.depth--
		}
		g.blanks = 0
	}
	return nil
}

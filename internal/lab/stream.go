package lab

import (
	"io"
	"sync"
)

// list is rows that are made while they are sent, so that a body of a hundred thousand of them lies nowhere as a whole.
// At is called with the world's mutex held.
type list struct {
	n  int
	at func(i int) object
}

func listOf(rows []object) list { return list{len(rows), func(i int) object { return rows[i] }} }

// chunk is how much of a body is made at once, in bytes. Whoever reads slowly holds nobody up: nothing is locked while
// a chunk is written. A body that fits is written in one go and is of one instant.
const chunk = 64 << 10

// stream writes a body in chunks. Its first error ends it.
type stream struct {
	out io.Writer
	mu  *sync.Mutex // the world's
	buf []byte
	err error
}

// pieces writes n pieces, each made by append.
func (s *stream) pieces(n int, piece func(b []byte, i int) ([]byte, error)) {
	for i := 0; i < n && s.err == nil; {
		s.mu.Lock()
		for ; i < n && len(s.buf) < chunk && s.err == nil; i++ {
			s.buf, s.err = piece(s.buf, i)
		}
		s.mu.Unlock()
		if len(s.buf) >= chunk {
			s.flush()
		}
	}
}

func (s *stream) text(t string) { s.buf = append(s.buf, t...) }

// flush writes what there is. A client that has gone needs no answer.
func (s *stream) flush() {
	if s.err == nil && len(s.buf) > 0 {
		_, s.err = s.out.Write(s.buf)
	}
	s.buf = s.buf[:0]
}

// object writes o, whose values may be lists, as PHP does or without any blanks.
func (s *stream) object(o object, php bool) {
	for i, f := range o {
		switch {
		case php:
			s.text("{,"[number(i > 0):][:1])
			s.buf = phpBreak(s.buf, false, 1)
			s.buf = append(appendPHPString(s.buf, f.name), ": "...)
		default:
			s.text("{,"[number(i > 0):][:1])
			s.value(f.name, false, 1)
			s.text(":")
		}
		if rows, ok := f.value.(list); ok {
			s.list(rows, php)
			continue
		}
		s.value(f.value, php, 1)
	}
	if len(o) == 0 {
		s.text("{")
	} else if php {
		s.buf = phpBreak(s.buf, false, 0)
	}
	s.text("}")
}

func (s *stream) list(rows list, php bool) {
	s.text("[")
	s.pieces(rows.n, func(b []byte, i int) ([]byte, error) {
		if php {
			return appendPHP(phpBreak(b, i > 0, 2), rows.at(i), 2)
		}
		if i > 0 {
			b = append(b, ',')
		}
		return appendJSON(b, rows.at(i))
	})
	if php && rows.n > 0 {
		s.buf = phpBreak(s.buf, false, 1)
	}
	s.text("]")
}

func (s *stream) value(v any, php bool, depth int) {
	if s.err != nil {
		return
	}
	if php {
		s.buf, s.err = appendPHP(s.buf, v, depth)
		return
	}
	s.buf, s.err = appendJSON(s.buf, v)
}

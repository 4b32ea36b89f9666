package execsource

import (
	"errors"
	"os"
	"time"
)

// After the end of the program its pipes are read until nothing came for this long, since a stranger may hold them
// open. Everything that the program wrote lies in the pipe by then.
const pipeGrace = 200 * time.Millisecond

// drain reads a pipe to its end, or after the end of the program until nothing comes any more. A reader that is slow
// loses nothing: the grace counts from each read.
type drain struct{ pipe *os.File }

// hurry ends a read that waits, once the program has ended.
func (d drain) hurry() error { return d.pipe.SetReadDeadline(time.Now().Add(pipeGrace)) }

// Read implements io.Reader.
func (d drain) Read(b []byte) (int, error) {
	n, err := d.pipe.Read(b)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	// The deadline may have passed before this read began, with data in the pipe.
	if err := d.hurry(); err != nil {
		return 0, err
	}
	return d.pipe.Read(b)
}

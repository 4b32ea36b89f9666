package execsource

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/quorate/quorate/device"
)

// The limits of a program's output.
const (
	maxOutput = 16 << 20
	maxLine   = 64 << 10
	// Of what is rejected no more is kept; the agent counts the rest.
	maxRejected = 1000
	// The version of the contract that a program may name in a first line {"schema":1}.
	schemaVersion = 1
)

// lines makes observations of a program's output.
type lines struct {
	emit     func(device.Observation) error
	rejected []device.Rejection
}

// line takes line n, from 1 on. Long says that it was cut. An error ends the poll.
func (l *lines) line(n int, b []byte, long bool) error {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return nil
	}
	if long {
		l.reject(n, "", b, fmt.Errorf("longer than %d KiB", maxLine>>10))
		return nil
	}
	if n == 1 {
		if is, err := header(b); is {
			return err
		}
	}
	o, err := device.DecodeObservation(b)
	if err != nil {
		l.reject(n, o.Ref, b, err)
		return nil
	}
	return l.emit(o)
}

// header reports whether the first line only names the version of the contract, and refuses one that we do not speak.
func header(b []byte) (bool, error) {
	var h struct {
		Schema *json.RawMessage `json:"schema"`
		Ref    *json.RawMessage `json:"ref"`
	}
	if err := json.Unmarshal(b, &h); err != nil || h.Schema == nil || h.Ref != nil {
		return false, nil //nolint:nilerr // what is no JSON is no header, and is rejected as an observation
	}
	var version int
	if json.Unmarshal(*h.Schema, &version) != nil || version != schemaVersion {
		return true, fmt.Errorf("the program speaks schema %.20q, this agent speaks %d", *h.Schema, schemaVersion)
	}
	return true, nil
}

func (l *lines) reject(n int, ref string, b []byte, why error) {
	if len(l.rejected) == maxRejected {
		return
	}
	if !utf8.ValidString(ref) {
		ref = ""
	}
	l.rejected = append(l.rejected, device.Rejection{Ref: ref, Reason: fmt.Sprintf("line %d: %v", n, why), Body: bytes.Clone(b)})
}

// readLines hands r's lines over one by one, each cut to maxLine. It fails when there is more than limit in all.
func readLines(r io.Reader, limit int, take func(n int, b []byte, long bool) error) error {
	b := bufio.NewReaderSize(r, maxLine)
	total := 0
	for n := 1; ; n++ {
		line, err := b.ReadSlice('\n')
		total += len(line)
		long := errors.Is(err, bufio.ErrBufferFull)
		if len(line) > 0 {
			if err := take(n, line, long); err != nil {
				return err
			}
		}
		for errors.Is(err, bufio.ErrBufferFull) && total <= limit {
			line, err = b.ReadSlice('\n')
			total += len(line)
		}
		switch {
		case total > limit:
			return fmt.Errorf("it printed more than %d MiB", limit>>20)
		case errors.Is(err, io.EOF), errors.Is(err, os.ErrDeadlineExceeded):
			// The end: of the output, or of our patience with who holds the pipe open.
			return nil
		case err != nil:
			return fmt.Errorf("read: %w", err)
		}
	}
}

package oracle

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/quorate/quorate/device"
)

// fileSinkName is what the configuration calls it.
const fileSinkName = "log"

// fileSink is what the file sink has written: the file with its rotated predecessors.
type fileSink struct {
	path string
	size int64 // of all of them at the last look
	had  map[uint64]bool
	// done are the rotated files that were read: they never change.
	done map[string]bool
}

func newFileSink(dir string) *fileSink {
	return &fileSink{path: filepath.Join(dir, "out", "events.jsonl"), had: map[uint64]bool{}, done: map[string]bool{}}
}

// files are in the order of their events: rotated ones sort by their names.
func (f *fileSink) files() ([]string, error) {
	rotated, err := filepath.Glob(f.path + ".*")
	if err != nil {
		return nil, err
	}
	var all []string
	for _, name := range rotated {
		_, zipped := os.Stat(name + ".gz")
		if strings.HasSuffix(name, ".half") || zipped == nil {
			continue // it is being compressed, or has just been
		}
		all = append(all, name)
	}
	if _, err := os.Stat(f.path); err == nil {
		all = append(all, f.path)
	}
	return all, nil
}

// lines reads all whole lines.
func (f *fileSink) lines() ([][]byte, error) {
	files, err := f.files()
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for _, name := range files {
		lines, err := wholeLines(name)
		if err != nil {
			return nil, err
		}
		all = append(all, lines...)
	}
	return all, nil
}

// wholeLines reads one file. What is cut off at its end is no line.
func wholeLines(name string) ([][]byte, error) {
	b, err := os.ReadFile(name)
	if err == nil && strings.HasSuffix(name, ".gz") {
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(b)); err == nil {
			b, err = io.ReadAll(z)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var all [][]byte
	for line := range bytes.Lines(b) {
		if bytes.HasSuffix(line, []byte("\n")) {
			all = append(all, line[:len(line)-1])
		}
	}
	return all, nil
}

// lacks returns one of the observations that no line tells of, and how many there are. It looks while the agent works, so what
// it finds is only read again where something has changed.
func (f *fileSink) lacks(ids []uint64) (one uint64, n int) {
	if size := f.total(); size != f.size {
		f.size = size
		if f.look() != nil {
			f.size = -1 // it was rotated while it was read
		}
	}
	for _, id := range ids {
		if !f.had[id] {
			one = id
			n++
		}
	}
	return one, n
}

// look notes which observations the lines tell of.
func (f *fileSink) look() error {
	files, err := f.files()
	if err != nil {
		return err
	}
	for _, name := range files {
		rotated := strings.TrimSuffix(name, ".gz")
		if f.done[rotated] {
			continue
		}
		lines, err := wholeLines(name)
		if err != nil {
			return err
		}
		for _, line := range lines {
			var e device.Event
			if json.Unmarshal(line, &e) != nil || e.Type != device.EventAlertOpened {
				continue
			}
			if id, ok := number(&e); ok {
				f.had[id] = true
			}
		}
		f.done[rotated] = name != f.path
	}
	return nil
}

func (f *fileSink) total() (size int64) {
	files, err := f.files()
	if err != nil {
		return 0
	}
	for _, name := range files {
		if info, err := os.Stat(name); err == nil {
			size += info.Size()
		}
	}
	return size
}

// tear does to the end of the file what a power loss may: what is behind the last event that the sink has called taken is
// there in part, or as zeros.
func (f *fileSink) tear(r *rand.Rand, taken int64) error {
	b, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	synced := 0
	for line := range bytes.Lines(b) {
		var e device.Event
		if json.Unmarshal(line, &e) != nil || e.Seq > taken {
			break
		}
		synced += len(line)
	}
	cut := synced + r.IntN(len(b)-synced+1)
	if r.IntN(2) == 0 {
		clear(b[cut:])
	} else {
		b = b[:cut]
	}
	return os.WriteFile(f.path, b, 0o600)
}

// compare holds the whole of it beside the record: each event once, in order, byte for byte. The agent has stopped.
func (f *fileSink) compare(record []digest) (odd []string) {
	all, err := f.lines()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return []string{"file: " + err.Error()}
	}
	for i, line := range all {
		if i >= len(record) {
			return append(odd, fmt.Sprintf("file: %d lines, %d events on record; the next line is %.200q", len(all), len(record), line))
		}
		if sha256.Sum256(line) != record[i] {
			return append(odd, fmt.Sprintf("file: line %d is not event %d: %.300s", i+1, i+1, line))
		}
	}
	return odd
}

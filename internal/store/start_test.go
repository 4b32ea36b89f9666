package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const pageSize = 4096

// killed returns a data folder as a killed agent left it: 200 events in the database, 70 more in its write-ahead log.
func killed(t *testing.T) string {
	t.Helper()
	live, dir := folder(t), folder(t)
	s := mustOpen(t, live, Options{})
	mustCommit(t, s, record(1, 200))
	if err := s.w.use(func() error { return s.w.exec("PRAGMA wal_checkpoint(TRUNCATE)") }); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, shift(record(2, 70), 200))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fileName, fileName + "-wal", fileName + "-shm", lockName} {
		if err := os.WriteFile(filepath.Join(dir, name), mustRead(t, filepath.Join(live, name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// What may have become of the files while no agent ran: a start either has all that counts as stored, or says that the
// database cannot be used and what to do, and leaves it as it is.
func TestDamageAtStart(t *testing.T) {
	change := func(suffix string, how func(b []byte) []byte) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, fileName+suffix)
			if err := os.WriteFile(path, how(bytes.Clone(mustRead(t, path))), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(suffixes ...string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			for _, suffix := range suffixes {
				if err := os.Remove(filepath.Join(dir, fileName+suffix)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	zeroed := func(page int) func(b []byte) []byte {
		return func(b []byte) []byte { clear(b[(page-1)*pageSize : page*pageSize]); return b }
	}
	const whole, main = 270, 200 // events
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, dir string)
		last  int64 // event that a start has
		err   error // or what it says
	}{
		{"nothing", func(*testing.T, string) {}, whole, nil},
		{"a page is zeroed", change("", zeroed(20)), 0, ErrCorrupt},
		{"the first page is zeroed", change("", zeroed(1)), 0, ErrForeign},
		{"the schema is garbage, without its log", func(t *testing.T, dir string) {
			remove("-wal", "-shm")(t, dir)
			change("", func(b []byte) []byte { copy(b[100:pageSize], bytes.Repeat([]byte("x"), pageSize)); return b })(t, dir)
		}, 0, ErrCorrupt},
		{"cut short to whole pages", change("", func(b []byte) []byte { return b[:len(b)/2/pageSize*pageSize] }), 0, ErrCorrupt},
		{"cut short in a page", change("", func(b []byte) []byte { return b[:len(b)/2+17] }), 0, ErrCorrupt},
		{"cut short in the header", change("", func(b []byte) []byte { return b[:60] }), 0, ErrForeign},
		{"cut to nothing, with its log", change("", func([]byte) []byte { return nil }), 0, ErrCorrupt},
		{"cut to nothing, without its log", func(t *testing.T, dir string) {
			change("", func([]byte) []byte { return nil })(t, dir)
			remove("-wal", "-shm")(t, dir)
		}, 0, ErrCorrupt},
		{"longer than it was", change("", func(b []byte) []byte { return append(b, make([]byte, 3*pageSize)...) }), whole, nil},
		// SQLite takes a log up to its last whole commit: what is behind was never said to be stored.
		{"the log is garbage", change("-wal", func([]byte) []byte { return bytes.Repeat([]byte("garbage"), 700) }), main, nil},
		{"the log is gone", remove("-wal"), main, nil},
		{"the log is empty", change("-wal", func([]byte) []byte { return nil }), main, nil},
		{"the log is cut short in its last commit", change("-wal", func(b []byte) []byte { return b[:len(b)-100] }), main, nil},
		{"a byte in the log is flipped", change("-wal", func(b []byte) []byte { b[len(b)/2] ^= 0x40; return b }), main, nil},
		{"the log's index is of another time", change("-shm", func(b []byte) []byte { return bytes.Repeat([]byte{0x5a}, len(b)) }), whole, nil},
		{"the log's index is gone", remove("-shm"), whole, nil},
		{"the log's index is empty", change("-shm", func([]byte) []byte { return nil }), whole, nil},
		{"the lock's file is garbage", func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, lockName), bytes.Repeat([]byte{0xff}, 5000), 0o600); err != nil {
				t.Fatal(err)
			}
		}, whole, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, dir := context.Background(), killed(t)
			c.spoil(t, dir)
			before := mustRead(t, filepath.Join(dir, fileName))
			s, err := Open(ctx, dir, Options{Temporary: true})
			if c.err != nil {
				if !errors.Is(err, c.err) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "quorate restore FILE") {
					t.Errorf("%v", err)
				}
				if !bytes.Equal(before, mustRead(t, filepath.Join(dir, fileName))) {
					t.Error("the database was touched")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			if l, err := s.Load(ctx); err != nil || l.LastSeq != c.last {
				t.Errorf("loaded up to event %d, %v; want %d", l.LastSeq, err, c.last)
			}
			if es, err := s.Events(ctx, 0, 1000); err != nil || int64(len(es)) != c.last {
				t.Errorf("%d events, %v; want %d", len(es), err, c.last)
			}
			if err := s.Scrub(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sinks"
)

var at = time.Date(2026, 1, 1, 23, 0, 0, 0, time.UTC)

func event(seq int64) device.Event {
	return device.Event{
		Seq: seq, ID: fmt.Sprintf("01ID%08d", seq), Type: device.EventVerdictChanged, At: at.Add(time.Duration(seq) * time.Second),
		Device: &device.Name{ID: "d_7f3k", Name: "nas<1>"}, From: "up", To: "down", Text: "nas<1> is down",
	}
}

func events(from, to int64) []device.Event {
	var out []device.Event
	for seq := from; seq <= to; seq++ {
		out = append(out, event(seq))
	}
	return out
}

// text is the lines of events as "quorate events --json" prints them.
func text(t *testing.T, in []device.Event) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, e := range in {
		if err := enc.Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func newSink(t *testing.T, c Config) *Sink {
	t.Helper()
	if c.Path == "" {
		c.Path = filepath.Join(t.TempDir(), "events.jsonl")
	}
	s, err := New(c, Options{Name: "log"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func deliver(t *testing.T, s *Sink, in []device.Event) {
	t.Helper()
	// As the pipeline does: what is left is asked for again at once.
	for len(in) > 0 {
		n, err := s.Deliver(t.Context(), in)
		if err != nil || n == 0 {
			t.Fatalf("%d taken, %v", n, err)
		}
		in = in[n:]
	}
}

func want(t *testing.T, path, content string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != content {
		t.Errorf("%s holds\n%s\nand not\n%s", filepath.Base(path), b, content)
	}
}

func TestAppends(t *testing.T) {
	for mode, bits := range map[string]os.FileMode{"": 0o600, "0640": 0o640} {
		s := newSink(t, Config{Mode: mode})
		deliver(t, s, events(1, 3))
		deliver(t, s, events(4, 300))
		want(t, s.path, text(t, events(1, 300)))
		info, err := os.Stat(s.path)
		if err != nil || info.Mode().Perm() != bits {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		// A restart goes on behind them.
		next := newSink(t, Config{Path: s.path})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		deliver(t, next, events(301, 302))
		want(t, s.path, text(t, events(1, 302)))
	}
}

// TestComesAgain: wherever the agent was killed, the file holds every event once. The cursor may be behind by all that one
// delivery had, and the file may end anywhere in what it wrote.
func TestComesAgain(t *testing.T) {
	all := text(t, events(1, 6))
	path := filepath.Join(t.TempDir(), "events.jsonl")
	// What a power cut leaves of a file's length.
	noises := []string{"", "\x00\x00\x00", "\x00\x00\n\x00\x00"}
	for _, done := range []int64{0, 2} { // of what the cursor says
		for cut := len(text(t, events(1, done))); cut <= len(all); cut += 7 + cut%3*2 {
			noise := noises[cut%len(noises)]
			if err := os.WriteFile(path, []byte(all[:cut]+noise), 0o600); err != nil {
				t.Fatal(err)
			}
			s := newSink(t, Config{Path: path})
			deliver(t, s, events(done+1, done+2)) // another size of batches than before
			deliver(t, s, events(done+3, 6))
			want(t, path, all)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if t.Failed() {
				t.Fatalf("done with %d, cut at %d with %q behind it", done, cut, noise)
			}
		}
	}
}

// TestHoleAmongLines: a power cut may lose a part in the middle of what was not yet synced, and keep what follows.
func TestHoleAmongLines(t *testing.T) {
	all := text(t, events(1, 9))
	s := newSink(t, Config{})
	hole := len(text(t, events(1, 4))) + 20
	b := []byte(all)
	copy(b[hole:hole+300], make([]byte, 300))
	if err := os.WriteFile(s.path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, events(4, 9)) // 1 to 3 are done with
	want(t, s.path, all)
}

// TestOfOthers: what somebody else wrote stays, and begins no line of ours.
func TestOfOthers(t *testing.T) {
	for _, note := range []string{"a remark", "a remark\n", "\n"} {
		s := newSink(t, Config{})
		before := text(t, events(1, 2)) + note
		if err := os.WriteFile(s.path, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		deliver(t, s, events(3, 4))
		want(t, s.path, strings.TrimSuffix(before, "\n")+"\n"+text(t, events(3, 4)))
	}
}

// TestOtherRecord: a file of a record that is gone is not touched, however its numbers compare to ours.
func TestOtherRecord(t *testing.T) {
	s := newSink(t, Config{})
	other := events(1, 2000)
	for i := range other {
		other[i].ID = fmt.Sprintf("01OTHER%05d", i)
	}
	if err := os.WriteFile(s.path, []byte(text(t, other)), 0o600); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, events(1, 3))
	want(t, s.path, text(t, other)+text(t, events(1, 3)))
}

// TestLongLines: the last event that is done with is found however far back it is.
func TestLongLines(t *testing.T) {
	s := newSink(t, Config{})
	in := events(1, 4)
	for i := range in {
		in[i].Text = strings.Repeat("long ", window/3)
	}
	if err := os.WriteFile(s.path, []byte(text(t, in[:3])), 0o600); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, in[1:]) // 2 and 3 come again
	want(t, s.path, text(t, in))
}

func TestFilter(t *testing.T) {
	f, err := sinks.ParseFilter([]string{"source.*"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Path: filepath.Join(t.TempDir(), "x")}, Options{Filter: f})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	deliver(t, s, events(1, 5))
	if _, err := os.Stat(s.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file without a line: %v", err)
	}
	if n, err := s.Deliver(t.Context(), nil); n != 0 || err != nil {
		t.Errorf("no events: %d, %v", n, err)
	}
}

// rotations are the rotated files, in order, decompressed.
func rotations(t *testing.T, s *Sink) (names []string, content string) {
	t.Helper()
	paths, err := filepath.Glob(s.path + ".*")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(p, zipped) {
			r, err := gzip.NewReader(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			if b, err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		}
		names, content = append(names, strings.TrimPrefix(p, s.path)), content+string(b)
	}
	return names, content
}

func TestRotatesBySize(t *testing.T) {
	for _, compress := range []bool{false, true} {
		s := newSink(t, Config{MaxSize: "4KiB", Compress: compress})
		for seq := int64(1); seq <= 100; seq += 10 {
			deliver(t, s, events(seq, seq+9))
		}
		names, content := rotations(t, s)
		b, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		if content+string(b) != text(t, events(1, 100)) {
			t.Errorf("the files do not hold every event once, in order: %q", names)
		}
		if len(names) < 3 || !rotated.MatchString(names[0]) || strings.HasSuffix(names[0], zipped) != compress {
			t.Errorf("rotated to %q", names)
		}
		if found, err := filepath.Glob(s.path + "*" + half); err != nil || len(found) > 0 {
			t.Errorf("left behind: %q, %v", found, err)
		}
	}
}

func TestRotatesByDay(t *testing.T) {
	s := newSink(t, Config{Daily: true, MaxSize: "0"})
	var in []device.Event
	for seq := range int64(6) { // two a day
		e := event(seq + 1)
		e.At = at.Add(time.Duration(seq) * 12 * time.Hour)
		in = append(in, e)
	}
	deliver(t, s, in)
	names, content := rotations(t, s)
	if !slices.Equal(names, []string{".2026-01-01.000000000001", ".2026-01-02.000000000003", ".2026-01-03.000000000005"}) {
		t.Errorf("rotated to %q", names)
	}
	want(t, s.path, text(t, in[5:]))
	if content != text(t, in[:5]) {
		t.Errorf("the rotated files hold\n%s", content)
	}
}

func TestKeeps(t *testing.T) {
	s := newSink(t, Config{MaxSize: "4KiB", Keep: 2})
	// A file of the same beginning that the sink did not make stays.
	stranger := s.path + ".mine"
	if err := os.WriteFile(stranger, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path+".2025-12-31.000000000001.gz.half", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for seq := int64(1); seq <= 200; seq += 10 {
		deliver(t, s, events(seq, seq+9))
	}
	names, _ := rotations(t, s)
	if len(names) != 3 || names[2] != ".mine" {
		t.Errorf("kept %q", names)
	}
}

// TestMovedAway: another program may move the file, or empty it.
func TestMovedAway(t *testing.T) {
	s := newSink(t, Config{})
	deliver(t, s, events(1, 2))
	if err := os.Rename(s.path, s.path+".1"); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, events(3, 4))
	want(t, s.path+".1", text(t, events(1, 2)))
	want(t, s.path, text(t, events(3, 4)))
	if err := os.Truncate(s.path, 0); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, events(5, 5))
	want(t, s.path, text(t, events(5, 5)))
	if err := os.Remove(s.path); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, events(6, 6))
	want(t, s.path, text(t, events(6, 6)))
}

func TestRefusesPlaces(t *testing.T) {
	dir := t.TempDir()
	taken := newSink(t, Config{})
	deliver(t, taken, events(1, 1))
	link, fifo := filepath.Join(dir, "link"), filepath.Join(dir, "fifo")
	if err := os.Symlink("/dev/stdout", link); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	absent := filepath.Join(dir, "absent", "events.jsonl")
	for path, says := range map[string]string{
		absent:     "open " + absent + ": no such file or directory: create the folder " + filepath.Join(dir, "absent"),
		link:       "is no regular file",
		fifo:       "is no regular file",
		dir:        "is no regular file",
		taken.path: "another sink or agent writes to it",
	} {
		n, err := newSink(t, Config{Path: path}).Deliver(t.Context(), events(1, 1))
		if n != 0 || err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %d, %v, want %q", path, n, err, says)
		}
	}
	// The folder comes, and all is well.
	late := newSink(t, Config{Path: absent})
	if _, err := late.Deliver(t.Context(), events(1, 1)); err == nil {
		t.Error("written into no folder")
	}
	if err := os.Mkdir(filepath.Dir(absent), 0o700); err != nil {
		t.Fatal(err)
	}
	deliver(t, late, events(1, 1))
}

// TestDiskFull: what a full disk leaves half written is cut off again, and the next attempt writes it whole. Past its limit
// of size a process gets EFBIG and half a line, as on a full disk ENOSPC.
func TestDiskFull(t *testing.T) {
	s := newSink(t, Config{})
	deliver(t, s, events(1, 10))
	full, err := os.Stat(s.path)
	if err != nil {
		t.Fatal(err)
	}
	lift := limitFileSize(t, uint64(full.Size())+100)
	n, err := s.Deliver(t.Context(), events(11, 20))
	lift()
	if n != 0 || !errors.Is(err, syscall.EFBIG) {
		t.Fatalf("got %d, %v", n, err)
	}
	want(t, s.path, text(t, events(1, 10)))
	deliver(t, s, events(11, 20))
	want(t, s.path, text(t, events(1, 20)))
}

// TestDiskFullWords: a full disk is said so that a person knows what to do.
func TestDiskFullWords(t *testing.T) {
	s := newSink(t, Config{Path: "/var/log/events.jsonl"})
	for err, says := range map[error]string{
		syscall.ENOSPC: "make room on the disk", syscall.EDQUOT: "make room on the disk", syscall.EROFS: "read-only", syscall.EACCES: "let the agent write there",
	} {
		if got := s.said("write to", &os.PathError{Op: "write", Path: "x", Err: err}).Error(); !strings.Contains(got, says) || !strings.HasPrefix(got, "write to /var/log/events.jsonl: ") {
			t.Errorf("%v: %q", err, got)
		}
	}
}

// TestInterrupted: with its time over a delivery stops between two writes.
func TestInterrupted(t *testing.T) {
	s := newSink(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := s.Deliver(ctx, events(1, 2)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d, %v", n, err)
	}
	deliver(t, s, events(1, 2))
	want(t, s.path, text(t, events(1, 2)))
}

func TestConfig(t *testing.T) {
	for given, want := range map[string]int64{"": 100 << 20, "0": 0, "4KiB": 4096, "5kB": 5000, "2GB": 2e9, "1GiB": 1 << 30, "8192B": 8192} {
		if got, err := size(given); got != want || err != nil {
			t.Errorf("%q: %d, %v", given, got, err)
		}
	}
	for _, given := range []string{"100", "1.5GiB", "-1MiB", "1 MiB", "4095B", "99999999999999GiB", "many"} {
		if got, err := size(given); err == nil {
			t.Errorf("%q: %d", given, got)
		}
	}
	if _, err := New(Config{MaxSize: "x", Keep: -1, Mode: "0666"}, Options{}); err == nil || strings.Count(err.Error(), ";") != 3 {
		t.Errorf("got %v, want four mistakes", err)
	}
}

// TestDistrust: where even cutting off fails, what may not have reached the disk is cut off before the next write, although it
// can be read.
func TestDistrust(t *testing.T) {
	s := newSink(t, Config{})
	deliver(t, s, events(1, 2))
	_ = s.Close()
	var err error
	if s.f, err = os.Open(s.path); err != nil { // nothing can be written or cut by it
		t.Fatal(err)
	}
	if _, err := s.Deliver(t.Context(), events(3, 4)); err == nil {
		t.Fatal("written into a file that cannot be")
	}
	if err := os.WriteFile(s.path, []byte(text(t, events(1, 3))), 0o600); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, events(3, 4))
	want(t, s.path, text(t, events(1, 4)))
}

// TestSetAsideComesLater: an event that is given to the sink again after younger ones stands behind them, and says nothing of
// how far the file has come.
func TestSetAsideComesLater(t *testing.T) {
	s := newSink(t, Config{MaxSize: "4KiB"})
	deliver(t, s, events(1, 4))
	deliver(t, s, events(6, 30))
	deliver(t, s, events(5, 5))
	deliver(t, s, events(31, 31))
	if names, _ := rotations(t, s); !slices.Equal(names, []string{".2026-01-01.000000000030"}) {
		t.Errorf("rotated to %q", names)
	}
	bad := events(32, 34)
	bad[1].Votes = []device.Vote{{Weight: math.NaN()}}
	n, err := s.Deliver(t.Context(), bad) // what is before it is written
	if p, ok := errors.AsType[interface {
		error
		Permanent() bool
	}](err); n != 1 || !ok || !p.Permanent() {
		t.Errorf("%d taken, %v", n, err)
	}
	deliver(t, s, bad[2:])
	want(t, s.path, text(t, []device.Event{event(5), event(31), event(32), event(34)}))
}

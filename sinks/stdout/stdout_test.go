package stdout

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sinks"
)

var at = time.Date(2026, 1, 1, 0, 2, 0, 0, time.UTC)

func event(seq int64, text string) device.Event {
	return device.Event{Seq: seq, ID: "01ID" + string(rune('A'+seq)), Type: device.EventVerdictChanged, At: at, To: "down", Text: text}
}

// newSink prints into a pipe.
func newSink(t *testing.T, c Config, f sinks.Filter) (*Sink, *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	s, err := New(c, Options{Name: "screen", FD: int(w.Fd()), Filter: f})
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

// hostileText is what a device may be called to take over a terminal, or to be read as something else.
const hostileText = "nas\x1b[2J\x07\x7f\u009b31m\u202egnp.exe\r\nfake line\u2028x\U000e0041"

func TestJSON(t *testing.T) {
	s, r := newSink(t, Config{}, sinks.Filter{})
	in := []device.Event{event(1, "nas<1> is down"), event(2, hostileText)}
	if n, err := s.Deliver(t.Context(), in); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	lines := bufio.NewScanner(r)
	for i := range in {
		if !lines.Scan() {
			t.Fatal("too few lines")
		}
		line := lines.Text()
		if strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf) }) {
			t.Errorf("a terminal would obey %q", line)
		}
		var got device.Event
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.Text != in[i].Text || got.ID != in[i].ID {
			t.Errorf("got %+v, %v", got, err)
		}
		if want, err := json.Marshal(in[i]); i == 0 && (err != nil || line != string(want)) {
			t.Errorf("got %s, want %s", line, want)
		}
	}
}

func TestText(t *testing.T) {
	f, err := sinks.ParseFilter([]string{"verdict.*", "source.*", "device.*"})
	if err != nil {
		t.Fatal(err)
	}
	s, r := newSink(t, Config{Format: FormatText}, f)
	in := []device.Event{
		event(1, "nas1 is down: librenms and prtg agree"),
		{Seq: 2, ID: "x", Type: device.EventAlertOpened, At: at, Text: "not wanted"},
		event(3, hostileText),
		{Seq: 4, ID: "y", Type: device.EventSourceBlind, At: at, Source: "prtg"},
		{Seq: 5, ID: "z", Type: device.EventDeviceRenamed, At: at, Device: &device.Name{Name: "nas\x1b1"}},
	}
	if n, err := s.Deliver(t.Context(), in); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	const want = "2026-01-01T00:02:00Z  verdict.changed  nas1 is down: librenms and prtg agree\n" +
		"2026-01-01T00:02:00Z  verdict.changed  nas[2J31mgnp.exe fake line x\n" +
		"2026-01-01T00:02:00Z  source.blind  prtg\n" +
		"2026-01-01T00:02:00Z  device.renamed  nas1\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Errorf("got  %q\nwant %q, %v", got, want, err)
	}
}

// TestBlocked: a reader that does not read holds nothing up for longer than a delivery may take, and then gets every line
// whole and once.
func TestBlocked(t *testing.T) {
	s, r := newSink(t, Config{}, sinks.Filter{})
	var in []device.Event
	for seq := range int64(12) {
		in = append(in, event(seq, strings.Repeat("long ", 2000)))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	n, err := s.Deliver(ctx, in) // a pipe takes 64 KiB
	if n == 0 || n == len(in) || err != nil {
		t.Fatalf("got %d, %v, want some", n, err)
	}
	again, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	if more, err := s.Deliver(again, in[n:]); more != 0 || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "nobody reads") {
		t.Fatalf("got %d, %v", more, err)
	}
	read := make(chan []string)
	go func() {
		var ids []string
		for lines := bufio.NewReader(r); len(ids) < len(in); {
			line, err := lines.ReadBytes('\n')
			var e device.Event
			if err == nil {
				err = json.Unmarshal(line, &e)
			}
			if err != nil {
				t.Error(err)
				break
			}
			ids = append(ids, e.ID)
		}
		read <- ids
	}()
	for rest := in[n:]; len(rest) > 0; {
		n, err := s.Deliver(t.Context(), rest)
		if err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	ids := <-read
	for i, e := range in {
		if i >= len(ids) || ids[i] != e.ID {
			t.Fatalf("read %q", ids)
		}
	}
}

// TestReaderGone: whoever read has gone; the process goes on.
func TestReaderGone(t *testing.T) {
	s, r := newSink(t, Config{}, sinks.Filter{})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Deliver(t.Context(), []device.Event{event(1, "x")}); n != 0 || err == nil || !strings.Contains(err.Error(), "whoever read standard output has gone") {
		t.Errorf("got %d, %v", n, err)
	}
}

// TestBegunLineEnds: where another event comes than the one that was begun, its line is not glued to the other.
func TestBegunLineEnds(t *testing.T) {
	s, r := newSink(t, Config{Format: FormatText}, sinks.Filter{})
	s.rest, s.restOf = []byte("rest of a line"), "01OTHER"
	if n, err := s.Deliver(t.Context(), []device.Event{event(1, "x")}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	const want = "\n2026-01-01T00:02:00Z  verdict.changed  x\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestConfig(t *testing.T) {
	if _, err := New(Config{Format: "yaml"}, Options{}); err == nil {
		t.Error("a format that there is not")
	}
}

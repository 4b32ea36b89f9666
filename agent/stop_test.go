package agent

import (
	"bufio"
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/internal/store"
)

// TestStopWhateverHangs stops agents of which some part does not end by itself. Each stop is orderly all the same, and
// loses nothing that was acknowledged.
func TestStopWhateverHangs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		extra string // of the configuration
		// hang makes something hang, and returns what undoes it after the stop.
		hang func(t *testing.T, s *stage) (undo func())
	}{
		{name: "nothing"},
		{name: "a poll", hang: func(t *testing.T, s *stage) func() {
			s.mode("b", "wait")
			n := len(s.lines("b", "polls"))
			s.until("b waits", func() bool { return len(s.lines("b", "polls")) > n })
			return nil
		}},
		{name: "a plugin", hang: func(t *testing.T, s *stage) func() {
			if err := syscall.Kill(s.pids()["b"], syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			return nil
		}},
		{name: "a sink that does not answer", extra: "sink \"webhook\" \"hub\" {\n  url = \"http://HUB/\"\n  secret = env(\"PUSH\")\n}\n", hang: func(t *testing.T, s *stage) func() {
			s.until("a delivery is on its way", func() bool {
				return slices.ContainsFunc(s.pipe.SinkStatus(), func(k device.SinkStatus) bool { return k.Name == "hub" && k.Waiting > 0 })
			})
			return nil
		}},
		{name: "a reader that does not read", hang: func(t *testing.T, s *stage) func() {
			conn, err := net.Dial("tcp", s.address)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write([]byte("GET /api/v1/stream?after=0 HTTP/1.1\r\nHost: " + s.address + "\r\n\r\n")); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
				t.Fatalf("the stream: %q, %v", line, err)
			}
			return func() { _ = conn.Close() }
		}},
		{name: "a request that is never finished", hang: func(t *testing.T, s *stage) func() {
			conn, err := net.Dial("tcp", s.address)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: ")); err != nil {
				t.Fatal(err)
			}
			return func() { _ = conn.Close() }
		}},
		{name: "a reload", hang: func(t *testing.T, s *stage) func() {
			// The poll that runs holds up the end of the source that is gone.
			s.letEnd = patience
			s.mode("b", "wait")
			old, n := s.generation().sources["b"], len(s.lines("b", "polls"))
			s.until("b waits", func() bool { return len(s.lines("b", "polls")) > n })
			s.rewrite(func(config string) string { return config[:strings.Index(config, "source \"puppet\" \"b\"")] })
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_, _ = s.Reload(context.WithoutCancel(s.t.Context()), false)
			}()
			s.until("b is to leave", old.leaving)
			return func() { <-ended }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			// Who listens here never answers.
			mute, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			s := newStage(t, strings.ReplaceAll(c.extra, "HUB", mute.Addr().String()), map[string]string{"a": "turns", "b": "turns"})
			s.stopLimit = patience
			s.until("both are heard", func() bool { return len(s.lines("a", "committed")) > 2 && len(s.lines("b", "committed")) > 2 })
			var undo func()
			if c.hang != nil {
				undo = c.hang(t, s)
			}
			began := time.Now()
			if err := s.end(); err != nil {
				t.Errorf("Run: %v", err)
			}
			t.Logf("the stop took %s", time.Since(began).Round(time.Millisecond))
			if undo != nil {
				undo()
			}
			_ = mute.Close()
			s.allOnRecord("a", "b")
		})
	}
}

// allOnRecord checks that the polls that the sources were told are durable are, and that the events have no gap. The
// agent has ended.
func (s *stage) allOnRecord(sources ...string) {
	s.t.Helper()
	r, err := store.OpenReader(s.t.Context(), s.dataDir)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for _, name := range sources {
		polls, err := r.Polls(s.t.Context(), name, time.Time{}, 1_000_000)
		if err != nil {
			s.t.Fatal(err)
		}
		recorded := map[string]bool{}
		for _, p := range polls {
			recorded[strconv.FormatUint(p.Number, 10)] = true
			if p.Err != "" {
				s.t.Errorf("%s: poll %d is on record as failed: %s", name, p.Number, p.Err)
			}
		}
		obligations := s.lines(name, "committed")
		for _, n := range obligations {
			if !recorded[n] {
				s.t.Errorf("%s: poll %s was acknowledged and is not on record", name, n)
			}
		}
		s.t.Logf("%s: %d polls acknowledged, %d on record", name, len(obligations), len(polls))
	}
	for last := int64(0); ; {
		events, err := r.Events(s.t.Context(), last, 1000)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(events) == 0 {
			s.t.Logf("%d events", last)
			return
		}
		for _, e := range events {
			if e.Seq != last+1 {
				s.t.Fatalf("event %d after event %d", e.Seq, last)
			}
			last = e.Seq
		}
	}
}

// TestStopKeepsLastWords: what the host says of plugins while the agent stops is recorded, and sinks get it before the
// end.
func TestStopKeepsLastWords(t *testing.T) {
	t.Parallel()
	s := newStage(t, "sink \"file\" \"lines\" {\n  path = \"events.jsonl\"\n}\n", nil)
	s.until("both are heard", func() bool { return s.status("a").Devices == 1 && s.status("b").Devices == 1 })
	for range 20 {
		s.onPluginEvent("a", device.EventSourceCrashed, "said before the end")
	}
	s.stop()
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(s.dir, "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "said before the end"); n != 20 {
		t.Errorf("the sink has %d of 20 events that were noted before the stop", n)
	}
	s.allOnRecord("a", "b")
}

// TestStopGivesUp: what nobody can end is left to the end of the process, and Run says so.
func TestStopGivesUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", nil)
	s.pids()
	s.stopLimit = time.Nanosecond
	v, _ := s.running.Load("b")
	if err := syscall.Kill(v.(*host.Source).Status().PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := s.end(); err == nil || !strings.Contains(err.Error(), "the stop was not complete") {
		t.Errorf("Run: %v", err)
	}
	s.until("the rest of it has ended", func() bool {
		r, err := store.Open(t.Context(), s.dataDir, store.Options{})
		if err != nil {
			return false
		}
		return r.Close() == nil
	})
}

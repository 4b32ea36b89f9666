package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// wire is a client's connection without a socket.
type wire struct {
	mu     sync.Mutex
	header http.Header
	status int
	text   strings.Builder
	took   time.Duration // how long each write takes
	fails  error         // of each write
}

func (w *wire) Header() http.Header { return w.header }
func (w *wire) WriteHeader(s int)   { w.status = s }
func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	time.Sleep(w.took)
	if w.fails != nil {
		return 0, w.fails
	}
	return w.text.Write(b)
}
func (w *wire) Flush()                           {}
func (w *wire) SetWriteDeadline(time.Time) error { return nil }
func (w *wire) said() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func (w *wire) set(took time.Duration, fails error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.took, w.fails = took, fails
}

// metrics keeps what a Server counts.
type counts struct {
	mu      sync.Mutex
	drops   []string
	clients int
}

func (c *counts) Request(string, int) {}
func (c *counts) Clients(_ string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clients += n
}

func (c *counts) Dropped(transport, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops = append(c.drops, transport+" "+reason)
}

func newLab(events int) *viewtest.Lab {
	l := viewtest.NewLab()
	l.AllEvents = nil
	for range events {
		l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
	}
	return l
}

// listening runs a stream in a bubble, and ends it.
func listening(t *testing.T, l *viewtest.Lab, path string, f func(w *wire, c *counts, end context.CancelCauseFunc)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, c := newServer(t, l), &counts{}
		s.meter = c
		ctx, end := context.WithCancelCause(t.Context())
		w := &wire{header: http.Header{}}
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil).WithContext(ctx))
		}()
		synctest.Wait()
		f(w, c, end)
		end(nil)
		<-done
		if c.clients != 0 {
			t.Errorf("%d clients are counted after the last has left", c.clients)
		}
	})
}

func TestStreamBeginsWithItsPosition(t *testing.T) {
	t.Parallel()
	listening(t, newLab(7), "/api/v1/stream", func(w *wire, _ *counts, _ context.CancelCauseFunc) {
		if got := w.said(); got != "retry: 3000\nid: 7\n\n" {
			t.Errorf("%q", got)
		}
		if got := w.header.Get("Content-Type") + w.header.Get("Cache-Control") + w.header.Get("X-Accel-Buffering"); got != "text/event-streamno-storeno" {
			t.Errorf("headers %v", w.header)
		}
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if got := w.said(); !strings.HasSuffix(got, "\n\n: ping\n\n: ping\n\n") {
			t.Errorf("after half a minute %q", got)
		}
	})
}

func TestStreamFilters(t *testing.T) {
	t.Parallel()
	l := newLab(3)
	id := l.AllDevices[0].ID
	listening(t, l, "/api/v1/stream?type=source.*,dispute.opened&type=verdict.pending&after=0", func(w *wire, _ *counts, _ context.CancelCauseFunc) {
		// Three that are not wanted: it is at the head, and told so.
		want := "retry: 3000\nid: 0\n\nid: 3\nevent: position\ndata: {\"type\":\"position\",\"seq\":3}\n\n"
		if got := w.said(); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
		l.Record(device.Event{Type: device.EventSourceBlind, At: viewtest.Noon, Source: "prtg"})
		l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
		l.Record(device.Event{Type: device.EventVerdictPending, At: viewtest.Noon})
		l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
		synctest.Wait()
		got := strings.TrimPrefix(w.said(), want)
		wantIn(t, got, "id: 4\nevent: source.blind\ndata: {\"seq\":4,", "id: 6\nevent: verdict.pending\n")
		if strings.Contains(got, "id: 5") || strings.Contains(got, "id: 7") {
			t.Errorf("what is not wanted came:\n%s", got)
		}
		time.Sleep(streamPing)
		synctest.Wait()
		if got := w.said(); !strings.HasSuffix(got, "id: 7\nevent: position\ndata: {\"type\":\"position\",\"seq\":7}\n\n") {
			t.Errorf("the position did not go on:\n%s", got)
		}
	})
	listening(t, l, "/live?device=nas-1&after=7", func(w *wire, _ *counts, _ context.CancelCauseFunc) {
		l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon, Device: &device.Name{ID: "d_other"}})
		l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon, Device: &device.Name{ID: id, Name: "a\n\nid: 99\x1b"}})
		synctest.Wait()
		got := w.said()
		if strings.Contains(got, "id: 8\n") || !strings.Contains(got, "id: 9\n") {
			t.Errorf("%s", got)
		}
		if strings.Contains(got, "\nid: 99") || strings.Contains(got, "\x1b") {
			t.Errorf("a name breaks out of its line: %q", got)
		}
	})
}

func TestStreamReset(t *testing.T) {
	t.Parallel()
	l := newLab(9)
	listening(t, l, "/api/v1/stream?after=5000", func(w *wire, _ *counts, _ context.CancelCauseFunc) {
		l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
		synctest.Wait()
		wantIn(t, w.said(), "id: 9\nevent: reset\ndata: {\"type\":\"reset\",\"seq\":9,\"reason\":\"ahead\"}\n\nid: 10\n")
	})
	l.Pruned = 4
	listening(t, l, "/api/v1/stream?after=2", func(w *wire, _ *counts, _ context.CancelCauseFunc) {
		wantIn(t, w.said(), "id: 4\nevent: reset\ndata: {\"type\":\"reset\",\"seq\":4,\"reason\":\"pruned\"}\n\nid: 5\n", "id: 10\n")
	})
}

func TestStreamDrops(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(l *viewtest.Lab, w *wire, end context.CancelCauseFunc)
		want string
		said string
	}{
		{"a write that does not end", func(l *viewtest.Lab, w *wire, _ context.CancelCauseFunc) {
			w.set(0, os.ErrDeadlineExceeded)
			l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
		}, "sse slow", ""},
		{"far behind and slow", func(l *viewtest.Lab, w *wire, _ context.CancelCauseFunc) {
			w.set(2*time.Second, nil)
			l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
			time.Sleep(time.Second)
			for range 300 {
				l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
			}
			time.Sleep(4 * time.Second)
		}, "sse slow", "event: dropped\ndata: {\"type\":\"dropped\",\"seq\":6,\"reason\":\"slow\"}\n\n"},
		{"access is over", func(_ *viewtest.Lab, _ *wire, end context.CancelCauseFunc) { end(errors.New("revoked")) },
			"sse access", "event: dropped\ndata: {\"type\":\"dropped\",\"seq\":5,\"reason\":\"access\"}\n\n"},
		{"the client left", func(_ *viewtest.Lab, _ *wire, end context.CancelCauseFunc) { end(nil) }, "", ""},
		{"the client's connection broke", func(l *viewtest.Lab, w *wire, _ context.CancelCauseFunc) {
			w.set(0, io.ErrClosedPipe)
			l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
		}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(5)
			listening(t, l, "/api/v1/stream", func(w *wire, c *counts, end context.CancelCauseFunc) {
				tt.do(l, w, end)
				synctest.Wait()
				if got := strings.Join(c.drops, ", "); got != tt.want {
					t.Errorf("dropped %q, want %q", got, tt.want)
				}
				if got := w.said(); !strings.HasSuffix(got, tt.said) {
					t.Errorf("the last words: %q", got)
				}
			})
		})
	}
}

// TestStreamSaysThatTheAgentStops, over a socket: Serve ends what it began.
func TestStreamSaysThatTheAgentStops(t *testing.T) {
	t.Parallel()
	s, c := newServer(t, newLab(2)), &counts{}
	s.meter = c
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/api/v1/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	in := bufio.NewReader(resp.Body)
	if line, err := in.ReadString('\n'); line != "retry: 3000\n" {
		t.Fatalf("%q, %v", line, err)
	}
	stop()
	rest, err := io.ReadAll(in)
	if err != nil || !strings.HasSuffix(string(rest), "event: dropped\ndata: {\"type\":\"dropped\",\"seq\":2,\"reason\":\"shutdown\"}\n\n") {
		t.Errorf("%q, %v", rest, err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestStreamsThatAreNotBegun(t *testing.T) {
	t.Parallel()
	h := newServer(t, newLab(2)).Handler()
	for path, want := range map[string]struct {
		status int
		code   string
	}{
		"/api/v1/stream?after=-1":                                                {400, "bad_position"},
		"/api/v1/stream?after=99999999999999999999":                              {400, "bad_position"},
		"/api/v1/stream?kind=verdict.changed":                                    {400, "unknown_parameter"},
		"/api/v1/stream?type=verdict":                                            {422, "invalid"},
		"/api/v1/stream?type=*":                                                  {422, "invalid"},
		"/api/v1/stream?type=":                                                   {422, "invalid"},
		"/api/v1/stream?type=" + strings.Repeat("verdict.*,", 200) + "verdict.*": {422, "invalid"},
		"/live?device=nobody":                                                    {404, "not_found"},
		"/live?source=%3Cscript%3E":                                              {404, "not_found"},
		"/live?source=prtg&device=x":                                             {404, "not_found"},
	} {
		w := fetch(t, h, path)
		if w.Code != want.status {
			t.Errorf("%.60s: %d, want %d", path, w.Code, want.status)
		}
		wantIn(t, w.Body.String(), `"code":"`+want.code+`"`)
		if strings.Contains(w.Body.String(), "script") || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.60s: %s %s", path, w.Header().Get("Content-Type"), w.Body)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/api/v1/stream", nil))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD: %d %v", w.Code, w.Header())
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	var p places
	for i := range maxStreamsOf {
		if _, full := p.take("192.0.2.1"); full != nil {
			t.Fatalf("client %d of one address: %v", i+1, full)
		}
	}
	if _, full := p.take("192.0.2.1"); full == nil || full.status != http.StatusServiceUnavailable {
		t.Errorf("one address has more than %d places", maxStreamsOf)
	}
	var leave func()
	for i := range maxStreams - maxStreamsOf {
		var full *mistaken
		if leave, full = p.take(""); full != nil {
			t.Fatalf("this machine's client %d: %v", i+1, full)
		}
	}
	if _, full := p.take("192.0.2.2"); full == nil {
		t.Errorf("there are more than %d places", maxStreams)
	}
	leave()
	if _, full := p.take("192.0.2.2"); full != nil {
		t.Errorf("a place was not given back: %v", full)
	}
}

package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sinks"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testSecret = device.Secret("canary-secret-0123456789")

// hub is a receiver. Answer, where it is not nil, says what it answers with.
type hub struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(w http.ResponseWriter, body []byte)
	got    []request
	opened int // connections
}

type request struct {
	header http.Header
	body   string
}

func newHub(t *testing.T, answer func(w http.ResponseWriter, body []byte)) *hub {
	t.Helper()
	h := &hub{answer: answer}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(h.take))
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if s == http.StateNew {
			h.opened++
		}
	}
	t.Cleanup(h.Close)
	return h
}

func (h *hub) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	h.mu.Lock()
	h.got = append(h.got, request{r.Header.Clone(), string(body)})
	answer := h.answer
	h.mu.Unlock()
	if answer != nil {
		answer(w, body)
	}
}

func (h *hub) all() []request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.got)
}

func (h *hub) connections() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.opened
}

// newSink makes a sink with a path, a query and secrets that no error may show.
func newSink(t *testing.T, c Config, o Options) *Sink {
	t.Helper()
	if c.Secret == "" {
		c.Secret = testSecret
	}
	o.Name, o.Agent = "hub", "home"
	s, err := New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var at = time.Date(2026, 1, 1, 0, 2, 0, 500e6, time.UTC)

func event(seq int64) device.Event {
	return device.Event{
		Seq: seq, ID: fmt.Sprintf("01ID%08d", seq), Type: device.EventVerdictChanged, At: at, Since: at.Add(-80 * time.Second),
		Device: &device.Name{ID: "d_7f3k", Name: "nas<1>"}, From: "up", To: "down", Standing: "confirmed", Text: "nas<1> is down",
	}
}

func events(n int) []device.Event {
	var out []device.Event
	for i := range n {
		out = append(out, event(int64(i+1)))
	}
	return out
}

func deliver(t *testing.T, s *Sink, in []device.Event) (int, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return s.Deliver(ctx, in)
}

func TestOneEventARequest(t *testing.T) {
	h := newHub(t, nil)
	h.Start()
	now := at.Add(time.Hour)
	s := newSink(t, Config{
		URL: h.URL + "/hook?to=ops", Headers: map[string]device.Secret{"Authorization": "Bearer of-the-test", "x-scope": "home"},
	}, Options{Now: func() time.Time { return now }})
	in := events(3)
	in[1] = device.Event{Seq: 2, ID: "01SOURCE", Type: device.EventSourceBlind, At: at, Source: "prtg"}
	if n, err := deliver(t, s, in); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	now = now.Add(time.Minute)
	if n, err := deliver(t, s, in); n != 3 || err != nil { // again, as after a crash
		t.Fatal(n, err)
	}
	got := h.all()
	want := []string{
		`{"specversion":"1.0","id":"01ID00000001","source":"home","type":"quorate.verdict.changed","subject":"d_7f3k","time":"2026-01-01T00:02:00.5Z","datacontenttype":"application/json","data":` + encoded(t, in[0]) + `}`,
		`{"specversion":"1.0","id":"01SOURCE","source":"home","type":"quorate.source.blind","time":"2026-01-01T00:02:00.5Z","datacontenttype":"application/json","data":` + encoded(t, in[1]) + `}`,
	}
	for i, w := range want {
		if got[i].body != w {
			t.Errorf("got  %s\nwant %s", got[i].body, w)
		}
	}
	for i, r := range got[3:] {
		if r.body != got[i].body || r.header.Get("Idempotency-Key") != got[i].header.Get("Idempotency-Key") {
			t.Errorf("the redelivery of %d differs:\n%s\n%s", i, got[i].body, r.body)
		}
	}
	head := got[3].header
	for name, w := range map[string]string{
		"Content-Type": "application/cloudevents+json", "Idempotency-Key": in[0].ID, "Webhook-Id": in[0].ID, "Authorization": "Bearer of-the-test",
		"X-Scope": "home", "User-Agent": "quorate", "Webhook-Timestamp": timestamp(now),
		"Webhook-Signature": sign([][]byte{[]byte(testSecret.Reveal())}, in[0].ID, now, []byte(got[3].body)),
	} {
		if head.Get(name) != w {
			t.Errorf("%s: got %q, want %q", name, head.Get(name), w)
		}
	}
	if n := h.connections(); n != 1 {
		t.Errorf("%d connections for six requests", n)
	}
}

func encoded(t *testing.T, e device.Event) string {
	t.Helper()
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSignature holds the example of the Standard Webhooks specification, and what two secrets make.
func TestSignature(t *testing.T) {
	k, err := key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	const id, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", `{"test": 2432232314}`
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got := sign([][]byte{k}, id, time.Unix(1614265330, 0), []byte(body)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	both := strings.Fields(sign([][]byte{[]byte("another-key-0123456789"), k}, id, time.Unix(1614265330, 0), []byte(body)))
	if len(both) != 2 || both[0] == want || both[1] != want {
		t.Errorf("two keys: %q", both)
	}
}

// TestAnswers: what becomes of the second of three events by what the receiver says of it.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		code           int
		header         string
		never, perhaps bool
		wait           time.Duration
		says           string
		taken          bool
	}{
		{code: 200, taken: true},
		{code: 202, taken: true},
		{code: 204, taken: true},
		{code: 302, wait: slowly, says: "302 Found: redirects are not followed"},
		{code: 400, perhaps: true, says: "400 Bad Request: the receiver cannot take this event, or has another \"secret\""},
		{code: 401, wait: slowly, says: "401 Unauthorized: check \"secret\""},
		{code: 403, wait: slowly, says: "403 Forbidden"},
		{code: 404, wait: slowly, says: "404 Not Found: check the path"},
		{code: 405, wait: slowly, says: "405 Method Not Allowed: check \"url\""},
		{code: 408, says: "408 Request Timeout"},
		{code: 410, wait: slowly, says: "410 Gone: the receiver wants nothing more"},
		{code: 413, never: true, says: "413 Request Entity Too Large: the receiver cannot take this event"},
		{code: 415, wait: slowly, says: "415 Unsupported Media Type: the receiver does not know"},
		{code: 422, never: true, says: "422 Unprocessable Entity: the receiver cannot take this event"},
		{code: 425, says: "425 Too Early"},
		{code: 429, header: "90", wait: 90 * time.Second, says: "429 Too Many Requests"},
		{code: 500, says: "500 Internal Server Error"},
		{code: 503, header: "120", wait: 2 * time.Minute, says: "503 Service Unavailable"},
		{code: 599, says: "599"},
	} {
		t.Run(fmt.Sprint(c.code), func(t *testing.T) {
			n := 0
			h := newHub(t, func(w http.ResponseWriter, _ []byte) {
				if n++; n == 2 {
					w.Header().Set("Location", "https://canary.example.net/canary")
					if c.header != "" {
						w.Header().Set("Retry-After", c.header)
					}
					w.WriteHeader(c.code)
					_, _ = io.WriteString(w, "canary in the body")
				}
			})
			h.Start()
			done, err := deliver(t, newSink(t, Config{URL: h.URL + "/canary?canary=canary"}, Options{}), events(3))
			if c.taken {
				if done != 3 || err != nil {
					t.Errorf("got %d, %v", done, err)
				}
				return
			}
			r, ok := errors.AsType[*refusal](err)
			if !ok || done != 1 || len(h.all()) != 2 {
				t.Fatalf("%d taken after %d requests, %v", done, len(h.all()), err)
			}
			if r.Permanent() != c.never || r.Answered() != c.perhaps || r.RetryAfter() != c.wait || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v (never %v, perhaps %v, wait %s)", err, r.never, r.perhaps, r.wait)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("more than the address is in %v", err)
			}
		})
	}
}

func TestBatches(t *testing.T) {
	h := newHub(t, nil)
	h.Start()
	s := newSink(t, Config{URL: h.URL, BatchMode: true}, Options{})
	in := events(40)
	for i := range in {
		in[i].Text = strings.Repeat("x", maxBatch/20)
	}
	if n, err := deliver(t, s, in); n != len(in) || err != nil {
		t.Fatal(n, err)
	}
	var ids []string
	for _, r := range h.all() {
		var list []struct{ ID string }
		if err := json.Unmarshal([]byte(r.body), &list); err != nil {
			t.Fatal(err)
		}
		if len(r.body) > maxBatch+100 || r.header.Get("Content-Type") != "application/cloudevents-batch+json" {
			t.Errorf("%d bytes of %s", len(r.body), r.header.Get("Content-Type"))
		}
		if want := list[0].ID + "-" + list[len(list)-1].ID; len(list) > 1 && r.header.Get("Idempotency-Key") != want {
			t.Errorf("key %s, want %s", r.header.Get("Idempotency-Key"), want)
		}
		for _, e := range list {
			ids = append(ids, e.ID)
		}
	}
	for i, e := range in {
		if i >= len(ids) || ids[i] != e.ID {
			t.Fatalf("event %d is not at its place in %d", i, len(ids))
		}
	}
	if n := len(h.all()); n < 2 || n > 4 {
		t.Errorf("%d requests for two batches full", n)
	}
}

// TestBatchFindsWhatIsRefused: one event that the receiver cannot take costs no other, and is named exactly.
func TestBatchFindsWhatIsRefused(t *testing.T) {
	for _, code := range []int{400, 413, 422} {
		h := newHub(t, func(w http.ResponseWriter, body []byte) {
			if bytes.Contains(body, []byte("01ID00000008")) {
				w.WriteHeader(code)
			}
		})
		h.Start()
		n, err := deliver(t, newSink(t, Config{URL: h.URL, BatchMode: true}, Options{}), events(10))
		r, ok := errors.AsType[*refusal](err)
		if n != 7 || !ok || !r.never && !r.perhaps {
			t.Errorf("%d: %d taken, %v", code, n, err)
		}
	}
}

// TestSlowReceiver: what takes longer than a delivery may is no failure, as long as something is taken.
func TestSlowReceiver(t *testing.T) {
	var slow atomic.Bool
	h := newHub(t, func(http.ResponseWriter, []byte) { slow.Store(true) })
	h.Start()
	s := newSink(t, Config{URL: h.URL}, Options{Now: func() time.Time {
		if slow.Load() {
			return time.Now().Add(40 * time.Second) // of a minute
		}
		return time.Now()
	}})
	if n, err := deliver(t, s, events(3)); n != 1 || err != nil {
		t.Errorf("got %d, %v, want one and no error", n, err)
	}
}

// TestNoAnswer: errors say what to change, and nothing of the address but its host.
func TestNoAnswer(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	// Both wait for the request: what comes before it is dropped by the client together with the connection.
	asked := func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) }
	speechless := newRaw(t, asked)
	stammers := newRaw(t, func(c net.Conn) {
		asked(c)
		_, _ = io.WriteString(c, "220 mail.example.net\r\n")
	})
	hangs := newRaw(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	drips := newRaw(t, func(c net.Conn) {
		asked(c)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx")
		_, _ = io.Copy(io.Discard, c)
	})
	for _, c := range []struct{ name, host, says string }{
		{"nobody listens", nobody, "connection refused: nothing listens on " + nobody},
		{"no word", speechless, "closed the connection before it answered"},
		{"another protocol", stammers, "does not speak HTTP there"},
		{"hangs", hangs, "no answer in time"},
		{"no such name", "hub.invalid:80", "hub.invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSink(t, Config{URL: "http://" + c.host + "/canary/path?token=canary", Headers: map[string]device.Secret{"X-Token": "canary-header"}}, Options{})
			patience := time.Minute
			if c.name == "hangs" || c.name == "no such name" {
				patience = 300 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			n, err := s.Deliver(ctx, events(1))
			if n != 0 || err == nil || !strings.Contains(err.Error(), c.says) && c.name != "no such name" || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %d, %v", n, err)
			}
		})
	}
	// An answer has come with its head: what follows, and when, is nobody's business.
	if n, err := deliver(t, newSink(t, Config{URL: "http://" + drips}, Options{}), events(1)); n != 1 || err != nil {
		t.Errorf("a body without end: %d, %v", n, err)
	}
}

// newRaw listens, and ends each connection when f has returned. It returns the address.
func newRaw(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				f(c)
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	return l.Addr().String()
}

func TestFilterAndCancel(t *testing.T) {
	h := newHub(t, nil)
	h.Start()
	f, err := sinks.ParseFilter([]string{"source.*"})
	if err != nil {
		t.Fatal(err)
	}
	s := newSink(t, Config{URL: h.URL}, Options{Filter: f})
	if n, err := deliver(t, s, events(5)); n != 5 || err != nil || len(h.all()) != 0 {
		t.Errorf("got %d, %v after %d requests", n, err, len(h.all()))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s = newSink(t, Config{URL: h.URL}, Options{})
	if n, err := s.Deliver(ctx, events(1)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d, %v", n, err)
	}
}

// TestNoRedirectAndNoProxy: the events go to the server of "url" and nowhere else.
func TestNoRedirectAndNoProxy(t *testing.T) {
	other := newHub(t, nil)
	other.Start()
	h := newHub(t, func(w http.ResponseWriter, _ []byte) {
		w.Header().Set("Location", other.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	h.Start()
	if n, err := deliver(t, newSink(t, Config{URL: h.URL}, Options{}), events(1)); n != 0 || err == nil {
		t.Errorf("got %d, %v", n, err)
	}
	t.Setenv("HTTP_PROXY", other.URL)
	t.Setenv("ALL_PROXY", other.URL)
	s := newSink(t, Config{URL: "http://hub.invalid/x"}, Options{}) // Go asks no proxy for loopback in any case
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if n, err := s.Deliver(ctx, events(1)); n != 0 || err == nil {
		t.Errorf("got %d, %v", n, err)
	}
	if n := len(other.all()); n != 0 {
		t.Errorf("another server got %d requests", n)
	}
	s = newSink(t, Config{URL: "http://hub.invalid/x", Proxy: other.URL}, Options{})
	if n, err := deliver(t, s, events(1)); n != 1 || err != nil || len(other.all()) != 1 {
		t.Errorf("by the configured proxy: %d, %v", n, err)
	}
}

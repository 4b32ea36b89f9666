package api

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view/viewtest"
)

const (
	nmsToken  = "canary-nms-5f1c0e77"
	prtgToken = "canary-prtg-9b2d4a11"
)

// gate is a server with hooks for two sources, on a clock that stands still until it is moved.
type gate struct {
	*Server
	url string

	clock atomic.Int64 // after viewtest.Noon
	busy  atomic.Bool  // nobody takes what is accepted

	mu      sync.Mutex
	taken   []string
	refused map[string]int
	log     bytes.Buffer
}

func (g *gate) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.log.Write(b)
}

func (g *gate) said() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.log.String()
}

func (g *gate) hook(source string, token device.Secret) Hook {
	return Hook{
		Source: source, Token: token, MaxBody: 1024, PerMinute: 6,
		Accept: func(contentType string, body []byte) bool {
			g.mu.Lock()
			defer g.mu.Unlock()
			if g.busy.Load() {
				return false
			}
			g.taken = append(g.taken, source+" "+contentType+" "+string(body))
			return true
		},
		Refused: func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.refused[source]++
		},
	}
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{refused: map[string]int{}}
	l := viewtest.NewLab()
	s, err := New(Config{AgentName: "home", Version: "test"}, Options{
		Read: l, Subscribe: l.Subscribe, Now: func() time.Time { return viewtest.Noon.Add(time.Duration(g.clock.Load())) },
		Hooks: []Hook{g.hook("librenms", nmsToken), g.hook("prtg", prtgToken)},
		Log:   slog.New(slog.NewTextHandler(g, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	g.Server = s
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	g.url = "http://" + listener.Addr().String()
	return g
}

// ask sends one request, changed as wanted, and returns the answer with its body.
func (g *gate) ask(t *testing.T, method, path, body string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, g.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(req)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

func (g *gate) push(t *testing.T, path, body string) int {
	t.Helper()
	resp, _ := g.ask(t, http.MethodPost, path, body, nil)
	return resp.StatusCode
}

func TestHookTakesPushes(t *testing.T) {
	g := newGate(t)
	for _, path := range []string{"/hooks/librenms/" + nmsToken, "/hooks/librenms/" + nmsToken + "/", "/hooks/librenms/" + nmsToken + "/api/v2/alerts?a=b"} {
		resp, body := g.ask(t, http.MethodPost, path, "[{}]", func(r *http.Request) {
			r.Header.Set("Content-Type", "application/json")
			r.Host = "monitors.example.net" // as a proxy passes it on
		})
		if resp.StatusCode != http.StatusNoContent || body != "" {
			t.Errorf("%s: %s %q", path, resp.Status, body)
		}
		if got := resp.Header.Get("Referrer-Policy"); got != "no-referrer" {
			t.Errorf("Referrer-Policy %q", got)
		}
	}
	if code := g.push(t, "/hooks/prtg/"+prtgToken, "sensorid=1"); code != http.StatusNoContent {
		t.Errorf("prtg: %d", code)
	}
	want := strings.Repeat("librenms application/json [{}]\n", 3) + "prtg  sensorid=1"
	if got := strings.Join(g.taken, "\n"); got != want {
		t.Errorf("taken:\n%s\nwant:\n%s", got, want)
	}
}

// TestHookTellsNothing is every way not to get in: the answers to the first group are equal to the byte, and no answer
// and no log line shows a token, right or wrong.
func TestHookTellsNothing(t *testing.T) {
	g := newGate(t)
	const guess = "canary-guess-0a0a0a0a"
	var first string
	for _, path := range []string{
		"/hooks/librenms/" + guess, "/hooks/nobody/" + guess, "/hooks/nobody/" + nmsToken, "/hooks/prtg/" + nmsToken, "/hooks/librenms/" + prtgToken,
		"/hooks/librenms/", "/hooks/librenms", "/hooks/", "/hooks//" + nmsToken, "/hooks/librenms//" + nmsToken, "/hooks/librenms/" + nmsToken + "x",
		"/hooks/librenms/" + nmsToken[:len(nmsToken)-1], "/hooks/LibreNMS/" + nmsToken, "/hooks/librenms%00" + nmsToken,
		"/hooks/librenms/../../api/v1/devices", "/hooks/../api/v1/devices", "/hooks/%2e%2e/api/v1/devices", "/hooks/..%2fapi%2fv1%2fdevices",
	} {
		resp, body := g.ask(t, http.MethodPost, path, "x", nil)
		header := resp.Header.Clone()
		header.Del("Date")
		answer := fmt.Sprint(resp.StatusCode, header, body)
		if first == "" {
			first = answer
		}
		if resp.StatusCode != http.StatusNotFound || answer != first {
			t.Errorf("%s: %s\nwant %s", path, answer, first)
		}
	}
	// Only POST, and never from a page.
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		resp, _ := g.ask(t, method, "/hooks/librenms/"+nmsToken, "", nil)
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != http.MethodPost {
			t.Errorf("%s: %s, Allow %q", method, resp.Status, resp.Header.Get("Allow"))
		}
	}
	for _, header := range []string{"Origin", "Sec-Fetch-Site"} {
		resp, _ := g.ask(t, http.MethodPost, "/hooks/librenms/"+nmsToken, "x", func(r *http.Request) { r.Header.Set(header, "null") })
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("with %s: %s", header, resp.Status)
		}
	}
	if len(g.taken) > 0 {
		t.Errorf("taken: %q", g.taken)
	}
	if log := g.said(); strings.Contains(log, "canary") || !strings.Contains(log, "wrong token") {
		t.Errorf("log:\n%s", log)
	}
	if n := strings.Count(g.said(), "push refused"); n > refusalsPerMinute {
		t.Errorf("%d lines of refused pushes", n)
	}
}

// TestHookOpensNothingElse: what lies beside the hooks is guarded as before.
func TestHookOpensNothingElse(t *testing.T) {
	g := newGate(t)
	for path, want := range map[string]int{
		"/api/v1/devices": http.StatusMisdirectedRequest, "//hooks/librenms/" + nmsToken: http.StatusMisdirectedRequest,
		"/x/../hooks/librenms/" + nmsToken: http.StatusMisdirectedRequest, "/": http.StatusMisdirectedRequest, "/hooks": http.StatusMisdirectedRequest,
	} {
		resp, _ := g.ask(t, http.MethodPost, path, "x", func(r *http.Request) { r.Host = "monitors.example.net" })
		if resp.StatusCode != want {
			t.Errorf("%s by another name: %s, want %d", path, resp.Status, want)
		}
	}
	// The commands' socket, which has no limits, has no hooks either.
	w := httptest.NewRecorder()
	g.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/hooks/librenms/"+nmsToken, strings.NewReader("x")))
	if w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed {
		t.Errorf("on the socket: %d", w.Code)
	}
	if len(g.taken) > 0 {
		t.Errorf("taken: %q", g.taken)
	}
}

func TestHookLimits(t *testing.T) {
	g := newGate(t)
	nms := "/hooks/librenms/" + nmsToken
	if code := g.push(t, nms, strings.Repeat("x", 1024)); code != http.StatusNoContent {
		t.Errorf("the largest body: %d", code)
	}
	if code := g.push(t, nms, strings.Repeat("x", 1025)); code != http.StatusRequestEntityTooLarge {
		t.Errorf("one byte more: %d", code)
	}
	// A body whose length nobody states.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.url+nms, io.MultiReader(strings.NewReader(strings.Repeat("x", 5000))))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a chunked body: %s", resp.Status)
	}
	g.busy.Store(true)
	if code := g.push(t, nms, "x"); code != http.StatusServiceUnavailable {
		t.Errorf("nobody takes it: %d", code)
	}
	g.busy.Store(false)
	for range 2 {
		if code := g.push(t, nms, "x"); code != http.StatusNoContent {
			t.Errorf("within the rate: %d", code)
		}
	}
	over, _ := g.ask(t, http.MethodPost, nms, "x", nil)
	if over.StatusCode != http.StatusTooManyRequests || over.Header.Get("Retry-After") != "10" {
		t.Errorf("the seventh in a minute: %s, Retry-After %q", over.Status, over.Header.Get("Retry-After"))
	}
	if code := g.push(t, "/hooks/prtg/"+prtgToken, "x"); code != http.StatusNoContent {
		t.Errorf("the other source: %d", code)
	}
	g.clock.Add(int64(10 * time.Second))
	if a, b := g.push(t, nms, "x"), g.push(t, nms, "x"); a != http.StatusNoContent || b != http.StatusTooManyRequests {
		t.Errorf("ten seconds later: %d, %d", a, b)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refused["librenms"] != 5 || g.refused["prtg"] != 0 {
		t.Errorf("refused: %v", g.refused)
	}
}

// TestHookGuessing: when the failed attempts are used up, nobody learns whether a token is right.
func TestHookGuessing(t *testing.T) {
	g := newGate(t)
	for n := range failedPerMinute {
		if code := g.push(t, fmt.Sprintf("/hooks/librenms/guess-%08d", n), "x"); code != http.StatusNotFound {
			t.Fatalf("guess %d: %d", n, code)
		}
	}
	wrong, wrongBody := g.ask(t, http.MethodPost, "/hooks/librenms/guess-99999999", "x", nil)
	right, rightBody := g.ask(t, http.MethodPost, "/hooks/librenms/"+nmsToken, "x", nil)
	if wrong.StatusCode != http.StatusTooManyRequests || right.StatusCode != wrong.StatusCode || rightBody != wrongBody ||
		right.Header.Get("Retry-After") != wrong.Header.Get("Retry-After") {
		t.Errorf("wrong %s %s, right %s %s", wrong.Status, wrongBody, right.Status, rightBody)
	}
	g.clock.Add(int64(time.Minute))
	// Right ones use up nothing.
	for range 6 {
		if code := g.push(t, "/hooks/librenms/"+nmsToken, "x"); code != http.StatusNoContent {
			t.Errorf("a minute later: %d", code)
		}
	}
	if code := g.push(t, "/hooks/prtg/guess", "x"); code != http.StatusNotFound {
		t.Errorf("a wrong one later: %d", code)
	}
}

// TestHookSlowBody: who does not send is answered and cut off, with and without a right token.
func TestHookSlowBody(t *testing.T) {
	g := newGate(t)
	g.hooks.timeout = 50 * time.Millisecond
	for token, want := range map[string]string{nmsToken: "408", "canary-guess-0a0a0a0a": "404"} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(g.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(conn, "POST /hooks/librenms/%s HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf", token); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(conn)
		status, err := r.ReadString('\n')
		if err != nil || !strings.Contains(status, want) {
			t.Errorf("%q, %v; want %s", status, err, want)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			t.Errorf("the connection stays: %v", err)
		}
		_ = conn.Close()
	}
	if log := g.said(); strings.Contains(log, "canary") {
		t.Errorf("log:\n%s", log)
	}
}

func TestBucket(t *testing.T) {
	at := viewtest.Noon
	b := newBucket(60, func() time.Time { return at })
	for n := range 60 {
		if ok, _ := b.take(); !ok {
			t.Fatalf("the %dth is not allowed", n+1)
		}
	}
	if ok, wait := b.take(); ok || wait != time.Second {
		t.Errorf("the 61st: %v, wait %v", ok, wait)
	}
	at = at.Add(-time.Hour)
	if ok, _ := b.take(); ok {
		t.Error("a clock that was set back allows more")
	}
	at = at.Add(1500 * time.Millisecond)
	if ok, _ := b.take(); !ok {
		t.Error("none after a second and a half")
	}
	if ok, wait := b.take(); ok || wait != 500*time.Millisecond {
		t.Errorf("the next: %v, wait %v", ok, wait)
	}
	at = at.Add(24 * time.Hour)
	for range 60 {
		b.take()
	}
	if ok, _ := b.take(); ok {
		t.Error("a day saves up more than a minute's worth")
	}
}

// FuzzHookPath: whatever a path looks like, it is let in by nothing but the name and the token, and never leads on.
func FuzzHookPath(f *testing.F) {
	for _, path := range []string{"librenms/" + nmsToken, "librenms/" + nmsToken + "/api/v2/alerts", "librenms/", "../api/v1/devices", "librenms%2f" + nmsToken, "prtg/" + nmsToken, "//", "\x00"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		accepted := false
		at := viewtest.Noon
		one := Hook{
			Source: "librenms", Token: nmsToken, MaxBody: 10, PerMinute: 10, Refused: func() {},
			Accept: func(string, []byte) bool { accepted = true; return true },
		}
		h := newHooks(func() time.Time { return at }, slog.New(slog.DiscardHandler))
		h.set([]Hook{one})
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x"))
		r.URL.Path = hooksPath + path
		w := httptest.NewRecorder()
		h.before(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("%q leads on", path) })).ServeHTTP(w, r)
		rest, right := strings.CutPrefix(path, "librenms/"+nmsToken)
		right = right && (rest == "" || rest[0] == '/')
		if accepted != right || (w.Code == http.StatusNoContent) != right || !right && strings.Contains(w.Body.String(), "canary") {
			t.Errorf("%q: accepted %v, %d %s", path, accepted, w.Code, w.Body)
		}
	})
}

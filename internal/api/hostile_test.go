package api

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/cert"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/internal/view/viewtest"
	"github.com/quorate/quorate/internal/web"
)

// house is a server over real sockets with every route and page, and a token that may do everything but is let do nothing.
type house struct {
	*Server
	address string
	secure  bool
	token   string
	log     *logBook
}

// logBook is a log that may be read while it is written.
type logBook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (k *logBook) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.b.Write(p)
}

func (k *logBook) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.b.String()
}

// newHouse serves behind a door. The clock of the limits goes on with each request, so that none is met.
func newHouse(t *testing.T, secure bool) *house {
	t.Helper()
	h := &house{log: &logBook{}, secure: secure}
	var mu sync.Mutex
	at := viewtest.Noon
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Second)
		return at
	}
	keeper := access.NewKeeper(access.KeeperOptions{Now: clock})
	gate := access.NewGate(keeper)
	var err error
	if h.token, _, err = keeper.CreateToken(t.Context(), access.NewToken{Name: "all", Scopes: []access.Scope{access.Read, access.Share}}); err != nil {
		t.Fatal(err)
	}
	lab := viewtest.NewLab()
	var act struct{ view.Actor } // nobody here may order anything
	site, err := web.New(web.Options{Read: lab, Act: act, Gate: gate, Name: func() string { return "home" }, Now: func() time.Time { return viewtest.Noon }})
	if err != nil {
		t.Fatal(err)
	}
	h.Server, err = New(Config{AgentName: "home", Version: "test"}, Options{
		Read: lab, Act: act, Gate: gate, Pages: site.Routes(), Missing: http.HandlerFunc(site.Missing), Refused: site.Refused, Subscribe: lab.Subscribe,
		Log: slog.New(slog.NewTextHandler(h.log, nil)), Now: func() time.Time { return viewtest.Noon },
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.address = l.Addr().String()
	var door Door
	if secure {
		keys, err := cert.Open(cert.Options{Dir: filepath.Join(t.TempDir(), "tls"), Names: []string{"localhost", "127.0.0.1"}})
		if err != nil {
			t.Fatal(err)
		}
		door.TLS = keys.TLS()
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.ServeAt(ctx, l, door) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return h
}

// reply is an answer, whole or as much of it as a stream gives at first.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask writes a request as it stands and reads the answer; reqMethod says whether that has a body.
func (h *house) ask(t *testing.T, reqMethod, raw string) reply {
	t.Helper()
	conn := h.dial(t)
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatalf("%.80q: %v", raw, err)
	}
	return h.answer(t, conn, reqMethod, raw)
}

func (h *house) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", h.address)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	if h.secure {
		return tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	}
	return conn
}

func (h *house) answer(t *testing.T, conn net.Conn, method, raw string) reply {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Errorf("%.80q: no answer: %v", raw, err)
		return reply{}
	}
	r := reply{status: resp.StatusCode, header: resp.Header}
	if resp.Header.Get("Content-Type") == "text/event-stream" || resp.StatusCode == http.StatusSwitchingProtocols {
		return r
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Errorf("%.80q: %v", raw, err)
	}
	r.body = string(b)
	return r
}

// telling is what no answer may hold: a stack, a path of the machine, SQL, a type or a pointer of Go.
var telling = regexp.MustCompile(`goroutine \d|\.go:\d|/root/|/home/|/tmp/|/var/lib|SELECT |runtime error|0xc0[0-9a-f]{6}|\*url\.|net/http`)

// harmless fails the test where an answer is not one that a hostile request may have.
func (h *house) harmless(t *testing.T, what string, r reply) {
	t.Helper()
	what = fmt.Sprintf("%.120q", what)
	if r.status == 0 {
		return // told already
	}
	if r.status >= 500 {
		t.Errorf("%s: %d: %.300s", what, r.status, r.body)
	}
	for name := range securityHeaders {
		if r.header.Get(name) == "" {
			t.Errorf("%s: %d without %s", what, r.status, name)
		}
	}
	if found := telling.FindString(r.body); found != "" || strings.Contains(r.body, h.token) {
		t.Errorf("%s: the answer holds %q: %.300s", what, found, r.body)
	}
	if r.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%s: other sites may read the answer", what)
	}
	if r.header.Get("Content-Type") == "application/problem+json" && r.body != "" {
		var p struct {
			Status    int    `json:"status"`
			Code      string `json:"code"`
			RequestID string `json:"request_id"`
		}
		if err := json.Unmarshal([]byte(r.body), &p); err != nil || p.Status != r.status || p.Code == "" || p.RequestID == "" || p.RequestID != r.header.Get("X-Request-Id") {
			t.Errorf("%s: no problem of ours: %v %s", what, err, r.body)
		}
	}
}

// paths are the addresses of the route table, once each.
func (h *house) paths() []string {
	var all []string
	for _, route := range h.Routes() {
		all = append(all, placeholder.ReplaceAllString(strings.ReplaceAll(route.Path, "{$}", ""), "nas-1"))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func request(method, path, host string, headers ...string) string {
	return method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n"
}

// TestHostileMethods sends every method to every address, with a body and without.
func TestHostileMethods(t *testing.T) {
	t.Parallel()
	h := newHouse(t, false)
	takes := func(method, path string) bool {
		return slices.ContainsFunc(h.Routes(), func(r access.Route) bool {
			form := "^" + placeholder.ReplaceAllString(strings.ReplaceAll(r.Path, "{$}", ""), "[^/]+") + "$"
			return r.Method == method && regexp.MustCompile(form).MatchString(path)
		})
	}
	for _, path := range h.paths() {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "GET\x00"} {
			raw := request(method, path, h.address, "Content-Type: application/json", "Content-Length: 2") + "{}"
			if method == "CONNECT" {
				raw = request(method, h.address, h.address)
			}
			r := h.ask(t, method, raw)
			if method == "GET\x00" {
				if r.status != http.StatusBadRequest {
					t.Errorf("%q %s: %d", method, path, r.status)
				}
				continue // the server of Go has answered
			}
			h.harmless(t, method+" "+path, r)
			known := takes(method, path) || method == "HEAD" && takes("GET", path) || method == "OPTIONS" || method == "CONNECT"
			if !known && (r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") == "") {
				t.Errorf("%s %s: %d, Allow %q", method, path, r.status, r.header.Get("Allow"))
			}
		}
	}
	if strings.Contains(h.log.String(), "request broke") {
		t.Error(h.log.String())
	}
}

// TestHostileNamesAndSites asks every address by the name of another and from the page of another site.
func TestHostileNamesAndSites(t *testing.T) {
	t.Parallel()
	h := newHouse(t, false)
	for _, path := range h.paths() {
		for _, method := range []string{"GET", "POST", "HEAD"} {
			for what, raw := range map[string]string{
				"another name":       request(method, path, "rebound.example.net"),
				"another's address":  request(method, path, "192.0.2.1:8600"),
				"a name like ours":   request(method, path, "localhost.example.net", "Authorization: Bearer "+h.token),
				"an address in full": request(method, "http://rebound.example.net"+path, h.address),
				"another site":       request(method, path, h.address, "Origin: https://evil.example.net", "Authorization: Bearer "+h.token),
				"another site's tag": request(method, path, h.address, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"),
				"a neighbour":        request(method, path, h.address, "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors", "Origin: http://localhost:1"),
				"a socket":           request(method, path, h.address, "Origin: https://evil.example.net", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),
			} {
				r := h.ask(t, method, raw)
				h.harmless(t, what+": "+method+" "+path, r)
				if r.status != http.StatusMisdirectedRequest && r.status != http.StatusForbidden {
					t.Errorf("%s: %s %s: %d", what, method, path, r.status)
				}
			}
		}
	}
}

var rubbish = []string{"%00", "%2e%2e", "%ff", "%0d%0aX:1", "..%2f..%2fetc%2fpasswd", "%2e", "%", "%zz", "%F0%9F%92%A9", "'%3B--", "%3Cscript%3E", "{{.}}", "%1b%5B2J", strings.Repeat("a", 300), strings.Repeat("%2f", 60), "-1", "NaN"}

// TestHostileAddresses puts rubbish into every place of every path, and behind every path.
func TestHostileAddresses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, false)
	paths := []string{"//", "/./", "/../", "/a//b", "/static/../healthz", "/%2e%2e/healthz", "/api/v1/../../healthz", "/api//v1/version", "*", "/%", "/\x7f", "/\xff",
		"/static/", "/static/..%2fquorate.css", "/static/%2e%2e%2fsite.go", "/API/V1/VERSION", "/api/v1/version/", "/api/v1", "/.env", "/.git/config", "/debug/pprof/", "/index.php"}
	for _, route := range h.Routes() {
		if strings.Contains(route.Path, "{") && !strings.Contains(route.Path, "{$}") {
			for _, bad := range rubbish {
				paths = append(paths, placeholder.ReplaceAllString(route.Path, bad))
			}
		}
	}
	for _, path := range h.paths() {
		for _, q := range []string{"?%zz", "?a=%00", "?limit=-1", "?limit=99999999999999999999", "?cursor=%F0%28", "?cursor=AAAA", "?since=yesterday&until=never", "?at=9999-99-99", "?after=-1", "?a=1;b=2", "?q=" + strings.Repeat("%27", 200), "?fields=" + strings.Repeat("a,", 300), "?" + strings.Repeat("a=1&", 900), "?=&&&="} {
			paths = append(paths, path+q)
		}
	}
	for _, path := range slices.Compact(slices.Sorted(slices.Values(paths))) {
		r := h.ask(t, "GET", request("GET", path, h.address, "Authorization: Bearer "+h.token))
		if r.status == http.StatusBadRequest && r.body == "400 Bad Request" {
			continue // no HTTP at all: the server of Go has answered, in three words
		}
		h.harmless(t, path, r)
	}
	if strings.Contains(h.log.String(), "request broke") {
		t.Error(h.log.String())
	}
}

// TestHostileSizes: what is too long is refused with a reason, however much of it comes.
func TestHostileSizes(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		h := newHouse(t, secure)
		for _, tt := range []struct {
			name, raw string
			status    int
		}{
			{"an address", request("GET", "/"+strings.Repeat("a", 9<<10), h.address), 414},
			{"a query", request("GET", "/events?q="+strings.Repeat("a", 9<<10), h.address), 414},
			{"a header", request("GET", "/healthz", h.address, "X: "+strings.Repeat("a", 17<<10)), 431},
			{"many headers", request("GET", "/healthz", h.address, strings.Split(strings.Repeat("X: aaaaaaaaaaaa\n", 1200), "\n")[:1200]...), 431},
			{"a body that says its length", request("POST", "/api/v1/tickets", h.address, "Content-Length: 2000000"), 413},
		} {
			conn := h.dial(t)
			// The server may close while it is still written to.
			go func() { _, _ = io.WriteString(conn, tt.raw) }()
			r := h.answer(t, conn, "GET", tt.name)
			_ = conn.Close()
			if r.status != tt.status {
				t.Errorf("TLS %t, %s: %d, want %d: %.200s", secure, tt.name, r.status, tt.status, r.body)
			}
			h.harmless(t, tt.name, r)
		}
	}
}

// TestHeaderWithoutEnd: the server stops reading.
func TestHeaderWithoutEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t, false)
	conn := h.dial(t)
	defer func() { _ = conn.Close() }()
	_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nX: ")
	for sent := 0; err == nil && sent < 64<<20; sent += 64 << 10 {
		_, err = io.WriteString(conn, strings.Repeat("a", 64<<10))
	}
	if err == nil {
		t.Error("64 MiB of a header were taken")
	}
}

// TestPlainHTTPToTLS: who forgets https:// is told so.
func TestPlainHTTPToTLS(t *testing.T) {
	t.Parallel()
	h := newHouse(t, true)
	h.secure = false
	for _, method := range []string{"GET", "POST", "OPTIONS"} {
		raw := request(method, "/", h.address, "X: "+strings.Repeat("a", 8<<10))
		r := h.ask(t, method, raw)
		if r.status != http.StatusBadRequest || !strings.Contains(r.body, "https://") {
			t.Errorf("%s: %+v", method, r)
		}
		h.harmless(t, method, r)
	}
}

// TestSlowHeader: who does not come to the point is cut off, and meanwhile others are answered.
func TestSlowHeader(t *testing.T) {
	t.Parallel()
	h := newHouse(t, false)
	var slow []net.Conn
	for range 40 {
		conn := h.dial(t)
		defer func() { _ = conn.Close() }()
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nX: "); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, conn)
	}
	if r := h.ask(t, "GET", request("GET", "/healthz", h.address)); r.status != http.StatusOK {
		t.Errorf("somebody else: %d", r.status)
	}
	for _, conn := range slow {
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("not cut off: %v", err)
		}
	}
}

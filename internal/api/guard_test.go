package api

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view/viewtest"
)

var (
	onLoopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8600}
	elsewhereA = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8600}
)

// met is what a door makes of a request.
type met struct {
	status int
	code   string
	peer   access.Peer
	host   string
}

// meet sends a request through the door of a listener; nothing of it goes over a wire.
func meet(t *testing.T, d Door, listen net.Addr, edit func(*http.Request)) met {
	t.Helper()
	var m met
	h := d.guarded(listen, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		m.peer, _ = access.PeerOf(r.Context())
		m.host = r.Host
	}))
	r := httptest.NewRequest(http.MethodGet, "/api/v1/version", nil)
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, listen))
	r.Host, r.RemoteAddr = "localhost:8600", "127.0.0.1:40000"
	edit(r)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	m.status = w.Code
	var p struct{ Code string }
	if err := json.Unmarshal(w.Body.Bytes(), &p); w.Code != http.StatusOK && err != nil {
		t.Errorf("%s: %v", w.Body, err)
	}
	m.code = p.Code
	return m
}

func TestNames(t *testing.T) {
	door := Door{Hosts: []string{"quorate.example.net", "2001:db8::7"}}
	for _, tt := range []struct {
		host   string
		listen net.Addr
		want   int
	}{
		{"127.0.0.1:8600", onLoopback, 200}, {"localhost:9000", onLoopback, 200}, {"[::1]:8600", onLoopback, 200}, {"127.0.0.1", onLoopback, 200},
		{"LOCALHOST", onLoopback, 200}, {"localhost.", onLoopback, 200},
		{"quorate.example.net", onLoopback, 200}, {"Quorate.Example.NET.:443", elsewhereA, 200}, {"[2001:db8::7]:8600", elsewhereA, 200},
		{"192.0.2.1:8600", elsewhereA, 200}, {"192.0.2.1", onLoopback, 421}, {"192.0.2.2", elsewhereA, 421},
		{"rebound.example.net:8600", onLoopback, 421}, {"rebound.example.net:8600", elsewhereA, 421}, {"localhost.example.net", onLoopback, 421},
		{"127.0.0.1.example.net", onLoopback, 421}, {"evil.quorate.example.net", elsewhereA, 421}, {"", onLoopback, 421}, {"[", onLoopback, 421}, {"localhost:80:80", onLoopback, 421},
	} {
		if got := meet(t, door, tt.listen, func(r *http.Request) { r.Host = tt.host }); got.status != tt.want || tt.want != 200 && got.code != "wrong_host" {
			t.Errorf("Host %q at %s: %+v, want %d", tt.host, tt.listen, got, tt.want)
		}
	}
}

func TestSites(t *testing.T) {
	type headers map[string]string
	for _, tt := range []struct {
		name, method string
		headers      headers
		want         int
	}{
		{"a program", "GET", nil, 200},
		{"a program that changes something", "POST", nil, 200},
		{"an address typed in", "GET", headers{"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200},
		{"a link from elsewhere", "GET", headers{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200},
		{"the page itself", "GET", headers{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200},
		{"a form of the page", "POST", headers{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Origin": "http://localhost:8600"}, 200},
		{"an old browser's form of the page", "POST", headers{"Origin": "http://localhost:8600"}, 200},
		{"a picture elsewhere", "GET", headers{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403},
		{"a neighbour's picture", "GET", headers{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}, 403},
		{"another port's script", "GET", headers{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Origin": "http://localhost:3000"}, 403},
		{"a form elsewhere", "POST", headers{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": "https://evil.example.net"}, 403},
		{"an old browser's form elsewhere", "POST", headers{"Origin": "https://evil.example.net"}, 403},
		{"a sandboxed form", "POST", headers{"Origin": "null"}, 403},
		{"an old browser's stream elsewhere", "GET", headers{"Origin": "https://evil.example.net"}, 403},
		{"a socket elsewhere", "GET", headers{"Origin": "https://evil.example.net", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-Fetch-Mode": "websocket"}, 403},
		{"a socket that claims to be a link", "GET", headers{"Origin": "https://evil.example.net", "Upgrade": "websocket", "Sec-Fetch-Mode": "navigate"}, 403},
		{"a socket of the page", "GET", headers{"Origin": "http://localhost:8600", "Connection": "Upgrade", "Upgrade": "websocket"}, 200},
		{"what asks before it asks", "OPTIONS", headers{"Origin": "https://evil.example.net", "Access-Control-Request-Method": "POST"}, 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := meet(t, Door{}, onLoopback, func(r *http.Request) {
				r.Method = tt.method
				for k, v := range tt.headers {
					r.Header.Set(k, v)
				}
			})
			if got.status != tt.want || tt.want != 200 && got.code != "cross_site" {
				t.Errorf("%+v, want %d", got, tt.want)
			}
		})
	}
}

func TestPeers(t *testing.T) {
	proxied := Door{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("192.0.2.8/31")}, Hosts: []string{"quorate.example.net"}}
	for _, tt := range []struct {
		name    string
		door    Door
		listen  net.Addr
		from    string
		headers map[string]string
		want    access.Peer
		host    string
	}{
		{"this machine", Door{}, onLoopback, "127.0.0.1:1", nil, access.Peer{Addr: netip.MustParseAddr("127.0.0.1"), Local: true}, "localhost:8600"},
		{"this machine, and a token is wanted", Door{RequireTokens: true}, onLoopback, "127.0.0.1:1", nil, access.Peer{Addr: netip.MustParseAddr("127.0.0.1")}, "localhost:8600"},
		{"this machine, at every address", Door{}, &net.TCPAddr{IP: net.IPv4zero, Port: 8600}, "127.0.0.1:1", nil, access.Peer{Addr: netip.MustParseAddr("127.0.0.1")}, "localhost:8600"},
		{"elsewhere", Door{}, elsewhereA, "192.0.2.7:1", nil, access.Peer{Addr: netip.MustParseAddr("192.0.2.7")}, "localhost:8600"},
		{"a proxy that nobody has named", Door{}, onLoopback, "127.0.0.1:1", map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "x.example.net"},
			access.Peer{Addr: netip.MustParseAddr("127.0.0.1")}, "localhost:8600"},
		{"a proxy", proxied, onLoopback, "127.0.0.1:1", map[string]string{"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "quorate.example.net"},
			access.Peer{Addr: netip.MustParseAddr("198.51.100.1"), Secure: true}, "quorate.example.net"},
		{"a proxy behind another, and what its client made up", proxied, onLoopback, "127.0.0.1:1", map[string]string{"X-Forwarded-For": "127.0.0.1, 198.51.100.1, 192.0.2.9"},
			access.Peer{Addr: netip.MustParseAddr("198.51.100.1")}, "localhost:8600"},
		{"a proxy that passes on rubbish", proxied, onLoopback, "127.0.0.1:1", map[string]string{"X-Forwarded-For": "198.51.100.1, unknown", "X-Forwarded-Proto": "gopher"},
			access.Peer{Addr: netip.MustParseAddr("127.0.0.1")}, "localhost:8600"},
		{"a proxy that says nothing", proxied, onLoopback, "127.0.0.1:1", nil, access.Peer{Addr: netip.MustParseAddr("127.0.0.1")}, "localhost:8600"},
		{"who claims to be behind a proxy", proxied, elsewhereA, "192.0.2.7:1", map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"},
			access.Peer{Addr: netip.MustParseAddr("192.0.2.7")}, "localhost:8600"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := meet(t, tt.door, tt.listen, func(r *http.Request) {
				r.RemoteAddr = tt.from
				for k, v := range tt.headers {
					r.Header.Set(k, v)
				}
			})
			if got.status != 200 || got.peer != tt.want || got.host != tt.host {
				t.Errorf("%+v, want %+v at %s", got, tt.want, tt.host)
			}
		})
	}
}

func TestMethodsThatAnAddressDoesNotTake(t *testing.T) {
	h := newServer(t, viewtest.NewLab()).Handler()
	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"POST", "/api/v1/version", 405, "GET, HEAD, OPTIONS"},
		{"OPTIONS", "/api/v1/version", 204, "GET, HEAD, OPTIONS"},
		{"TRACE", "/healthz", 405, "GET, HEAD, OPTIONS"},
		{"OPTIONS", "/api/v1/nothing", 404, ""},
		{"BREW", "/api/v1/nothing", 404, ""},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if w.Code != tt.status || w.Header().Get("Allow") != tt.allow {
			t.Errorf("%s %s: %d, Allow %q: %s", tt.method, tt.path, w.Code, w.Header().Get("Allow"), w.Body)
		}
	}
}

// TestWhatBreaks: whoever asked learns nothing but the name of the request, under which the log tells what broke.
func TestWhatBreaks(t *testing.T) {
	var log bytes.Buffer
	s, err := New(Config{}, Options{Read: viewtest.NewLab(), Log: slog.New(slog.NewTextHandler(&log, nil)), Pages: []access.Route{{
		Method: "GET", Path: "/breaks", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("at /a/path") }),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	w := fetch(t, s.Handler(), "/breaks")
	var p struct {
		Code      string `json:"code"`
		RequestID string `json:"request_id"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 500 || p.Code != "internal" || p.RequestID == "" || p.RequestID != w.Header().Get("X-Request-Id") {
		t.Errorf("%d %s %v", w.Code, w.Body, err)
	}
	wantIn(t, log.String(), "request_id="+p.RequestID, "at /a/path", "guard_test.go")
}

// deadlined is an answer that remembers until when its request may be read.
type deadlined struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (d *deadlined) SetReadDeadline(t time.Time) error { d.until = t; return nil }

// TestARefusedBodyHoldsNoConnection sends bodies to where nobody reads them: the server waits for the rest of them after
// its answer, and must not wait for ever.
func TestARefusedBodyHoldsNoConnection(t *testing.T) {
	t.Parallel()
	h := Door{}.guarded(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8600}, http.NotFoundHandler())
	for name, ask := range map[string]func(*http.Request){
		"by a wrong name":   func(r *http.Request) { r.Host = "elsewhere.example.net" },
		"from another site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
	} {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8600/", strings.NewReader("x"))
		r.RemoteAddr = "127.0.0.1:40000"
		ask(r)
		w := &deadlined{ResponseRecorder: httptest.NewRecorder()}
		h.ServeHTTP(w, r)
		if w.Code < 400 || w.Code == http.StatusNotFound || w.until.IsZero() {
			t.Errorf("%s: %d, read until %v", name, w.Code, w.until)
		}
	}
}

// TestStreamsAreCountedByWhoListens tells clients behind a proxy apart, and takes a household's addresses for one.
func TestStreamsAreCountedByWhoListens(t *testing.T) {
	t.Parallel()
	door := Door{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("192.0.2.1/32")}}
	for _, tt := range []struct{ from, behind, want string }{
		{"127.0.0.2:1", "", ""},
		{"127.0.0.1:1", "198.51.100.7", "198.51.100.7"},
		{"192.0.2.1:1", "198.51.100.7", "198.51.100.7"},
		{"198.51.100.9:1", "198.51.100.7", "198.51.100.9"},
		{"[2001:db8::1]:1", "", "2001:db8::/64"},
		{"[2001:db8::2]:1", "", "2001:db8::/64"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if r.RemoteAddr = tt.from; tt.behind != "" {
			r.Header.Set("X-Forwarded-For", tt.behind)
		}
		got := "nobody"
		door.lets(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = addressOf(r) })).
			ServeHTTP(httptest.NewRecorder(), r)
		if got != tt.want {
			t.Errorf("from %s for %q: %q, not %q", tt.from, tt.behind, got, tt.want)
		}
	}
}

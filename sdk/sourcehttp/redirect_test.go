package sourcehttp

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/quorate/quorate/device"
)

// asked is a server that records what it was asked for and with which token.
type asked struct {
	*httptest.Server
	calls  atomic.Int32
	tokens atomic.Int32
}

func server(t *testing.T, answer http.HandlerFunc) *asked {
	t.Helper()
	a := &asked{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.calls.Add(1)
		if strings.Contains(r.URL.RawQuery+fmt.Sprint(r.Header), "canary") {
			a.tokens.Add(1)
		}
		answer(w, r)
	}))
	t.Cleanup(a.Close)
	return a
}

// askWith asks as a client whose secret is in a header, or in the query.
func askWith(t *testing.T, address string, inQuery bool) (string, error) {
	t.Helper()
	c := Config{URL: address, Header: map[string]device.Secret{"X-Auth-Token": canary}}
	if inQuery {
		c.Header, c.Query = nil, map[string]device.Secret{"apitoken": canary}
	}
	client, err := New(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	return get(t.Context(), client)
}

func TestRedirects(t *testing.T) {
	// The places of the server: each leads to the next, "end" answers.
	steps := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			at, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/step/"))
			if at < n {
				http.Redirect(w, r, "/step/"+strconv.Itoa(at+1)+"?x=1", []int{301, 302, 303, 307, 308}[at%5])
				return
			}
			fmt.Fprintf(w, `{"path":%q,"query":%q,"token":%t}`, r.URL.Path, r.URL.RawQuery, r.Header.Get("X-Auth-Token") == canary)
		}
	}
	to := func(location string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		}
	}
	for _, tt := range []struct {
		name    string
		answer  http.HandlerFunc
		inQuery bool
		calls   int32
		kind    Kind // "" is success
		want    string
	}{
		{"one", steps(1), false, 2, "", `{"path":"/step/1","query":"x=1","token":true}`},
		{"five", steps(5), false, 6, "", `{"path":"/step/5","query":"x=1","token":true}`},
		{"six", steps(6), false, 6, KindRedirect, "the redirects do not end"},
		{"to itself", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.RequestURI(), http.StatusFound)
		}, false, 1, KindRedirect, "the redirects do not end"},
		{"circle", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, map[bool]string{true: "/b", false: "/a"}[r.URL.Path == "/a"], http.StatusFound)
		}, false, 3, KindRedirect, `302 Found to "http://127.0.0.1`},
		{"with a user", func(w http.ResponseWriter, r *http.Request) {
			if _, _, ok := r.BasicAuth(); ok || r.URL.Path == "/x" {
				fmt.Fprintf(w, `{"basic":%t}`, ok)
				return
			}
			w.Header().Set("Location", "//me:pass@"+r.Host+"/x#part")
			w.WriteHeader(http.StatusFound)
		}, false, 2, "", `{"basic":false}`},
		{"secret in the query", steps(1), true, 1, KindRedirect, `/step/1": redirects are not followed, set "url"`},
		{"not to another place", to(""), false, 1, KindRedirect, "302 Found without a place to go on to"},
		{"to no address", to("http://[::1"), false, 1, KindRedirect, "302 Found without a place to go on to"},
		{"other scheme", to("ftp://127.0.0.1/x"), false, 1, KindRedirect, "not followed to another server"},
		{"script", to("javascript:alert(1)"), false, 1, KindRedirect, "not followed to another server"},
		{"to TLS", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://127.0.0.1/login?token="+url.QueryEscape(canary))
			w.WriteHeader(http.StatusMovedPermanently)
		}, false, 1, KindRedirect, `the server wants TLS, set "url" to "https://127.0.0.1"`},
		{"to TLS, secret in the query", to("https://127.0.0.1/"), true, 1, KindRedirect, `the server wants TLS, set "url" to "https://127.0.0.1"`},
		{"to a page", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/login" {
				http.Redirect(w, r, "/login", http.StatusFound)
				return
			}
			fmt.Fprint(w, "<!DOCTYPE html><title>Log in</title>")
		}, false, 2, KindNotJSON, `200 OK after a redirect to "/login" with HTML instead of JSON`},
		{"not modified", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotModified) }, false, 1, KindRedirect, "304 Not Modified"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := server(t, tt.answer)
			got, err := askWith(t, srv.URL, tt.inQuery)
			if calls := srv.calls.Load(); calls != tt.calls {
				t.Errorf("%d calls, want %d", calls, tt.calls)
			}
			if tt.kind != "" {
				wantFailure(t, err, tt.kind, tt.want)
			} else if err != nil || got != tt.want {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}

// TestRedirectTellsNobody: another host, another port of the same host, and the same host under another name are never
// asked, from the first answer or the second.
func TestRedirectTellsNobody(t *testing.T) {
	other := server(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "{}") })
	for _, inQuery := range []bool{false, true} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			for _, place := range []string{other.URL, strings.Replace(other.URL, "127.0.0.1", "localhost", 1)} {
				for _, late := range []bool{false, true} {
					srv := server(t, func(w http.ResponseWriter, r *http.Request) {
						if late && r.URL.Path != "/late" {
							http.Redirect(w, r, "/late", status)
							return
						}
						http.Redirect(w, r, place+r.URL.RequestURI(), status)
					})
					_, err := askWith(t, srv.URL, inQuery)
					wantFailure(t, err, KindRedirect, "redirects are not followed")
				}
			}
		}
	}
	if other.calls.Load() != 0 || other.tokens.Load() != 0 {
		t.Errorf("the other server was asked %d times, %d times with the token", other.calls.Load(), other.tokens.Load())
	}
}

func TestSameServer(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"https://monitor.example.net", "https://MONITOR.example.net:443/x", true},
		{"http://monitor.example.net:80/y", "http://monitor.example.net/x", true},
		{"http://monitor.example.net", "https://monitor.example.net", false},
		{"http://monitor.example.net:443", "https://monitor.example.net", false},
		{"https://monitor.example.net:8443", "https://monitor.example.net", false},
		{"https://monitor.example.net", "https://monitor.example.net.evil.example", false},
		{"https://[2001:db8::1]", "https://[2001:DB8::1]:443", true},
	} {
		a, err := url.Parse(tt.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := url.Parse(tt.b)
		if err != nil {
			t.Fatal(err)
		}
		if got := sameServer(a, b); got != tt.want {
			t.Errorf("%s and %s: %t", tt.a, tt.b, got)
		}
	}
}

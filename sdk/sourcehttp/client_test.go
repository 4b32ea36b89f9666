package sourcehttp

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/peer"
)

const canary = "canary+token/9c1f&x"

// ask makes one call to a server with a secret in header and query, and returns what came and the error.
func ask(t *testing.T, c Config, o Options) (string, error) {
	t.Helper()
	c.Header = map[string]device.Secret{"X-Auth-Token": canary}
	c.Query = map[string]device.Secret{"apitoken": canary}
	client, err := New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	return get(t.Context(), client)
}

func get(ctx context.Context, client *Client) (string, error) {
	var got json.RawMessage
	err := client.GetJSON(ctx, "/api/table", url.Values{"q": {"a b"}}, func(d *json.Decoder) error { return d.Decode(&got) })
	return string(got), err
}

func TestAnswers(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) string {
		return canary + url.QueryEscape(canary) + r.URL.RawQuery + "\n\x1b[31m"
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
		limits Options
		kind   Kind   // "" is success
		want   string // part of the error
	}{
		{"json", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, " {\"a\":1}\n") }, Options{}, "", ""},
		{"byte order mark", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "\xef\xbb\xbf{\"a\":1}") }, Options{}, "", ""},
		{"blanks before it", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, strings.Repeat(" \r\n\t", 5000)+"[1]")
		}, Options{}, "", ""},
		{"nothing but blanks", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(w, io.LimitReader(blanks{}, 64<<20))
		}, Options{}, KindNotJSON, "with an empty body"},
		{"a picture, json body", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			fmt.Fprint(w, `[1]`)
		}, Options{}, KindNotJSON, "200 OK with image/png instead of JSON"},
		{"html type, json body", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `[1]`)
		}, Options{}, "", ""},
		{"401", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(401)
			fmt.Fprint(w, `{"message":"Unauthenticated."}`)
		}, Options{}, KindStatus, `GET /api/table: 401 Unauthorized "Unauthenticated."`},
		{"500 repeats the token", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(500)
			fmt.Fprintf(w, `{"message":%q}`, echo(w, r))
		}, Options{}, KindStatus, "500 Internal Server Error"},
		{"html page", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "<!DOCTYPE html><title>Log in "+echo(w, r)+"</title>")
		}, Options{}, KindNotJSON, "200 OK with HTML instead of JSON"},
		{"xml", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "<?xml version=\"1.0\"?><prtg><error>No &amp; never</error></prtg>")
		}, Options{}, KindNotJSON, `with XML instead of JSON (it says "No & never")`},
		{"text", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "1234") }, Options{}, KindNotJSON, "with text/plain instead of JSON"},
		{"nothing", func(w http.ResponseWriter, r *http.Request) {}, Options{}, KindNotJSON, "with an empty body"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/public/login.htm?loginurl="+url.QueryEscape(canary), http.StatusFound)
		}, Options{}, KindRedirect, `/public/login.htm": redirects are not followed`},
		{"redirect elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://other.example.net/"+r.URL.RequestURI(), http.StatusMovedPermanently)
		}, Options{}, KindRedirect, `301 Moved Permanently to "https://other.example.net/`},
		{"cut off", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"a":[1,2`)
		}, Options{}, KindBroken, "the answer broke off after 9 bytes"},
		{"cut off at once", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.(http.Flusher).Flush()
		}, Options{}, KindBroken, "broke off after 0 bytes"},
		{"not closed", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{"a":[1,2`) }, Options{}, KindBroken, "broke off"},
		{"malformed", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{"a":tokne}`) }, Options{}, KindBroken, "malformed after"},
		{"two answers", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{"a":1}{"b":2}`) }, Options{}, KindBroken, ""},
		{"too large", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `["`+strings.Repeat(`a","`, 1<<20)+`"]`)
		}, Options{MaxBody: 1 << 20}, KindTooLarge, "larger than 1 MiB"},
		{"one huge text", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `["`+strings.Repeat(`a`, 2<<20)+`"]`)
		}, Options{}, KindTooLarge, "a text longer than 1024 KiB"},
		{"too deep", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, strings.Repeat("[", 100)+strings.Repeat("]", 100))
		}, Options{}, KindTooLarge, "deeper than 32 levels"},
		{"blanks without end", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "[")
			_, _ = io.Copy(w, io.LimitReader(blanks{}, 64<<20))
		}, Options{}, KindTooLarge, "more than 64 KiB of nothing"},
		{"brackets in a text", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `["`+strings.Repeat(`[\"`, 100)+`"]`)
		}, Options{}, "", ""},
		{"gzip bomb", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/json")
			z := gzip.NewWriter(w)
			_, _ = io.Copy(z, io.MultiReader(strings.NewReader(`[""`), strings.NewReader(strings.Repeat(`,"`+strings.Repeat("a", 1000)+`"`, 6<<10))))
			_ = z.Close()
		}, Options{MaxBody: 4 << 20}, KindTooLarge, "larger than 4 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(tt.answer)
			defer srv.Close()
			got, err := ask(t, Config{URL: srv.URL}, tt.limits)
			if tt.kind == "" {
				if err != nil || got == "" {
					t.Fatalf("got %q, %v", got, err)
				}
				return
			}
			wantFailure(t, err, tt.kind, tt.want)
		})
	}
}

type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// wantFailure also holds the error to what every error must be: one line, printable, without the secret.
func wantFailure(t *testing.T, err error, kind Kind, want string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	var f *Failure
	switch {
	case errors.As(err, &f) && f.Kind != kind:
		t.Errorf("kind %q, want %q: %v", f.Kind, kind, err)
	case f == nil && kind != KindBroken:
		t.Errorf("no Failure: %v", err)
	}
	text := err.Error()
	if !strings.Contains(text, want) {
		t.Errorf("%q does not say %q", text, want)
	}
	for _, form := range []string{canary, url.QueryEscape(canary), url.PathEscape(canary), "canary", "\n", "\x1b"} {
		if strings.Contains(text, form) {
			t.Errorf("%q holds %q", text, form)
		}
	}
	if len(text) > 600 {
		t.Errorf("%d bytes of error", len(text))
	}
}

func TestTransport(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	defer plain.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	_ = closed.Close()
	t.Run("refused", func(t *testing.T) {
		_, err := ask(t, Config{URL: "http://" + nobody}, Options{})
		wantFailure(t, err, KindTransport, "connection refused: nothing listens on "+nobody)
	})
	t.Run("no TLS there", func(t *testing.T) {
		_, err := ask(t, Config{URL: strings.Replace(plain.URL, "http:", "https:", 1)}, Options{})
		wantFailure(t, err, KindTransport, "does not speak TLS")
	})
	t.Run("closes", func(t *testing.T) {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		}))
		defer srv.Close()
		_, err := ask(t, Config{URL: srv.URL}, Options{})
		wantFailure(t, err, KindTransport, "closed the connection")
	})
	t.Run("says no HTTP", func(t *testing.T) {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = conn.Write([]byte("SSH-2.0-" + canary + "\r\n\r\n"))
				_ = conn.Close()
			}
		}))
		defer srv.Close()
		_, err := ask(t, Config{URL: srv.URL}, Options{})
		wantFailure(t, err, KindTransport, "does not speak HTTP there")
	})
}

// TestEnds is that a call ends with its context wherever the server got stuck.
func TestEnds(t *testing.T) {
	for _, begin := range []string{"", `{"a":[`} {
		t.Run("after "+begin, func(t *testing.T) {
			entered := make(chan struct{}, 1)
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if begin != "" {
					_, _ = io.WriteString(w, begin)
					w.(http.Flusher).Flush()
				}
				entered <- struct{}{}
				<-r.Context().Done()
			}))
			defer srv.Close()
			client, err := New(Config{URL: srv.URL, Query: map[string]device.Secret{"apitoken": canary}}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-entered
				cancel()
			}()
			_, err = get(ctx, client)
			wantFailure(t, err, KindTransport, "cancelled")
			if !errors.Is(err, context.Canceled) {
				t.Error("not context.Canceled")
			}
			ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			_, err = get(ctx, client)
			wantFailure(t, err, KindTransport, "timeout")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error("not context.DeadlineExceeded")
			}
		})
	}
}

func TestTLS(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "{}") }))
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	srv.Config.ErrorLog = quiet()
	srv.StartTLS()
	defer srv.Close()
	cert := srv.Certificate()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())

	t.Run("unknown authority", func(t *testing.T) {
		_, err := ask(t, Config{URL: srv.URL}, Options{})
		wantFailure(t, err, KindTransport, "(it has SHA-256 "+peer.Fingerprint(cert)+`) is not signed by an authority known here: set "ca_file" or "pin_sha256"`)
	})
	t.Run("ca_file", func(t *testing.T) {
		if _, err := ask(t, Config{URL: srv.URL, CAFile: file}, Options{}); err != nil {
			t.Error(err)
		}
	})
	t.Run("other name", func(t *testing.T) {
		_, err := ask(t, Config{URL: "https://localhost:" + port, CAFile: file}, Options{})
		wantFailure(t, err, KindTransport, "is not for localhost")
	})
	t.Run("pin", func(t *testing.T) {
		for _, pin := range []string{peer.Fingerprint(cert), strings.ToLower(strings.ReplaceAll(peer.Fingerprint(cert), ":", ""))} {
			if _, err := ask(t, Config{URL: "https://localhost:" + port, PinSHA256: pin}, Options{}); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("other pin", func(t *testing.T) {
		_, err := ask(t, Config{URL: srv.URL, PinSHA256: strings.Repeat("ab", 32)}, Options{})
		wantFailure(t, err, KindTransport, `is not the one of "pin_sha256": it has SHA-256 `+peer.Fingerprint(cert))
	})
	t.Run("old TLS", func(t *testing.T) {
		old := httptest.NewUnstartedServer(http.NotFoundHandler())
		old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11}
		old.Config.ErrorLog = quiet()
		old.StartTLS()
		defer old.Close()
		_, err := ask(t, Config{URL: old.URL, PinSHA256: peer.Fingerprint(old.Certificate())}, Options{})
		wantFailure(t, err, KindTransport, "protocol version")
	})
}

// TestNoProxyNoForever: nobody's environment says who gets the token, and a call always has an end.
func TestNoProxyNoForever(t *testing.T) {
	srv := server(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") })
	client, err := New(Config{URL: srv.URL}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if client.http.Proxy != nil {
		t.Error("a proxy")
	}
	a, err := client.ask(t.Context(), "/", nil, asJSON(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	if _, ends := a.ctx.Deadline(); !ends {
		t.Error("no deadline")
	}
}

func TestNewRefuses(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		c    Config
		want string
	}{
		{"nothing", Config{}, `"url" is missing`},
		{"no scheme", Config{URL: "monitor.example.net"}, `"url" must look like`},
		{"other scheme", Config{URL: "ftp://monitor.example.net"}, `"url" must look like`},
		{"no host", Config{URL: "https:///x"}, `"url" must look like`},
		{"not a url", Config{URL: "https://a b/\x7f"}, `"url" must look like`},
		{"password", Config{URL: "https://me:" + "canary@example.net"}, `"url" must not carry a user`},
		{"query", Config{URL: "https://example.net/?apitoken=canary"}, `without "?"`},
		{"no file", Config{URL: "https://example.net", CAFile: filepath.Join(dir, "none.pem")}, `"ca_file": open`},
		{"no certificate", Config{URL: "https://example.net", CAFile: empty}, "holds no PEM certificate"},
		{"pin", Config{URL: "https://example.net", PinSHA256: "abc"}, `"pin_sha256" must be the 64 hexadecimal digits`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.c, Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestShortSecretMutesTheServer(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(500)
		fmt.Fprint(w, `{"message":"pin 42 is wrong"}`)
	}))
	defer srv.Close()
	client, err := New(Config{URL: srv.URL, Query: map[string]device.Secret{"pin": "42"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := get(t.Context(), client); err == nil || strings.Contains(err.Error(), "42") {
		t.Errorf("got %v", err)
	}
}

func TestRows(t *testing.T) {
	tests := []struct {
		name, body, rows, beside string
		found                    bool
		err                      string
	}{
		{"plain", `{"status":"ok","devices":[{"a":1},2,null],"count":3}`, `{"a":1} 2 null`, "count=3 status=ok", true, ""},
		{"other case, nested beside", `{"Extra":{"devices":[9]},"DEVICES":[1]}`, `1`, "", true, ""},
		{"scalars as written", `{"count":1.50,"x":[[{"a":[]},1]],"devices":[],"y":{"z":{}},"status":true}`, ``, "count=1.50 status=true", true, ""},
		{"cut beside", `{"x":[[1,`, ``, "", false, "EOF"},
		{"null list", `{"devices":null}`, ``, "", true, ""},
		{"no list", `{"devices":{}}`, ``, "", false, "no list"},
		{"no such list", `{"status":"ok"}`, ``, "status=ok", false, ""},
		{"no object", `[1]`, ``, "", false, "no JSON object"},
		{"cut", `{"devices":[1,`, `1`, "", false, "EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var rows []string
			beside, found, err := Rows(json.NewDecoder(strings.NewReader(tt.body)), "devices", func(r json.RawMessage) error {
				rows = append(rows, string(r))
				return nil
			})
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("error %v, want %q", err, tt.err)
			}
			if got := strings.Join(rows, " "); got != tt.rows {
				t.Errorf("rows %q, want %q", got, tt.rows)
			}
			var said []string
			for _, k := range []string{"count", "status"} {
				if v, ok := beside[k]; ok {
					said = append(said, k+"="+v.String())
				}
			}
			if got := strings.Join(said, " "); err == nil && (got != tt.beside || found != tt.found) {
				t.Errorf("beside %q %v, want %q %v", got, found, tt.beside, tt.found)
			}
		})
	}
}

func TestScalar(t *testing.T) {
	tests := []struct {
		in    string
		text  string
		whole int64
		ok    bool
		yes   bool
	}{
		{`"0000000060"`, "0000000060", 60, true, true}, {`60`, "60", 60, true, true}, {`60.0`, "60.0", 60, true, true},
		{`true`, "true", 1, true, true}, {`"False"`, "False", 0, true, false}, {`-1`, "-1", -1, true, true},
		{`null`, "", 0, false, false}, {`""`, "", 0, false, false}, {`"Yes"`, "Yes", 0, false, true},
		{`{"a":1}`, "", 0, false, false}, {`[1]`, "", 0, false, false}, {`"NaN"`, "NaN", 0, false, false},
		{`" Up "`, "Up", 0, false, false}, {`1e400`, "1e400", 0, false, false}, {`0`, "0", 0, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			var v struct{ X Scalar }
			if err := json.Unmarshal([]byte(`{"x":`+tt.in+`}`), &v); err != nil {
				t.Fatal(err)
			}
			whole, ok := v.X.Int()
			if v.X.String() != tt.text || whole != tt.whole || ok != tt.ok || v.X.Bool() != tt.yes {
				t.Errorf("got %q %d %v %v", v.X.String(), whole, ok, v.X.Bool())
			}
		})
	}
}

func TestFilter(t *testing.T) {
	f, err := NewFilter([]string{"SW*", "192.0.2.0/24", "a/*"}, []string{"sw-lab?", "192.0.2.9"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		names []string
		want  bool
	}{
		{[]string{"sw1.example.net"}, true}, {[]string{"", "192.0.2.7"}, true}, {[]string{"192.0.2.9"}, false},
		{[]string{"sw-lab1"}, false}, {[]string{"sw-lab12"}, true}, {[]string{"nas1", "198.51.100.1"}, false}, {[]string{"A/b/c"}, true},
	} {
		if got := f.Passes(tt.names...); got != tt.want {
			t.Errorf("%q: %v", tt.names, got)
		}
	}
	for _, bad := range []string{"", "[a"} {
		if _, err := NewFilter(nil, []string{bad}); err == nil || !strings.Contains(err.Error(), `"exclude"`) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestDecodeConfig(t *testing.T) {
	var c struct {
		URL   string        `json:"url"`
		Token device.Secret `json:"token"`
	}
	for in, want := range map[string]string{
		`{"url":"x","tokne":"canary"}`: `there is no attribute "tokne"`,
		`{"token":5}`:                  `"token" has the wrong type: number`,
		`{"url":"x"} {}`:               "more than one",
		`nonsense`:                     "no JSON object",
		`{"url":`:                      "no JSON object",
		`{"url":"x","token":"canary"}`: "",
		``:                             "",
	} {
		err := DecodeConfig([]byte(in), &c)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%s: %v, want %q", in, err, want)
		}
	}
}

// quiet keeps the servers of tests from printing failed handshakes.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

package lab

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// heard is what a client that reads no more than it must has got.
type heard struct {
	status int
	header http.Header
	body   string // its first 1 MiB
	err    error  // of the request or of the body
}

// hear asks as a plain client, without following or decompressing.
func hear(t *testing.T, address string) heard {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Auth-Token", "x")
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return heard{err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return heard{resp.StatusCode, resp.Header, string(b), err}
}

// TestFaults asks both fakes for each fault over a real connection. Whatever it is, nothing of it goes on when the
// client has gone.
func TestFaults(t *testing.T) {
	status := func(want int) func(heard) bool { return func(h heard) bool { return h.status == want && h.err == nil } }
	begins := func(h heard) bool {
		return h.status == 200 && h.err == nil && strings.ContainsAny(h.body[:1], "{<") && len(h.body) == 1<<20
	}
	unzip := func(b string) string {
		z, err := gzip.NewReader(strings.NewReader(b))
		if err != nil {
			return err.Error()
		}
		out, err := io.ReadAll(io.LimitReader(z, 1<<20))
		if err != nil {
			return err.Error()
		}
		return string(out)
	}
	tests := map[FaultKind]func(heard) bool{
		FaultNone: status(200), FaultServerError: status(500), FaultBadGateway: status(502), FaultUnavailable: status(503),
		FaultUnauthorized: status(401), FaultForbidden: status(403), FaultUnknownRoute: status(404),
		FaultTooMany:   func(h heard) bool { return h.status == 429 && h.header.Get("Retry-After") == "120" },
		FaultLoginPage: func(h heard) bool { return h.status == 200 && strings.Contains(h.body, "password") },
		FaultHTML:      func(h heard) bool { return h.status == 200 && strings.Contains(h.body, "It works") },
		FaultEmpty:     func(h heard) bool { return h.status == 200 && !strings.Contains(h.body, "nas-1") && len(h.body) < 1000 },
		FaultRedirect:  func(h heard) bool { return h.status == 302 && strings.Contains(h.header.Get("Location"), "login") },
		FaultLoop:      func(h heard) bool { return h.status == 302 && strings.Contains(h.header.Get("Location"), "again=1") },
		FaultElsewhere: func(h heard) bool {
			return strings.HasPrefix(h.header.Get("Location"), "https://other.example.net/api/")
		},
		FaultToTLS:  func(h heard) bool { return strings.HasPrefix(h.header.Get("Location"), "https://127.0.0.1:") },
		FaultCutOff: func(h heard) bool { return h.status == 200 && errors.Is(h.err, io.ErrUnexpectedEOF) },
		FaultHalf: func(h heard) bool {
			end := strings.TrimSpace(h.body)
			return h.status == 200 && h.err == nil && !strings.HasSuffix(end, "}") && !strings.HasSuffix(end, "</prtg>")
		},
		FaultGarbage: func(h heard) bool { return h.status == 200 && strings.Contains(h.body, "\x00") },
		FaultNoHTTP:  func(h heard) bool { return h.err != nil && strings.Contains(h.err.Error(), "malformed HTTP") },
		FaultReset:   func(h heard) bool { return errors.Is(h.err, syscall.ECONNRESET) },
		FaultWrongType: func(h heard) bool {
			return h.header.Get("Content-Type") == "image/png" && strings.ContainsAny(h.body[:1], "{<")
		},
		FaultTwice: func(h heard) bool {
			return h.header.Get("Content-Encoding") == "gzip, gzip" && strings.ContainsAny(unzip(unzip(h.body))[:1], "{<")
		},
		FaultHuge: begins, FaultBlanks: begins, FaultLongText: begins,
		FaultDeep: func(h heard) bool {
			return strings.HasSuffix(h.body, "[[[[") || strings.Count(h.body, "<group") > 10_000
		},
		FaultBomb: func(h heard) bool {
			body := unzip(h.body)
			return strings.Contains(body, `_id":1,`) || strings.Contains(body, `"objid":1,`) || strings.Contains(body, `<device id="1">`)
		},
	}
	world := newWorld(t, newClock())
	l, p := NewLibreNMS(world, LibreNMSOptions{Token: "x"}), NewPRTG(world, PRTGOptions{APIToken: "x"})
	for _, fake := range []struct {
		name, path string
		handler    http.Handler
		set        func(Fault)
	}{
		{"librenms", "/api/v0/devices", l, l.SetFault},
		{"prtg tree", "/api/table.xml?content=sensortree&apitoken=x", p, p.SetFault},
		{"prtg", "/api/table.json?content=devices&columns=objid,device&count=5000&apitoken=x", p, p.SetFault},
	} {
		for kind, good := range tests {
			t.Run(fake.name+" "+string(kind), func(t *testing.T) {
				fake.set(Fault{Kind: kind, To: "https://other.example.net"})
				s, ended := counted(t, fake.handler)
				if h := hear(t, s+fake.path); !good(h) {
					t.Errorf("%d %v %v\n%.300s", h.status, h.header, h.err, h.body)
				}
				<-ended
			})
		}
		for _, kind := range []FaultKind{FaultSilent, FaultSlow} {
			t.Run(fake.name+" "+string(kind), func(t *testing.T) {
				fake.set(Fault{Kind: kind, Pace: time.Hour})
				entered := make(chan struct{}, 1)
				s, ended := counted(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					entered <- struct{}{}
					fake.handler.ServeHTTP(w, r)
				}))
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() {
					<-entered
					cancel()
				}()
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, s+fake.path, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("X-Auth-Token", "x")
				resp, err := http.DefaultClient.Do(req)
				if err == nil {
					var b []byte
					b, err = io.ReadAll(resp.Body)
					_ = resp.Body.Close()
					if len(b) > 1 {
						t.Errorf("%d bytes", len(b))
					}
				}
				if !errors.Is(err, context.Canceled) {
					t.Errorf("ended with %v", err)
				}
				<-ended
			})
		}
	}
}

// counted serves h, and tells of each request when it is over.
func counted(t *testing.T, h http.Handler) (address string, ended <-chan struct{}) {
	t.Helper()
	over := make(chan struct{}, 100)
	s, err := serve(t.Context(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { over <- struct{}{} }()
		h.ServeHTTP(w, r)
	}), TLSNone, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s.url, over
}

// TestTLSKinds: of all certificates a client that trusts the lab's authority accepts the good one alone.
func TestTLSKinds(t *testing.T) {
	for kind, want := range map[TLSKind]string{
		TLSGood: "", TLSSelfSigned: "unknown authority", TLSExpired: "expired", TLSWrongName: "doesn't contain any IP SANs",
		TLSPlain: "does not look like a TLS handshake",
	} {
		t.Run(string(kind), func(t *testing.T) {
			r, err := Start(t.Context(), Options{Dir: t.TempDir(), TLS: kind})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}()
			ca, err := os.ReadFile(r.CAFile)
			if err != nil {
				t.Fatal(err)
			}
			pool := x509.NewCertPool()
			if !pool.AppendCertsFromPEM(ca) || bytes.Contains(ca, []byte("PRIVATE")) {
				t.Fatalf("%s", ca)
			}
			transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
			defer transport.CloseIdleConnections()
			for _, address := range []string{r.Env[EnvLibreNMS] + "/up", r.Env[EnvPRTG] + "/"} {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := transport.RoundTrip(req)
				if err == nil {
					_ = resp.Body.Close()
				}
				if got := fmt.Sprint(err); (err == nil) != (want == "") || !strings.Contains(got, want) && want != "" {
					t.Errorf("%s: %v, want %q", address, err, want)
				}
			}
		})
	}
}

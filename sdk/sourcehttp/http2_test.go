package sourcehttp

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// TestHTTP2: servers behind TLS mostly speak HTTP/2, and break off in its own ways.
func TestHTTP2(t *testing.T) {
	var answer http.HandlerFunc
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("asked by %s", r.Proto)
		}
		answer(w, r)
	}))
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = quiet()
	srv.StartTLS()
	defer srv.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		kind   Kind
		want   string
	}{
		{"good", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"a":1}`) }, "", ""},
		{"aborted", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, KindTransport, "closed the connection before it answered"},
		{"aborted within", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"a":[1,2`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, KindBroken, "broke off after"},
		{"a text", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, io.LimitReader(letters{}, 1<<10))
		}, KindNotJSON, "instead of JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer = tt.answer
			got, err := ask(t, Config{URL: srv.URL, CAFile: file}, Options{})
			if tt.kind != "" {
				wantFailure(t, err, tt.kind, tt.want)
			} else if err != nil || got != `{"a":1}` {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}

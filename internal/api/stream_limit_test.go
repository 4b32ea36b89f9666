package api

import (
	"github.com/quorate/quorate/internal/view/viewtest"

	"context"
	"net/http"
	"net/http/httptest"
	"testing"
)

// As many clients may listen as there is memory for; one more is told so, and finds a place when another has left.
func TestStreamsAreBounded(t *testing.T) {
	srv := httptest.NewServer(newServer(t, viewtest.NewLab()).Handler())
	defer srv.Close()
	defer srv.CloseClientConnections()
	listen := func(ctx context.Context) int {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/api/v1/stream", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		return resp.StatusCode
	}
	first, leave := context.WithCancel(t.Context())
	for i := range maxStreams {
		ctx := t.Context()
		if i == 0 {
			ctx = first
		}
		if code := listen(ctx); code != http.StatusOK {
			t.Fatalf("client %d: %d", i+1, code)
		}
	}
	if code := listen(t.Context()); code != http.StatusServiceUnavailable {
		t.Errorf("one too many: %d", code)
	}
	leave()
	for listen(t.Context()) != http.StatusOK {
		if t.Context().Err() != nil {
			t.Fatal("no place was given free")
		}
	}
}

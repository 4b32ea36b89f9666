package prtg

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// TestFailsAndComesBack is that a poll which fails says nothing, and that the one after it is as before.
func TestFailsAndComesBack(t *testing.T) {
	page := func(code int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"restarting", page(503, "text/html", "<html><body><h1>Service Unavailable</h1></body></html>"), "the core server is starting"},
		{"log-in page", page(200, "text/html", `<!DOCTYPE html><html><head><title>Welcome</title></head><body><form action="/public/checklogin.htm"></form></body></html>`), "PRTG shows its log-in page; check the credentials"},
		{"web page", page(200, "text/html", "<html><head><title>x</title></head></html>"), "instead of JSON"},
		{"error with 200", page(200, "application/json", `<?xml version="1.0"?><prtg><version>1</version><error>Sorry.</error></prtg>`), `it says "Sorry."`},
		{"error with 400", page(400, "text/xml", `<?xml version="1.0"?><prtg><version>1</version><error>Sorry.</error></prtg>`), `400 Bad Request "Sorry."`},
		{"more rows than any PRTG has", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{%q:[%s{"objid":1}]}`, r.URL.Query().Get("content"), strings.Repeat(`{"objid":1},`, maxRows))
		}, "more than 150000 rows"},
		{"deep", page(200, "application/json", `{"devices":[`+strings.Repeat("[", 10000)), "nested deeper"},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			_, _ = io.WriteString(w, `{"treesize":5,"devices":[{"objid":2001,"status_raw":5`)
		}, "broke off"},
		{"another list", page(200, "application/json", `{"treesize":5,"sensortree":[]}`), "has no list"},
		{"a list that is none", page(200, "application/json", `{"treesize":5,"probenode":{"objid":1}}`), "the list of the answer is no list"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, s := whole(t)
			want, err := poll(t, s)
			if err != nil {
				t.Fatal(err)
			}
			s.choice = choice{}
			f.set(func() { f.answer = tt.answer })
			got, err := poll(t, s)
			if err == nil || len(got) > 0 || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), canary) || sdk.IsPermanent(err) {
				t.Errorf("%d devices, %v, want %q", len(got), err, tt.want)
			}
			f.set(func() { f.answer = nil })
			if got, err = poll(t, s); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-before +after:\n%s", diff)
			}
		})
	}
}

// TestLargeBody is that an answer of 64 MiB that is no table ends at the first limit that it breaks, and not at its end.
func TestLargeBody(t *testing.T) {
	f, s := whole(t)
	var sent atomic.Int64
	f.answer = func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"treesize":1,"probenode":[{"objid":"`)
		chunk := strings.Repeat("1", 1<<20)
		for range 64 {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
			sent.Add(1)
		}
	}
	got, err := poll(t, s)
	if err == nil || len(got) > 0 || !strings.Contains(err.Error(), "a text longer than 1024 KiB") {
		t.Errorf("%d devices, %v", len(got), err)
	}
	if n := sent.Load(); n > 32 {
		t.Errorf("%d MiB were taken", n)
	}
}

// TestSilence is that a server which takes the request and never answers fails the poll at its deadline.
func TestSilence(t *testing.T) {
	f, s := whole(t)
	f.answer = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Poll(ctx, func(device.Observation) error { return nil }); err == nil || !strings.Contains(err.Error(), "timeout") {
		t.Errorf("got %v", err)
	}
}

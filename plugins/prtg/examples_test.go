package prtg

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
)

// TestExampleBodies decodes what the polls do not ask for through the same reader: the log, the history, an answer about
// one object.
func TestExampleBodies(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join("testdata", "whole", "http", filepath.Base(r.URL.Path)+".json"))
	}))
	defer srv.Close()
	s := New()
	if err := s.Configure(t.Context(), []byte(fmt.Sprintf(`{"url":%q,"api_token":%q}`, srv.URL, canary))); err != nil {
		t.Fatal(err)
	}
	read := func(content string) page {
		t.Helper()
		p := page{size: -1}
		if err := s.api.http.GetJSON(t.Context(), "/"+content, nil, func(d *json.Decoder) error {
			return p.read(d, content, s.api.http.Quote, func(raw json.RawMessage) error {
				m := map[string]any{}
				return json.Unmarshal(raw, &m)
			})
		}); err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := read("messages"); p.rows != 2 || p.size != 1000000 || p.version != "25.1.100.1000" {
		t.Errorf("messages: %+v", p)
	}
	if p := read("histdata"); p.rows != 2 || p.size != 2 {
		t.Errorf("history: %+v", p)
	}
	f := newFake(t)
	f.status = coreStatusBody
	status, err := open(t, f, "").api.status(t.Context())
	if err != nil || status["version"].String() != "25.1.100.1000+" || status["isadminuser"].Bool() || !status["readonlyuser"].Bool() || status["favs"].String() != "0" {
		t.Errorf("status: %v, %v", status, err)
	}
}

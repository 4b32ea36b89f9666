package prtg

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

var update = flag.Bool("update", false, "rewrite want.json and want.err of the golden cases")

// TestGolden polls a server that answers with the files of each case. A file is named for the table, and for its status
// where that is not 200: devices.json, sensors.500.html. What has no file is an empty table; where there is no
// sensortree.xml, the tree is made from the tables. The file clock is the present, on both sides; want.json holds what
// is emitted, want.err the error instead. What the tables say, the tree must say too.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/*/config.json")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, config := range cases {
		dir := filepath.Dir(config)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			now := clock(t, dir)
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				serveCase(w, r, dir, now)
			}))
			defer srv.Close()
			s := New()
			s.now = func() time.Time { return now }
			got, err := pollCase(s, config, srv.URL)
			check(t, dir, got, err, srv.URL)
			if err != nil {
				return
			}
			tree, err := poll(t, s)
			if err != nil || s.choice.tree.at.IsZero() {
				t.Fatalf("the tree was not read: %v", err)
			}
			if diff := cmp.Diff(got, tree); diff != "" {
				t.Errorf("the tree says something else (-tables +tree):\n%s", diff)
			}
		})
	}
}

func clock(t *testing.T, dir string) time.Time {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "clock"))
	if err != nil {
		t.Fatal(err)
	}
	now, err := time.Parse(time.RFC3339, strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return now.UTC()
}

func serveCase(w http.ResponseWriter, r *http.Request, dir string, now time.Time) {
	w.Header().Set("Date", now.Format(http.TimeFormat))
	content := r.URL.Query().Get("content")
	if _, err := os.Stat(filepath.Join(dir, "http", "sensortree.xml")); err != nil && content == "sensortree" {
		w.Header().Set("Content-Type", "text/xml; charset=UTF-8")
		_, _ = fmt.Fprint(w, treeOf(caseRows(dir, "probenode"), caseRows(dir, "devices"), caseRows(dir, "sensors")))
		return
	}
	for _, status := range []int{200, 400, 401, 403, 404, 503} {
		for _, kind := range []string{"json", "html", "xml"} {
			name := fmt.Sprintf("%s.%d.%s", content, status, kind)
			if status == http.StatusOK {
				name = content + "." + kind
			}
			b, err := os.ReadFile(filepath.Join(dir, "http", name))
			if err != nil {
				continue
			}
			w.Header().Set("Content-Type", map[string]string{"json": "application/json; charset=UTF-8", "html": "text/html", "xml": "text/xml"}[kind])
			w.WriteHeader(status)
			_, _ = w.Write(b)
			return
		}
	}
	_, _ = fmt.Fprintf(w, `{"prtg-version":"25.1.100.1000","treesize":0,%q:[]}`, content)
}

// caseRows are the rows of a table of the case, none where it has no such file.
func caseRows(dir, content string) []any {
	b, err := os.ReadFile(filepath.Join(dir, "http", content+".json"))
	if err != nil {
		return nil
	}
	var table map[string]any
	if json.Unmarshal(b, &table) != nil {
		return nil
	}
	rows, _ := table[content].([]any)
	return rows
}

func pollCase(s *Source, config, url string) ([]device.Observation, error) {
	b, err := os.ReadFile(config)
	if err != nil {
		return nil, err
	}
	if err := s.Configure(context.Background(), bytes.ReplaceAll(b, []byte("URL"), []byte(url))); err != nil {
		return nil, fmt.Errorf("configure: %w", err)
	}
	var got []device.Observation
	err = s.Poll(context.Background(), func(o device.Observation) error {
		got = append(got, o)
		return o.Validate()
	})
	return got, err
}

func check(t *testing.T, dir string, observations []device.Observation, err error, url string) {
	t.Helper()
	name, other := filepath.Join(dir, "want.json"), filepath.Join(dir, "want.err")
	var got []byte
	if err != nil {
		name, other = other, name
		got = []byte(strings.ReplaceAll(strings.ReplaceAll(err.Error(), url, "URL"), strings.TrimPrefix(url, "http://"), "HOST") + "\n")
	} else {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(observations); err != nil {
			t.Fatal(err)
		}
		got = b.Bytes()
	}
	if *update {
		_ = os.Remove(other)
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, readErr := os.ReadFile(name)
	if readErr != nil {
		t.Fatalf("%v; got\n%s", readErr, got)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
	if strings.Contains(string(got), "CANARY") {
		t.Error("a secret of the answers came through")
	}
}

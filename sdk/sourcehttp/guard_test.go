package sourcehttp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestControlCharactersInTexts: one raw control character in one text must not cost the answer.
func TestControlCharactersInTexts(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "{\"a\":\"x\x00y\tz\\\"\xff\"}")
	}))
	defer srv.Close()
	client, err := New(Config{URL: srv.URL}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var v struct{ A string }
	if err := client.GetJSON(t.Context(), "/x", nil, func(d *json.Decoder) error { return d.Decode(&v) }); err != nil || v.A != "x y z\"\ufffd" {
		t.Errorf("got %q, %v", v.A, err)
	}
}

// TestElementLimit: a list may be long, one element of it may not, since that is what is held.
func TestElementLimit(t *testing.T) {
	numbers := strings.Repeat("1,", maxElement/2) + "1"
	for body, fits := range map[string]bool{
		"[" + numbers + "," + numbers + "]":                        true,
		`{"n":3,"rows":[` + numbers + "," + numbers + "]}":         true,
		`{"rows":[[1],[` + numbers + "]]}":                         false,
		`{"rows":[{"a":1},{"a":[` + numbers + `]},{"a":2}],"n":3}`: false,
	} {
		_, err := io.Copy(io.Discard, &jsonLimits{r: strings.NewReader(body), maxDepth: DefaultMaxDepth})
		if (err == nil) != fits {
			t.Errorf("%.20s: %v", body, err)
		}
	}
}

// FuzzGuard holds that the guard never changes what it lets through, but for control characters, and never panics.
func FuzzGuard(f *testing.F) {
	f.Add([]byte(`{"a":[1,"\"]"]}`), 3)
	f.Add([]byte(`[[[[[[`), 1)
	f.Add([]byte("V"), 0)
	f.Add([]byte("[\"\x00\\\x01\"]"), 1)
	f.Fuzz(func(t *testing.T, body []byte, peek int) {
		g := &guard{r: bytes.NewReader(body), maxBytes: 1 << 16}
		g.peek(min(max(peek, 0), 1<<10))
		got, err := io.ReadAll(&jsonLimits{r: g, maxDepth: 8})
		plain := func(b []byte) []byte {
			b = bytes.Clone(b)
			for i, c := range b {
				if c < ' ' {
					b[i] = ' '
				}
			}
			return b
		}
		if !bytes.HasPrefix(plain(body), plain(got)) || err == nil && len(got) != len(body) {
			t.Errorf("%q became %q, %v", body, got, err)
		}
		if json.Valid(body) && err == nil && !bytes.Equal(got, body) {
			t.Errorf("good JSON %q became %q", body, got)
		}
	})
}

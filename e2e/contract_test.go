package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	quorateagent "github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/api/apitest"
)

// asked is a walk through the API of a running agent: every answer is held against the document.
type asked struct {
	*testing.T
	a        *agent
	c        *apitest.Contract
	socket   *http.Client
	answered map[string]int // operations that gave their good answer, and how often
}

// TestContract asks a running demo for everything that its document names, with every id and on every page, and sends
// every order; no answer may hold what the document does not name. Then it provokes what can go wrong.
func TestContract(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	a := s.agent(t)
	eventually(t, "68 devices", func() bool { return len(a.devices(t)) == 68 })
	for _, name := range []string{"core-switch", "nas-1"} {
		if err := s.World.Kill(name); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "an incident", func() bool { return len(items[device.Incident](t, a, "/api/v1/incidents")) > 0 })
	path := filepath.Join(s.data(), quorateagent.SocketName)
	w := &asked{T: t, a: a, answered: map[string]int{}, socket: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		},
	}}}
	t.Cleanup(w.socket.CloseIdleConnections)
	_, _, text := w.send(http.MethodGet, "/api/v1/openapi.json", nil)
	var err error
	if w.c, err = apitest.Read(text); err != nil {
		t.Fatal(err)
	}
	for i := range w.c.Operations {
		if o := &w.c.Operations[i]; o.Method == http.MethodGet {
			w.walk(o)
			w.provoke(o)
		}
	}
	for i := range w.c.Operations {
		o := &w.c.Operations[i]
		if o.Method != http.MethodGet {
			w.order(o)
			w.provoke(o)
		}
		// What becomes another protocol has tests of its own.
		if o.Method == http.MethodGet && w.answered[o.ID] == 0 && !o.Answers(http.StatusSwitchingProtocols) {
			t.Errorf("%s never gave its answer", o.ID)
		}
	}
	w.denied()
}

// send sends one request over the socket, and returns the whole of a bounded answer. Of a stream it is the beginning.
func (w *asked) send(method, path string, body []byte) (int, http.Header, []byte) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, bytes.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := w.socket.Do(req)
	if err != nil {
		w.Fatalf("%s %s: %v\n%s", method, path, err, w.a.output())
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") == "text/event-stream" {
		b := make([]byte, 512)
		n, err := resp.Body.Read(b)
		if err != nil {
			w.Fatalf("%s %s: %v", method, path, err)
		}
		return resp.StatusCode, resp.Header, b[:n]
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, resp.Header, answer
}

// ask sends one request and holds its answer against the document.
func (w *asked) ask(o *apitest.Operation, path string, body []byte) (int, []byte) {
	w.Helper()
	status, header, answer := w.send(o.Method, path, body)
	if err := w.c.Answer(o, status, header.Get("Content-Type"), answer); err != nil {
		w.Errorf("%s %s: %v", o.Method, path, err)
	}
	if status < 300 {
		w.answered[o.ID]++
	}
	return status, answer
}

// filled is the path of an operation with everything that its places may hold: a place stands behind the list of what
// it names. It is empty where there is no such thing.
func (w *asked) filled(path string) []string {
	before, rest, ok := strings.Cut(path, "/{")
	if !ok {
		return []string{path}
	}
	place, after, _ := strings.Cut(rest, "}")
	var out []string
	for _, item := range w.pages(before) {
		for _, field := range []string{"id", place, "name", "number", "seq", "file"} {
			if v, ok := item[field]; ok {
				out = append(out, w.filled(before+"/"+url.PathEscape(strings.Trim(string(v), `"`))+after)...)
				break
			}
		}
	}
	return out
}

// pages are all items of a list, two hundred a page.
func (w *asked) pages(path string) []map[string]json.RawMessage {
	w.Helper()
	var all []map[string]json.RawMessage
	if !slices.ContainsFunc(w.c.Operations, func(o apitest.Operation) bool { return o.Path == path && o.Takes("cursor") }) {
		return nil
	}
	q := "?limit=200"
	for range 100 {
		status, _, answer := w.send(http.MethodGet, path+q, nil)
		var page struct {
			Items []map[string]json.RawMessage
			Next  string `json:"next_cursor"`
		}
		if status != http.StatusOK || json.Unmarshal(answer, &page) != nil {
			w.Fatalf("%s%s: %d %.300s", path, q, status, answer)
		}
		if all = append(all, page.Items...); page.Next == "" {
			break
		}
		q = "?limit=200&cursor=" + page.Next
	}
	return all
}

// walk asks for everything that an operation can show: with each id, and each page of a list by its cursor.
func (w *asked) walk(o *apitest.Operation) {
	paths := w.filled(o.Path)
	if len(paths) == 0 { // there is nothing of the kind: that is what it has to say then
		_, answer := w.ask(o, strings.NewReplacer("{", "", "}", "").Replace(o.Path), nil)
		if bytes.Contains(answer, []byte(`"code":"not_found"`)) || bytes.Contains(answer, []byte(`"code":"invalid"`)) {
			w.answered[o.ID]++
		}
	}
	for _, path := range paths {
		if !o.Takes("cursor") {
			w.ask(o, path, nil)
			continue
		}
		seen := map[string]bool{}
		for q := "?limit=29"; ; {
			status, answer := w.ask(o, path+q, nil)
			var page struct {
				Items []json.RawMessage
				Next  string `json:"next_cursor"`
			}
			if status != http.StatusOK || json.Unmarshal(answer, &page) != nil || len(page.Items) > 29 || seen[page.Next] {
				w.Errorf("%s%s: %d, %d items, next %q", path, q, status, len(page.Items), page.Next)
				break
			}
			if page.Next == "" {
				break
			}
			seen[page.Next] = true
			q = "?limit=29&cursor=" + page.Next
			if len(seen) > 20 { // the record grows while it is read
				break
			}
		}
	}
}

// order sends an order as the document has it. Whether it is carried out is for other tests: what is answered is named.
func (w *asked) order(o *apitest.Operation) {
	path := o.Path
	for strings.Contains(path, "{") {
		before, rest, _ := strings.Cut(path, "{")
		_, after, _ := strings.Cut(rest, "}")
		path = before + "nobody" + after
	}
	var body []byte
	if o.Sent != nil {
		var err error
		if body, err = json.Marshal(o.Sent); err != nil {
			w.Fatal(err)
		}
	}
	w.ask(o, path, body)
}

// provoke makes an operation fail in every way that its parameters and its body allow.
func (w *asked) provoke(o *apitest.Operation) {
	paths := w.filled(o.Path)
	if o.Method != http.MethodGet || len(paths) == 0 {
		paths = []string{strings.NewReplacer("{", "", "}", "").Replace(o.Path)}
	}
	type wrong struct {
		path, body string
		status     int
		code       string
	}
	var all []wrong
	if slices.Contains(o.Codes, "unknown_parameter") {
		all = append(all, wrong{path: paths[0] + "?nothing=1", status: 400, code: "unknown_parameter"})
	}
	if o.Takes("limit") {
		all = append(all, wrong{path: paths[0] + "?limit=0", status: 422, code: "invalid"}, wrong{path: paths[0] + "?limit=many", status: 422, code: "invalid"},
			wrong{path: paths[0] + "?limti=5", status: 400, code: "unknown_parameter"})
	}
	if o.Takes("cursor") {
		all = append(all, wrong{path: paths[0] + "?cursor=damaged", status: 400, code: "bad_cursor"})
	}
	if o.Takes("fields") {
		all = append(all, wrong{path: paths[0] + "?fields=nothing", status: 400, code: "unknown_field"})
	}
	if strings.Contains(o.Path, "{device}") && o.Method == http.MethodGet {
		all = append(all, wrong{path: strings.ReplaceAll(o.Path, "{device}", "nobody"), status: 404, code: "not_found"})
	}
	if o.Sent != nil {
		all = append(all, wrong{path: paths[0], body: "{", status: 400, code: "malformed"}, wrong{path: paths[0], body: `{"no_such_field":1}`, status: 422, code: "invalid"})
	}
	for _, x := range all {
		var body []byte
		if x.body != "" {
			body = []byte(x.body)
		}
		status, answer := w.ask(o, x.path, body)
		if status != x.status || !bytes.Contains(answer, []byte(`"code":"`+x.code+`"`)) {
			w.Errorf("%s %s %s: %d %.300s, want %d %s", o.Method, x.path, x.body, status, answer, x.status, x.code)
		}
	}
}

// denied asks for what takes a token at the listener, without one.
func (w *asked) denied() {
	for i := range w.c.Operations {
		o := &w.c.Operations[i]
		if o.Scope == "read" || o.Scope == "" {
			continue
		}
		path := strings.NewReplacer("{", "", "}", "").Replace(o.Path)
		req, err := http.NewRequestWithContext(w.Context(), o.Method, w.a.url+path, nil)
		if err != nil {
			w.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			w.Fatal(err)
		}
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err == nil {
			err = w.c.Answer(o, resp.StatusCode, resp.Header.Get("Content-Type"), answer)
		}
		if err != nil || resp.StatusCode != http.StatusUnauthorized {
			w.Errorf("%s %s without a token: %s: %v %.300s", o.Method, path, resp.Status, err, answer)
		}
	}
}

package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/quorate/quorate/device"
)

// hub receives webhooks and keeps them as they came.
type hub struct {
	*httptest.Server
	mu   sync.Mutex
	fail bool
	got  []received
}

type received struct {
	header http.Header
	body   []byte
}

func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil || h.fail {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	h.got = append(h.got, received{r.Header.Clone(), body})
	w.WriteHeader(http.StatusNoContent)
}

// broken makes it refuse everything from now on, or take it again.
func (h *hub) broken(b bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = b
}

func (h *hub) all() []received {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]received(nil), h.got...)
}

// data are the events in what came, by their ids, in the order of their first coming. An id that comes again must come
// with the same bytes.
func (h *hub) data(t *testing.T) []string {
	t.Helper()
	var order []string
	bodies := map[string][]byte{}
	for _, r := range h.all() {
		var e struct {
			ID   string          `json:"id"`
			Data json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(r.body, &e); err != nil {
			t.Fatalf("%v in %s", err, r.body)
		}
		if first, again := bodies[e.ID]; again && !bytes.Equal(first, r.body) {
			t.Errorf("%s came again as\n%s\nand not as\n%s", e.ID, r.body, first)
		} else if !again {
			order, bodies[e.ID] = append(order, string(e.Data)), r.body
		}
	}
	return order
}

const sinksSecret = "secret-of-the-hub-0123456789"

// sinksConfig is added to the demonstration's.
const sinksConfig = `
sink "webhook" "hub" {
  url         = env("HUB_URL")
  secret      = env("HUB_SECRET")
  retry_first = "100ms"
  retry_most  = "1s"
}
sink "file" "log" {
  path        = "events.jsonl"
  max_size    = "8KiB"
  keep        = 0
  retry_first = "100ms"
}
sink "stdout" "screen" {
  on = ["device.discovered"]
}
`

// TestSinks: everything that is recorded reaches a webhook and a file, in order, with the bytes of "quorate events --json", also
// where the webhook is dead for a while and the agent is killed.
func TestSinks(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	s := newSite(t, read(t, filepath.Join("..", "examples", "hcl", "demo.hcl"))+sinksConfig)
	s.env = append(s.env, "HUB_URL="+h.URL+"/hook", "HUB_SECRET="+sinksSecret)
	a := s.agent(t)
	eventually(t, "68 devices up", func() bool { return countStatus(a.devices(t), device.StatusUp) == 68 })
	a.waitFor(`"type":"device.discovered"`)
	if strings.Contains(a.output(), `"type":"verdict.changed"`) {
		t.Errorf("standard output holds what \"on\" does not name:\n%.2000s", a.output())
	}
	h.broken(true)
	a.kill()
	a = s.agent(t)
	if err := s.World.Kill("nas-1"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a device down", func() bool { return a.devices(t)["nas-1"].Status == device.StatusDown })
	h.broken(false)
	events := func() []string {
		r := s.command().run(t, "events", "--json")
		if r.code != 0 {
			t.Fatalf("quorate events: %s", r.stderr)
		}
		return strings.Split(strings.TrimSuffix(r.stdout, "\n"), "\n")
	}
	eventually(t, "the webhook has it all", func() bool { return len(h.data(t)) >= len(events()) })
	a.stop(t, 0)
	a = s.agent(t) // what a stop records is delivered by the next start
	eventually(t, "both have it all", func() bool {
		want := strings.Join(events(), "\n")
		return strings.Join(h.data(t), "\n") == want && strings.Join(lines(t, filepath.Join(s.dir, "events.jsonl")), "\n") == want
	})
	if rotated, err := filepath.Glob(filepath.Join(s.dir, "events.jsonl.*")); err != nil || len(rotated) == 0 {
		t.Errorf("no rotated file of more than 8 KiB: %v", err)
	}
	for _, r := range h.all() {
		mac := hmac.New(sha256.New, []byte(sinksSecret))
		mac.Write([]byte(r.header.Get("Webhook-Id") + "." + r.header.Get("Webhook-Timestamp") + "."))
		mac.Write(r.body)
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.header.Get("Webhook-Signature") != want {
			t.Fatalf("signed %q, want %q", r.header.Get("Webhook-Signature"), want)
		}
	}
	a.stop(t, 0)
}

// lines are those of a file and before them those of the files that it was before.
func lines(t *testing.T, path string) []string {
	t.Helper()
	files, err := filepath.Glob(path + ".*")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range append(files, path) {
		all.WriteString(read(t, f))
	}
	return strings.Split(strings.TrimSuffix(all.String(), "\n"), "\n")
}

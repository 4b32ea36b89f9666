package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/quorate/quorate/device"
)

// get asks the agent's API and decodes the answer into out.
func (a *agent) get(t *testing.T, path string, out any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("GET %s: %v\n%s", path, err, a.output())
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v: %s", path, resp.Status, err, body)
	}
	if err := json.Unmarshal(body, out); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
}

// items asks for a list, page by page, and returns its items, each as it was written.
func items[T any](t *testing.T, a *agent, path string) []T {
	t.Helper()
	var all []T
	for next := path; next != ""; {
		var page struct {
			Items      []T    `json:"items"`
			NextCursor string `json:"next_cursor"`
		}
		a.get(t, next, &page)
		all = append(all, page.Items...)
		if next = ""; page.NextCursor != "" {
			u, err := url.Parse(path)
			if err != nil {
				t.Fatal(err)
			}
			q := u.Query()
			q.Set("cursor", page.NextCursor)
			u.RawQuery = q.Encode()
			next = u.String()
		}
	}
	return all
}

func (a *agent) devices(t *testing.T) map[string]device.Current {
	t.Helper()
	all := map[string]device.Current{}
	for _, d := range items[device.Current](t, a, "/api/v1/devices") {
		all[d.Name] = d
	}
	return all
}

func (a *agent) source(t *testing.T, name string) device.SourceStatus {
	t.Helper()
	for _, s := range items[device.SourceStatus](t, a, "/api/v1/sources") {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("the agent has no source %q", name)
	return device.SourceStatus{}
}

// record is every recorded event, each as it was written, read page by page.
func (a *agent) record(t *testing.T) []json.RawMessage {
	t.Helper()
	var all []json.RawMessage
	for {
		page := items[json.RawMessage](t, a, "/api/v1/events?limit=200&after="+strconv.Itoa(len(all)))
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
	}
}

// countStatus counts devices by their status.
func countStatus(devices map[string]device.Current, status device.Status) int {
	n := 0
	for _, d := range devices {
		if d.Status == status {
			n++
		}
	}
	return n
}

// frame is one event of the live stream as it came.
type frame struct {
	id   int64
	kind string
	data string
}

// stream is a client of the live stream.
type stream struct {
	cancel context.CancelFunc
	ended  chan struct{}

	mu     sync.Mutex
	frames []frame
	broken error
}

// stream connects as a browser does that has seen everything up to after.
func (a *agent) stream(t *testing.T, after int64) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &stream{cancel: cancel, ended: make(chan struct{})}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+"/api/v1/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", strconv.FormatInt(after, 10))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("stream: %s, %s", resp.Status, got)
	}
	go func() {
		defer close(s.ended)
		defer resp.Body.Close()
		s.broken = s.read(resp.Body)
	}()
	t.Cleanup(s.close)
	return s
}

func (s *stream) close() {
	s.cancel()
	<-s.ended
}

// read takes frames until the stream ends. A frame that was cut off does not count.
func (s *stream) read(body io.Reader) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	var f frame
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			id, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return fmt.Errorf("the id of a frame: %w", err)
			}
			f.id = id
		case "event":
			f.kind = value
		case "data":
			f.data = value
		case "":
			if strings.Contains(f.kind, ".") { // any other tells of the stream: where it is, or why it ends
				s.mu.Lock()
				s.frames = append(s.frames, f)
				s.mu.Unlock()
			}
			f = frame{}
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return lines.Err()
	}
	return nil // it ends when either side goes away
}

func (s *stream) all() []frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.frames)
}

// gapless fails unless the frames count up from the one behind after.
func gapless(t *testing.T, after int64, frames []frame) {
	t.Helper()
	for i, f := range frames {
		if f.id != after+int64(i)+1 {
			t.Fatalf("the stream behind %d: frame %d is event %d, want %d", after, i+1, f.id, after+int64(i)+1)
		}
		var e device.Event
		decodeLine(t, f.data, &e)
		if e.Seq != f.id || string(e.Type) != f.kind {
			t.Fatalf("frame %d is a %s and holds event %d, a %s", f.id, f.kind, e.Seq, e.Type)
		}
	}
}

// find returns the first event that fits.
func (s *stream) find(t *testing.T, fits func(device.Event) bool) (device.Event, bool) {
	t.Helper()
	for _, f := range s.all() {
		var e device.Event
		decodeLine(t, f.data, &e)
		if fits(e) {
			return e, true
		}
	}
	return device.Event{}, false
}

func devicePath(name, what string) string {
	return "/api/v1/devices/" + url.PathEscape(name) + what
}

package pipeline

import (
	"strings"
	"sync"
	"testing"

	"github.com/quorate/quorate/device"
)

// lines is a log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), what)
}

func eventsOf(t *testing.T, j Journal, kind device.EventType) []device.Event {
	t.Helper()
	all, err := j.Events(t.Context(), 0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	var out []device.Event
	for _, e := range all {
		if e.Type == kind {
			out = append(out, e)
		}
	}
	return out
}

package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// Noon is the end of a column, so that the strips are of the 24 hours before it.
func TestStrip(t *testing.T) {
	ago := func(d time.Duration) time.Time { return viewtest.Noon.Add(-d) }
	change := func(at time.Time, from, to device.Status) view.Change {
		return view.Change{Device: "d", At: at, From: from, To: to}
	}
	const up, down, unknown = device.StatusUp, device.StatusDown, device.StatusUnknown
	behind := change(ago(time.Hour), up, down)
	behind.Unreachable = true
	for _, tt := range []struct {
		name    string
		status  device.Status
		since   time.Time
		changes []view.Change
		paths   string
		text    string
	}{
		{"up all day", up, ago(99 * time.Hour), nil, "up M0 7h96", "up all of 24 h"},
		{"known for an hour", up, ago(time.Hour), nil, "up M92 7h4", "up all of 1 h 0 min"},
		{"never judged", unknown, time.Time{}, nil, "", "nothing known"},
		{"down for a minute", up, ago(time.Hour), []view.Change{change(ago(61*time.Minute), up, down), change(ago(time.Hour), down, up)},
			"up M0 7h91M92 7h4|down M91 7h1", "up 99.9 % of 24 h, down 1 min"},
		{"down for a second is not all day", up, ago(time.Hour), []view.Change{change(ago(time.Hour+time.Second), up, down), change(ago(time.Hour), down, up)},
			"up M0 7h91M92 7h4|down M91 7h1", "up 99.9 % of 24 h, down 1 s"},
		{"down since, the first known of it", down, ago(time.Hour), []view.Change{change(ago(2*time.Hour), unknown, up), change(ago(time.Hour), up, down)},
			"up M88 7h4|down M92 7h4", "up 50.0 % of 2 h 0 min, down 1 h 0 min"},
		{"unreachable", down, ago(time.Hour), []view.Change{behind}, "up M0 7h92|unreachable M92 7h4", "up 95.8 % of 24 h, unreachable 1 h 0 min"},
		{"unknown all day", unknown, ago(99 * time.Hour), nil, "unknown M0 7h96", "up 0.0 % of 24 h, unknown 24 h 0 min"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := drawStrips(tt.changes, viewtest.Noon).of(device.Current{ID: "d", Status: tt.status, Since: tt.since})
			var paths []string
			for _, p := range got.Paths {
				paths = append(paths, fmt.Sprintf("%s %s", p.Kind, p.D))
			}
			if strings.Join(paths, "|") != tt.paths || got.Text != tt.text {
				t.Errorf("got  %s, %q\nwant %s, %q", strings.Join(paths, "|"), got.Text, tt.paths, tt.text)
			}
		})
	}
}

// A record that cannot be read takes the strips away, not the board.
func TestBoardWithoutItsPast(t *testing.T) {
	l := viewtest.NewLab()
	l.ChangesErr = errors.New("the disk is gone")
	w := fetch(t, newServer(t, l).Handler(), "/")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "core-switch") || strings.Contains(w.Body.String(), "disk is gone") {
		t.Errorf("%d\n%s", w.Code, w.Body)
	}
}

package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view/viewtest"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	up := device.SourceStatus{Name: "prtg", Health: device.HealthUp, LastPoll: viewtest.Noon, LastSuccess: viewtest.Noon}
	for _, tt := range []struct {
		name    string
		lab     func(l *viewtest.Lab)
		status  string
		ready   bool
		reasons []string
	}{
		{"all is well", func(*viewtest.Lab) {}, "ok", true, nil},
		{"a source was never asked", func(l *viewtest.Lab) {
			l.AllSources = append(l.AllSources, device.SourceStatus{Name: "new", Health: device.HealthBlind})
		}, "starting", false, []string{"waiting_for_source new"}},
		{"a source failed at once: that is an answer", func(l *viewtest.Lab) {
			l.AllSources = append(l.AllSources, device.SourceStatus{Name: "new", Health: device.HealthBlind, Failures: 1})
		}, "degraded", true, []string{"source_blind new"}},
		{"a source that cannot run holds nobody up", func(l *viewtest.Lab) {
			l.AllSources = append(l.AllSources, device.SourceStatus{Name: "new", Plugin: &device.PluginStatus{State: device.PluginRefused}})
		}, "degraded", true, []string{"source_blind new"}},
		{"every source is dead", func(l *viewtest.Lab) {
			l.AllSources[0].Health = device.HealthBlind
		}, "degraded", true, []string{"source_blind prtg"}},
		{"a sink fails", func(l *viewtest.Lab) {
			l.AllSinks = []device.SinkStatus{{Name: "hub", State: device.SinkFailing}, {Name: "late", State: device.SinkBehind}}
		}, "degraded", true, []string{"sink_failing hub"}},
		{"the disk is full", func(l *viewtest.Lab) {
			l.Limits = []device.Limit{{Limit: device.LimitDiskFull, Text: "The disk is full."}}
			l.AllSources[0].Health = device.HealthSuspect
		}, "failing", false, []string{"disk_full ", "source_suspect prtg"}},
		{"the disk is slow", func(l *viewtest.Lab) { l.Limits = []device.Limit{{Limit: device.LimitDiskSlow}} }, "degraded", true, []string{"disk_slow "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := viewtest.NewLab()
			l.AllSources, l.AllSinks = []device.SourceStatus{up}, nil
			tt.lab(l)
			h := newServer(t, l).Handler()
			w := fetch(t, h, "/api/v1/health")
			var got healthBody
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatalf("%s: %v", w.Body, err)
			}
			var reasons []string
			for _, r := range got.Reasons {
				reasons = append(reasons, r.Code+" "+r.Subject)
			}
			want := map[bool]int{true: http.StatusOK, false: http.StatusServiceUnavailable}[tt.ready]
			if got.Status != tt.status || got.Ready != tt.ready || !slices.Equal(reasons, tt.reasons) || w.Code != want {
				t.Errorf("%d %+v", w.Code, got)
			}
			open := fetch(t, h, "/readyz")
			if open.Code != want || strings.Contains(open.Body.String(), "prtg") || len(open.Body.String()) > len("not ready\n") {
				t.Errorf("/readyz: %d %s", open.Code, open.Body)
			}
			if alive := fetch(t, h, "/healthz"); alive.Code != http.StatusOK {
				t.Errorf("/healthz: %d", alive.Code)
			}
		})
	}
}

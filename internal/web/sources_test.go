package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// pollLab is a lab with three hours of polls of prtg, one a minute, of which the last hour failed.
func pollLab() *viewtest.Lab {
	l := viewtest.NewLab()
	l.AllSources[1].Interval = device.Duration(time.Minute)
	l.AllPolls = map[string][]view.Polled{}
	for i := range 180 {
		p := view.Polled{At: viewtest.Noon.Add(time.Duration(i-180) * time.Minute), Took: 250 * time.Millisecond, Count: 68}
		if i >= 120 {
			p.Err, p.Count = "GET /api/table.json: 401 Unauthorized", 0
		}
		l.AllPolls["prtg"] = append(l.AllPolls["prtg"], p)
	}
	return l
}

func TestSources(t *testing.T) {
	l := pollLab()
	s := &l.AllSources[1]
	s.Health, s.Failures, s.LastError, s.LastSuccess = device.HealthBlind, 60, "GET /api/table.json: 401 Unauthorized", viewtest.Noon.Add(-time.Hour)
	h := newServer(t, l).Handler()
	page := fetch(t, h, "/sources").Body.String()
	wantIn(t, page, `<a href="/sources/prtg">prtg</a>`, "blind", "late by 58 min", "asked every 1 min", "250 ms", "The monitor refuses the credentials", "No answer came in time",
		"POST: 503 Service Unavailable", "downs contradicted now")
	page = fetch(t, h, "/sources/prtg").Body.String()
	wantIn(t, page, "180 polls, 60 failed; half of the others took no longer than 250 ms", "<svg", "blind: its polls failed", "The monitor refuses the credentials",
		`data-label="Failed">60<`, ">ups-1</a>", ">printer</a>", "Where it says otherwise", "right in 10 and wrong in 0", "librenms and prtg", "98.7 %", "librenms 0, prtg 10, undecided 1")
	if against := page[strings.Index(page, `id="against"`):strings.Index(page, `id="pairs-title"`)]; !strings.Contains(against, "nas-1") || strings.Contains(against, "core-switch") {
		t.Errorf("it stands against\n%s", against)
	}
	if w := fetch(t, h, "/sources/gone"); w.Code != http.StatusNotFound {
		t.Errorf("a source that there is not: %d", w.Code)
	}
	page = fetch(t, h, "/sources/snmp").Body.String()
	wantIn(t, page, "The journal has no poll of it.", "It shares no device with another source.")
	l.AllSources, l.AllSinks = nil, nil
	wantIn(t, fetch(t, h, "/sources").Body.String(), "No source is configured", "No sink is configured")
}

// TestSilenceIsNotHealth: a source that was never heard does not look well, whatever is believed of it.
func TestSilenceIsNotHealth(t *testing.T) {
	c := cardOf(device.SourceStatus{Name: "new", Health: device.HealthUp}, viewtest.Noon)
	if c.Kind == "up" || c.Word != "not heard yet" {
		t.Errorf("%s %s", c.Kind, c.Word)
	}
}

func TestSourcesAreHarmless(t *testing.T) {
	l := pollLab()
	for i := range l.AllSources {
		s := &l.AllSources[i]
		s.Type, s.LastError, s.Domain, s.Health, s.Failures = hostile, hostile, hostile, device.HealthBlind, 1
		s.Plugin = &device.PluginStatus{State: device.PluginWaiting, LastError: hostile}
		s.Watch = &device.WatchStatus{State: device.WatchFailing, LastError: hostile}
	}
	l.AllSources[2].Name = hostile
	l.AllSinks[1].Error, l.AllSinks[1].Name, l.AllSinks[1].Kind = hostile, hostile, hostile
	l.AllPolls["prtg"][170].Err = hostile
	for i := range l.AllDevices {
		l.AllDevices[i].Name = hostile
	}
	l.Agreed.Pairs[0].A = hostile
	h := newServer(t, l).Handler()
	for _, path := range []string{"/sources", "/sources/prtg", "/sources/librenms"} {
		wantHarmless(t, path, fetch(t, h, path).Body.String())
	}
}

package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/browser"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/internal/view/viewtest"
	"github.com/quorate/quorate/pipeline"
)

// deviceLab is a lab in which core-switch has lanes, readings, a child and an incident that is over; texts are as given.
func deviceLab(text string) (*viewtest.Lab, device.ID) {
	l := viewtest.NewLab()
	root := &l.AllDevices[1]
	before := func(minutes int) time.Time { return viewtest.Noon.Add(-time.Duration(minutes) * time.Minute) }
	l.AllDevices[2].Parents = []device.Parent{{ID: root.ID, Name: root.Name, Discovered: true, Link: "port A1 " + text}}
	root.Tallies = []device.Tally{{Facet: device.FacetReach, State: device.StateDown, Proposal: "down", Down: 2, Share: 1, Voters: 2, Enrolled: 2}}
	l.ByLane = map[device.ID]view.Lanes{root.ID: {
		Sources: []view.Lane{{Source: "prtg" + text, Ref: "1", Note: text, Spans: []view.LaneSpan{
			{From: before(90), To: before(30), State: view.LaneUp}, {From: before(30), To: viewtest.Noon, State: view.LaneDown, Reason: text},
		}, Failed: []view.LaneSpan{{From: before(20), To: before(10)}}}},
		Verdict: []view.LaneSpan{{From: before(90), To: before(29), State: view.LaneUp}, {From: before(29), To: viewtest.Noon, State: view.LaneDown}},
		Marks:   []device.Event{{Type: device.EventVerdictChanged, At: before(29), Text: "core-switch is down " + text}},
	}}
	name := device.Name{ID: root.ID, Name: root.Name}
	l.Read = []view.Reading{
		{Device: name, Component: "temperature:1" + text, Quantity: "temperature", Values: []view.ReadingValue{
			{Source: "prtg", Ref: "1", Value: 41, Unit: "Cel", ObservedAt: before(1)}, {Source: "snmp", Ref: "2", Value: 55.5, Unit: "Cel", ObservedAt: before(2)},
		}},
		{Device: name, Component: "memory:1", Quantity: "used" + text, Values: []view.ReadingValue{{Source: "prtg", Ref: "1", Value: 3 << 30, Unit: "By" + text}}},
	}
	l.Closed = []view.Incident{{
		Incident: device.Incident{ID: "i_over", Kind: "down", Root: name, Devices: []device.Name{name}, OpenedAt: before(29), ClosedAt: before(9)},
		Opened:   3, Closed: 9, Everyone: []device.Name{name, {ID: l.AllDevices[2].ID, Name: "ap-2" + text}}, Ended: "it is up again " + text,
	}}
	l.Timelines = map[string][]device.Event{"i_over": {
		{Type: device.EventVerdictChanged, At: before(60), Device: &name, From: "unknown", To: "up", Text: "up at first", Votes: root.Votes},
		{Type: device.EventVerdictChanged, At: before(29), Device: &name, From: "up", To: "down", Text: "down at last " + text, Votes: root.Votes},
		{Type: device.EventIncidentOpened, At: before(29), Incident: "i_over", Text: text},
	}}
	l.AllAlerts = append(l.AllAlerts, device.ReportedAlert{Device: name, Source: text, Alert: device.Alert{Text: "port down " + text, Since: before(3)}})
	return l, root.ID
}

func TestDevicePageTellsAll(t *testing.T) {
	l, id := deviceLab("")
	h := newServer(t, l).Handler()
	page := fetch(t, h, "/devices/"+string(id)).Body.String()
	wantIn(t, page, "100 % says down", `id="lanes-wide-title"`, `id="lanes-narrow-title"`, "prtg: 2 stretches, the last down", "polls failed", "41 °C", "55.5 °C", "≠", "3 GiB",
		"port A1", "ap-2", "port down", "All events of this device", `aria-current="true">24h`)
	if strings.Contains(page, "<form method=\"post\" action=\"/devices") || strings.Contains(page, "style=") {
		t.Error("a form that nobody carries out, or an inline style")
	}
	wantIn(t, fetch(t, h, "/devices/ap-2").Body.String(), "It hangs on", "core-switch")
	wantIn(t, fetch(t, h, "/devices/core-switch?span=1h&at=2026-01-15T11:00").Body.String(), "At <time", "Back to now", `aria-current="true">1h`)
	wantIn(t, fetch(t, h, "/devices/core-switch?at=nonsense").Body.String(), `aria-describedby="at-error"`, "Write a time like")
	if w := fetch(t, h, "/devices/nobody"); w.Code != http.StatusNotFound {
		t.Errorf("a device that is not there: %d", w.Code)
	}
}

func TestIncidents(t *testing.T) {
	l, id := deviceLab("")
	h := newServer(t, l).Handler()
	wantIn(t, fetch(t, h, "/incidents").Body.String(), "core-switch is down", "/incidents/i_over", "20 min", "it is up again", "ap-2")
	if page := fetch(t, h, "/incidents?show=open").Body.String(); strings.Contains(page, "i_over") || !strings.Contains(page, `id="i1"`) {
		t.Error("the filter in the address does not filter")
	}
	page := fetch(t, h, "/incidents/i_over").Body.String()
	wantIn(t, page, "It ended: it is up again", "down at last", "quorate post incident i_over", `id="strip-wide-title"`, "/devices/"+string(id))
	if _, votes, _ := strings.Cut(page, "The votes it began with"); !strings.HasPrefix(votes, "</h2><p>down at last") {
		t.Errorf("it began with\n%.300s", votes)
	}
	if w := fetch(t, h, "/incidents/i_none"); w.Code != http.StatusNotFound {
		t.Errorf("an incident that is not there: %d", w.Code)
	}
	l.Closed = nil
	for i := range 2 * incidentsShown {
		l.Closed = append(l.Closed, view.Incident{Incident: device.Incident{ID: "i_many", OpenedAt: viewtest.Noon, ClosedAt: viewtest.Noon}, Closed: int64(100 - i)})
	}
	wantIn(t, fetch(t, h, "/incidents?show=closed").Body.String(), `href="?before=71&amp;show=closed"`)
}

// TestDevicePagesAreHarmless: whatever sources, devices and people wrote is text.
func TestDevicePagesAreHarmless(t *testing.T) {
	l, id := deviceLab(hostile)
	l.AllDevices[1].Name = hostile
	h := serveAs(t, l, &repairs{preview: pipeline.Preview{Notes: []string{hostile}, Before: l.AllDevices[:2], Events: []device.Event{{Type: device.EventDeviceMerged, Text: hostile}}}}, access.Scopes()...)
	for _, path := range []string{
		"/devices/" + string(id), "/devices/" + string(id) + "?at=" + url.QueryEscape(hostile) + "&done=" + url.QueryEscape(hostile), "/devices/" + string(id) + "/identity",
		"/devices/" + string(id) + "/preview?kind=merge&other=" + url.QueryEscape(hostile), "/incidents", "/incidents/i_over",
	} {
		w := fetch(t, h, path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
		wantHarmless(t, path, w.Body.String())
	}
}

// repairs is a view.Actor for what a device's page orders.
type repairs struct {
	view.Actor
	preview pipeline.Preview
	refuse  error
	done    []view.IdentityOrder
	said    []string
}

func (o *repairs) PreviewIdentity(context.Context, view.IdentityOrder) (pipeline.Preview, error) {
	return o.preview, o.refuse
}

func (o *repairs) OrderIdentity(_ context.Context, order view.IdentityOrder) (pipeline.Preview, error) {
	o.done = append(o.done, order)
	return o.preview, o.refuse
}

func (o *repairs) Acknowledge(_ context.Context, name, reason string, clear bool) ([]device.Name, error) {
	if clear {
		reason = "end " + reason
	}
	o.said = append(o.said, name+" "+reason)
	return nil, o.refuse
}

func (o *repairs) StartMaintenance(_ context.Context, targets []string, span time.Duration, reason string) ([]device.Name, time.Time, error) {
	o.said = append(o.said, targets[0]+" "+span.String()+" "+reason)
	return nil, time.Time{}, o.refuse
}

// seenIn is what a preview's form names as looked at.
func seenIn(t *testing.T, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `name="seen" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	if !ok || value == "" {
		t.Fatalf("no preview:\n%.2000s", page)
	}
	return value
}

// TestOnlyWhatWasSeenIsDone: a preview that has changed since is shown again, and nothing is done.
func TestOnlyWhatWasSeenIsDone(t *testing.T) {
	l, id := deviceLab("")
	o := &repairs{preview: pipeline.Preview{Before: l.AllDevices[:2], After: l.AllDevices[:1], Notes: []string{"mind the pins"}}}
	h := serveAs(t, l, o, access.Scopes()...)
	at := "/devices/" + string(id)
	page := fetch(t, h, at+"/preview?kind=merge&other=nas-1").Body.String()
	wantIn(t, page, "core-switch and nas-1 are one device.", "mind the pins", "Do it")
	form := url.Values{"kind": {"merge"}, "other": {"nas-1"}, "seen": {seenIn(t, page)}}
	o.preview.After = nil
	if w := post(t, h, at+"/identity", form); w.Code != http.StatusConflict || len(o.done) > 0 || !strings.Contains(w.Body.String(), "Nothing was done") {
		t.Fatalf("a stale preview: %d, done %v", w.Code, o.done)
	}
	form.Set("seen", seenIn(t, fetch(t, h, at+"/preview?kind=merge&other=nas-1").Body.String()))
	l.AllDevices[0].Votes[0].Age += device.Duration(time.Minute) // ages go on
	if w := post(t, h, at+"/identity", form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != at+"?done=merge" || len(o.done) != 1 || o.done[0].Other != "nas-1" {
		t.Fatalf("%d to %q, done %+v", w.Code, w.Header().Get("Location"), o.done)
	}
	wantIn(t, fetch(t, h, at+"?done=merge").Body.String(), "The two are one device now.")
	for query, want := range map[string]string{"kind=merge": "Choose the other device", "kind=split": "Choose at least one ref", "kind=rename": "Write the new name", "kind=undo": "Choose what", "kind=x": "Nothing of that kind"} {
		if w := fetch(t, h, at+"/preview?"+query); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d", query, w.Code)
		}
	}
	o.refuse = &view.Refused{Text: "there is no such device"}
	if w := fetch(t, h, at+"/preview?kind=merge&other=x"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `aria-describedby="order-wrong"`) || !strings.Contains(w.Body.String(), "there is no such device") {
		t.Errorf("refused: %d", w.Code)
	}
	o.refuse = errors.New("secret of the disk")
	if w := fetch(t, h, at+"/preview?kind=forget"); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret of the disk") {
		t.Errorf("an error of ours: %d", w.Code)
	}
}

func TestDeviceForms(t *testing.T) {
	l, id := deviceLab("")
	o := &repairs{}
	at := "/devices/" + string(id)
	reader := fetch(t, serveAs(t, l, o, access.Read), at).Body.String()
	if strings.Contains(reader, `method="post" action="`+at) || !strings.Contains(reader, "quorate login") {
		t.Error("who may only read is offered a form, or not told how to log in")
	}
	h := serveAs(t, l, o, access.Scopes()...)
	for _, c := range []struct {
		path, to, said string
		form           url.Values
	}{
		{at + "/acknowledgement", at + "?done=acknowledged", string(id) + " on it", url.Values{"reason": {" on it "}}},
		{at + "/acknowledgement", at + "?done=loud", string(id) + " end ", url.Values{"do": {"end"}}},
		{at + "/maintenance", at + "?done=maintenance", string(id) + " 1h30m0s disks", url.Values{"for": {"1h30m"}, "reason": {"disks"}}},
	} {
		w := post(t, h, c.path, c.form)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != c.to || o.said[len(o.said)-1] != c.said {
			t.Errorf("%s: %d to %q, said %q", c.path, w.Code, w.Header().Get("Location"), o.said)
		}
	}
	w := post(t, h, at+"/maintenance", url.Values{"for": {"soon"}, "reason": {"kept"}})
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a length that is none: %d", w.Code)
	}
	wantIn(t, w.Body.String(), `id="m-error"`, "30m, 2h", `value="soon"`, `value="kept"`, `aria-invalid="true"`)
}

func TestFigures(t *testing.T) {
	for _, c := range []struct {
		quantity, unit string
		value          float64
		want           string
	}{
		{"temperature", "Cel", 41.04, "41 °C"}, {"used", "By", 1536, "1.5 KiB"}, {"in_rate", "By/s", 0, "0 B/s"}, {"speed", "bit/s", 1e9, "1 Gbit/s"},
		{"uptime", "s", 90000, "25 h 0 min"}, {"response_time", "s", 0.0123, "12.3 ms"}, {"oper", "1", 1, "up"}, {"admin", "1", 2, "down"}, {"count", "1", 12345, "12345"},
		{"energy", "kW.h", 3.456, "3.46 kWh"}, {"x", "<b>", 1, "1 <b>"}, {"in_errors", "/s", 0.25, "0.25/s"}, {"size", "By", 1e300, "8.88e+284 PiB"},
	} {
		if got := figure(c.quantity, view.ReadingValue{Value: c.value, Unit: c.unit}); got != c.want {
			t.Errorf("%v %s: %q, want %q", c.value, c.unit, got, c.want)
		}
	}
}

// TestDeviceInABrowser: the pages fit a phone, without scripts too, and the policy has nothing to complain of.
func TestDeviceInABrowser(t *testing.T) {
	l, id := deviceLab(strings.Repeat("-long", 30))
	srv := httptest.NewServer(serveAs(t, l, &repairs{}, access.Scopes()...))
	t.Cleanup(srv.Close)
	b, ctx := startBrowser(t)
	for _, v := range []browser.View{{Width: 360, Height: 780, Dark: true}, {Width: 1440, Height: 900, NoScript: true}} {
		for _, path := range []string{"/devices/" + string(id), "/devices/" + string(id) + "/identity", "/devices/" + string(id) + "/preview?kind=forget", "/incidents", "/incidents/i_over"} {
			if err := errors.Join(b.Look(ctx, v), b.Open(ctx, srv.URL+path)); err != nil {
				t.Fatal(err)
			}
			var page struct{ Width, Charts int }
			if err := b.Eval(ctx, `({Width: document.documentElement.scrollWidth, Charts: [...document.querySelectorAll(".chart")].filter(c => c.offsetHeight > 20).length})`, &page); err != nil {
				t.Fatal(err)
			}
			if page.Width > v.Width {
				t.Errorf("%s is %d px wide on a screen of %d", path, page.Width, v.Width)
			}
			if want := strings.Contains(path, "i_over") || path == "/devices/"+string(id); want != (page.Charts == 1) {
				t.Errorf("%s at %d shows %d pictures", path, v.Width, page.Charts)
			}
		}
	}
}

// TestWordsDoNotCollide: a word of the templates means one thing, whichever file it is from.
func TestWordsDoNotCollide(t *testing.T) {
	for word := range deviceFuncs {
		if screenFuncs[word] != nil {
			t.Errorf("%q means two things", word)
		}
	}
}

// TestLanesOfAYoungRecord: the shortest time that shows all of it is chosen, and what a person chose stays.
func TestLanesOfAYoungRecord(t *testing.T) {
	for ago, want := range map[time.Duration]string{time.Minute: "1h", 59 * time.Minute: "1h", time.Hour: "6h", 5 * time.Hour: "6h", 7 * time.Hour: "24h", 30 * time.Hour: "24h"} {
		if got := lengthOf(viewtest.Noon.Add(-ago), viewtest.Noon); got.name != want {
			t.Errorf("a record of %s is shown over %s, want %s", ago, got.name, want)
		}
	}
}

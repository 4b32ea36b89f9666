package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/internal/view/viewtest"
)

func TestWhatIsListed(t *testing.T) {
	t.Parallel()
	h := newServer(t, viewtest.NewLab()).Handler()
	for _, tt := range []struct {
		path   string
		status int
		holds  []string
	}{
		{"/api/v1/devices/nas-1/votes", 200, []string{`"standing":"disputed"`, `"source":"librenms"`, `"tallies":[]`}},
		{"/api/v1/devices/core-switch/votes?at=2026-01-15T11:59:30Z", 200, []string{`"seq":3`, `"at":"2026-01-15T11:59:30Z"`, `"decided_at":"2026-01-15T11:59:00Z"`}},
		{"/api/v1/devices/core-switch/votes?at=2026-01-15T10:00:00Z", 404, []string{`"no_verdict"`}},
		{"/api/v1/devices/core-switch/votes?at=2030-01-01T00:00:00Z", 422, []string{`"in_future"`}},
		{"/api/v1/devices/nas-1/fields", 200, []string{`"name":"name","value":"nas-1","source":"librenms"`}},
		{"/api/v1/devices/nas-1/readings", 200, []string{`"quantity":"temperature"`, `"value":41,"unit":"C"`, `"source":"snmp"`}},
		{"/api/v1/devices/nas-9/readings", 404, []string{`"not_found"`}},
		{"/api/v1/readings?source=snmp", 200, []string{`"values":[{"source":"snmp"`}},
		{"/api/v1/readings?quantity=power", 200, []string{`"items":[]`}},
		{"/api/v1/readings?device=nas-1&component=disk:1", 200, []string{`"component":"disk:1"`}},
		{"/api/v1/uptime", 200, []string{`"window":"24h","percent":95.83,"up_seconds":82800,"down_seconds":3600`, `"window":"24h","up_seconds":0,"down_seconds":0,"unknown_seconds":86400`}},
		{"/api/v1/devices/nas-1/uptime", 200, []string{`"percent":95.83`, `"window":"30d"`}},
		{"/api/v1/agreement?window=7d", 200, []string{`"percent":98.7`, `"right_b":10`, `"false_alarms":11`}},
		{"/api/v1/conflicts", 200, []string{`"kind":"key"`, `"hint":"Merge`}},
		{"/api/v1/topology", 200, []string{`"because":"core-switch"`, `"parents":[]`}},
		{"/api/v1/groups", 200, []string{`"name":"storage"`, `"unknown":["nas-9"]`}},
		{"/api/v1/plugins", 200, []string{`"state":"quarantined"`, `"hint":"Mend it."`, `"lag_seconds":12`}},
		{"/api/v1/sources/snmp", 200, []string{`"last_error":"timeout"`, `"polls":[`}},
		{"/api/v1/sources/nothing", 404, []string{`"not_found"`}},
		{"/api/v1/sinks/hub", 200, []string{`"waiting":3`}},
		{"/api/v1/sinks/nothing", 404, []string{`"not_found"`}},
		{"/api/v1/milestones/3", 200, []string{`"title":"No more cables"`}},
		{"/api/v1/milestones/4", 404, []string{`"not_found"`}},
		{"/api/v1/rejected?source=snmp", 200, []string{`"number":1`, `"next_cursor":null`}},
		{"/api/v1/rejected/2", 200, []string{`"body":"{\"ref\":\"7\"}"`}},
		{"/api/v1/rejected/9", 404, []string{`"not_found"`}},
		{"/api/v1/config", 200, []string{`"api_token":"(secret)"`, `"generation":2`, `"labels":["prtg","prtg"]`}},
		{"/api/v1/incidents", 200, []string{`"id":"i1"`, `"lasted_seconds":60`}},
		{"/api/v1/incidents?state=closed", 200, []string{`"id":"i0"`, `"ended":"printer is up again"`, `"closed_seq":17`}},
		{"/api/v1/incidents?state=closed&at=2026-01-15T11:00:00Z", 200, []string{`"at":"2026-01-15T11:00:00Z"`}},
		{"/api/v1/incidents?state=closed&at=2020-01-01T00:00:00Z", 404, []string{`"not_on_record"`}},
		{"/api/v1/incidents/i0?at=2026-01-15T09:30:00Z", 200, []string{`"lasted_seconds":1800`, `"at":"2026-01-15T09:30:00Z"`}},
		{"/api/v1/incidents/i0?at=2026-01-15T08:00:00Z", 404, []string{`"not_found"`}},
		{"/api/v1/incidents/i0?at=2030-01-01T00:00:00Z", 422, []string{`"in_future"`}},
		{"/api/v1/devices/nas-1/fields?at=2026-01-15T11:00:00Z", 200, []string{`"source":"librenms"`, `"at":"2026-01-15T11:00:00Z"`}},
		{"/api/v1/devices/nas-1/fields?at=2020-01-01T00:00:00Z", 404, []string{`"not_on_record"`}},
		{"/api/v1/devices/nas-1/identity?at=2026-01-15T11:00:00Z", 200, []string{`"refs":[]`, `"at":"2026-01-15T11:00:00Z"`}},
		{"/api/v1/uptime?at=2026-01-15T11:00:00Z", 200, []string{`"percent":95.83`, `"at":"2026-01-15T11:00:00Z"`}},
		{"/api/v1/uptime?at=2020-01-01T00:00:00Z", 404, []string{`"not_on_record"`}},
		{"/api/v1/devices/nas-1/uptime?at=2026-01-15T11:00:00Z", 200, []string{`"window":"30d"`, `"at":"2026-01-15T11:00:00Z"`}},
		{"/api/v1/agreement?at=2026-01-15T11:00:00Z&window=7d", 200, []string{`"from":"2026-01-08T11:00:00Z","to":"2026-01-15T11:00:00Z"`, `"at":"2026-01-15T11:00:00Z"`}},
		{"/api/v1/agreement?at=2030-01-01T00:00:00Z", 422, []string{`"in_future"`, `"location":"query.at"`}},
		{"/api/v1/incidents/i0", 200, []string{`"timeline":[{"seq":11`, `"acknowledged":[]`}},
		{"/api/v1/incidents/i9", 404, []string{`"not_found"`}},
		{"/api/v1/devices?at=2026-01-15T11:00:00Z&limit=1", 200, []string{`"at":"2026-01-15T11:00:00Z"`}},
		{"/api/v1/devices?at=2026-01-15T11:00:00Z&limit=1&fields=name", 200, []string{`"at":"2026-01-15T11:00:00Z"`, `[{"name":"ap-2"}]`}},
		{"/api/v1/devices?group=storage&fields=name", 200, []string{`"items":[{"name":"nas-1"}]`}},
		{"/api/v1/devices?group=storage&status=down", 200, []string{`"items":[]`}},
		{"/api/v1/devices?group=storage&at=2026-01-15T11:00:00Z&fields=name", 200, []string{`"items":[{"name":"nas-1"}]`, `"at":"2026-01-15T11:00:00Z"`}},
		{"/api/v1/devices?group=storrage", 404, []string{`"not_found"`}},
		{"/api/v1/devices/nas-1?at=2026-01-15T11:00:00Z", 200, []string{`"at":"2026-01-15T11:00:00Z"`, `"overlays":[]`}},
		{"/api/v1/coverage?at=2026-01-15T11:00:00Z", 200, []string{`"at":"2026-01-15T11:00:00Z"`, `"counts":[`}},
		{"/api/v1/disputes?at=2026-01-15T11:00:00Z", 200, []string{`"at":"2026-01-15T11:00:00Z"`}},
		{"/api/v1/summary?at=2026-01-15T11:00:00Z", 200, []string{`"at":"2026-01-15T11:00:00Z"`}},
		{"/api/v1/devices?at=2020-01-01T00:00:00Z", 404, []string{`"not_on_record"`}},
		{"/api/v1/coverage?at=2030-01-01T00:00:00Z", 422, []string{`"in_future"`, `"location":"query.at"`}},
	} {
		w := fetch(t, h, tt.path)
		if w.Code != tt.status {
			t.Errorf("%s: %d, want %d: %s", tt.path, w.Code, tt.status, w.Body)
			continue
		}
		t.Run(tt.path, func(t *testing.T) { wantIn(t, w.Body.String(), tt.holds...) })
	}
	now := fetch(t, h, "/api/v1/devices/nas-1").Body.String()
	var seen map[string]any
	if err := json.Unmarshal([]byte(now), &seen); err != nil || seen["at"] != nil {
		t.Errorf("an answer of now says a time: %v, %s", err, now)
	}
}

// TestIncidentsInPages goes through open ones and those that are over, whatever the size of the page.
func TestIncidentsInPages(t *testing.T) {
	t.Parallel()
	l := viewtest.NewLab()
	l.AllIncidents, l.Closed = nil, nil
	var want []string
	for i := range 3 {
		l.AllIncidents = append(l.AllIncidents, device.Incident{ID: "open" + strconv.Itoa(i), OpenedAt: viewtest.Noon})
		want = append(want, "open"+strconv.Itoa(i))
	}
	for i := range 4 {
		l.Closed = append(l.Closed, view.Incident{Incident: device.Incident{ID: "closed" + strconv.Itoa(i)}, Closed: int64(40 - i)})
		want = append(want, "closed"+strconv.Itoa(i))
	}
	h := newServer(t, l).Handler()
	for limit := 1; limit <= 8; limit++ {
		var got []string
		q := url.Values{"state": {"all"}, "limit": {strconv.Itoa(limit)}}
		for range 9 {
			var page list[view.Incident]
			w := fetch(t, h, "/api/v1/incidents?"+q.Encode())
			if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK || len(page.Items) > limit {
				t.Fatalf("%d: %v, %s", w.Code, err, w.Body)
			}
			for _, in := range page.Items {
				got = append(got, in.ID)
			}
			if page.NextCursor == nil {
				break
			}
			q.Set("cursor", *page.NextCursor)
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %v", limit, got)
		}
	}
}

// TestSummaryIsHonest is that nothing looks healthy that is not known to be.
func TestSummaryIsHonest(t *testing.T) {
	t.Parallel()
	lab := func(change func(*viewtest.Lab)) *viewtest.Lab {
		l := viewtest.NewLab()
		l.AllIncidents = nil
		for i := range l.AllSources {
			l.AllSources[i].Health = device.HealthUp
		}
		for i := range l.AllDevices {
			l.AllDevices[i].Status, l.AllDevices[i].Standing, l.AllDevices[i].Overlays = device.StatusUp, device.StandingConfirmed, nil
		}
		l.Up = []view.Uptime{{Up: 24 * time.Hour}}
		change(l)
		return l
	}
	each := func(l *viewtest.Lab, change func(*device.Current)) {
		for i := range l.AllDevices {
			change(&l.AllDevices[i])
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*viewtest.Lab)
		want   Summary
		uptime float64 // below 0: absent
	}{
		{"all is well", func(*viewtest.Lab) {}, Summary{State: SummaryOK, Up: 7, Devices: 7, SourcesOK: 3, SourcesTotal: 3}, 100},
		{"all sources are dead, and the devices not yet unknown", func(l *viewtest.Lab) {
			for i := range l.AllSources {
				l.AllSources[i].Health = device.HealthBlind
			}
		}, Summary{State: SummaryBlind, Up: 7, Devices: 7, SourcesTotal: 3}, 100},
		{"all sources are dead, and nobody knows anything", func(l *viewtest.Lab) {
			for i := range l.AllSources {
				l.AllSources[i].Health = device.HealthBlind
			}
			each(l, func(d *device.Current) { d.Status, d.Standing = device.StatusUnknown, device.StandingNone })
			l.Up = []view.Uptime{{Unknown: 24 * time.Hour}}
		}, Summary{State: SummaryBlind, Unknown: 7, Devices: 7, SourcesTotal: 3}, -1},
		{"one source is dead", func(l *viewtest.Lab) { l.AllSources[0].Health = device.HealthBlind }, Summary{State: SummaryDegraded, Up: 7, Devices: 7, SourcesOK: 2, SourcesTotal: 3}, 100},
		{"one source is suspect", func(l *viewtest.Lab) { l.AllSources[0].Health = device.HealthSuspect }, Summary{State: SummaryDegraded, Up: 7, Devices: 7, SourcesOK: 2, SourcesTotal: 3}, 100},
		{"no device is known", func(l *viewtest.Lab) { l.AllDevices, l.Up = nil, nil }, Summary{State: SummaryEmpty, SourcesOK: 3, SourcesTotal: 3}, -1},
		{"no device and no source", func(l *viewtest.Lab) { l.AllDevices, l.AllSources, l.Up = nil, nil, nil }, Summary{State: SummaryBlind}, -1},
		{"everything is in maintenance", func(l *viewtest.Lab) {
			each(l, func(d *device.Current) { d.Overlays = []device.OverlayKind{device.OverlayMaintenance} })
		}, Summary{State: SummaryDegraded, Up: 7, Devices: 7, Maintenance: 7, SourcesOK: 3, SourcesTotal: 3}, 100},
		{"everything is in maintenance and down", func(l *viewtest.Lab) {
			each(l, func(d *device.Current) {
				d.Status, d.Overlays = device.StatusDown, []device.OverlayKind{device.OverlayMaintenance}
			})
		}, Summary{State: SummaryProblem, Down: 7, Devices: 7, Maintenance: 7, SourcesOK: 3, SourcesTotal: 3}, 100},
		{"one is down and known of", func(l *viewtest.Lab) {
			l.AllDevices[0].Status, l.AllDevices[0].Overlays = device.StatusDown, []device.OverlayKind{device.OverlayAcknowledged}
		}, Summary{State: SummaryProblem, Up: 6, Down: 1, Devices: 7, Acknowledged: 1, SourcesOK: 3, SourcesTotal: 3}, 100},
		{"one is unknown", func(l *viewtest.Lab) { l.AllDevices[0].Status = device.StatusUnknown }, Summary{State: SummaryDegraded, Up: 6, Unknown: 1, Devices: 7, SourcesOK: 3, SourcesTotal: 3}, 100},
		{"a status that nobody knows of", func(l *viewtest.Lab) { l.AllDevices[0].Status = "sleeping" }, Summary{State: SummaryDegraded, Up: 6, Unknown: 1, Devices: 7, SourcesOK: 3, SourcesTotal: 3}, 100},
		{"one is disputed", func(l *viewtest.Lab) { l.AllDevices[0].Standing = device.StandingDisputed }, Summary{State: SummaryDegraded, Up: 7, Disputed: 1, Devices: 7, SourcesOK: 3, SourcesTotal: 3}, 100},
		{"almost always up", func(l *viewtest.Lab) { l.Up = []view.Uptime{{Up: 24*time.Hour - time.Second, Down: time.Second}} }, Summary{State: SummaryOK, Up: 7, Devices: 7, SourcesOK: 3, SourcesTotal: 3}, 99.99},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := fetch(t, newServer(t, lab(tt.change)).Handler(), "/api/v1/summary")
			var got Summary
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
				t.Fatalf("%d, %v: %s", w.Code, err, w.Body)
			}
			if has := got.Uptime != nil; has != (tt.uptime >= 0) || has && *got.Uptime != tt.uptime {
				t.Errorf("uptime: %s", w.Body)
			}
			if got.Agreement == nil || *got.Agreement != 98.7 || got.Updated.IsZero() || len(got.FalseAlarms) == 0 {
				t.Errorf("%s", w.Body)
			}
			got.Uptime, got.Agreement, got.FalseAlarms, got.Updated = nil, nil, nil, time.Time{}
			if string(mustJSON(t, got)) != string(mustJSON(t, tt.want)) {
				t.Errorf("\ngot  %s\nwant %s", mustJSON(t, got), mustJSON(t, tt.want))
			}
		})
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

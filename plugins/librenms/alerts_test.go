package librenms

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// TestRecoveredAlert is that an alert is over when LibreNMS lists it as recovered, and not when its list is empty for a
// moment, as it is when its database fails.
func TestRecoveredAlert(t *testing.T) {
	f := newFake(t)
	move := at(f, time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC))
	f.zone = time.UTC
	active, recovered, calls := []int{1, 2}, []int{}, 0
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		rows := []any{}
		switch {
		case strings.HasSuffix(r.URL.Path, "/alerts"):
			calls++
			list, state := active, 1
			if r.URL.Query().Get("state") == "0" {
				list, state = recovered, 0
			}
			for _, id := range list {
				rows = append(rows, map[string]any{"id": id, "device_id": 1, "rule_id": id, "state": state, "name": "x", "severity": "warning", "timestamp": "2026-08-20 11:00:00"})
			}
			send(w, map[string]any{"status": "ok", "alerts": rows, "count": len(rows)})
		default:
			send(w, map[string]any{"devices": []any{f.row(1, nil)}, "sensors": rows, "ports": rows, "logs": rows})
		}
	}
	s := open(t, f, `,"timezone":"UTC"`)
	for i, step := range []struct {
		active, recovered []int
		want              string
		calls             int
	}{
		{[]int{1, 2}, nil, "1 2", 1},
		{[]int{1, 2}, nil, "1 2", 1},
		{nil, nil, "1 2", 2}, // the database fails
		{[]int{1, 2}, nil, "1 2", 1},
		{[]int{1}, []int{2, 7}, "1", 2},
		{nil, []int{2, 7}, "1", 2}, // its rule was deleted
		{nil, []int{2, 7}, "1", 2},
		{nil, []int{2, 7}, "", 2},
		{nil, []int{2, 7}, "", 1},
	} {
		active, recovered, calls = step.active, step.recovered, 0
		got, err := everything(t, s)
		if err != nil {
			t.Fatal(err)
		}
		var refs []string
		for _, a := range got["1"].Alerts {
			refs = append(refs, a.Ref)
		}
		if strings.Join(refs, " ") != step.want || calls != step.calls {
			t.Errorf("poll %d: %q after %d calls, want %q after %d", i+1, refs, calls, step.want, step.calls)
		}
		move(time.Minute)
	}
}

// TestAlertsOutliveAFailingCall is that no alert is over because LibreNMS cannot be asked for it, however long that lasts.
func TestAlertsOutliveAFailingCall(t *testing.T) {
	const dir = "testdata/everything"
	f := newFake(t)
	move := at(f, clock(t, dir))
	f.answer = fromFiles(t, dir, nil)
	s := open(t, f, "")
	before, err := everything(t, s)
	if err != nil {
		t.Fatal(err)
	}
	refs := func(of map[string]device.Observation) (refs []string) {
		for _, a := range of["7"].Alerts {
			if !strings.HasPrefix(a.Ref, "event:") {
				refs = append(refs, a.Ref)
			}
		}
		return refs
	}
	want := refs(before)
	if len(want) == 0 {
		t.Fatal("the lab has no alert")
	}
	f.answer = fromFiles(t, dir, map[string]http.HandlerFunc{"/alerts": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
	}})
	for range 3 {
		move(time.Hour)
		got, err := everything(t, s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, refs(got)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestListsThatVanish is that a list which is empty all at once takes nothing away before it has stayed so.
func TestListsThatVanish(t *testing.T) {
	const dir = "testdata/everything"
	f := newFake(t)
	move := at(f, clock(t, dir))
	f.answer = fromFiles(t, dir, nil)
	s := open(t, f, "")
	before, err := everything(t, s)
	if err != nil {
		t.Fatal(err)
	}
	none := map[string]http.HandlerFunc{}
	for _, call := range optional {
		none[call] = func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"status":"ok","sensors":[],"ports":[],"ip_addresses":[],"arp":[],"links":[],"ports_fdb":[],"alerts":[],"logs":[],"count":0}`)
		}
	}
	f.answer = fromFiles(t, dir, none)
	counts := func() []string {
		t.Helper()
		got, err := everything(t, s)
		if err != nil {
			t.Fatal(err)
		}
		o := got["7"]
		lldp := 0
		for _, l := range o.Links {
			if l.Kind == "lldp" {
				lldp++
			}
		}
		return []string{fmt.Sprint(len(o.Claims)), fmt.Sprint(got["1"].Addresses), fmt.Sprint(o.MACs), fmt.Sprint(lldp)}
	}
	want := []string{fmt.Sprint(len(before["7"].Claims)), fmt.Sprint(before["1"].Addresses), fmt.Sprint(before["7"].MACs), "4"}
	for range 2 {
		move(time.Hour)
		if diff := cmp.Diff(want, counts()); diff != "" {
			t.Error(diff)
		}
	}
	move(time.Hour)
	if diff := cmp.Diff([]string{"2", "[192.0.2.1]", "[]", "0"}, counts()); diff != "" {
		t.Error(diff)
	}
}

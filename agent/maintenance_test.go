package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

// order gives the agent an order over its socket and returns what it answers, or its reason.
func (s *stage) order(path string, body any) (orderAnswer, string) {
	s.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	c := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(s.dir, "data", SocketName))
	}}}
	defer c.CloseIdleConnections()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://localhost/control/"+path, bytes.NewReader(b))
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer := struct {
		orderAnswer
		Detail string
	}{}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		s.t.Fatal(err)
	}
	if (resp.StatusCode == http.StatusOK) != (answer.Detail == "") {
		s.t.Errorf("%s with %q", resp.Status, answer.Detail)
	}
	return answer.orderAnswer, answer.Detail
}

// count is the number of recorded events of a kind; after a restart some may have come twice.
func (s *stage) count(kind device.EventType) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[int64]bool{}
	for _, e := range s.events {
		if e.Type == kind {
			seen[e.Seq] = true
		}
	}
	return len(seen)
}

// newest is the newest recorded event of a kind.
func (s *stage) newest(kind device.EventType) device.Event {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range slices.Backward(s.events) {
		if e.Type == kind {
			return e
		}
	}
	s.t.Fatalf("no %s is on record", kind)
	return device.Event{}
}

func (s *stage) overlays() []device.OverlayKind {
	if d := s.Devices(); len(d) == 1 {
		return d[0].Overlays
	}
	return nil
}

func (s *stage) inMaintenance() bool {
	return slices.Contains(s.overlays(), device.OverlayMaintenance)
}

const someGroups = `
device "nas1" {
  match {
    address = "192.0.2.10"
  }
}
group "core" {
  devices = ["nas1"]
}
group "empty" {
  devices = ["nobody"]
}
`

func TestMaintenanceByHand(t *testing.T) {
	s := newStage(t, someGroups, nil)
	s.until("a and b are heard", func() bool { d := s.Devices(); return len(d) == 1 && len(d[0].Bindings) == 2 })
	for _, c := range []struct {
		path string
		body any
		want string
	}{
		{"maintenance/start", startOrder{Targets: []string{"nas2"}, For: device.Duration(time.Hour)}, `there is no device "nas2". Did you mean "nas1"? The groups are ["core" "empty"].`},
		{"maintenance/start", startOrder{Targets: []string{"nas1", "empty"}, For: device.Duration(time.Hour)}, `no device of the group "empty" is known yet`},
		{"maintenance/start", startOrder{Targets: []string{"nas1"}}, "maintenance for 0s: it takes a duration above zero and up to 366 days"},
		{"maintenance/start", startOrder{For: device.Duration(time.Hour)}, "maintenance of what? Name devices or groups"},
		{"maintenance/start", map[string]int{"targets": 1}, "the order is no JSON that this agent reads"},
		{"maintenance/end", endOrder{Target: "nas1"}, "nas1 is not in maintenance"},
		{"maintenance/end", endOrder{Target: "night"}, `no maintenance is called "night", and there is no device "night".`},
		{"acknowledge", acknowledgeOrder{Device: "nas1"}, "nas1 is up: there is nothing to acknowledge"},
		{"acknowledge", acknowledgeOrder{Device: "nas1", Clear: true}, "nas1 is not acknowledged"},
		{"acknowledge", acknowledgeOrder{Device: "nas2"}, `there is no device "nas2".`},
	} {
		if _, why := s.order(c.path, c.body); !strings.Contains(why, c.want) {
			t.Errorf("%s %+v: %q, want %q", c.path, c.body, why, c.want)
		}
	}

	answer, why := s.order("maintenance/start", startOrder{Targets: []string{"core"}, For: device.Duration(time.Hour), Reason: "new fan"})
	if why != "" || len(answer.Devices) != 1 || answer.Devices[0].Name != "nas1" || !s.inMaintenance() {
		t.Fatalf("%+v %q %v", answer, why, s.overlays())
	}
	if e := s.event("maintenance", ofType(device.EventMaintenanceStarted, "")); e.Reason != "new fan" || !e.Until.Equal(answer.Until.Truncate(0)) {
		t.Errorf("%+v, want until %s", e, answer.Until)
	}
	s.order("maintenance/start", startOrder{Targets: []string{"192.0.2.10"}, For: device.Duration(2 * time.Hour)})
	list := (&reader{s.Agent}).Maintenance(now())
	if len(list) != 2 || list[0].Name != "core" || list[1].Name != "nas1" || !list[0].Active || list[0].Reason != "new fan" {
		t.Errorf("%+v", list)
	}
	if answer, why := s.order("maintenance/end", endOrder{Target: "core"}); why != "" || len(answer.Devices) != 1 || len(answer.Still) != 1 || !s.inMaintenance() {
		t.Errorf("%+v %q", answer, why)
	}
	if answer, why := s.order("maintenance/end", endOrder{Target: "nas1", Reason: "done"}); why != "" || len(answer.Still) != 0 || s.inMaintenance() {
		t.Errorf("%+v %q", answer, why)
	}
	if e := s.event("its end", ofType(device.EventMaintenanceEnded, "")); e.Reason != "done" || e.To != "up" {
		t.Errorf("%+v", e)
	}
}

// What a person began survives a restart, and ends although the agent was off at its time.
func TestMaintenanceOverRestarts(t *testing.T) {
	s := newStage(t, someGroups, nil)
	s.until("a is heard", func() bool { return len(s.Devices()) == 1 })
	answer, why := s.order("maintenance/start", startOrder{Targets: []string{"nas1"}, For: device.Duration(2 * time.Second)})
	if why != "" {
		t.Fatal(why)
	}
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	s.start()
	if now().Before(answer.Until.Add(-time.Second)) && !s.inMaintenance() {
		t.Error("a restart ended it")
	}
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	s.until("its time", func() bool { return now().After(answer.Until) })
	s.start()
	s.event("its end", ofType(device.EventMaintenanceEnded, ""))
	if s.inMaintenance() {
		t.Errorf("overlays %v", s.overlays())
	}
	if began, ended := s.count(device.EventMaintenanceStarted), s.count(device.EventMaintenanceEnded); began != 1 || ended != 1 {
		t.Errorf("%d began, %d ended", began, ended)
	}
}

// A window of the configuration begins with the first device that it covers, once, also over a restart inside it; a
// person may end it early, and what the configuration no longer has ends.
func TestMaintenanceOfTheConfiguration(t *testing.T) {
	block := fmt.Sprintf("maintenance \"move\" {\n  groups = [\"core\"]\n  start = %q\n  duration = \"2h\"\n}\nmaintenance \"night\" {\n  devices = [\"nas1\", \"nas9\"]\n  schedule = \"0 2 1 1 *\"\n  duration = \"1h\"\n  timezone = \"Europe/Berlin\"\n}\n",
		now().Add(-time.Hour).Format(time.RFC3339))
	s := newStage(t, someGroups+block, nil)
	s.event("maintenance", ofType(device.EventMaintenanceStarted, ""))
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	s.start()
	list := (&reader{s.Agent}).Maintenance(now())
	if len(list) != 2 || !list[0].Active || list[0].Until.IsZero() || list[1].Active || list[1].NextStart.IsZero() || list[1].NextEnd.Sub(list[1].NextStart) != time.Hour ||
		!slices.Equal(list[1].Unknown, []string{"nas9"}) || list[1].Timezone != "Europe/Berlin" {
		t.Errorf("%+v", list)
	}
	polls := func() uint64 {
		p, err := s.store.Polls(t.Context(), "a", time.Time{}, 1)
		if err != nil || len(p) == 0 {
			return 0
		}
		return uint64(p[0].At.UnixMicro())
	}
	before := polls()
	s.until("more polls", func() bool { return polls() > before+200_000 })
	if n := s.count(device.EventMaintenanceStarted); n != 1 {
		t.Errorf("it began %d times", n)
	}
	if _, why := s.order("maintenance/end", endOrder{Target: "move"}); why != "" || s.inMaintenance() {
		t.Error(why)
	}
	if _, why := s.order("maintenance/end", endOrder{Target: "move"}); why != `no device is in the maintenance "move" now` {
		t.Error(why)
	}
	before = polls()
	s.until("more polls", func() bool { return polls() > before+200_000 })
	if n := s.count(device.EventMaintenanceStarted); n != 1 || s.inMaintenance() {
		t.Errorf("it began %d times", n)
	}
	if list := (&reader{s.Agent}).Maintenance(now()); list[0].Active {
		t.Errorf("%+v", list[0])
	}
	if _, why := s.order("maintenance/start", startOrder{Targets: []string{"nas1"}, For: device.Duration(time.Hour)}); why != "" {
		t.Error(why)
	}
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	// Without the blocks, their window goes and what a person began stays.
	path := filepath.Join(s.dir, "quorate.hcl")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), block, "", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.until("one mute is left", func() bool { return len(s.Devices()) == 1 && len(s.Devices()[0].Mutes) == 1 })
	if !s.inMaintenance() {
		t.Errorf("overlays %v", s.overlays())
	}
}

// A window begins at its time, by itself.
func TestMaintenanceBeginsAtItsTime(t *testing.T) {
	start := now().Add(2 * time.Second).Truncate(time.Second)
	s := newStage(t, someGroups+fmt.Sprintf("maintenance \"soon\" {\n  devices = [\"nas1\"]\n  start = %q\n  end = %q\n}\n",
		start.Format(time.RFC3339), start.Add(time.Hour).Format(time.RFC3339)), nil)
	if e := s.event("maintenance", ofType(device.EventMaintenanceStarted, "")); e.At.Before(start) || !e.Until.Equal(start.Add(time.Hour)) || e.Reason != "soon" {
		t.Errorf("%+v, want it from %s", e, start)
	}
}

func TestAcknowledge(t *testing.T) {
	s := newStage(t, "consensus {\n  confirm = 1\n  stale_after = 1000\n  mass_devices = 10\n  own_network_devices = 10\n}\n", map[string]string{"a": "down", "b": "down"})
	s.until("nas1 is down", func() bool { d := s.Devices(); return len(d) == 1 && d[0].Status == device.StatusDown })
	if _, why := s.order("acknowledge", acknowledgeOrder{Device: "nas1", Reason: "a fan is ordered"}); why != "" {
		t.Fatal(why)
	}
	if e := s.event("acknowledged", ofType(device.EventAcknowledged, "")); e.Reason != "a fan is ordered" || e.To != "down" {
		t.Errorf("%+v", e)
	}
	if !slices.Contains(s.overlays(), device.OverlayAcknowledged) {
		t.Errorf("overlays %v", s.overlays())
	}
	s.mode("a", "")
	s.mode("b", "")
	// On a machine that stalls for longer than a poll is fresh, nobody speaks for it first: unknown ends it as well.
	if e := s.event("its end", ofType(device.EventAcknowledgedEnded, "")); e.To != "up" && e.To != "unknown" {
		t.Errorf("%+v", e)
	}
}

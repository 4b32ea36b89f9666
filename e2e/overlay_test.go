package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

// TestOverlaysByCommand takes a device through maintenance and an acknowledgement by the commands of a person, over a
// power cut, and asks why meanwhile, with and without an agent.
func TestOverlaysByCommand(t *testing.T) {
	t.Parallel()
	s := newSite(t, read(t, filepath.Join("..", "examples", "hcl", "demo.hcl"))+`
group "disks" {
  devices = ["nas-1", "nas-4"]
}
maintenance "year end" {
  groups   = ["disks"]
  devices  = ["nas-99"]
  schedule = "0 3 31 DEC *"
  duration = "90m"
  timezone = "Europe/Berlin"
  reason   = "inventory"
}
`)
	a := s.agent(t)
	live := a.stream(t, 0)
	eventually(t, "68 devices up", func() bool { return countStatus(a.devices(t), device.StatusUp) == 68 })
	cmd := s.command()

	var planned []device.Maintenance
	decodeLine(t, cmd.ok(t, "maintenance", "list", "--json"), &planned)
	if len(planned) != 1 || planned[0].Active || planned[0].NextEnd.Sub(planned[0].NextStart) != 90*time.Minute || len(planned[0].Unknown) != 1 || len(planned[0].Devices) != 2 {
		t.Errorf("planned: %+v", planned)
	}
	if table := cmd.ok(t, "maintenance", "list"); !strings.Contains(table, "0 3 31 DEC * Europe/Berlin") || !strings.Contains(table, "nas-1, nas-4, not known: nas-99") {
		t.Errorf("maintenance list:\n%s", table)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"maintenance", "start", "nas1", "--for", "1h"}, 1, `there is no device "nas1". Did you mean "nas-1"? The groups are ["disks"].`},
		{[]string{"maintenance", "start", "nas-1"}, 2, "--for"},
		{[]string{"maintenance", "start", "nas-1", "--for", "soon"}, 2, `--for "soon" is no duration`},
		{[]string{"maintenance", "start", "nas-1", "--for", "-1h"}, 2, "above zero"},
		{[]string{"maintenance", "end", "nas-1"}, 1, "nas-1 is not in maintenance"},
		{[]string{"maintenance", "end", "year end"}, 1, `no device is in the maintenance "year end" now`},
		{[]string{"ack", "nas-1"}, 1, "nas-1 is up: there is nothing to acknowledge"},
		{[]string{"ack", "--clear", "nas-1"}, 1, "nas-1 is not acknowledged"},
		{[]string{"explain", "nas-1", "--at", "noon"}, 2, "RFC 3339"},
		{[]string{"explain", "nobody", "--at", "-1s"}, 1, `there is no device "nobody" on record`},
	} {
		if r := cmd.run(t, c.args...); r.code != c.code || !strings.Contains(r.stderr, c.want) {
			t.Errorf("%q: exit %d, want %d with %s\n%s", c.args, r.code, c.code, c.want, r.stderr)
		}
	}

	if text := cmd.ok(t, "maintenance", "start", "disks", "--for", "1d", "--reason", "new fans"); !strings.HasPrefix(text, "in maintenance until ") || !strings.HasSuffix(text, ": nas-1, nas-4\n") {
		t.Errorf("maintenance start: %q", text)
	}
	if table := cmd.ok(t, "devices"); strings.Count(table, "up +maintenance") != 2 {
		t.Errorf("quorate devices:\n%s", table)
	}
	before := time.Now()
	a.kill()
	<-live.ended
	for _, args := range [][]string{{"explain", "nas-1"}, {"explain", "nas-1", "--at", before.Add(time.Hour).Format(time.RFC3339)}} {
		if text := cmd.ok(t, args...); !strings.Contains(text, "nas-1 is up since") || !strings.Contains(text, "it is in maintenance until") || !strings.Contains(text, ": disks (new fans)") {
			t.Errorf("%q without an agent:\n%s", args, text)
		}
	}
	var then device.Explanation
	decodeLine(t, cmd.ok(t, "explain", "nas-1", "--json", "--at", before.Format(time.RFC3339Nano)), &then)
	if then.Stand == nil || then.Seq == 0 || then.Stand.Status != device.StatusUp || len(then.Stand.Mutes) != 1 || then.At.After(before) {
		t.Errorf("explain --at: %+v", then)
	}
	if r := cmd.run(t, "explain", "nas-1", "--at", before.Add(-time.Hour).Format(time.RFC3339)); r.code != 1 || !strings.Contains(r.stderr, "nothing on \"nas-1\" is on record before") {
		t.Errorf("before the record: exit %d\n%s", r.code, r.stderr)
	}

	a = s.agent(t)
	live = a.stream(t, int64(len(live.all())))
	began := func() (n int) {
		for _, raw := range a.record(t) {
			var e device.Event
			if err := json.Unmarshal(raw, &e); err != nil {
				t.Fatal(err)
			}
			if e.Type == device.EventMaintenanceStarted {
				n++
			}
		}
		return n
	}
	eventually(t, "68 devices up again", func() bool { return countStatus(a.devices(t), device.StatusUp) == 68 })
	if n := began(); n != 2 {
		t.Errorf("maintenance began %d times, want once for each of 2 devices", n)
	}
	if text := cmd.ok(t, "maintenance", "end", "nas-4"); text != "maintenance ended: nas-4\n" {
		t.Errorf("maintenance end: %q", text)
	}
	if text := cmd.ok(t, "maintenance", "end", "disks"); text != "maintenance ended: nas-1\n" {
		t.Errorf("maintenance end: %q", text)
	}

	// A camera dies, somebody knows of it, and it comes back.
	if err := s.World.Kill("camera-1"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the camera is down", func() bool { return a.devices(t)["camera-1"].Status == device.StatusDown })
	if text := cmd.ok(t, "ack", "camera-1", "--reason", "on its way to repair"); text != "acknowledged until it is well again: camera-1\n" {
		t.Errorf("ack: %q", text)
	}
	if text := cmd.ok(t, "explain", "camera-1"); !strings.Contains(text, "camera-1 is down since") || !strings.Contains(text, "somebody knows of it: on its way to repair") {
		t.Errorf("explain:\n%s", text)
	}
	if page := fetchText(t, a, "/devices/camera-1"); !strings.Contains(page, "Acknowledged since") || !strings.Contains(page, "on its way to repair") {
		t.Errorf("the page:\n%s", page)
	}
	if err := s.World.Revive("camera-1"); err != nil {
		t.Fatal(err)
	}
	ended := func(e device.Event) bool { return e.Type == device.EventAcknowledgedEnded && e.To == "up" }
	eventually(t, "the end of the acknowledgement", func() bool { _, ok := live.find(t, ended); return ok })

	var coverage consensus.CoverageReport
	decodeLine(t, cmd.ok(t, "coverage", "--json"), &coverage)
	if len(coverage.Devices) != 68 || len(coverage.Single) == 0 {
		t.Errorf("coverage of %d devices, %d with a single witness", len(coverage.Devices), len(coverage.Single))
	}
	if table := cmd.ok(t, "coverage"); !strings.Contains(table, "only prtg speaks for it") || strings.Contains(table, "nas-1 ") {
		t.Errorf("quorate coverage:\n%s", table)
	}
	var alerts []device.ReportedAlert
	decodeLine(t, cmd.ok(t, "alerts", "--json"), &alerts)
	if text := cmd.ok(t, "disputes"); !strings.HasPrefix(text, "no disputes") {
		t.Errorf("quorate disputes: %s", text)
	}
	a.stop(t, 0)
}

// fetchText is what the agent answers to a browser.
func fetchText(t *testing.T, a *agent, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v", path, resp.Status, err)
	}
	return string(b)
}

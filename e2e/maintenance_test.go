package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// replayText plays a configuration and lines given as text and returns the events as "15:04 type device: text".
func replayText(t *testing.T, config string, lines []string, only ...device.EventType) []string {
	t.Helper()
	dir := t.TempDir()
	s := scenario{name: "text", config: write(t, filepath.Join(dir, "quorate.hcl"), config), file: write(t, filepath.Join(dir, "scenario.jsonl"), strings.Join(lines, "\n")+"\n")}
	first := s.play(t)
	if second := s.play(t, "TZ=Asia/Tokyo"); first != second {
		t.Error("two runs print different bytes:\n" + cmp.Diff(first, second))
	}
	var told []string
	for _, e := range parseReplay(t, first).Events {
		for _, kind := range only {
			if e.Type == kind {
				told = append(told, e.At.UTC().Format("2006-01-02 15:04 ")+string(e.Type)+": "+e.Text)
			}
		}
	}
	return told
}

const maintenanceConfig = `
source "librenms" "librenms" {
  interval = "60s"
}
device "nas1" {
  match {
    address = "192.0.2.11"
  }
  tags = ["storage"]
}
group "core" {
  tags = ["storage"]
}
`

// polls are snapshots of one device in one state, one every step from from (included) to to (not included).
func polls(from, to string, step time.Duration, state device.State) []string {
	begin, _ := time.Parse(time.RFC3339, from)
	end, _ := time.Parse(time.RFC3339, to)
	var lines []string
	for at := begin; at.Before(end); at = at.Add(step) {
		lines = append(lines, fmt.Sprintf(`{"at":%q,"source":"librenms","observations":[{"ref":"1","name":"nas1","addresses":["192.0.2.11"],"claims":[{"facet":"reach","state":%q}]}]}`, at.Format(time.RFC3339), string(state)))
	}
	return lines
}

// TestMaintenanceInAReplay: windows begin and end on the file's clock, at its own instants, also over a change to summer
// time and while the device fails.
func TestMaintenanceInAReplay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, block string
		lines       []string
		want        []string
	}{
		{
			"once and overlapped by a schedule", `
maintenance "move" {
  groups = ["core"]
  start  = "2026-01-01T00:10:00Z"
  end    = "2026-01-01T00:20:00Z"
}
maintenance "every hour" {
  devices  = ["nas1"]
  schedule = "15 * * * *"
  duration = "15m"
  reason   = "patches"
}`,
			append(append(polls("2026-01-01T00:00:00Z", "2026-01-01T00:12:00Z", time.Minute, device.StateUp),
				polls("2026-01-01T00:12:00Z", "2026-01-01T00:29:00Z", time.Minute, device.StateDown)...),
				polls("2026-01-01T00:31:00Z", "2026-01-01T00:35:00Z", time.Minute, device.StateDown)...),
			[]string{
				"2026-01-01 00:00 verdict.changed: nas1 is up: librenms says so",
				"2026-01-01 00:10 maintenance.started: nas1 is in maintenance until 2026-01-01 00:20:00: move",
				"2026-01-01 00:14 verdict.changed: nas1 is down: librenms says so",
				"2026-01-01 00:31 maintenance.ended: maintenance of nas1 is over, and it is down", // the first instant behind its end
			},
		},
		{
			"over the change to summer time", `
maintenance "patch night" {
  groups   = ["core"]
  schedule = "30 2 * * SUN"
  duration = "1h"
  timezone = "Europe/Berlin"
}`,
			polls("2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z", 10*time.Minute, device.StateUp),
			[]string{
				"2026-03-28 23:00 verdict.changed: nas1 is up: librenms says so",
				"2026-03-29 01:00 maintenance.started: nas1 is in maintenance until 2026-03-29 02:00:00: patch night",
				"2026-03-29 02:00 maintenance.ended: maintenance of nas1 is over, and it is up",
			},
		},
		{
			"discovered inside the window", `
maintenance "move" {
  devices  = ["nas1"]
  start    = "2026-01-01T00:00:00Z"
  duration = "1h"
}`,
			polls("2026-01-01T00:30:00Z", "2026-01-01T01:05:00Z", time.Minute, device.StateUp),
			[]string{
				"2026-01-01 00:30 verdict.changed: nas1 is up: librenms says so",
				"2026-01-01 00:31 maintenance.started: nas1 is in maintenance until 2026-01-01 01:00:00: move",
				"2026-01-01 01:00 maintenance.ended: maintenance of nas1 is over, and it is up",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := replayText(t, maintenanceConfig+c.block, c.lines, device.EventMaintenanceStarted, device.EventMaintenanceEnded, device.EventVerdictChanged)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

// firstInstant is when the generated scenarios begin.
var firstInstant = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// minute is an instant of a generated scenario.
func minute(n int) time.Time { return firstInstant.Add(time.Duration(n) * time.Minute) }

// twoSources is the configuration of the generated scenarios.
const twoSources = `
source "librenms" "librenms" {
  interval = "60s"
}
source "prtg" "prtg" {
  interval = "60s"
}
`

// reaches is a device of which its source says one thing: that it is up, or down.
func reaches(ref string, state device.State, id device.Identity) device.Observation {
	id.Ref = ref
	return device.Observation{Identity: id, Claims: []device.Claim{{Facet: device.FacetReach, State: state}}}
}

// poll is a snapshot of a generated scenario.
func poll(at time.Time, source string, all ...device.Observation) device.Snapshot {
	return device.Snapshot{At: at, Source: source, Observations: all}
}

// replayLines is the replay file of snapshots.
func replayLines(t *testing.T, snapshots ...device.Snapshot) string {
	t.Helper()
	var b strings.Builder
	for _, s := range snapshots {
		b.Write(encode(t, s))
		b.WriteByte('\n')
	}
	return b.String()
}

// replayOf plays the text of a replay file, which must end well, and returns what standard error says.
func replayOf(t *testing.T, config, lines string) (r replayed, out, said string) {
	t.Helper()
	file := write(t, filepath.Join(t.TempDir(), "quorate.hcl"), config)
	got := command{stdin: lines}.run(t, "replay", "--config", file, "--json", "--state", "-")
	if got.code != 0 {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
	return parseReplay(t, got.stdout), got.stdout, got.stderr
}

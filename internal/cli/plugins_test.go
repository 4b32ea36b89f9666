package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestPluginsTable(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	sources := []device.SourceStatus{
		{Name: "librenms", Type: "librenms", Health: device.HealthUp, Plugin: &device.PluginStatus{
			State: device.PluginRunning, PID: 4194304, Memory: 34 << 20, Processes: 1, Since: now.Add(-75 * time.Hour),
		}},
		{Name: "ups", Type: "acme", Health: device.HealthBlind, Restarts: 5, Plugin: &device.PluginStatus{
			State: device.PluginQuarantined, Until: now.Add(28 * time.Minute), Restarts: 5, Crashes: 5, LastError: "exit status 2: panic: \x1b[2Jboom",
			LogDropped: 1, StdoutDropped: 100 << 20, Rejected: 12, RefusedPolls: 2,
		}},
		{Name: "slow", Plugin: &device.PluginStatus{State: device.PluginWaiting, Until: now.Add(4 * time.Second), LastError: "it hangs", Crashes: 1}},
		{Name: "typo", Plugin: &device.PluginStatus{State: device.PluginRefused, LastError: "sha256 mismatch"}},
		{Name: "old"},
	}
	var out bytes.Buffer
	p := &Program{Stdout: &out}
	p.printPlugins(sources, now)
	for line := range strings.Lines(out.String()) {
		if len(line) > 80 && !strings.Contains(line, ": ") {
			t.Errorf("a line of %d characters: %s", len(line), line)
		}
	}
	for _, want := range []string{
		"librenms  running      4194304  34 MiB  1          3d 03h    0         0\n",
		"ups       quarantined  -        -       -          -         5         5\n",
		"ups: the last time it failed: exit status 2: panic: [2Jboom\n",
		"ups: its plugin is left alone for another 28m 00s: exit status 2: panic: [2Jboom; failed 5 times in the last 10 minutes; " +
			"sent 2 polls too large or not of the contract's form; sent 12 observations that could not be accepted; " +
			"logged 1 line too much; printed 100 MiB on stdout, where nothing belongs\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("missing %q in\n%s", want, out.String())
		}
	}
	out.Reset()
	p.printSources(sources, nil, now)
	for _, want := range []string{"slow: its plugin starts again in 4s: it hangs; failed 1 time in the last 10 minutes\n", "typo: its plugin does not run: sha256 mismatch\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("missing %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "librenms: its plugin") {
		t.Errorf("a plugin that runs well is spoken of:\n%s", out.String())
	}
}

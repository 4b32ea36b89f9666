package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/quorate/quorate/device"
)

// hostileTexts are what a device could call itself to harm whoever reads it: a terminal, a page, a database, a template,
// a table, a shell, a format, a path.
var hostileTexts = []string{
	"\x1b[2J\x1b]0;owned\x07clear",
	"\u009b31mcsi",
	"line\nfeed\r\rback\tspace\v\f",
	"nul\x00byte\x7f",
	"\u202etxet desrever\u2066",
	"zero\u200bwidth\ufeff",
	"para\u2029graph\u2028s",
	"<script>alert(1)</script>&amp;\"'",
	"'; DROP TABLE devices; --",
	"{{ site.title }}{% raw %}${jndi:x}",
	"| a | b |\n# heading",
	"$(reboot) `reboot` ; reboot",
	"%s%n%d%!v(MISSING)",
	"../../../etc/passwd",
	"-rf --json --help",
	strings.Repeat("𝄞", 256),
	strings.Repeat("e\u0301", 128),
}

// hostileObservations are devices with hostile texts wherever a source can say something.
func hostileObservations(state device.State) []device.Observation {
	var all []device.Observation
	for i, text := range hostileTexts {
		o := reaches(text, state, device.Identity{
			Name: text, Addresses: []string{text, fmt.Sprintf("192.0.2.%d", i+1)}, Hostnames: []string{text}, MACs: []string{text},
			Serial: text, EngineID: text, Vendor: text, Model: text, OS: text, Version: text, Location: text, Type: text,
			Parents: []string{text}, Links: []device.Link{{Component: text, MAC: text, Name: text, Address: text, Kind: text}},
		})
		o.Claims[0].Raw = text
		o.Claims = append(o.Claims, device.Claim{Facet: device.FacetHealth, Component: "disk:" + cut(text, 250), State: device.StateCritical, Raw: text})
		o.Readings = []device.Reading{{Component: text, Quantity: text, Value: 1, Unit: text}}
		o.Alerts = []device.Alert{{Ref: text, Component: text, Class: text, Severity: text, State: text, Text: text}}
		all = append(all, o)
	}
	return all
}

// cut returns at most n characters of s.
func cut(s string, n int) string {
	r := []rune(s)
	return string(r[:min(n, len(r))])
}

// harmless fails where a text for a terminal holds anything but lines of printable characters.
func harmless(t *testing.T, what, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		i := strings.IndexFunc(line, func(r rune) bool {
			return r == unicode.ReplacementChar || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
		})
		if i >= 0 {
			t.Errorf("%s: %q gets through in %.300q", what, line[i:min(len(line), i+4)], line)
		}
	}
}

// TestHostileTextsInAReplay: whatever devices call themselves, an event is one line for a terminal, and what sources
// said is kept as they said it.
func TestHostileTextsInAReplay(t *testing.T) {
	t.Parallel()
	var all []device.Snapshot
	for n, state := range []device.State{device.StateUp, device.StateDown, device.StateDown, device.StateUp} {
		all = append(all, poll(minute(n), "prtg", hostileObservations(state)...))
		if n > 0 {
			all = append(all, device.Snapshot{At: minute(n), Source: "librenms", Err: hostileTexts[n]})
			continue
		}
		all = append(all, poll(minute(n), "librenms", hostileObservations(state)...))
	}
	lines := replayLines(t, all...)
	r, _, said := replayOf(t, twoSources, lines)
	if said != "" || len(r.Devices) != len(hostileTexts) {
		t.Errorf("%d devices of %d, standard error says %q", len(r.Devices), len(hostileTexts), said)
	}
	var raws []string
	for _, d := range r.Devices {
		harmless(t, "the name of a device", d.Name)
		for _, v := range d.Votes {
			if v.Facet == device.FacetReach && v.Source == "prtg" {
				raws = append(raws, v.Raw)
			}
		}
	}
	for _, text := range hostileTexts {
		if !slices.Contains(raws, text) {
			t.Errorf("the source's own words are lost: %q", text)
		}
	}
	config := write(t, filepath.Join(t.TempDir(), "quorate.hcl"), twoSources)
	human := command{stdin: lines}.ok(t, "replay", "--config", config, "-")
	harmless(t, "replay", human)
	if got := strings.Count(human, "\n"); got != len(r.Events) {
		t.Errorf("%d lines for %d events", got, len(r.Events))
	}
}

// TestRejectedTexts: of what is rejected only what is safe to read reaches standard error.
func TestRejectedTexts(t *testing.T) {
	t.Parallel()
	var bad []device.Observation
	for _, text := range hostileTexts {
		bad = append(bad, device.Observation{Identity: device.Identity{Ref: text}, Abstain: device.Abstention("no reason " + text)})
	}
	config := write(t, filepath.Join(t.TempDir(), "quorate.hcl"), replayConfig)
	r := command{stdin: replayLines(t, poll(minute(0), "prtg", bad...))}.run(t, "replay", "--config", config, "--state", "-")
	harmless(t, "standard error", r.stderr)
	if got := strings.Count(r.stderr, "\n"); r.code != 0 || got != len(bad) {
		t.Errorf("exit %d, %d lines for %d rejected observations:\n%s", r.code, got, len(bad), r.stderr)
	}
	for _, text := range hostileTexts {
		line := strings.Replace(replayLines(t, poll(minute(0), "nobody")), "nobody", strings.Trim(string(encode(t, text)), `"`), 1)
		r := command{stdin: line}.run(t, "replay", "--config", config, "-")
		harmless(t, "standard error", r.stderr)
		if r.code != 2 || !strings.HasPrefix(r.stderr, "quorate: line 1: ") || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("a source called %q: exit %d, %q", text, r.code, r.stderr)
		}
	}
}

// TestHostileTextsOnTheTerminal: the commands that read from a running agent show nothing that a terminal obeys.
func TestHostileTextsOnTheTerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var lines strings.Builder
	for _, o := range hostileObservations(device.StateUp) {
		lines.Write(encode(t, o))
		lines.WriteByte('\n')
	}
	said := write(t, filepath.Join(dir, "said.jsonl"), lines.String())
	config := write(t, filepath.Join(dir, "quorate.hcl"), fmt.Sprintf(`agent {
  data_dir = "data"
  listen   = "127.0.0.1:0"
}
source "exec" "prtg" {
  interval = "1s"
  config {
    command = ["/bin/cat", %q]
  }
}
source "exec" "librenms" {
  interval = "1s"
  config {
    command = ["/bin/sh", "-c", "printf '\\033[2Jfailed\\007\\n' >&2; exit 1"]
  }
}
`, said))
	p := start(t, nil, dir, "agent", "--config", config)
	p.waitFor("quorate: http://")
	c := command{dir: dir, env: []string{"QUORATE_CONFIG=" + config}}
	var devices string
	eventually(t, "a verdict on each device, and a blind source", func() bool {
		devices = c.ok(t, "devices")
		return strings.Count(devices, "degraded") >= len(hostileTexts) && strings.Contains(c.ok(t, "sources"), "blind")
	})
	harmless(t, "devices", devices)
	for _, args := range [][]string{
		{"sources"}, {"events"}, {"coverage"}, {"disputes"}, {"alerts"}, {"maintenance", "list"}, {"explain", "192.0.2.1"},
		{"identity", "simulate", "--map", "192.0.2.0/24=198.51.100.0/24"}, {"backtest", "--since", "1h"},
		{"device", "merge", "192.0.2.1", "192.0.2.2", "--dry-run"}, {"device", "forget", "192.0.2.3", "--dry-run"},
	} {
		r := c.run(t, args...)
		harmless(t, strings.Join(args, " "), r.stdout+r.stderr)
	}
	for _, text := range hostileTexts {
		// A name with a nul byte cannot be an argument.
		r := c.run(t, "explain", "--", strings.ReplaceAll(text, "\x00", ""))
		harmless(t, "explain", r.stdout)
		harmless(t, "explain", r.stderr)
	}
	var list []device.Current
	decodeLine(t, c.ok(t, "devices", "--json"), &list)
	for _, d := range list {
		r := c.run(t, "explain", string(d.ID))
		harmless(t, "explain", r.stdout+r.stderr)
		if r.code != 0 {
			t.Errorf("explain %s: exit %d: %s", d.ID, r.code, r.stderr)
		}
	}
	p.stop(t, 0)
	harmless(t, "the log", p.output())
}

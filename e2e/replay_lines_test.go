package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
)

const (
	replayConfig = "source \"prtg\" \"prtg\" {\n  interval = \"60s\"\n}\n"
	goodLine     = `{"at":"2026-01-01T00:00:00Z","source":"prtg","observations":[{"ref":"1","name":"nas1","addresses":["192.0.2.10"],"claims":[{"facet":"reach","state":"up"}]}]}` + "\n"
)

// TestReplayBadLines: a mistake in the file is named by its line and ends with 2.
func TestReplayBadLines(t *testing.T) {
	config := write(t, filepath.Join(t.TempDir(), "quorate.hcl"), replayConfig)
	for _, c := range []struct{ name, line, says string }{
		{"no JSON", "nonsense", "invalid character"},
		{"cut off", `{"at":"2026-01-01T00:01:00Z","source":"prtg","observations":[{"ref":`, "unexpected end"},
		{"no time", `{"source":"prtg"}`, `"at" is missing`},
		{"a list", `[]`, ""},
		{"no source", `{"at":"2026-01-01T00:01:00Z","observations":[{"ref":"1"}]}`, `"source" is missing`},
		{"failed and full", `{"at":"2026-01-01T00:01:00Z","source":"prtg","error":"timeout","observations":[{"ref":"1"}]}`, "carries no observations"},
		{"back in time", `{"at":"2025-12-31T23:59:59Z","source":"prtg","observations":[]}`, "back in time"},
		{"unknown source", `{"at":"2026-01-01T00:01:00Z","source":"nobody","observations":[]}`, `"nobody"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			// An empty line is passed over and still counts.
			r := command{stdin: goodLine + "\n" + c.line + "\n" + goodLine}.run(t, "replay", "--config", config, "--json", "--state", "-")
			if r.code != 2 || !strings.Contains(r.stderr, "line 3: ") || !strings.Contains(r.stderr, c.says) {
				t.Errorf("exit %d, standard error %q; want 2, line 3 and %q", r.code, r.stderr, c.says)
			}
			if strings.Count(r.stderr, "\n") != 1 {
				t.Errorf("more than one line: %q", r.stderr)
			}
			if strings.Contains(r.stdout, `"type":"state"`) {
				t.Error("a replay that failed prints a state as if it had ended")
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		if r := (command{}).run(t, "replay", "--config", config, "missing.jsonl"); r.code != 2 {
			t.Errorf("exit %d: %s", r.code, r.stderr)
		}
	})
}

// TestReplayRejectedObservation: what cannot be accepted is named and the rest of its snapshot stands.
func TestReplayRejectedObservation(t *testing.T) {
	config := write(t, filepath.Join(t.TempDir(), "quorate.hcl"), replayConfig)
	good := `{"ref":"1","name":"nas1","addresses":["192.0.2.10"],"claims":[{"facet":"reach","state":"up"}]}`
	for _, c := range []struct{ name, bad string }{
		{"no ref", `{"ref":"","name":"nas2","addresses":["192.0.2.11"]}`},
		{"unknown facet", `{"ref":"2","name":"nas2","claims":[{"facet":"mood","state":"up"}]}`},
		{"unknown state", `{"ref":"2","name":"nas2","claims":[{"facet":"reach","state":"sideways"}]}`},
		{"before 2000", `{"ref":"2","name":"nas2","observed_at":"1999-12-31T23:59:59Z"}`},
		{"no number", `{"ref":"2","name":"nas2","readings":[{"quantity":"load","value":"NaN","unit":"%"}]}`},
		{"long name", `{"ref":"2","name":"` + strings.Repeat("x", 257) + `"}`},
		{"65 addresses", `{"ref":"2","addresses":[` + strings.TrimSuffix(strings.Repeat(`"192.0.2.10",`, 65), ",") + `]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			line := `{"at":"2026-01-01T00:00:00Z","source":"prtg","observations":[` + c.bad + "," + good + "]}\n"
			r := command{stdin: line}.run(t, "replay", "--config", config, "--json", "--state", "-")
			if r.code != 0 {
				t.Fatalf("exit %d: %s", r.code, r.stderr)
			}
			got := parseReplay(t, r.stdout)
			if len(got.Devices) != 1 || got.Devices[0].Name != "nas1" || got.Devices[0].Status != device.StatusUp {
				t.Errorf("devices: %+v", got.Devices)
			}
			if !strings.Contains(r.stderr, "line 1: ") || !strings.Contains(r.stderr, "rejected") {
				t.Errorf("nobody hears of what was rejected: standard error is %q", r.stderr)
			}
		})
	}
}

// TestReplayInvalidUTF8 stands apart because such a line cannot be written as a JSON literal of Go.
func TestReplayInvalidUTF8(t *testing.T) {
	config := write(t, filepath.Join(t.TempDir(), "quorate.hcl"), replayConfig)
	line := bytes.Replace([]byte(goodLine), []byte("nas1"), []byte("nas\xff"), 1)
	r := command{stdin: string(line)}.run(t, "replay", "--config", config, "--json", "--state", "-")
	if r.code != 0 || len(parseReplay(t, r.stdout).Devices) != 0 || strings.Contains(r.stderr, "\xff") {
		t.Errorf("exit %d, %q\n%s", r.code, r.stderr, r.stdout)
	}
}

// TestReplayLeavesNothing: the database of a replay is gone when it ends.
func TestReplayLeavesNothing(t *testing.T) {
	s := scenarios(t)[0]
	tmp := t.TempDir()
	command{env: []string{"TMPDIR=" + tmp}}.ok(t, "replay", "--config", s.config, s.file)
	left, err := os.ReadDir(tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

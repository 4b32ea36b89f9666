package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Every scenario that has a golden file, judged again from its record by the settings it was played by: no difference,
// from its beginning and from its middle.
func TestScenariosJudgedAgain(t *testing.T) {
	scenarios, err := filepath.Glob("../../e2e/testdata/replay/*/scenario.jsonl")
	if err != nil || len(scenarios) < 30 {
		t.Fatalf("%d scenarios, %v", len(scenarios), err)
	}
	for _, scenario := range scenarios {
		folder := filepath.Dir(scenario)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			kept, config := filepath.Join(t.TempDir(), "record"), filepath.Join(folder, "quorate.hcl")
			if r := run(t, "", "replay", "--config", config, "--keep", kept, scenario); r.code != exitOK {
				t.Fatalf("replay: exit %d\n%s", r.code, r.errOut)
			}
			all := backtestOf(t, "--config", config, "--data", kept, "--since", "2000-01-01T00:00:00Z")
			if !all.Same || all.Other {
				t.Errorf("judged again by the same settings: %+v", all)
			}
			middle := all.Since.Add(all.Until.Sub(all.Since) / 2)
			if part := backtestOf(t, "--config", config, "--data", kept, "--since", middle.Format(time.RFC3339)); !part.Same {
				t.Errorf("from %v on: %+v", middle, part)
			}
		})
	}
}

func backtestOf(t *testing.T, args ...string) backtestSummary {
	t.Helper()
	r := run(t, "", append([]string{"backtest", "--json"}, args...)...)
	if r.code != exitOK {
		t.Fatalf("backtest: exit %d\n%s", r.code, r.errOut)
	}
	first, _, _ := strings.Cut(r.out, "\n")
	var s backtestSummary
	if err := json.Unmarshal([]byte(first), &s); err != nil {
		t.Fatalf("%v in %s", err, first)
	}
	return s
}

func TestMoment(t *testing.T) {
	now := time.Date(2026, 1, 8, 12, 0, 0, 0, time.UTC)
	for s, want := range map[string]time.Time{
		"": {}, "7d": now.AddDate(0, 0, -7), "1d12h": now.Add(-36 * time.Hour), "36h": now.Add(-36 * time.Hour), "0d": now,
		"2026-01-01T01:00:00+01:00": time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got, err := moment("--since", s, now); err != nil || !got.Equal(want) {
			t.Errorf("%q is %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"yesterday", "-3d", "d", "3d-1h", "7", "2026-01-01"} {
		if got, err := moment("--since", s, now); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
}

func TestBacktestForAPerson(t *testing.T) {
	t.Setenv("TZ", "UTC")
	folder := filepath.Join("..", "..", "e2e", "testdata", "replay", "two_disagree")
	dir := t.TempDir()
	kept, config, other := filepath.Join(dir, "kept"), filepath.Join(folder, "quorate.hcl"), filepath.Join(dir, "other.hcl")
	run(t, "", "replay", "--config", config, "--keep", kept, filepath.Join(folder, "scenario.jsonl")).want(t, exitOK, "", "")
	run(t, "", "replay", "--config", config, "--keep", kept, filepath.Join(folder, "scenario.jsonl")).want(t, exitUsage, "", "--keep takes a folder that is not there yet")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, append(text, "\nconsensus {\n  dispute_timeout = \"5m\"\n}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	since := []string{"--since", "2026-01-01T00:00:00Z"}
	backtest := func(args ...string) result {
		return run(t, "", append(append([]string{"backtest"}, since...), args...)...)
	}
	backtest("--config", config, "--data", kept).want(t, exitOK, "no difference: 42 polls of 20m 00s judged again, 2 verdicts the same\n", "")
	backtest("--data", kept).want(t, exitOK, "no difference: 42 polls of 20m 00s judged again, 2 verdicts the same\n", "")
	got := backtest("--config", other, "--data", kept, "--device", "nas1")
	for _, want := range []string{
		"1 difference: 42 polls of 20m 00s judged again, 1 of 2 recorded verdicts the same, 1 verdict otherwise\n",
		"5m 00s  up        unknown\n", "unknown         4m 00s    9m 00s           +5m 00s\n", "nas1    0s    4m 00s -> 9m 00s  14m 00s\n",
		"verdict.changed  2         2                1\n", "Judged 21 instants with 42 observations in ",
	} {
		got.want(t, exitOK, want, "")
	}
	backtest("--config", other, "--data", kept, "--device", "nas9").want(t, exitFailed, "", `there is no device "nas9"`)
	backtest("--config", other, "--data", dir).want(t, exitData, "", "quorate.db")
	backtest("--config", other, "--data", kept, "--until", "2025-01-01T00:00:00Z").want(t, exitUsage, "", "--until")
	run(t, "", "backtest", "--config", other, "--data", kept, "--since", "1h").want(t, exitFailed, "", "the record ends at 2026-01-01T00:20:00Z")
}

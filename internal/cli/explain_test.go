package cli

import (
	"testing"
	"time"
)

func TestParseWhen(t *testing.T) {
	zone := time.FixedZone("", 3600)
	now := time.Date(2026, 3, 1, 14, 30, 0, 0, zone)
	for text, want := range map[string]string{
		"2026-01-01T00:00:00Z":      "2026-01-01T00:00:00Z",
		"2026-01-01T00:00:00+02:00": "2025-12-31T22:00:00Z",
		"-2h":                       "2026-03-01T11:30:00Z",
		"90m":                       "2026-03-01T12:00:00Z",
		"-3d":                       "2026-02-26T13:30:00Z",
		"2h ago":                    "2026-03-01T11:30:00Z",
		"1h30m ago":                 "2026-03-01T12:00:00Z",
		"14:05":                     "2026-03-01T13:05:00Z",
		"14:05:30":                  "2026-03-01T13:05:30Z",
		"23:00":                     "2026-02-28T22:00:00Z", // it was yesterday
		"2026-02-01":                "2026-01-31T23:00:00Z",
		"2026-02-01 12:00":          "2026-02-01T11:00:00Z",
		"2026-02-01 12:00:30":       "2026-02-01T11:00:30Z",
		"2026-02-01T12:00":          "2026-02-01T11:00:00Z",
	} {
		got, err := parseWhen(text, now)
		if err != nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%q: %s, %v, want %s", text, got.UTC().Format(time.RFC3339), err, want)
		}
	}
	for _, text := range []string{"", "noon", "25:00", "2026-13-01", "--2h", "2x", "ago", "d", "1.5d", "99999999d"} {
		if got, err := parseWhen(text, now); err == nil {
			t.Errorf("%q: %s", text, got)
		}
	}
}

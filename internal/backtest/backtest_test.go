package backtest_test

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/backtest"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// settings are those of two monitors that ask once a minute, each on a host of its own.
func settings() pipeline.Config {
	return pipeline.Config{Consensus: consensus.Config{Hash: "then", Sources: map[string]consensus.Source{
		"librenms": {Name: "librenms", Interval: time.Minute}, "prtg": {Name: "prtg", Interval: time.Minute},
	}}}
}

// record makes a record of twelve minutes. Both monitors see nas1, and prtg calls it down at minutes 5, 6 and 7; prtg
// alone sees nas2, and calls it down at minutes 5 and 6.
func record(t *testing.T) *store.Reader {
	t.Helper()
	return recordOf(t, settings(), func(minute int) []device.Snapshot {
		nas1, nas2 := device.StateUp, device.StateUp
		if minute >= 5 && minute <= 7 {
			nas1 = device.StateDown
		}
		if minute == 5 || minute == 6 {
			nas2 = device.StateDown
		}
		return []device.Snapshot{
			{Source: "librenms", Observations: []device.Observation{says("12", "nas1", device.StateUp)}},
			{Source: "prtg", Observations: []device.Observation{says("2001", "nas1", nas1), says("2002", "nas2", nas2)}},
		}
	})
}

func recordOf(t *testing.T, cfg pipeline.Config, minute func(int) []device.Snapshot) *store.Reader {
	t.Helper()
	var all []device.Snapshot
	for m := range 13 {
		for _, s := range minute(m) {
			s.At = noon.Add(time.Duration(m) * time.Minute)
			all = append(all, s)
		}
	}
	s, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "data"), store.Options{Temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	_, err = pipeline.Replay(context.Background(), cfg, s, func() (device.Snapshot, error) {
		if len(all) == 0 {
			return device.Snapshot{}, io.EOF
		}
		next := all[0]
		all = all[1:]
		return next, nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.Reader
}

func says(ref, name string, state device.State) device.Observation {
	return device.Observation{
		Identity: device.Identity{Ref: ref, Name: name, Addresses: []string{"192.0.2." + name[3:]}},
		Claims:   []device.Claim{{Facet: device.FacetReach, State: state}},
	}
}

func mustRun(t *testing.T, r *store.Reader, o backtest.Options) *backtest.Report {
	t.Helper()
	report, err := backtest.Run(context.Background(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// lines are the differences in short: minutes since noon.
func lines(r *backtest.Report) []string {
	out := []string{}
	for _, d := range r.Differences {
		out = append(out, fmt.Sprintf("%s %v-%v: %s, would be %s", d.Device.Name, d.From.Sub(noon).Minutes(), d.Until.Sub(noon).Minutes(), d.Was, d.Would))
	}
	return out
}

// By other settings. What is wanted was worked out by hand from the rules: nas1 is contested from minute 5, its dispute
// opens at 6, when both have looked again, and ends at 8; nas2 waits for a third measurement that never comes.
func TestOtherSettings(t *testing.T) {
	r := record(t)
	for _, tt := range []struct {
		name   string
		change func(*pipeline.Config)
		want   []string
		would  backtest.Minutes // of both devices: 24 minutes in all
	}{
		{
			name: "the same", change: func(c *pipeline.Config) { c.Consensus.Hash = "other bytes" },
			want: []string{}, would: minutes(24, 0, 0, 2),
		},
		{
			// The first word of prtg on nas2 counts.
			name: "confirm = 1", change: func(c *pipeline.Config) { c.Consensus.Defaults.Confirm = 1 },
			want: []string{"nas2 5-7: up, would be down"}, would: minutes(22, 2, 0, 2),
		},
		{
			// prtg's word outweighs librenms' on nas1: 2/3 down, and its third measurement comes at 7. Nothing is contested.
			name: "trust = 2", change: func(c *pipeline.Config) {
				c.Consensus.Sources["prtg"] = consensus.Source{Name: "prtg", Interval: time.Minute, Trust: 2}
			},
			want:  []string{"nas1 6-8: disputed, would be agreed", "nas1 7-8: up, would be down"},
			would: minutes(23, 1, 0, 0),
		},
		{
			// prtg alone decides nothing any more.
			name: "quorum = 2", change: func(c *pipeline.Config) { c.Consensus.Defaults.Quorum = 2 },
			want: []string{"nas2 0-12: up, would be unknown"}, would: minutes(12, 0, 12, 2),
		},
		{
			name: "dispute_timeout = 1m", change: func(c *pipeline.Config) { c.Consensus.Defaults.DisputeTimeout = time.Minute },
			want: []string{"nas1 7-8: up, would be unknown"}, would: minutes(23, 0, 1, 2),
		},
		{
			name: "dispute_timeout = 1m, on_dispute = down", change: func(c *pipeline.Config) {
				c.Consensus.Defaults.DisputeTimeout, c.Consensus.Defaults.OnDispute = time.Minute, device.StateDown
			},
			want: []string{"nas1 7-8: up, would be down"}, would: minutes(23, 1, 0, 2),
		},
		{
			// Only one voice is left: prtg's, three times down.
			name: "without librenms", change: func(c *pipeline.Config) { delete(c.Consensus.Sources, "librenms") },
			want:  []string{"nas1 0-0: up, confirmed, since 2026-01-01T12:00:00Z, would be up, single, since 2026-01-01T12:00:00Z", "nas1 6-8: disputed, would be agreed", "nas1 7-10: up, would be down"},
			would: minutes(21, 3, 0, 0),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := settings()
			tt.change(&cfg)
			report := mustRun(t, r, backtest.Options{Settings: &cfg, Since: noon})
			if d := cmp.Diff(tt.want, lines(report)); d != "" {
				t.Errorf("differences (-want +got):\n%s", d)
			}
			if report.Same() != (len(tt.want) == 0) || report.Drift != (backtest.Drift{}) {
				t.Errorf("the same: %v; drift %+v", report.Same(), report.Drift)
			}
			got := report.Would.Minutes
			got.Pending = 0
			if d := cmp.Diff(tt.would, got); d != "" {
				t.Errorf("minutes that would be (-want +got):\n%s", d)
			}
			was := report.Was.Minutes
			was.Pending = 0
			if d := cmp.Diff(minutes(24, 0, 0, 2), was); d != "" {
				t.Errorf("recorded minutes (-want +got):\n%s", d)
			}
			if report.Polls != 26 || report.Instants != 13 || report.Observations != 39 {
				t.Errorf("%d polls, %d instants, %d observations", report.Polls, report.Instants, report.Observations)
			}
		})
	}
}

func minutes(up, down, unknown, disputed int) backtest.Minutes {
	m := func(n int) device.Duration { return device.Duration(time.Duration(n) * time.Minute) }
	return backtest.Minutes{Up: m(up), Down: m(down), Unknown: m(unknown), Disputed: m(disputed)}
}

// The settings in question begin to hold with the window, from the state that was.
func TestWindow(t *testing.T) {
	r := record(t)
	cfg := settings()
	cfg.Consensus.Defaults.Confirm = 1
	report := mustRun(t, r, backtest.Options{Settings: &cfg, Since: noon.Add(6 * time.Minute), Until: noon.Add(9 * time.Minute)})
	if d := cmp.Diff([]string{"nas2 6-7: up, would be down"}, lines(report)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if !report.Since.Equal(noon.Add(6*time.Minute)) || !report.Until.Equal(noon.Add(9*time.Minute)) || report.Polls != 8 {
		t.Errorf("from %v to %v, %d polls", report.Since, report.Until, report.Polls)
	}
	if _, err := backtest.Run(context.Background(), r, backtest.Options{Since: noon.Add(time.Hour)}); err == nil {
		t.Error("a window after the end of the record")
	}
}

func TestOnly(t *testing.T) {
	r := record(t)
	cfg := settings()
	cfg.Consensus.Defaults.Quorum, cfg.Consensus.Defaults.DisputeTimeout = 2, time.Minute
	for _, name := range []string{"nas2", "192.0.2.2", "prtg/2002"} {
		report := mustRun(t, r, backtest.Options{Settings: &cfg})
		if err := report.Only([]string{name}); err != nil {
			t.Fatal(err)
		}
		if len(report.Differences) != 1 || len(report.Devices) != 1 || report.Devices[0].Device.Name != "nas2" {
			t.Errorf("%s: %v, %v", name, report.Differences, report.Devices)
		}
		if err := report.Only([]string{"nas9"}); err == nil || !strings.Contains(err.Error(), "nas9") {
			t.Errorf("a device of nobody: %v", err)
		}
	}
}

// What a record cannot know is said.
func TestNotes(t *testing.T) {
	r := record(t)
	for _, tt := range []struct {
		name   string
		since  time.Time
		change func(*pipeline.Config)
		want   string
	}{
		{"a new source", noon, func(c *pipeline.Config) {
			c.Consensus.Sources["snmp"] = consensus.Source{Name: "snmp", Interval: time.Minute}
		}, "there are no polls of snmp"},
		{"a source less", noon, func(c *pipeline.Config) { delete(c.Consensus.Sources, "prtg") }, "the polls of prtg are left out"},
		{"another interval", noon, func(c *pipeline.Config) {
			c.Consensus.Sources["prtg"] = consensus.Source{Name: "prtg", Interval: time.Second}
		}, "prtg was polled every 1m0s"},
		{"an earlier beginning", noon.Add(-time.Hour), func(*pipeline.Config) {}, "the record begins at 2026-01-01T12:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := settings()
			tt.change(&cfg)
			report := mustRun(t, r, backtest.Options{Settings: &cfg, Since: tt.since})
			if !strings.Contains(strings.Join(report.Notes, "\n"), tt.want) {
				t.Errorf("notes %q, want %q", report.Notes, tt.want)
			}
		})
	}
}

// The settings were changed at minute 6: each course goes its own way only where its settings are others than those of
// then.
func TestSettingsThatChanged(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	loose := settings()
	loose.Consensus.Defaults.Confirm, loose.Consensus.Hash = 1, "loose"
	for half, cfg := range []pipeline.Config{settings(), loose} {
		s, err := store.Open(context.Background(), dir, store.Options{Temporary: true})
		if err != nil {
			t.Fatal(err)
		}
		minute := 6 * half
		_, err = pipeline.Replay(context.Background(), cfg, s, func() (device.Snapshot, error) {
			if minute == 6*half+6 {
				return device.Snapshot{}, io.EOF
			}
			state := device.StateUp
			if minute%6 == 3 { // for one measurement, in either half
				state = device.StateDown
			}
			minute++
			return device.Snapshot{At: noon.Add(time.Duration(minute-1) * time.Minute), Source: "prtg", Observations: []device.Observation{says("1", "nas1", state)}}, nil
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := store.OpenReader(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	strict := settings()
	for name, tt := range map[string]struct {
		settings *pipeline.Config
		want     []string
	}{
		"those of then":  {nil, []string{}},
		"the first ones": {&strict, []string{"nas1 9-10: down, would be up"}},
		"the later ones": {&loose, []string{"nas1 3-4: up, would be down"}},
	} {
		t.Run(name, func(t *testing.T) {
			report := mustRun(t, r, backtest.Options{Settings: tt.settings, Since: noon})
			if d := cmp.Diff(tt.want, lines(report)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if report.Same() != (tt.settings == nil) || report.Drift != (backtest.Drift{}) || report.SettingsUnknown {
				t.Errorf("the same: %v; %+v", report.Same(), report.Drift)
			}
			if !strings.Contains(strings.Join(report.Notes, "\n"), "the settings were changed at 2026-01-01T12:06:00Z") {
				t.Errorf("notes %q", report.Notes)
			}
		})
	}
}

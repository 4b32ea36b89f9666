package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

// TestAlternatingForDays: a device that changes its mind at every poll for two days flaps from the tenth proposal on,
// once, and what is kept of it does not grow.
func TestAlternatingForDays(t *testing.T) {
	t.Parallel()
	const days = 2
	play := func(hours int) (replayed, string) {
		var all []device.Snapshot
		for n := range hours*60 + 30 {
			state := device.StateUp
			if n < hours*60 && n%2 == 1 {
				state = device.StateDown
			}
			all = append(all, poll(minute(n), "prtg", reaches("1", state, device.Identity{Name: "nas1", Addresses: []string{"192.0.2.11"}})))
		}
		r, out, _ := replayOf(t, replayConfig, replayLines(t, all...))
		return r, lastLine(out)
	}
	_, short := play(1)
	r, long := play(days * 24)
	tale{
		ends: []string{"nas1: " + seenOnce},
		// The last change is the first steady poll. 14 polls later five changes are left in the ring of 19 pairs, the
		// oldest: 0.8 + 0.82 + 0.84 + 0.87 + 0.89 = 4.2 of 19, less than a quarter. Six would be more.
		story: []string{
			"00:09:00 flapping.started nas1",
			minute(days*24*60+14).Format("15:04:05") + " flapping.ended nas1 up",
		},
	}.check(t, without(r, device.EventVerdictPending))
	// False alarms and durations have more digits after two days.
	if grown := len(long) - len(short); grown > 16 {
		t.Errorf("the state has grown by %d bytes:\n%s\n%s", grown, short, long)
	}
}

// without leaves out the events of a type.
func without(r replayed, kind device.EventType) replayed {
	var rest []device.Event
	for _, e := range r.Events {
		if e.Type != kind {
			rest = append(rest, e)
		}
	}
	r.Events = rest
	return r
}

// TestOddTimes: what is dated out of all reason neither breaks anything nor counts for what it is not.
func TestOddTimes(t *testing.T) {
	const up, at = `"claims":[{"facet":"reach","state":"up"}]`, `{"at":"2026-01-01T00:00:00Z","source":"prtg"`
	device1 := func(fields string) string {
		return `"observations":[{"ref":"1","name":"nas1","addresses":["192.0.2.11"],` + fields + `}]}`
	}
	for _, c := range []struct {
		name, line string
		want       string // "" where the observation is rejected
		code       int
	}{
		{"measured in 2000", at + "," + device1(`"observed_at":"2000-01-01T00:00:00Z",`+up), "nas1: unknown none 0/1 stale", 0},
		{"measured in 1999", at + "," + device1(`"observed_at":"1999-12-31T23:59:59Z",`+up), "", 0},
		{"measured in 9999", at + "," + device1(`"observed_at":"9999-12-31T23:59:59Z",`+up), "nas1: " + seenOnce, 0},
		{"measured in 10000", at + "," + device1(`"observed_at":"10000-01-01T00:00:00Z",`+up), "", 0},
		{"a claim of 1999", at + "," + device1(`"claims":[{"facet":"reach","state":"up","observed_at":"1999-12-31T23:59:59Z"}]`), "", 0},
		{"a claim of 9999", at + "," + device1(`"claims":[{"facet":"reach","state":"up","observed_at":"9999-12-31T23:59:59Z"}]`), "nas1: " + seenOnce, 0},
		{"no day", at + "," + device1(`"observed_at":"2026-02-30T00:00:00Z",`+up), "", 0},
		{"no zone", at + "," + device1(`"observed_at":"2026-01-01T00:00:00",`+up), "", 0},
		{"another zone", at + "," + device1(`"observed_at":"2026-01-01T14:00:00+14:00",`+up), "nas1: " + seenOnce, 0},
		{"a nanosecond ago", at + "," + device1(`"observed_at":"2025-12-31T23:59:59.999999999Z",`+up), "nas1: up single 1/1 since 23:59:59", 0},
		// The source measured now by its own clock, 26 years behind: that is now.
		{"a clock in 2000", at + `,"source_clock":"2000-01-01T00:00:00Z",` + device1(`"observed_at":"2000-01-01T00:00:00Z",`+up), "nas1: " + seenOnce, 0},
		{"a clock in 1999", at + `,"source_clock":"1999-12-31T23:59:59Z",` + device1(up), "", 2},
		{"a clock in 9999", at + `,"source_clock":"9999-12-31T23:59:59Z",` + device1(up), "nas1: " + seenOnce, 0},
		{"a poll of 1999", `{"at":"1999-12-31T23:59:59Z","source":"prtg",` + device1(up), "", 2},
		{"a poll of 2000", `{"at":"2000-01-01T00:00:00Z","source":"prtg",` + device1(up), "nas1: " + seenOnce, 0},
		{"a poll of 9999", `{"at":"9999-12-31T23:59:59Z","source":"prtg",` + device1(up), "nas1: up single 1/1 since 23:59:59", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := write(t, t.TempDir()+"/quorate.hcl", replayConfig)
			got := command{stdin: c.line + "\n"}.run(t, "replay", "--config", file, "--json", "--state", "-")
			if got.code != c.code {
				t.Fatalf("exit %d, want %d: %s", got.code, c.code, got.stderr)
			}
			if c.code != 0 {
				return
			}
			r := parseReplay(t, got.stdout)
			if rejected := strings.Contains(got.stderr, "line 1: rejected"); rejected != (c.want == "") || len(r.Devices) == 0 != rejected {
				t.Fatalf("%d devices, standard error says %q", len(r.Devices), got.stderr)
			}
			if c.want != "" && ending(r.Devices[0]) != c.want {
				t.Errorf("%s, want %s", ending(r.Devices[0]), c.want)
			}
		})
	}
}

// TestEightThousandYears: two polls of one device lie so far apart that no duration holds what is between them.
func TestEightThousandYears(t *testing.T) {
	t.Parallel()
	nas1 := device.Identity{Name: "nas1", Addresses: []string{"192.0.2.11"}}
	end := time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC)
	r, _, _ := replayOf(t, replayConfig, replayLines(t,
		poll(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), "prtg", reaches("1", device.StateUp, nas1)),
		poll(end, "prtg", reaches("1", device.StateDown, nas1)),
		poll(end.Add(time.Minute), "prtg", reaches("1", device.StateDown, nas1)),
		poll(end.Add(2*time.Minute), "prtg", reaches("1", device.StateDown, nas1))))
	tale{
		story: []string{
			"23:00:00 verdict.pending nas1 down",
			"23:02:00 verdict.changed nas1 down single",
			"23:02:00 incident.opened nas1",
		},
		ends: []string{"nas1: down single 1/1 since 23:00:00"},
	}.check(t, r)
}

package e2e

import (
	"testing"

	"github.com/quorate/quorate/device"
)

// claimCases stand for sections 1 and 2 of the rules: what a claim is, when it is of, and what it weighs.
func claimCases() map[string]tale {
	return map[string]tale{
		"mgmt_proves_reach": {ends: []string{"nas1: " + seenOnce}},
		"says_otherwise": {
			story: []string{
				"00:02:00 verdict.pending nas1 down",
				"00:04:00 verdict.changed nas1 down single",
				"00:04:00 incident.opened nas1",
			},
			ends: []string{"nas1: down single 1/1 since 00:02:00"},
		},
		// r = 0.5 from the first word on. At 90 s it is no more than 1.5 intervals, one second later it is.
		"split_alone": {
			story: []string{"00:00:00 verdict.pending nas1", "00:01:31 dispute.opened nas1"},
			ends:  []string{"nas1: unknown disputed 1/1 disputed"},
		},
		"six_ways_to_be_silent": {
			ends: alike("up single 1/2 since 00:00:00 redundancy_lost", "nas1", "nas2", "nas3", "nas4", "nas5", "nas6"),
			also: func(t *testing.T, r replayed) {
				want := []device.Abstention{"paused", "excluded", "maintenance", "never_polled", "unknown", "probe_disconnected"}
				for i, d := range r.Devices {
					if v := d.Votes[1]; v.Source != "prtg" || v.Abstain != want[i] || v.Weight != 0 {
						t.Errorf("%s: %+v, want an abstention of prtg: %s", d.Name, v, want[i])
					}
				}
			},
		},
		"silence_ends": {
			story: []string{"00:02:00 verdict.changed nas1 unknown none abstained", "00:04:00 verdict.changed nas1 up single"},
			ends:  []string{"nas1: up single 1/1 since 00:04:00"},
		},
		"late_takes_nothing_back": {
			ends: []string{"nas1: " + seenOnce},
			also: func(t *testing.T, r replayed) {
				for _, v := range r.Devices[0].Votes {
					if v.Facet == device.FacetHealth || v.State != device.StateUp {
						t.Errorf("a late word votes: %+v", v)
					}
				}
			},
		},
		// Three times critical, and each time of ten minutes before the ok that is held.
		"late_claim": {ends: []string{"nas1: " + seenOnce}},
		// librenms: its claim, 00:04:20; prtg: its observation, 00:04:40; snmp: the snapshot.
		"dated_by_the_claim": {
			story: []string{"00:05:00 verdict.changed nas1 down confirmed", "00:05:00 incident.opened nas1"},
			ends:  []string{"nas1: down confirmed 3/3 since 00:04:20"},
		},
		// Cut to 00:05 and 00:06, so the word of 00:07 is newer than both.
		"ahead_of_time": {
			story: []string{
				"00:05:00 verdict.pending nas1 down",
				"00:07:00 verdict.changed nas1 down single",
				"00:07:00 incident.opened nas1",
			},
			ends: []string{"nas1: down single 1/1 since 00:05:00"},
		},
		// I = 60 s + 300 s, and 4 I = 24 min.
		"step_of_five_minutes": {
			story: []string{"00:24:01 verdict.changed nas1 unknown none stale"},
			ends:  []string{"nas1: unknown none 0/1 since 00:24:01 stale"},
		},
		// The up of 00:00 weighs 1 at 00:01 (r = 0.5), 0.71 at 00:02 (r = 0.59) and 0.35 at 00:03 (r = 0.74): contested
		// twice, then down. The run begins at 00:03. It is still fresh at 00:04 and opposes, so three are needed.
		"fading_word": {
			story: []string{
				"00:01:00 verdict.pending nas1",
				"00:03:00 verdict.pending nas1 down",
				"00:05:00 verdict.changed nas1 down single",
				"00:05:00 incident.opened nas1",
			},
			ends: []string{"nas1: down single 1/2 since 00:01:00 redundancy_lost"},
		},
		// 1 + 0.5 + 0.5 are scaled to 1 in all, against 0.7: r = 1/1.7 = 0.59, contested. Unscaled it were 0.74.
		"domain_counts_once": {
			story: []string{"00:05:00 verdict.pending nas1"},
			ends:  []string{"nas1: up disputed 2/2 since 00:00:00 pending"},
		},
		// nas1: 0.5 against 1 is a third, up. nas2: 1 against 1, contested.
		"trust_of_a_device": {
			story: []string{"00:05:00 verdict.pending nas2"},
			ends:  []string{"nas1: up single 2/2 since 00:00:00", "nas2: up disputed 2/2 since 00:00:00 pending"},
		},
		"trust_of_a_group": {
			story: []string{"00:05:00 verdict.pending nas2"},
			ends:  []string{"nas1: up single 2/2 since 00:00:00", "nas2: up disputed 2/2 since 00:00:00 pending"},
		},
		// The first word on the agent is down and takes three measurements. Out of unknown it is since the newest.
		"enrolled_per_facet": {
			story: []string{"00:00:00 verdict.pending nas1 mgmt degraded", "00:02:00 verdict.changed nas1 degraded single"},
			ends:  []string{"nas1: degraded single 1/1 since 00:02:00"},
			also: func(t *testing.T, r replayed) {
				for _, tally := range r.Devices[0].Tallies {
					if tally.Enrolled != 1 {
						t.Errorf("%s: %d witnesses, want 1", tally.Facet, tally.Enrolled)
					}
				}
			},
		},
	}
}

package e2e

// confirmCases stand for section 5 of the rules: what confirms a change, and from when a verdict is.
func confirmCases() map[string]tale {
	// confirmedAt is a device of one monitor that turns down at 00:05 and is confirmed later.
	confirmedAt := func(at string) tale {
		return tale{
			story: []string{"00:05:00 verdict.pending nas1 down", at + " verdict.changed nas1 down single", at + " incident.opened nas1"},
			ends:  []string{"nas1: down single 1/1 since 00:05:00"},
		}
	}
	return map[string]tale{
		// 00:05:00 counts, 20 s later does not, 30 s does, 29 s does not, and 30 s is the third.
		"half_an_interval_apart": confirmedAt("00:06:00"),
		// Dated 00:05, 00:10 and 00:15, whatever was polled in between.
		"measured_every_five_minutes": confirmedAt("00:15:00"),
		// librenms 00:05:00, prtg 00:05:30, librenms 00:06:00: half of M apart, one witness.
		"two_on_one_host": confirmedAt("00:06:00"),
		// prtg twice and librenms once, and nobody opposes. prtg abstains by then: one witness stands for it.
		"count_outlives_its_witness": {
			story: []string{
				"00:05:00 verdict.pending nas1 down",
				"00:07:00 verdict.changed nas1 down single",
				"00:07:00 incident.opened nas1",
			},
			ends: []string{"nas1: down single 1/2 since 00:05:00 redundancy_lost"},
		},
		// No witness is left for the up of nas2.
		"confirm_of_a_device": {
			story: []string{
				"00:01:00 verdict.changed nas1 down single",
				"00:01:00 verdict.pending nas2 down",
				"00:01:00 incident.opened nas1",
			},
			ends: []string{"nas1: down single 1/1 since 00:01:00", "nas2: up none 1/1 since 00:00:00 pending"},
		},
		"run_starts_over": {
			story: []string{
				"00:01:00 verdict.pending nas1 down",
				"00:04:00 verdict.pending nas1 down",
				"00:06:00 verdict.changed nas1 down single",
				"00:06:00 incident.opened nas1",
			},
			ends: []string{"nas1: down single 1/1 since 00:04:00"},
		},
		"recovery": {
			story: []string{
				"00:01:00 verdict.pending nas1 down",
				"00:03:00 verdict.changed nas1 down single",
				"00:03:00 incident.opened nas1",
				"00:04:00 verdict.pending nas1 up",
				"00:06:00 verdict.changed nas1 up single",
				"00:06:00 incident.closed nas1",
			},
			ends: []string{"nas1: up single 1/1 since 00:04:00"},
		},
		"recovery_by_two": {
			story: []string{
				"00:01:00 verdict.changed nas1 down confirmed",
				"00:01:00 incident.opened nas1",
				"00:02:00 verdict.changed nas1 up confirmed",
				"00:02:00 incident.closed nas1",
			},
			ends: []string{"nas1: up confirmed 2/2 since 00:02:00"},
		},
		// Out of unknown a verdict is since the newest claim for it.
		"down_out_of_silence": {
			story: []string{
				"00:01:00 verdict.changed nas1 unknown none abstained",
				"00:01:00 verdict.changed nas2 unknown none abstained",
				"00:02:00 verdict.pending nas1 down",
				"00:02:00 verdict.changed nas2 up single",
				"00:04:00 verdict.changed nas1 down single",
				"00:04:00 incident.opened nas1",
			},
			ends: []string{"nas1: down single 1/1 since 00:04:00", "nas2: up single 1/1 since 00:02:00"},
		},
		"nine_are_too_few": {
			story: []string{
				"00:01:00 verdict.pending nas1 down", "00:03:00 verdict.pending nas1 down",
				"00:05:00 verdict.pending nas1 down", "00:07:00 verdict.pending nas1 down",
			},
			ends: []string{"nas1: " + seenOnce},
		},
		// Two say down and one up: at least three measurements. Judged one by one it would be contested for a moment.
		"both_words_at_once": {
			story: []string{"00:01:00 verdict.pending nas1 down"},
			ends:  []string{"nas1: up single 3/3 since 00:00:00 pending"},
		},
		"an_instant_for_all": {
			story: []string{"00:04:30 verdict.changed nas1 unknown none stale"},
			ends:  []string{"nas1: unknown none 0/1 since 00:04:30 stale", "nas2: " + seenOnce},
		},
	}
}

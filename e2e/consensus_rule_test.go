package e2e

// votingCases stand for section 4 of the rules: the vote, the dispute, and what decides a device's status.
func votingCases() map[string]tale {
	return map[string]tale{
		"never_seen": {ends: []string{"nas1: unknown none 0/0 never_seen"}},
		"stale_before_abstained": {
			story: []string{"00:05:00 verdict.changed nas1 unknown none stale"},
			ends:  []string{"nas1: unknown none 0/2 since 00:05:00 stale"},
		},
		// prtg's only word is stale at 00:05.
		"quorum_of_two": {
			story: []string{"00:05:00 verdict.changed nas1 unknown none no_quorum"},
			ends: []string{
				"nas1: unknown none 1/2 since 00:05:00 no_quorum redundancy_lost",
				"nas2: up single 1/2 since 00:00:00 redundancy_lost",
			},
		},
		"three_eighths": {ends: []string{"nas1: up single 2/2 since 00:00:00"}},
		"above_three_eighths": {
			story: []string{"00:05:00 verdict.pending nas1"},
			ends:  []string{"nas1: " + contested},
		},
		"dispute_taken_back": {
			story: []string{"00:05:00 verdict.pending nas1", "00:06:00 dispute.opened nas1", "00:08:00 dispute.closed nas1 up"},
			ends:  []string{"nas1: " + seenTwice},
		},
		// The proposal was up for the last time at 00:04, and the first word against it is of 00:05.
		"dispute_in_silence": {
			story: []string{
				"00:05:00 verdict.pending nas1",
				"00:06:00 dispute.opened nas1",
				"00:08:00 dispute.closed nas1 abstained",
				"00:08:00 verdict.changed nas1 unknown none abstained",
			},
			ends: []string{"nas1: unknown none 0/2 since 00:05:00 abstained"},
		},
		// Nobody has looked since t0 = 00:05; 90 s are not more than 1.5 intervals, 91 s are.
		"dispute_by_age": {
			story: []string{"00:05:00 verdict.pending nas1", "00:06:31 dispute.opened nas1"},
			ends:  []string{"nas1: up disputed 2/2 since 00:00:00"},
		},
		"dispute_of_a_device": {
			story: []string{
				"00:05:00 verdict.pending nas1", "00:05:00 verdict.pending nas2",
				"00:06:00 dispute.opened nas1", "00:06:00 dispute.opened nas2",
				"00:08:00 verdict.changed nas1 down disputed",
				"00:08:00 incident.opened nas1",
			},
			ends: []string{"nas1: down disputed 2/2 since 00:05:00", "nas2: up disputed 2/2 since 00:00:00"},
		},
		"dispute_after_unknown": {
			story: []string{
				"00:05:00 verdict.pending nas1",
				"00:06:00 dispute.opened nas1",
				"00:08:00 verdict.changed nas1 unknown disputed disputed",
				"00:10:00 dispute.closed nas1 up",
				"00:10:00 verdict.changed nas1 up confirmed",
			},
			ends: []string{"nas1: up confirmed 2/2 since 00:10:00"},
		},
		// Two measurements at 00:06 are lost at 00:07, where both sides have looked since t0 = 00:05; three new ones end
		// at 00:10. Never since 00:04 was the proposal up.
		"contested_starts_over": {
			story: []string{
				"00:05:00 verdict.pending nas1 down",
				"00:07:00 dispute.opened nas1",
				"00:08:00 dispute.closed nas1 down",
				"00:08:00 verdict.pending nas1 down",
				"00:10:00 verdict.changed nas1 down single",
				"00:10:00 incident.opened nas1",
			},
			ends: []string{"nas1: down single 1/2 since 00:05:00 redundancy_lost"},
		},
		"contested_from_the_first_word": {
			story: []string{"00:00:00 verdict.pending nas1", "00:01:00 dispute.opened nas1"},
			ends:  []string{"nas1: unknown disputed 2/2 disputed"},
		},
	}
}

// healthCases stand for what section 4 says of parts. Where health decides, standing and since are those of reach.
func healthCases() map[string]tale {
	return map[string]tale{
		"disk_fails": {
			story: []string{
				"00:02:00 verdict.pending nas1 disk:1 degraded",
				"00:04:00 verdict.changed nas1 degraded single",
				"00:06:00 verdict.pending nas1 disk:1 up",
				"00:08:00 verdict.changed nas1 up single",
			},
			ends: []string{"nas1: " + seenOnce},
		},
		// One measurement each of two witnesses, and none opposes.
		"disk_by_two_names": {
			story: []string{"00:01:00 verdict.changed nas1 degraded confirmed"},
			ends:  []string{"nas1: degraded confirmed 2/2 since 00:00:00"},
		},
		"disk_disputed": {
			story: []string{"00:01:00 verdict.pending nas1 disk:1", "00:02:00 dispute.opened nas1 disk:1"},
			ends:  []string{"nas1: " + seenTwice},
		},
		"worst_word_wins": {
			story: []string{"00:01:00 verdict.pending nas1 disk:1 degraded", "00:03:00 verdict.changed nas1 degraded single"},
			ends:  []string{"nas1: degraded single 1/1 since 00:00:00"},
		},
		// Of two parts that wait at once the first is told.
		"second_disk": {
			story: []string{
				"00:01:00 verdict.pending nas1 disk:1 degraded",
				"00:03:00 verdict.changed nas1 degraded single",
				"00:04:00 verdict.pending nas1 disk:1 degraded",
				"00:06:00 facet.changed nas1 disk:1 warning critical",
				"00:06:00 facet.changed nas1 fan:1 ok critical",
			},
			ends: []string{"nas1: degraded single 1/1 since 00:00:00"},
		},
		"disk_pulled": {
			story: []string{
				"00:01:00 verdict.pending nas1 disk:1 degraded",
				"00:03:00 verdict.changed nas1 degraded single",
				"00:04:00 verdict.changed nas1 up single",
			},
			ends: []string{"nas1: " + seenOnce},
		},
		"agent_dead_device_down": {
			story: []string{
				"00:01:00 verdict.pending nas1 down",
				"00:03:00 verdict.changed nas1 down single",
				"00:03:00 incident.opened nas1",
				"00:04:00 verdict.pending nas1 mgmt down",
				"00:06:00 facet.changed nas1 mgmt up down",
			},
			ends: []string{"nas1: down single 1/1 since 00:01:00"},
		},
	}
}

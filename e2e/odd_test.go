package e2e

// oddCases stand for input that is late, odd or wrong, and for what becomes of devices meanwhile.
func oddCases() map[string]tale {
	const down = "down confirmed 2/2 since 00:02:00"
	return map[string]tale{
		// Two polls of downs about the wrong devices are not counted.
		"refs_swap": {
			story: []string{
				"00:02:00 device.moved nas1 192.0.2.11 to 192.0.2.12 by prtg",
				"00:02:00 device.moved nas2 192.0.2.12 to 192.0.2.11 by prtg",
				"00:02:00 identity.conflict nas1 serial_changed",
				"00:02:00 identity.conflict nas2 serial_changed",
				"00:04:00 device.moved nas1 192.0.2.12 to 192.0.2.11 by prtg",
				"00:04:00 device.moved nas2 192.0.2.11 to 192.0.2.12 by prtg",
			},
			ends:  alike(seenTwice, "nas1", "nas2"),
			bound: []string{"librenms/1 prtg/a", "librenms/2 prtg/b"},
		},
		// 00:05, 00:07 and 00:08: the up of 00:04:30 comes too late to end the run.
		"out_of_order": {
			story: []string{
				"00:05:00 verdict.pending nas1 down",
				"00:08:00 verdict.changed nas1 down single",
				"00:08:00 incident.opened nas1",
			},
			ends: []string{"nas1: down single 1/1 since 00:05:00"},
		},
		// A reading in the text, a failed poll and half an answer tell nothing; a line of a log is no problem.
		"alert_opened_and_closed": {
			story: []string{
				"00:00:00 alert.opened nas1 volume:1 librenms 77 >warning firing",
				"00:02:00 alert.changed nas1 volume:1 librenms 77 warning>critical firing",
				"00:03:00 alert.changed nas1 volume:1 librenms 77 critical>critical acknowledged",
				"00:06:00 alert.closed nas1 volume:1 librenms 77 critical>",
			},
			ends: alike(seenOnce, "nas1"),
		},
		// One of five is not believed, four of five are.
		"alert_of_a_missing_device": {
			story: []string{
				"00:00:00 alert.opened nas1 volume:1 librenms 77 >warning firing",
				"00:01:00 source.suspect librenms shrunk",
				"00:02:00 source.recovered librenms shrunk",
				"00:03:00 alert.closed nas1 volume:1 librenms 77 warning> device_missing",
				"00:05:00 alert.opened nas1 volume:1 librenms 77 >warning firing",
			},
			ends: alike(seenOnce, "host2", "host3", "host4", "host5", "nas1"),
		},
		"same_word_again": {
			story: []string{"00:05:00 verdict.pending nas1 down"},
			ends:  []string{"nas1: up none 1/1 since 00:00:00 pending"},
		},
		// Three of ten, then four of ten: the third answer with four is that of 00:05.
		"sizes_differ": {
			story: []string{"00:02:00 source.suspect prtg shrunk", "00:05:00 source.recovered prtg shrunk"},
			ends:  alike(seenOnce, "nas1", "nas10", "nas2", "nas3", "nas4", "nas5", "nas6", "nas7", "nas8", "nas9"),
		},
		// librenms' down of 00:03:30 is older than 00:04:00, so prtg is alone with its three downs, and they abstain. What
		// is left is librenms: one measurement for nas1, and ups for the others.
		"old_agreement": {
			story:  []string{"00:03:30 verdict.pending nas1", "00:05:00 verdict.pending nas1 down"},
			ends:   append([]string{"nas1: up none 1/2 since 00:00:00 redundancy_lost pending"}, alike(notHeard, "nas2", "nas3")...),
			health: prtgBlind,
		},
		"parent_unknown": {
			story: []string{
				"00:02:00 verdict.changed nas1 unknown none abstained",
				"00:02:00 verdict.changed nas2 down confirmed",
				"00:02:00 incident.opened nas2",
			},
			ends: []string{"nas1: unknown none 0/2 since 00:02:00 abstained", "nas2: " + down},
		},
		"child_follows": {
			story: []string{
				"00:02:00 verdict.changed nas1 down confirmed",
				"00:02:00 incident.opened nas1",
				"00:04:00 verdict.changed nas2 down confirmed",
				"00:04:00 incident.changed nas1",
			},
			ends: []string{"nas1: " + down, "nas2: down confirmed 2/2 since 00:04:00 unreachable"},
		},
		"maintenance_records_all": {
			story: []string{
				"00:02:00 maintenance.started nas1",
				"00:03:00 verdict.pending nas1 down",
				"00:05:00 verdict.changed nas1 down single",
				"00:05:00 incident.opened nas1",
				"00:08:00 maintenance.ended nas1 down",
			},
			ends: []string{"nas1: down single 1/1 since 00:03:00"},
		},
		"maintenance_and_back": {
			story: []string{
				"00:02:00 maintenance.started nas1",
				"00:03:00 verdict.pending nas1 down",
				"00:05:00 verdict.changed nas1 down single",
				"00:05:00 incident.opened nas1",
				"00:06:00 verdict.pending nas1 up",
				"00:08:00 verdict.changed nas1 up single",
				"00:08:00 incident.closed nas1",
				"00:09:00 maintenance.ended nas1 up",
			},
			ends: []string{"nas1: up single 1/1 since 00:06:00"},
		},
	}
}

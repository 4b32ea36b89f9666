package e2e

// incidentCases stand for section 6 of the rules: what is unreachable, and which problems are one.
func incidentCases() map[string]tale {
	const down = "down confirmed 2/2 since 00:02:00"
	return map[string]tale{
		"chain": {
			story: []string{
				"00:02:00 verdict.changed nas1 down confirmed",
				"00:02:00 verdict.changed nas2 down confirmed",
				"00:02:00 verdict.changed nas3 down confirmed",
				"00:02:00 incident.opened nas1",
			},
			ends: []string{"nas1: " + down, "nas2: " + down + " unreachable", "nas3: " + down + " unreachable"},
		},
		// nas3 was down before nas2, so it keeps its own incident when that falls too.
		"two_parents": {
			story: []string{
				"00:02:00 verdict.changed nas1 down confirmed",
				"00:02:00 verdict.changed nas3 down confirmed",
				"00:02:00 incident.opened nas1",
				"00:02:00 incident.opened nas3",
				"00:03:00 verdict.changed nas2 down confirmed",
				"00:03:00 incident.opened nas2",
			},
			ends: []string{"nas1: " + down, "nas2: down confirmed 2/2 since 00:03:00", "nas3: " + down + " unreachable"},
		},
		// That nas1 hangs on nas2 was heard later than the other way round.
		"parents_in_a_circle": {
			story: []string{
				"00:02:00 verdict.changed nas1 down confirmed",
				"00:02:00 verdict.changed nas2 down confirmed",
				"00:02:00 incident.opened nas1",
			},
			ends: []string{"nas1: " + down, "nas2: " + down + " unreachable"},
		},
		// nas2 is down at once by two witnesses, nas1 after three measurements of one.
		"waits_for_its_parent": {
			story: []string{
				"00:02:00 verdict.pending nas1 down",
				"00:02:00 verdict.changed nas2 down confirmed",
				"00:04:00 verdict.changed nas1 down single",
				"00:04:00 incident.opened nas1",
			},
			ends: []string{"nas1: down single 1/2 since 00:02:00 redundancy_lost", "nas2: " + down + " unreachable"},
		},
		// nas3 is no longer behind a dead parent, so its own state is told.
		"one_comes_back": {
			story: []string{
				"00:02:00 verdict.changed nas1 down confirmed",
				"00:02:00 verdict.changed nas2 down confirmed",
				"00:02:00 verdict.changed nas3 down confirmed",
				"00:02:00 incident.opened nas1",
				"00:04:00 verdict.changed nas1 up confirmed",
				"00:04:00 verdict.changed nas2 up confirmed",
				"00:04:00 unreachable.ended nas3",
				"00:04:00 incident.changed nas1",
				"00:05:00 verdict.changed nas3 up confirmed",
				"00:05:00 incident.closed nas1",
			},
			ends: append(alike("up confirmed 2/2 since 00:04:00", "nas1", "nas2"), "nas3: up confirmed 2/2 since 00:05:00"),
		},
		"two_roots": {
			story: []string{
				"00:02:00 verdict.changed nas1 down confirmed",
				"00:02:00 verdict.changed nas2 down confirmed",
				"00:02:00 verdict.changed nas3 down confirmed",
				"00:02:00 verdict.changed nas4 down confirmed",
				"00:02:00 incident.opened nas1",
				"00:02:00 incident.opened nas2",
			},
			ends: []string{"nas1: " + down, "nas2: " + down, "nas3: " + down + " unreachable", "nas4: " + down + " unreachable"},
		},
	}
}

package e2e

// incidentCases stand for section 6 of the rules: what is unreachable, and which problems are one.
func incidentCases() map[string]tale {
	const down = "down confirmed 2/2 since 00:02:00"
	return map[string]tale{
		// Nobody has configured a parent. The tables had forgotten half of what was behind the ports by then.
		"switch_and_what_hangs_on_it": {
			story: []string{
				"00:08:00 verdict.pending camera1 down",
				"00:08:00 verdict.pending camera2 down",
				"00:08:00 verdict.pending nas1 down",
				"00:08:00 verdict.pending nas2 down",
				"00:08:00 verdict.pending pve1 down",
				"00:08:00 verdict.pending switch down",
				"00:08:00 verdict.pending vm1 down",
				"00:08:00 verdict.pending vm2 down",
				"00:10:00 verdict.changed camera1 down single",
				"00:10:00 verdict.changed camera2 down single",
				"00:10:00 verdict.changed nas1 down single",
				"00:10:00 verdict.changed nas2 down single",
				"00:10:00 verdict.changed pve1 down single",
				"00:10:00 verdict.changed switch down single",
				"00:10:00 verdict.changed vm1 down single",
				"00:10:00 verdict.changed vm2 down single",
				"00:10:00 incident.opened switch",
			},
			ends: []string{
				"camera1: down single 1/1 since 00:08:00 unreachable",
				"camera2: down single 1/1 since 00:08:00 unreachable",
				"firewall: up single 1/1 since 00:00:00",
				"nas1: down single 1/1 since 00:08:00 unreachable",
				"nas2: down single 1/1 since 00:08:00 unreachable",
				"pve1: down single 1/1 since 00:08:00 unreachable",
				"switch: down single 1/1 since 00:08:00",
				"vm1: down single 1/1 since 00:08:00 unreachable",
				"vm2: down single 1/1 since 00:08:00 unreachable",
			},
		},
		// Nobody has seen nas1 behind a port, so it is a problem of its own.
		"two_switches_by_neighbours": {
			story: []string{
				"00:06:00 verdict.pending access down",
				"00:06:00 verdict.pending ap1 down",
				"00:06:00 verdict.pending nas1 down",
				"00:08:00 verdict.changed access down single",
				"00:08:00 verdict.changed ap1 down single",
				"00:08:00 verdict.changed nas1 down single",
				"00:08:00 incident.opened access",
				"00:08:00 incident.opened nas1",
			},
			ends: []string{
				"access: down single 1/1 since 00:06:00",
				"ap1: down single 1/1 since 00:06:00 unreachable",
				"core: up single 1/1 since 00:00:00",
				"firewall: up single 1/1 since 00:00:00",
				"nas1: down single 1/1 since 00:06:00",
			},
		},
		// vm3 hangs on the switch, which is up: the configuration says so.
		"hypervisor_and_guests": {
			story: []string{
				"00:06:00 verdict.pending pve1 down",
				"00:06:00 verdict.pending vm1 down",
				"00:06:00 verdict.pending vm2 down",
				"00:06:00 verdict.pending vm3 down",
				"00:08:00 verdict.changed pve1 down single",
				"00:08:00 verdict.changed vm1 down single",
				"00:08:00 verdict.changed vm2 down single",
				"00:08:00 verdict.changed vm3 down single",
				"00:08:00 incident.opened pve1",
				"00:08:00 incident.opened vm3",
			},
			ends: []string{
				"firewall: up single 1/1 since 00:00:00",
				"pve1: down single 1/1 since 00:06:00",
				"switch: up single 1/1 since 00:00:00",
				"vm1: down single 1/1 since 00:06:00 unreachable",
				"vm2: down single 1/1 since 00:06:00 unreachable",
				"vm3: down single 1/1 since 00:06:00",
			},
		},
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

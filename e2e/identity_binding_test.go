package e2e

import "testing"

// bindingCases stand for section 2 of identity: which device a ref is bound to, and what forbids it.
func bindingCases() map[string]tale {
	return map[string]tale{
		// The printer that gets the old address later is new: nas1 no longer has it.
		"moved_house": {
			story: []string{
				"00:02:00 device.moved nas1 192.0.2.11 to 198.51.100.11 by librenms",
				"00:03:00 device.moved nas1 192.0.2.11 to 198.51.100.11 by prtg",
			},
			ends:  []string{"nas1: " + seenTwice, "printer: up single 1/1 since 00:04:00"},
			bound: []string{"librenms/1 prtg/a", "prtg/b"},
		},
		// For an hour librenms has nas1 where prtg still has nas2: no conflict, nothing merged, no vote lost.
		"whole_lab_moves": {
			story: []string{
				"00:20:00 device.moved nas1 192.0.2.11 to 192.0.2.12 by librenms",
				"00:20:00 device.moved nas2 192.0.2.12 to 192.0.2.11 by librenms",
				"00:20:00 device.moved nas3 192.0.2.13 to 198.51.100.13 by librenms",
				"00:20:00 device.moved nas4 192.0.2.14 to 198.51.100.14 by librenms",
				"01:20:00 device.moved nas1 192.0.2.11 to 192.0.2.12 by prtg",
				"01:20:00 device.moved nas2 192.0.2.12 to 192.0.2.11 by prtg",
				"01:20:00 device.moved nas3 192.0.2.13 to 198.51.100.13 by prtg",
				"01:20:00 device.moved nas4 192.0.2.14 to 198.51.100.14 by prtg",
			},
			ends: alike(seenTwice, "nas1", "nas2", "nas3", "nas4"),
			bound: []string{
				"librenms/lib-1 prtg/prtg-1", "librenms/lib-2 prtg/prtg-2", "librenms/lib-3 prtg/prtg-3", "librenms/lib-4 prtg/prtg-4",
			},
		},
		// For an hour the printer of librenms and the camera of prtg say the same address.
		"lone_devices_move": {
			story: []string{
				"00:20:00 device.moved nas1 192.0.2.11 to 198.51.100.11 by librenms",
				"00:20:00 device.moved nas2 192.0.2.12 to 198.51.100.12 by librenms",
				"00:20:00 device.moved nas3 192.0.2.13 to 198.51.100.13 by librenms",
				"00:20:00 device.moved printer 192.0.2.14 to 192.0.2.15 by librenms",
				"01:20:00 device.moved nas1 192.0.2.11 to 198.51.100.11 by prtg",
				"01:20:00 device.moved nas2 192.0.2.12 to 198.51.100.12 by prtg",
				"01:20:00 device.moved nas3 192.0.2.13 to 198.51.100.13 by prtg",
				"01:20:00 device.moved camera 192.0.2.15 to 198.51.100.15 by prtg",
			},
			ends:  []string{"camera: " + seenOnce, "nas1: " + seenTwice, "nas2: " + seenTwice, "nas3: " + seenTwice, "printer: " + seenOnce},
			bound: []string{"librenms/lib-1 prtg/prtg-1", "librenms/lib-2 prtg/prtg-2", "librenms/lib-3 prtg/prtg-3", "librenms/lib-4", "prtg/prtg-5"},
		},
		"same_source_veto": {
			story: []string{"00:01:00 identity.conflict backup nas1 same_source"},
			ends:  []string{"backup: up single 1/1 since 00:01:00", "nas1: " + seenTwice},
			bound: []string{"librenms/1 prtg/a", "prtg/b"},
		},
		// The address points at the ups, whose serial is another; the host name leads on to the pdu.
		"serial_vetoes": {
			story: []string{"00:01:00 identity.conflict pdu ups serial"},
			ends:  []string{"pdu: " + seenTwice, "ups: " + seenOnce},
			bound: []string{"librenms/1", "librenms/2 prtg/a"},
		},
		// Only one of them has a chassis serial, so the engine ids are compared.
		"engine_id_vetoes": {
			story: []string{"00:01:00 identity.conflict sw2 sw1 engine_id"},
			ends:  []string{"sw1: " + seenOnce, "sw2: up single 1/1 since 00:01:00"},
			bound: []string{"librenms/1", "prtg/a"},
		},
		"engine_id_binds": {ends: []string{"sw1: " + seenTwice}, bound: []string{"librenms/1 prtg/a"}},
		"serial_binds":    {ends: []string{"nas1: " + seenTwice}, bound: []string{"librenms/1 prtg/a"}},
		"higher_key_wins": {
			story: []string{"00:01:00 identity.conflict one two outranked", "00:01:00 identity.conflict one three outranked"},
			ends:  []string{"one: " + seenTwice, "three: " + seenOnce, "two: " + seenOnce},
			bound: []string{"librenms/1 prtg/a", "librenms/2", "librenms/3"},
		},
		"name_over_mac": {
			story: []string{"00:01:00 identity.conflict two three outranked"},
			ends:  []string{"three: " + seenOnce, "two: " + seenTwice},
			bound: []string{"librenms/2 prtg/a", "librenms/3"},
		},
		// 192.0.2.10 is the lower address, but librenms/1 comes before librenms/2. The other address would make the two
		// one device, which librenms forbids: it has both.
		"ties_in_order": {
			story: []string{"00:01:00 identity.conflict one two same_source"},
			ends:  []string{"one: " + seenTwice, "two: " + seenOnce},
			bound: []string{"librenms/1 prtg/a", "librenms/2"},
		},
		"never_merge": {
			story: []string{"00:01:00 identity.conflict db web never_merge"},
			ends:  []string{"db: up single 1/1 since 00:01:00", "web: " + seenOnce},
			bound: []string{"librenms/1", "prtg/a"},
		},
		// The address is the other device's all the same, which is worth a word.
		"pin_over_keys": {
			story: []string{"00:01:00 identity.conflict two one same_source"},
			ends:  []string{"one: " + seenOnce, "two: " + seenTwice},
			bound: []string{"librenms/1", "librenms/2 prtg/a"},
		},
		"sticky_over_keys": {
			ends:  []string{"one: " + seenTwice, "two: " + seenOnce},
			bound: []string{"librenms/1 prtg/a", "librenms/2"},
		},
		// Two downs of another chassis are not counted.
		"serial_returns": {
			story: []string{"00:02:00 identity.conflict ups serial_changed"},
			ends:  []string{"ups: " + seenTwice},
			bound: []string{"librenms/1 prtg/a"},
		},
		"serial_learned": {ends: []string{"ups: " + seenTwice}, bound: []string{"librenms/1 prtg/a"}},
		// The old ref stays in the record of its device.
		"added_again": {
			ends:  []string{"nas1: " + seenTwice, "nas2: " + seenOnce},
			bound: []string{"librenms/1 librenms/7 prtg/a", "librenms/2"},
		},
	}
}

// weakCases are the four ways in which a ref that only a bare host name binds comes to vote, beside the scenario
// bare_name, where it is a day without a rival.
func weakCases() map[string]tale {
	return map[string]tale{
		// While it is weak its down is not heard; with the address it contradicts librenms.
		"bare_name_seconded": {
			story: []string{"00:02:00 verdict.pending nas1"},
			ends:  []string{"nas1: up disputed 2/2 since 00:00:00 pending"},
			bound: []string{"librenms/1 prtg/a"},
		},
		"bare_name_confirmed": {ends: []string{"nas1: " + seenTwice}, bound: []string{"librenms/1 prtg/a"}},
		// librenms is paused: its silence is no reason for prtg's.
		"bare_name_alone": {
			ends:  []string{"nas1: up single 1/2 since 00:00:00 redundancy_lost"},
			bound: []string{"librenms/1 prtg/a?"},
		},
		// Their serials make two devices of one name; after 26 hours the name still says nothing.
		"bare_name_rival": {
			story: []string{"00:00:00 identity.conflict nas1 nas1-2 serial"},
			ends:  alike(seenOnce, "nas1", "nas1-2"),
			bound: []string{"librenms/1 prtg/a?", "snmp/x"},
		},
		"full_name_is_strong": {ends: []string{"nas1: " + seenTwice}, bound: []string{"librenms/1 prtg/a"}},
	}
}

// repairCases stand for sections 3 and 4 of identity, as far as a replay can show them.
func repairCases() map[string]tale {
	return map[string]tale{
		"one_by_serial": {
			story: []string{"00:03:00 device.merged nas1 storage serial"},
			ends:  []string{"nas1: " + seenTwice},
			bound: []string{"librenms/1 prtg/9"},
		},
		"one_by_engine_id": {
			story: []string{"00:03:00 device.merged nas1 storage engine_id"},
			ends:  []string{"nas1: " + seenTwice},
			bound: []string{"librenms/1 prtg/9"},
		},
		"merge_vetoed": {
			story: []string{
				"00:02:00 device.moved nas1 192.0.2.11 to 192.0.2.12 by prtg",
				"00:02:00 identity.conflict nas1 nas2 same_source",
			},
			ends:  []string{"nas1: " + seenTwice, "nas2: " + seenOnce},
			bound: []string{"librenms/1 prtg/a", "librenms/2"},
		},
		// The model is prtg's newer one, the location is librenms' as the owner prefers it, and "unknown" is no vendor.
		"which_model": {
			ends: []string{"nas1: " + seenTwice},
			also: func(t *testing.T, r replayed) {
				if d := r.Devices[0]; d.Model != "RS2212RP+" || d.Vendor != "Synology" || d.Location != "rack 1" {
					t.Errorf("model %q, vendor %q, location %q", d.Model, d.Vendor, d.Location)
				}
			},
		},
	}
}

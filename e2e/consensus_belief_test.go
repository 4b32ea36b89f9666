package e2e

import (
	"testing"

	"github.com/quorate/quorate/device"
)

var (
	prtgBlind   = map[string]device.Health{"prtg": device.HealthBlind}
	prtgSuspect = map[string]device.Health{"prtg": device.HealthSuspect}
)

// notHeard is a device on which only one of two witnesses counts.
const notHeard = "up single 1/2 since 00:00:00 redundancy_lost"

// beliefCases stand for section 3 of the rules: when a source is not believed, and when it is again.
func beliefCases() map[string]tale {
	return map[string]tale{
		"single_failure": {
			story: []string{"00:04:00 source.blind prtg", "00:06:00 source.recovered prtg"},
			ends:  []string{"nas1: " + seenOnce},
		},
		"lost_anchor_counts_up": {
			story: []string{
				"00:05:00 verdict.changed nas1 unknown none source_blind",
				"00:05:00 verdict.changed nas2 unknown none source_blind",
				"00:06:00 source.blind prtg",
			},
			ends: []string{
				"nas1: unknown none 0/1 since 00:05:00 source_blind",
				"nas2: unknown none 0/1 since 00:05:00 source_blind",
				"nas3: " + seenOnce,
			},
			health: prtgBlind,
		},
		"two_are_too_few": {
			story: []string{
				"00:05:00 verdict.pending nas1 down", "00:05:00 verdict.pending nas2 down",
				"00:07:00 verdict.changed nas1 down single", "00:07:00 verdict.changed nas2 down single",
				"00:07:00 incident.opened nas1", "00:07:00 incident.opened nas2",
			},
			ends: alike("down single 1/1 since 00:05:00", "nas1", "nas2"),
		},
		"three_alone": {
			story: []string{
				"00:05:00 verdict.changed nas1 unknown none source_blind",
				"00:05:00 verdict.changed nas2 unknown none source_blind",
				"00:05:00 verdict.changed nas3 unknown none source_blind",
				"00:06:00 source.blind prtg",
			},
			ends:   alike("unknown none 0/1 since 00:05:00 source_blind", "nas1", "nas2", "nas3"),
			health: prtgBlind,
		},
		// At 00:05 only the ups of librenms count; at 00:06 both say down, one measurement each.
		"not_alone_after_all": {
			story: []string{
				"00:06:00 verdict.changed nas1 down confirmed",
				"00:06:00 verdict.changed nas2 down confirmed",
				"00:06:00 verdict.changed nas3 down confirmed",
				"00:06:00 incident.opened nas1", "00:06:00 incident.opened nas2", "00:06:00 incident.opened nas3",
			},
			ends: alike("down confirmed 2/2 since 00:06:00", "nas1", "nas2", "nas3"),
		},
		"three_of_ten": {
			story: []string{"00:05:00 source.suspect prtg mass_change", "00:05:00 incident.opened prtg"},
			ends: append(append(alike(notHeard, "nas1"), alike(seenTwice, "nas10")...),
				append(alike(notHeard, "nas2", "nas3"), alike(seenTwice, "nas4", "nas5", "nas6", "nas7", "nas8", "nas9")...)...),
			health: prtgSuspect,
		},
		"three_of_eleven": {
			story: []string{"00:05:00 verdict.pending nas1", "00:05:00 verdict.pending nas2", "00:05:00 verdict.pending nas3"},
			ends: append(append(alike(contested, "nas1"), alike(seenTwice, "nas10", "nas11")...),
				append(alike(contested, "nas2", "nas3"), alike(seenTwice, "nas4", "nas5", "nas6", "nas7", "nas8", "nas9")...)...),
		},
		"two_of_two": {
			story: []string{"00:05:00 verdict.pending nas1", "00:05:00 verdict.pending nas2"},
			ends:  alike(contested, "nas1", "nas2"),
		},
		// Two at 00:05 are contested; with the third, a minute later, all three are a mass change of 00:05.
		"mass_change_grows": {
			story: []string{
				"00:05:00 verdict.pending nas1", "00:05:00 verdict.pending nas2",
				"00:06:00 source.suspect prtg mass_change", "00:06:00 incident.opened prtg",
				"00:07:00 incident.changed prtg",
			},
			ends: append(append(alike(notHeard, "nas1"), alike(seenTwice, "nas10")...),
				append(alike(notHeard, "nas2", "nas3", "nas4"), alike(seenTwice, "nas5", "nas6", "nas7", "nas8", "nas9")...)...),
			health: prtgSuspect,
			also: func(t *testing.T, r replayed) {
				if since := r.only(t, device.EventSourceSuspect).Since.Format("15:04:05"); since != "00:05:00" {
					t.Errorf("suspect since %s, want the first instant of the turns, 00:05:00", since)
				}
			},
		},
		// At 00:06 both sides have looked again, which opens the first two disputes.
		"two_minutes_apart": {
			story: []string{
				"00:05:00 verdict.pending nas1", "00:05:00 verdict.pending nas2",
				"00:06:00 dispute.opened nas1", "00:06:00 dispute.opened nas2",
				"00:07:00 verdict.pending nas3",
			},
			ends: append(append(alike("up disputed 2/2 since 00:00:00", "nas1"), alike(seenTwice, "nas10")...),
				append([]string{"nas2: up disputed 2/2 since 00:00:00", "nas3: " + contested},
					alike(seenTwice, "nas4", "nas5", "nas6", "nas7", "nas8", "nas9")...)...),
		},
		// nas1, nas2 and nas3 have turned; of nas2 and nas3, still down, librenms says up.
		"turned_and_returned": {
			story: []string{
				"00:05:00 verdict.pending nas1", "00:05:00 verdict.pending nas2",
				"00:06:00 source.suspect prtg mass_change", "00:06:00 incident.opened prtg",
			},
			ends:   []string{"nas1: " + seenTwice, "nas2: " + notHeard, "nas3: " + notHeard, "nas4: " + seenTwice, "nas5: " + seenTwice},
			health: prtgSuspect,
		},
		"turned_over_a_silence": {
			story:  []string{"00:06:00 source.suspect prtg mass_change", "00:06:00 incident.opened prtg"},
			ends:   append(alike(notHeard, "nas1", "nas2", "nas3"), alike(seenTwice, "nas4", "nas5")...),
			health: prtgSuspect,
		},
		// From 00:08 librenms speaks for nas1 alone, and one up is no contradiction: the snapshots of 00:08 and 00:09 are
		// the two. Meanwhile nothing is known of the four that only prtg speaks of; believed, it has to measure three
		// times, and what comes out of unknown is since the newest.
		"believed_again": {
			story: []string{
				"00:05:00 source.suspect prtg mass_change", "00:05:00 incident.opened prtg",
				"00:08:00 verdict.changed nas2 unknown none source_suspect",
				"00:08:00 verdict.changed nas3 unknown none source_suspect",
				"00:08:00 verdict.changed nas4 unknown none source_suspect",
				"00:08:00 verdict.changed nas5 unknown none source_suspect",
				"00:09:00 source.recovered prtg mass_change",
				"00:09:00 verdict.pending nas1",
				"00:09:00 verdict.pending nas2 down", "00:09:00 verdict.pending nas3 down",
				"00:09:00 verdict.pending nas4 down", "00:09:00 verdict.pending nas5 down",
				"00:09:00 incident.closed prtg",
				"00:10:00 dispute.opened nas1",
				"00:11:00 verdict.changed nas2 down single", "00:11:00 verdict.changed nas3 down single",
				"00:11:00 verdict.changed nas4 down single", "00:11:00 verdict.changed nas5 down single",
				"00:11:00 incident.opened nas2", "00:11:00 incident.opened nas3",
				"00:11:00 incident.opened nas4", "00:11:00 incident.opened nas5",
			},
			ends: append(append([]string{"nas1: up disputed 2/2 since 00:00:00"},
				alike("down single 1/2 since 00:11:00 redundancy_lost", "nas2", "nas3", "nas4", "nas5")...), "nas6: "+seenTwice),
		},
		// The snapshot of 00:08 is the first, that of 00:09 is none, those of 00:10 and 00:11 are the two.
		"count_starts_again": {
			story: []string{
				"00:05:00 source.suspect prtg mass_change", "00:05:00 incident.opened prtg",
				"00:08:00 verdict.changed nas2 unknown none source_suspect",
				"00:08:00 verdict.changed nas3 unknown none source_suspect",
				"00:08:00 verdict.changed nas4 unknown none source_suspect",
				"00:08:00 verdict.changed nas5 unknown none source_suspect",
				"00:09:00 verdict.changed nas1 unknown none source_suspect",
				"00:10:00 verdict.changed nas1 up single",
				"00:11:00 source.recovered prtg mass_change",
				"00:11:00 verdict.pending nas1",
				"00:11:00 verdict.pending nas2 down", "00:11:00 verdict.pending nas3 down",
				"00:11:00 verdict.pending nas4 down", "00:11:00 verdict.pending nas5 down",
				"00:11:00 incident.closed prtg",
			},
			ends: append(append([]string{"nas1: up disputed 2/2 since 00:10:00 pending"},
				alike("unknown none 1/2 since 00:08:00 source_suspect redundancy_lost pending", "nas2", "nas3", "nas4", "nas5")...), "nas6: "+seenTwice),
		},
		// At 00:06 prtg says the same as librenms, so of each device one other says up and one down: prtg is not suspect,
		// and librenms is contradicted no longer. With 00:07 that is two snapshots. Believed, the two outweigh snmp, which
		// opposes: three measurements, at 00:08.
		"liar_speaks_too": {
			story: []string{
				"00:05:00 source.suspect librenms mass_change", "00:05:00 incident.opened librenms",
				"00:06:00 verdict.pending nas1", "00:06:00 verdict.pending nas2", "00:06:00 verdict.pending nas3", "00:06:00 verdict.pending nas4",
				"00:07:00 source.recovered librenms mass_change",
				"00:07:00 verdict.pending nas1 down", "00:07:00 verdict.pending nas2 down",
				"00:07:00 verdict.pending nas3 down", "00:07:00 verdict.pending nas4 down",
				"00:07:00 incident.closed librenms",
				"00:08:00 verdict.changed nas1 down confirmed", "00:08:00 verdict.changed nas2 down confirmed",
				"00:08:00 verdict.changed nas3 down confirmed", "00:08:00 verdict.changed nas4 down confirmed",
				"00:08:00 incident.opened nas1", "00:08:00 incident.opened nas2", "00:08:00 incident.opened nas3", "00:08:00 incident.opened nas4",
			},
			ends: append(alike("down confirmed 3/3 since 00:06:00", "nas1", "nas2", "nas3", "nas4"),
				alike("up confirmed 3/3 since 00:00:00", "nas5", "nas6", "nas7", "nas8")...),
		},
		// Its up on nas4 counts; the agent and the disk of nas4 are known by nobody else.
		"suspect_in_every_facet": {
			story: []string{
				"00:05:00 source.suspect prtg mass_change",
				"00:05:00 facet.changed nas4 mgmt up unknown source_suspect",
				"00:05:00 facet.changed nas4 disk:1 ok unknown source_suspect",
				"00:05:00 incident.opened prtg",
			},
			ends:   append(alike(notHeard, "nas1", "nas2", "nas3"), "nas4: "+seenTwice),
			health: prtgSuspect,
		},
		"half_an_answer": {ends: alike(seenOnce, "nas1", "nas2", "nas3", "nas4")},
		// Two of five are fewer than half.
		"short_and_down": {
			story: []string{
				"00:02:00 source.suspect prtg shrunk",
				"00:02:00 verdict.changed nas1 unknown none source_suspect",
				"00:04:00 source.recovered prtg shrunk",
				"00:04:00 verdict.changed nas1 up single",
			},
			ends: append([]string{"nas1: up single 1/1 since 00:04:00"}, alike(seenOnce, "nas2", "nas3", "nas4", "nas5")...),
		},
		"short_in_part": {ends: alike(seenOnce, "nas1", "nas2", "nas3", "nas4", "nas5")},
	}
}

// contested is a device of two monitors that have just come to disagree.
const contested = "up disputed 2/2 since 00:00:00 pending"

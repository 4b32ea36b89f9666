package e2e

import (
	"math"
	"testing"

	"github.com/quorate/quorate/device"
)

const midnight = "00:00:00"

// upAtFirst is the first verdict of a device that several witnesses call up.
const upAtFirst = "00:00:00 up confirmed"

// workedCases are the outcomes by the name of the scenario. All begin at midnight with a device that is up, and change
// five minutes later.
func workedCases() map[string]outcome {
	return map[string]outcome{
		// Pending, then a dispute; stays up; unknown after ten minutes more.
		"two_disagree": {
			devices: 1, status: device.StatusUnknown, standing: device.StandingDisputed, reason: "disputed", since: "00:05:00", voting: 2, of: 2,
			verdicts: []string{upAtFirst, "00:16:00 unknown disputed"},
			events:   map[device.EventType]int{device.EventVerdictPending: 1, device.EventDisputeOpened: 1},
			also: func(t *testing.T, r replayed) {
				pending, opened := r.only(t, device.EventVerdictPending), r.only(t, device.EventDisputeOpened)
				wantText(t, pending, "waiting for librenms", "due 00:06")
				if got := opened.At.Format("15:04:05"); got != "00:06:00" {
					t.Errorf("the dispute opens at %s, want 00:06:00: both have looked again then", got)
				}
			},
		},
		// r = 0.6: contested, the state stays.
		"weak_third": {
			devices: 1, status: device.StatusUp, standing: device.StandingDisputed, since: midnight, voting: 3, of: 3,
			verdicts: []string{"00:00:00 up single"},
			events:   map[device.EventType]int{device.EventVerdictPending: 1, device.EventDisputeOpened: 1},
			also: func(t *testing.T, r replayed) {
				up, down := sums(r.only(t, device.EventVerdictPending).Votes)
				if math.Abs(down/(up+down)-0.6) > 1e-9 {
					t.Errorf("%v for up, %v for down: the share is not 0.6", up, down)
				}
			},
		},
		// Down at three measurements in all: two at 00:05, the third at 00:06.
		"two_to_one": {
			devices: 1, status: device.StatusDown, standing: device.StandingConfirmed, since: "00:05:00", voting: 3, of: 3,
			verdicts: []string{upAtFirst, "00:06:00 down confirmed"},
			events:   map[device.EventType]int{device.EventVerdictPending: 1, device.EventIncidentOpened: 1},
			also: func(t *testing.T, r replayed) {
				wantText(t, r.only(t, device.EventVerdictPending), "2 of 3 measurements")
			},
		},
		// Reach stays up with three witnesses, management is down with two: degraded.
		"agent_dead_not_device": {
			devices: 1, status: device.StatusDegraded, standing: device.StandingConfirmed, since: "00:05:00", voting: 2, of: 2,
			verdicts: []string{upAtFirst, "00:05:00 degraded confirmed"},
		},
		// One monitor fails, the other carries on; one event that it is blind.
		"failover": {
			devices: 1, status: device.StatusUp, standing: device.StandingSingle, redundancyLost: true, since: midnight, voting: 1, of: 2,
			verdicts: []string{upAtFirst},
			health:   map[string]device.Health{"librenms": device.HealthBlind},
			events:   map[device.EventType]int{device.EventSourceBlind: 1},
			also: func(t *testing.T, r replayed) {
				blind := r.only(t, device.EventSourceBlind)
				wantText(t, blind, "librenms", "2 polls", "timeout")
				if got := blind.At.Format("15:04:05"); got != "00:06:00" {
					t.Errorf("blind at %s, want 00:06:00: the second failed poll", got)
				}
			},
		},
		// Unknown, as the last words are too old; never down. More than four intervals after 00:04 is 00:09.
		"all_blind": {
			devices: 1, status: device.StatusUnknown, standing: device.StandingNone, reason: "stale", since: "00:09:00", voting: 0, of: 2,
			verdicts: []string{upAtFirst, "00:09:00 unknown none"},
			health:   map[string]device.Health{"librenms": device.HealthBlind, "prtg": device.HealthBlind},
			events:   map[device.EventType]int{device.EventSourceBlind: 2},
		},
		// LibreNMS is suspect, all stay up, one event and one incident for all together.
		"mass_lie": {
			devices: 11, status: device.StatusUp, standing: device.StandingConfirmed, since: midnight, voting: 2, of: 3,
			verdicts: []string{upAtFirst},
			health:   map[string]device.Health{"librenms": device.HealthSuspect},
			events:   map[device.EventType]int{device.EventSourceSuspect: 1, device.EventIncidentOpened: 1},
			also: func(t *testing.T, r replayed) {
				wantText(t, r.only(t, device.EventSourceSuspect), "librenms is not believed: 11 downs contradicted by prtg and snmp")
				if n := r.Sources[0].FalseAlarms; n != 11 {
					t.Errorf("%d false alarms of librenms, want 11", n)
				}
			},
		},
		// LibreNMS stays suspect when the one who contradicted it falls silent; unknown, not down.
		"lie_then_silence": {
			devices: 11, status: device.StatusUnknown, standing: device.StandingNone, reason: "source_suspect", since: "00:14:00", voting: 0, of: 2,
			verdicts: []string{upAtFirst, "00:14:00 unknown none"},
			health:   map[string]device.Health{"librenms": device.HealthSuspect, "prtg": device.HealthBlind},
			events:   map[device.EventType]int{device.EventSourceSuspect: 1, device.EventIncidentOpened: 1, device.EventSourceBlind: 1},
		},
		// All down at once, one incident with the gateway as its root, nobody suspect.
		"real_outage": realOutage(),
		// Unknown because the only one who speaks has lost its own network; never down.
		"own_network_lost": {
			devices: 11, status: device.StatusUnknown, standing: device.StandingNone, reason: "source_blind", since: "00:09:00", voting: 0, of: 2,
			verdicts: []string{upAtFirst, "00:09:00 unknown none"},
			health:   map[string]device.Health{"librenms": device.HealthBlind, "snmp": device.HealthBlind},
			events:   map[device.EventType]int{device.EventSourceBlind: 2},
		},
		// LibreNMS looks every five minutes: pending until it has looked at 00:10, and only then a dispute.
		"slow_has_not_looked": {
			devices: 1, status: device.StatusUp, standing: device.StandingDisputed, since: midnight, voting: 2, of: 2,
			verdicts: []string{upAtFirst},
			events:   map[device.EventType]int{device.EventVerdictPending: 1, device.EventDisputeOpened: 1},
			also: func(t *testing.T, r replayed) {
				wantText(t, r.only(t, device.EventVerdictPending), "waiting for librenms", "due 00:10")
				if got := r.only(t, device.EventDisputeOpened).At.Format("15:04:05"); got != "00:10:00" {
					t.Errorf("the dispute opens at %s, want 00:10:00: librenms has looked again then", got)
				}
			},
		},
		// A paused monitor is silent: down by the other one, after its third measurement.
		"paused_is_silence": {
			devices: 1, status: device.StatusDown, standing: device.StandingSingle, redundancyLost: true, since: "00:05:00", voting: 1, of: 2,
			verdicts: []string{upAtFirst, "00:07:00 down single"},
			events:   map[device.EventType]int{device.EventVerdictPending: 1, device.EventIncidentOpened: 1},
			also: func(t *testing.T, r replayed) {
				wantText(t, r.only(t, device.EventVerdictPending), "1 of 3 measurements")
				for _, v := range r.Devices[0].Votes {
					if v.Source == "prtg" && (v.Abstain != "paused" || v.Weight != 0) {
						t.Errorf("prtg is paused and votes: %+v", v)
					}
				}
			},
		},
		// Down twice is not three times: stays up, pending in between.
		"one_witness": {
			devices: 1, status: device.StatusUp, standing: device.StandingSingle, since: midnight, voting: 1, of: 1,
			verdicts: []string{"00:00:00 up single"},
			events:   map[device.EventType]int{device.EventVerdictPending: 1},
		},
		// Unknown and pending at first; down after the third weak word.
		"first_word_is_weak": {
			devices: 1, status: device.StatusDown, standing: device.StandingSingle, since: "00:02:00", voting: 1, of: 1,
			verdicts: []string{"00:02:00 down single"},
			events:   map[device.EventType]int{device.EventVerdictPending: 1, device.EventIncidentOpened: 1},
		},
		// Recorded as late, no transition, not even a pending one.
		"late_history": {
			devices: 1, status: device.StatusUp, standing: device.StandingConfirmed, since: midnight, voting: 2, of: 2,
			verdicts: []string{upAtFirst},
		},
		// D = 1, U = 1: contested, although two sources say down.
		"same_host_is_one_witness": {
			devices: 1, status: device.StatusUp, standing: device.StandingDisputed, since: midnight, voting: 2, of: 2,
			verdicts: []string{upAtFirst},
			events:   map[device.EventType]int{device.EventVerdictPending: 1, device.EventDisputeOpened: 1},
			also: func(t *testing.T, r replayed) {
				if up, down := sums(r.Devices[0].Votes); math.Abs(up-1) > 1e-9 || math.Abs(down-1) > 1e-9 {
					t.Errorf("U = %v and D = %v, want 1 and 1", up, down)
				}
			},
		},
		// Nothing unbound, LibreNMS suspect, told once with both counts.
		"empty_answer": {
			devices: 11, status: device.StatusUp, standing: device.StandingConfirmed, since: midnight, voting: 2, of: 2,
			verdicts: []string{upAtFirst},
			health:   map[string]device.Health{"librenms": device.HealthSuspect},
			events:   map[device.EventType]int{device.EventSourceSuspect: 1},
			also: func(t *testing.T, r replayed) {
				wantText(t, r.only(t, device.EventSourceSuspect), "librenms", "0 of the 11")
				for _, d := range r.Devices {
					if len(d.Bindings) != 2 {
						t.Errorf("%s has %d bindings, want 2", d.Name, len(d.Bindings))
					}
				}
			},
		},
	}
}

// realOutage differs for the root, so it checks the overlays itself.
func realOutage() outcome {
	return outcome{
		devices: 11, status: device.StatusDown, standing: device.StandingConfirmed, since: "00:05:00", voting: 3, of: 3,
		verdicts: []string{upAtFirst, "00:05:00 down confirmed"},
		events:   map[device.EventType]int{device.EventIncidentOpened: 1},
		overlaid: func(name string) []device.OverlayKind {
			if name == "nas1" {
				return nil
			}
			return []device.OverlayKind{device.OverlayUnreachable}
		},
		also: func(t *testing.T, r replayed) {
			opened := r.only(t, device.EventIncidentOpened)
			if opened.Because == nil || opened.Because.Name != "nas1" {
				t.Errorf("the root of the incident is %v, want nas1", opened.Because)
			}
			wantText(t, opened, "nas1 is down, 10 devices behind it")
		},
	}
}

package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// downOnce is the incident of one device that goes down and stays down.
var downOnce = map[device.EventType]int{device.EventVerdictPending: 1, device.EventIncidentOpened: 1}

// ruleCases are the outcomes of scenarios that stand for one sentence of the rules each.
func ruleCases() map[string]outcome {
	return map[string]outcome{
		// 0.5 for up and 1.5 for down: 3/4, and only one witness, which needs three measurements.
		"split_is_half": {
			devices: 1, status: device.StatusDown, standing: device.StandingSingle, since: "00:05:00", voting: 2, of: 2,
			verdicts: []string{upAtFirst, "00:07:00 down single"}, events: downOnce,
		},
		// At exactly four intervals the claim still counts; a second later it does not.
		"stale_after_four": {
			devices: 1, status: device.StatusUnknown, standing: device.StandingNone, reason: "stale", since: "00:04:01", voting: 0, of: 1,
			verdicts: []string{"00:00:00 up single", "00:04:01 unknown none"},
		},
		// librenms measured 30 s before each poll, by its own clock ten minutes ahead; prtg 20 s before, and its clock,
		// two seconds behind, is not corrected for. The first down is therefore of 00:04:30.
		"clock_is_off": {
			devices: 1, status: device.StatusDown, standing: device.StandingConfirmed, since: "00:04:30", voting: 2, of: 2,
			verdicts: []string{upAtFirst, "00:05:00 down confirmed"},
			events:   map[device.EventType]int{device.EventSourceSkewed: 1, device.EventIncidentOpened: 1},
			also: func(t *testing.T, r replayed) {
				if e := r.only(t, device.EventSourceSkewed); e.Source != "librenms" {
					t.Errorf("the clock of %q is off, want librenms", e.Source)
				}
			},
		},
		// prtg only ever abstained: it is no witness, and what it says late changes nothing of that.
		"late_ends_no_silence": {
			devices: 1, status: device.StatusUp, standing: device.StandingSingle, since: midnight, voting: 1, of: 1,
			verdicts: []string{"00:00:00 up single"},
			also: func(t *testing.T, r replayed) {
				for _, v := range r.Devices[0].Votes {
					if v.Source == "prtg" && v.Abstain != device.AbstainPaused {
						t.Errorf("prtg's vote is %+v, want an abstention", v)
					}
				}
			},
		},
		// The third mgmt down makes it degraded; without the claim nothing is known of mgmt, and reach decides.
		"whole_word": {
			devices: 1, status: device.StatusUp, standing: device.StandingSingle, since: midnight, voting: 1, of: 1,
			verdicts: []string{"00:00:00 up single", "00:02:00 degraded single", "00:04:00 up single"},
			events:   map[device.EventType]int{device.EventVerdictPending: 1},
		},
		// 0.5 against 0.3 is 5/8: down, after three measurements of the one witness for it.
		"five_eighths": {
			devices: 1, status: device.StatusDown, standing: device.StandingSingle, since: "00:05:00", voting: 2, of: 2,
			verdicts: []string{upAtFirst, "00:07:00 down single"}, events: downOnce,
		},
		// The host weighs half for each side: 1.5 against 0.5, and one witness.
		"house_divided": {
			devices: 1, status: device.StatusUp, standing: device.StandingSingle, since: midnight, voting: 2, of: 2,
			verdicts: []string{"00:00:00 up single"},
		},
		"anchor_lost": {
			mixed: true, devices: 2,
			health: map[string]device.Health{"librenms": device.HealthBlind},
			events: map[device.EventType]int{device.EventSourceBlind: 1},
			also: func(t *testing.T, r replayed) {
				r.wantDevices(t, "nas1: unknown none source_blind", "nas2: up single")
			},
		},
		// One event and one incident for all five, and both end when the source calls none of them down.
		"lie_taken_back": {
			devices: 5, status: device.StatusUp, standing: device.StandingConfirmed, since: midnight, voting: 2, of: 2,
			verdicts: []string{upAtFirst},
			events: map[device.EventType]int{
				device.EventSourceSuspect: 1, device.EventSourceRecovered: 1, device.EventIncidentOpened: 1, device.EventIncidentClosed: 1,
			},
			also: func(t *testing.T, r replayed) {
				wantText(t, r.only(t, device.EventSourceSuspect), "5 downs contradicted by prtg")
				for _, s := range r.Sources {
					if want := map[string]int{"librenms": 5}[s.Name]; s.FalseAlarms != want {
						t.Errorf("%d false alarms of %s, want %d", s.FalseAlarms, s.Name, want)
					}
				}
			},
		},
		// When prtg says down as well the set is forgotten: both vote at once, one measurement each.
		"lie_comes_true": {
			devices: 5, status: device.StatusDown, standing: device.StandingConfirmed, since: "00:10:00", voting: 2, of: 2,
			verdicts: []string{upAtFirst, "00:10:00 down confirmed"},
			events: map[device.EventType]int{
				device.EventSourceSuspect: 1, device.EventSourceRecovered: 1, device.EventIncidentOpened: 6, device.EventIncidentClosed: 1,
			},
		},
		// Believed at 00:07, the third short answer of one size; what it no longer has turns stale meanwhile.
		"shrunk_answer": {
			mixed: true, devices: 11,
			events: map[device.EventType]int{device.EventSourceSuspect: 1, device.EventSourceRecovered: 1},
			also: func(t *testing.T, r replayed) {
				wantText(t, r.only(t, device.EventSourceSuspect), "2 of the 11")
				if at := r.only(t, device.EventSourceRecovered).At.Format("15:04:05"); at != "00:07:00" {
					t.Errorf("believed again at %s, want 00:07:00", at)
				}
				for _, d := range r.Devices {
					if len(d.Bindings) != 1 {
						t.Errorf("%s has lost its binding", d.Name)
					}
				}
			},
		},
		"child_down_first": {
			mixed: true, devices: 3,
			events: map[device.EventType]int{device.EventIncidentOpened: 2},
			also: func(t *testing.T, r replayed) {
				r.wantDevices(t, "nas1: down confirmed", "nas2: down confirmed unreachable", "nas3: down confirmed unreachable")
				r.wantIncidents(t, "00:05:00 nas2 is down", "00:10:00 nas1 is down, 1 device behind it is unreachable")
			},
		},
		"other_way_round": {
			mixed: true, devices: 3,
			events: map[device.EventType]int{device.EventIncidentOpened: 3},
			also: func(t *testing.T, r replayed) {
				r.wantDevices(t, "nas1: down confirmed", "nas2: down confirmed", "nas3: down confirmed unreachable")
				r.wantIncidents(t, "00:05:00 nas1 is down", "00:05:00 nas3 is down", "00:10:00 nas2 is down")
			},
		},
		// Ten proposals are in the ring at 00:09. The last change is at 00:15; at 00:28 four changes are left in the ring
		// and weigh less than a quarter.
		"flapping": {
			devices: 1, status: device.StatusUp, standing: device.StandingSingle, since: midnight, voting: 1, of: 1,
			verdicts: []string{"00:00:00 up single"},
			events:   map[device.EventType]int{device.EventVerdictPending: 7, device.EventFlappingStart: 1, device.EventFlappingEnd: 1},
			also: func(t *testing.T, r replayed) {
				start, end := r.only(t, device.EventFlappingStart), r.only(t, device.EventFlappingEnd)
				if s, e := start.At.Format("15:04:05"), end.At.Format("15:04:05"); s != "00:09:00" || e != "00:28:00" || end.To != "up" {
					t.Errorf("flapping from %s to %s, then %s; want 00:09:00, 00:28:00, up", s, e, end.To)
				}
			},
		},
		"dispute_settled": {
			devices: 1, status: device.StatusDown, standing: device.StandingConfirmed, since: "00:05:00", voting: 2, of: 2,
			verdicts: []string{upAtFirst, "00:08:00 down confirmed"},
			events: map[device.EventType]int{
				device.EventVerdictPending: 1, device.EventDisputeOpened: 1, device.EventDisputeClosed: 1, device.EventIncidentOpened: 1,
			},
			also: func(t *testing.T, r replayed) {
				if w := r.only(t, device.EventDisputeClosed).Winner; w != "down" {
					t.Errorf("the winner is %q, want down", w)
				}
			},
		},
		"dispute_as_told": {
			devices: 1, status: device.StatusDown, standing: device.StandingDisputed, since: "00:05:00", voting: 2, of: 2,
			verdicts: []string{upAtFirst, "00:07:00 down disputed"},
			events:   map[device.EventType]int{device.EventVerdictPending: 1, device.EventDisputeOpened: 1, device.EventIncidentOpened: 1},
		},
		// N is 1 again for the device that prtg came without for a week: no redundancy is lost.
		"source_retired": {
			mixed: true, devices: 5,
			also: func(t *testing.T, r replayed) {
				for _, d := range r.Devices {
					want := 2
					if d.Name == "nas1" {
						want = 1
					}
					if d.Witnesses.Enrolled != want || d.RedundancyLost {
						t.Errorf("%s: %d witnesses, redundancy lost %v; want %d", d.Name, d.Witnesses.Enrolled, d.RedundancyLost, want)
					}
				}
			},
		},
		// The binding is weak from the start and stays so; from 24 h on it votes all the same.
		"bare_name": {
			devices: 1, status: device.StatusUp, standing: device.StandingConfirmed, since: midnight, voting: 2, of: 2,
			verdicts: []string{"00:00:00 up single"},
			also: func(t *testing.T, r replayed) {
				want := []device.Binding{{Source: "librenms", Ref: "1"}, {Source: "prtg", Ref: "9", Weak: true}}
				if diff := cmp.Diff(want, r.Devices[0].Bindings); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			},
		},
		"changed_hands": {
			devices: 1, status: device.StatusUp, standing: device.StandingSingle, redundancyLost: true, since: midnight, voting: 1, of: 2,
			verdicts: []string{upAtFirst},
			events:   map[device.EventType]int{device.EventIdentityConflict: 1},
		},
		// nas1 has been pending since 00:04; with prtg's down it has one measurement each of two witnesses.
		"one_after_all": {
			devices: 1, status: device.StatusDown, standing: device.StandingConfirmed, since: "00:04:00", voting: 2, of: 2,
			verdicts: []string{"00:00:00 up single", "00:05:00 down confirmed"},
			events: map[device.EventType]int{
				device.EventVerdictPending: 1, device.EventDeviceMoved: 1, device.EventDeviceMerged: 1, device.EventIncidentOpened: 1,
			},
			also: func(t *testing.T, r replayed) {
				e := r.only(t, device.EventDeviceMerged)
				if e.Device.Name != "nas1" || e.Other == nil || e.Other.Name != "storage" || e.Reason != "address" {
					t.Errorf("%v has taken in %v by %s", e.Device, e.Other, e.Reason)
				}
			},
		},
		// With both followed by reach the merge is the same; reach's two refs are one voice, and their lies are no evidence.
		"followed_and_merged": {
			devices: 1, status: device.StatusDown, standing: device.StandingConfirmed, since: "00:06:00", voting: 3, of: 3,
			verdicts: []string{"00:00:00 up single", "00:06:00 down confirmed"},
			events: map[device.EventType]int{
				device.EventDeviceMoved: 1, device.EventDeviceMerged: 1, device.EventIncidentOpened: 1,
			},
			also: func(t *testing.T, r replayed) {
				if e := r.only(t, device.EventDeviceMerged); e.Device.Name != "nas1" || e.Reason != "address" {
					t.Errorf("%v has taken in %v by %s", e.Device, e.Other, e.Reason)
				}
				var follow []string
				for _, b := range r.Devices[0].Bindings {
					if b.Follows {
						follow = append(follow, b.Source)
					}
				}
				if len(r.Devices[0].Votes) != 3 || !slices.Equal(follow, []string{"reach", "reach"}) {
					t.Errorf("votes %+v, bindings %+v", r.Devices[0].Votes, r.Devices[0].Bindings)
				}
			},
		},
		"keys_disagree": {
			mixed: true, devices: 8,
			events: map[device.EventType]int{device.EventIdentityConflict: 2},
			also: func(t *testing.T, r replayed) {
				want := []string{
					"librenms/1 prtg/1", "librenms/2", "librenms/3", "librenms/4", "librenms/5", "prtg/3", "prtg/5", "prtg/6",
				}
				if diff := cmp.Diff(want, r.partition()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			},
		},
	}
}

// allCases are the expectations of all scenarios by name.
func allCases(t *testing.T) map[string]expected {
	t.Helper()
	all := map[string]expected{}
	add := func(name string, e expected) {
		if _, twice := all[name]; twice {
			t.Errorf("two tables state the case %s", name)
		}
		all[name] = e
	}
	for _, table := range []map[string]outcome{workedCases(), ruleCases()} {
		for name, o := range table {
			add(name, o)
		}
	}
	for _, table := range []map[string]tale{keyCases(), bindingCases(), weakCases(), repairCases(), claimCases(), beliefCases(), votingCases(), healthCases(), confirmCases(), incidentCases(), oddCases()} {
		for name, w := range table {
			add(name, w)
		}
	}
	return all
}

// wantDevices compares "name: status standing, reason and overlays where there are any" of all devices.
func (r replayed) wantDevices(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, d := range r.Devices {
		words := []string{d.Name + ":", string(d.Status), string(d.Standing)}
		if d.Reason != "" {
			words = append(words, d.Reason)
		}
		for _, o := range d.Overlays {
			words = append(words, string(o))
		}
		got = append(got, strings.Join(words, " "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
}

// wantIncidents compares when incidents were opened, and what was said.
func (r replayed) wantIncidents(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, e := range r.Events {
		if e.Type == device.EventIncidentOpened {
			got = append(got, e.At.Format("15:04:05")+" "+e.Text)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("incidents (-want +got):\n%s", diff)
	}
}

// partition lists which refs are one device.
func (r replayed) partition() []string {
	var all []string
	for _, d := range r.Devices {
		var refs []string
		for _, b := range d.Bindings {
			refs = append(refs, b.Source+"/"+b.Ref)
		}
		all = append(all, strings.Join(refs, " "))
	}
	slices.Sort(all)
	return all
}

package consensus

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// TestWorkedCases are the worked cases of the specification, by their names. Poll interval 60 s, no measuring
// interval, each source its own domain, device up before, default configuration.
func TestWorkedCases(t *testing.T) {
	for _, c := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"two_disagree", caseTwoDisagree},
		{"weak_third", caseWeakThird},
		{"two_to_one", caseTwoToOne},
		{"agent_dead_not_device", caseAgentDeadNotDevice},
		{"failover", caseFailover},
		{"all_blind", caseAllBlind},
		{"mass_lie", caseMassLie},
		{"lie_then_silence", caseLieThenSilence},
		{"real_outage", caseRealOutage},
		{"own_network_lost", caseOwnNetworkLost},
		{"slow_has_not_looked", caseSlowHasNotLooked},
		{"paused_is_silence", casePausedIsSilence},
		{"one_witness", caseOneWitness},
		{"first_word_is_weak", caseFirstWordIsWeak},
		{"late_history", caseLateHistory},
		{"same_host_is_one_witness", caseSameHostIsOneWitness},
		{"empty_answer", caseEmptyAnswer},
		{"order_free", caseOrderFree},
	} {
		t.Run(c.name, c.run)
	}
}

func caseTwoDisagree(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up")
	l.want("nas1", "up confirmed")
	l.wantTold("source.up librenms", "source.up prtg", "verdict.changed nas1 unknown->up")
	l.wait(time.Minute)
	l.say("librenms up", "prtg down")
	l.want("nas1", "up disputed pending")
	l.wantTold("verdict.pending nas1 reach up->")
	l.wait(time.Minute)
	l.say("librenms up", "prtg down")
	l.want("nas1", "up disputed")
	l.wantTold("dispute.opened nas1 reach up->up")
	for range 9 {
		l.wait(time.Minute)
		l.say("librenms up", "prtg down")
		l.want("nas1", "up disputed")
		l.wantTold()
	}
	l.wait(time.Minute)
	l.say("librenms up", "prtg down")
	l.want("nas1", "unknown disputed disputed")
	l.wantTold("verdict.changed nas1 up->unknown")
	l.wait(time.Minute)
	l.say("librenms up", "prtg up")
	l.want("nas1", "up confirmed")
	l.wantTold("dispute.closed nas1 reach unknown->unknown winner up", "verdict.changed nas1 unknown->up")
	if got := Scores(l.state); got.Sources["prtg"] != 1 || got.Sources["librenms"] != 0 || got.Own != 0 {
		t.Errorf("false alarms: %+v", got)
	}
}

func caseWeakThird(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up", "snmp up")
	l.wait(30 * time.Second)
	l.say("librenms up")
	l.wait(30 * time.Second)
	l.say("prtg down")
	l.want("nas1", "up confirmed") // one of three
	l.wait(20 * time.Second)
	l.say("snmp down@0.5")
	l.wait(10 * time.Second)
	l.tick()
	l.want("nas1", "up disputed pending")
	c := Describe(l.cfg, l.state, id("nas1"), l.at)
	if r := c.Tallies[0]; r.Share < 0.6-tolerance || r.Share > 0.6+tolerance || r.Proposal != "contested" {
		t.Errorf("tally %+v, want r = 0.6 contested", r)
	}
	l.wantProbes()
	l.wait(9 * time.Second)
	l.tick() // 10 s after the first request at +1m20s is +1m30s: asked there already, not again yet
	if len(l.probes) != 0 {
		t.Errorf("asked again after 9 s: %v", l.probes)
	}
	l.wait(time.Second)
	l.tick()
	l.wantProbes()
}

func (l *lab) wantProbes() {
	l.t.Helper()
	want := []ProbeRequest{{Device: id("nas1"), Sources: []device.SourceRef{{Source: "snmp", Ref: "r-nas1"}}}}
	if d := cmp.Diff(want, l.probes); d != "" {
		l.t.Errorf("%s: probes (-want +got):\n%s", l.clock(), d)
	}
}

func caseTwoToOne(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up", "snmp up")
	l.wait(time.Minute)
	l.say("librenms up", "prtg down", "snmp down")
	l.want("nas1", "up single pending")
	l.wantTold("verdict.pending nas1 reach up->down")
	l.wait(time.Minute)
	l.say("librenms up")
	l.want("nas1", "up single pending")
	l.say("prtg down") // the third measurement
	l.want("nas1", "down confirmed")
	v := l.all[len(l.all)-1].Verdict
	if r := v.Tallies[0]; r.Counted != 3 || r.Needed != 3 || r.Up != 1 || r.Down != 2 {
		t.Errorf("tally %+v", r)
	}
	if want := t0.Add(time.Minute); !v.Since.Equal(want) || !v.DecidedAt.Equal(l.at) {
		t.Errorf("since %v decided at %v", v.Since, v.DecidedAt)
	}
}

func caseAgentDeadNotDevice(t *testing.T) {
	l := newLab(t)
	l.say("librenms up,mgmt=up", "prtg up", "snmp mgmt=up")
	l.want("nas1", "up confirmed")
	l.wait(time.Minute)
	l.say("librenms up,mgmt=down", "prtg up", "snmp up,mgmt=down")
	l.want("nas1", "degraded confirmed")
	l.wantTold("verdict.changed nas1 up->degraded")
	if got, want := l.last[0].Text, "nas1 is degraded: its management agent does not answer, librenms and snmp agree"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func caseFailover(t *testing.T) {
	l := newLab(t)
	l.say("librenms up,mgmt=up", "prtg up,mgmt=up")
	for range 20 {
		l.wait(time.Minute)
		l.say("librenms fail", "prtg up,mgmt=up")
		if s := l.statuses(); s[device.StatusUp] != 1 {
			t.Fatalf("%s: %v", l.clock(), s)
		}
	}
	l.want("nas1", "up single redundancy_lost")
	if n := l.count(device.EventSourceBlind); n != 1 {
		t.Errorf("%d events say that a source is blind", n)
	}
	if n := len(l.events); n != 4 { // two sources up, one device up, one source blind
		t.Errorf("%d events", n)
	}
	if l.health("librenms") != device.HealthBlind || l.health("prtg") != device.HealthUp {
		t.Errorf("librenms %s, prtg %s", l.health("librenms"), l.health("prtg"))
	}
	l.wait(time.Minute)
	l.say("librenms up,mgmt=up", "prtg up,mgmt=up")
	l.want("nas1", "up confirmed")
	l.wantTold("source.recovered librenms blind->")
}

func caseAllBlind(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up")
	for range 20 {
		l.wait(time.Minute)
		l.say("librenms fail", "prtg fail")
	}
	l.want("nas1", "unknown none stale")
	for _, v := range l.all {
		if v.Verdict.To == device.StatusDown {
			t.Errorf("it was down once: %+v", v.Verdict)
		}
	}
	if n := l.count(device.EventSourceBlind); n != 2 {
		t.Errorf("%d events say that a source is blind", n)
	}
}

func caseMassLie(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*11", "prtg up*11", "snmp up*11")
	l.wait(time.Minute)
	before := len(l.events)
	l.say("librenms down*11", "prtg up*11", "snmp up*11")
	l.wantTold("source.suspect librenms", "incident.opened librenms")
	if got, want := l.last[0].Text, "librenms is not believed: 11 downs contradicted by prtg and snmp"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	check := func() {
		t.Helper()
		if n := l.statuses()[device.StatusUp]; n != 11 {
			t.Errorf("%s: %d up", l.clock(), n)
		}
		want := device.Scoreboard{Sources: map[string]int{"librenms": 11, "prtg": 0, "snmp": 0}}
		if d := cmp.Diff(want, Scores(l.state)); d != "" {
			t.Errorf("%s: scores (-want +got):\n%s", l.clock(), d)
		}
	}
	check()
	if s := DescribeSource(l.cfg, l.state, "librenms", l.at); s.Contradicted != 11 || s.Health != device.HealthSuspect {
		t.Errorf("librenms %+v", s)
	}
	for range 30 {
		l.wait(time.Minute)
		l.say("librenms down*11", "prtg up*11", "snmp up*11")
		check()
	}
	if n := len(l.events) - before; n != 2 {
		t.Errorf("%d events", n)
	}
	l.wait(time.Minute)
	l.say("librenms up*11", "prtg up*11", "snmp up*11")
	l.wantTold("source.recovered librenms suspect->", "incident.closed librenms")
	check()
}

func caseLieThenSilence(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*11", "prtg up*11")
	l.wait(time.Minute)
	l.say("librenms down*11", "prtg up*11")
	for range 20 {
		l.wait(time.Minute)
		l.say("librenms down*11", "prtg fail")
		if l.health("librenms") != device.HealthSuspect {
			t.Fatalf("%s: librenms is %s", l.clock(), l.health("librenms"))
		}
	}
	l.want("dev01", "unknown none source_suspect")
	if s := l.statuses(); s[device.StatusUnknown] != 11 {
		t.Errorf("%v", s)
	}
}

func caseRealOutage(t *testing.T) {
	for _, order := range [][]string{{"librenms prtg snmp"}, {"librenms", "prtg", "snmp"}, {"snmp", "librenms prtg"}} {
		t.Run(strings.Join(order, ","), func(t *testing.T) {
			l := newLab(t, func(c *Config) {
				for i := range 11 {
					if i > 0 {
						c.Parents[fmt.Sprintf("dev%02d", i+1)] = []string{"dev01"}
					}
				}
			})
			l.say("librenms up*11", "prtg up*11", "snmp up*11")
			for range 4 {
				l.wait(time.Minute)
				for _, sources := range order {
					var words []string
					for s := range strings.FieldsSeq(sources) {
						words = append(words, s+" down*11")
					}
					l.wait(5 * time.Second)
					l.say(words...)
				}
			}
			l.want("dev01", "down confirmed")
			l.want("dev11", "down confirmed unreachable")
			in := Incidents(l.state)
			if len(in) != 1 || in[0].Root.Name != "dev01" || len(in[0].Devices) != 11 {
				t.Fatalf("incidents %+v", in)
			}
			if n := l.count(device.EventIncidentOpened); n != 1 {
				t.Errorf("%d incidents opened", n)
			}
			if n := l.count(device.EventSourceSuspect, device.EventSourceBlind); n != 0 {
				t.Errorf("%d sources were not believed", n)
			}
			if d := cmp.Diff(map[string]int{"librenms": 0, "prtg": 0, "snmp": 0}, Scores(l.state).Sources); d != "" {
				t.Errorf("false alarms:\n%s", d)
			}
		})
	}
}

func caseOwnNetworkLost(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*11", "prtg up*11", "snmp up*11")
	for range 20 {
		l.wait(time.Minute)
		l.say("librenms fail", "prtg fail", "snmp down*11")
	}
	l.want("dev01", "unknown none source_blind")
	for _, v := range l.all {
		if v.Verdict.To == device.StatusDown {
			t.Errorf("it was down once: %+v", v.Verdict)
		}
	}
	l.wait(time.Minute)
	l.say("librenms fail", "prtg fail", "snmp up*11")
	l.want("dev01", "up single redundancy_lost")
}

func caseSlowHasNotLooked(t *testing.T) {
	l := newLab(t)
	l.say("librenms up~300s", "prtg up")
	l.wait(200 * time.Second)
	l.say("prtg up")
	l.wait(time.Minute) // librenms is 260 s old
	l.say("librenms up~300s 260s", "prtg down")
	l.want("nas1", "up disputed pending")
	if got, want := l.last[0].Reason, "waiting for librenms, due 12:05"; got != want {
		t.Errorf("reason %q, want %q", got, want)
	}
	l.wait(35 * time.Second)
	l.say("librenms up~300s 295s", "prtg down")
	l.want("nas1", "up disputed pending")
	l.wait(35 * time.Second)
	l.say("librenms up~300s 330s", "prtg down")
	l.want("nas1", "up disputed pending")
	l.wait(10 * time.Second)
	l.say("librenms up~300s 5s", "prtg down")
	l.want("nas1", "up disputed")
	l.wantTold("dispute.opened nas1 reach up->up")
}

func casePausedIsSilence(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up")
	l.wait(time.Minute)
	l.say("librenms up", "prtg paused")
	l.want("nas1", "up single redundancy_lost")
	for range 2 {
		l.wait(time.Minute)
		l.say("librenms down", "prtg paused")
		l.want("nas1", "up none redundancy_lost pending")
	}
	l.wait(time.Minute)
	l.say("librenms down", "prtg paused")
	l.want("nas1", "down single redundancy_lost")
	votes := Describe(l.cfg, l.state, id("nas1"), l.at).Votes
	want := device.Vote{
		Source: "prtg", Ref: "r-nas1", Facet: device.FacetReach, Abstain: device.AbstainPaused, ObservedAt: l.at, Domain: "prtg",
	}
	if d := cmp.Diff(want, votes[1]); d != "" {
		t.Errorf("vote of prtg (-want +got):\n%s", d)
	}
}

func caseOneWitness(t *testing.T) {
	l := newLab(t)
	l.say("prtg up")
	l.wait(time.Minute)
	l.say("prtg down")
	l.want("nas1", "up none pending")
	l.wait(time.Minute)
	l.say("prtg up")
	l.want("nas1", "up single")
	if n := l.count(device.EventVerdictChanged); n != 1 {
		t.Errorf("%d verdicts", n)
	}
}

func caseFirstWordIsWeak(t *testing.T) {
	l := newLab(t)
	l.say("snmp down@0.5")
	l.want("nas1", "unknown none pending")
	l.wantTold("source.up snmp", "verdict.pending nas1 reach unknown->down")
	l.wait(time.Minute)
	l.say("snmp down@0.5")
	l.want("nas1", "unknown none pending")
	l.wait(time.Minute)
	l.say("snmp down@0.5")
	l.want("nas1", "down single")
	l.wantTold("verdict.changed nas1 unknown->down", "incident.opened nas1")
}

func caseLateHistory(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up")
	l.wait(time.Minute)
	l.say("librenms down 2h", "prtg up")
	l.want("nas1", "up confirmed")
	l.wantTold()
	if !l.late[device.SourceRef{Source: "librenms", Ref: "r-nas1"}] || len(l.late) != 1 {
		t.Errorf("late: %v", l.late)
	}
}

func caseSameHostIsOneWitness(t *testing.T) {
	l := newLab(t,
		source("librenms", func(s *Source) { s.FaultDomain = "pve1" }), source("prtg", func(s *Source) { s.FaultDomain = "pve1" }))
	l.say("librenms up", "prtg up", "snmp up")
	for range 3 {
		l.wait(time.Minute)
		l.say("librenms down", "prtg down", "snmp up")
	}
	l.want("nas1", "up disputed")
	r := Describe(l.cfg, l.state, id("nas1"), l.at).Tallies[0]
	if r.Up != 1 || r.Down != 1 || r.Voters != 2 || r.Enrolled != 2 || r.Proposal != "contested" {
		t.Errorf("tally %+v", r)
	}
}

func caseEmptyAnswer(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*11", "prtg up*11")
	l.wait(time.Minute)
	l.say("librenms up*0", "prtg up*11")
	l.wantTold("source.suspect librenms")
	if got, want := l.last[0].Text, "librenms is not believed: its answer has 0 of the 11 devices it had"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if s := DescribeSource(l.cfg, l.state, "librenms", l.at); s.Health != device.HealthSuspect || s.Devices != 11 {
		t.Errorf("librenms %+v", s)
	}
	l.want("dev11", "up confirmed")
}

package consensus

import (
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestActing(t *testing.T) {
	for _, c := range []struct {
		name  string
		words [][]string
		facet device.Facet
		since time.Duration // before the last instant; 0 is no action
		want  string
	}{
		{"one of one", [][]string{{"prtg up"}}, device.FacetReach, 0, ""},
		{"two of two", [][]string{{"prtg up", "librenms up"}}, device.FacetReach, 0, ""},
		{"two of three", [][]string{{"prtg up", "librenms up", "snmp paused"}, {"snmp up"}, {"snmp paused"}}, device.FacetReach, 0, ""},
		{"one of two", [][]string{{"prtg up", "librenms up"}, {"prtg paused"}}, device.FacetReach, 0, "1 of 2 witnesses are no majority"},
		{"mgmt", [][]string{{"prtg up,mgmt=up"}}, device.FacetMgmt, 0, ""},
		{"held otherwise", [][]string{{"prtg up"}}, device.FacetMgmt, 0, "mgmt is held unknown"},
		{"health", [][]string{{"prtg up"}}, device.FacetHealth, 0, `nothing may rest on the facet "health"`},
		{"contested", [][]string{{"prtg up", "librenms up"}, {"prtg down"}}, device.FacetReach, 0, "reach is contested"},
		{"a part contested", [][]string{{"prtg up,disk:1=ok", "librenms up,disk:1=warning"}}, device.FacetReach, 0, "disk:1 is contested"},
		{"two after the action", [][]string{{"prtg up", "librenms up"}}, device.FacetReach, time.Second, ""},
		{"not all after the action", [][]string{{"prtg up", "librenms up"}, {"prtg up"}}, device.FacetReach, time.Second, "1 of 2 witnesses are no majority"},
		{"none after the action", [][]string{{"prtg up", "librenms up"}}, device.FacetReach, -time.Second, "the votes say unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t)
			for i, w := range c.words {
				if i > 0 {
					l.wait(30 * time.Second)
				}
				l.say(w...)
			}
			var since time.Time
			if c.since != 0 {
				since = l.at.Add(-c.since)
			}
			ok, why := Acting(l.cfg, l.state, id("nas1"), c.facet, device.StateUp, since, l.at)
			if why != c.want || ok != (c.want == "") {
				t.Errorf("%v %q, want %q", ok, why, c.want)
			}
		})
	}
	if ok, why := Acting(&Config{}, NewState(), "d_none", device.FacetReach, device.StateUp, time.Time{}, t0); ok || why != "the device is not known" {
		t.Errorf("%v %q", ok, why)
	}
}

func TestActingWithASuspect(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*4", "prtg up*4", "snmp up*4")
	l.wait(time.Minute)
	l.say("librenms up*1+down*3", "prtg up*4", "snmp up*4")
	if ok, why := Acting(l.cfg, l.state, id("dev01"), device.FacetReach, device.StateUp, time.Time{}, l.at); ok || why != "librenms is suspect" {
		t.Errorf("%v %q", ok, why)
	}
	// Where it is silenced it is no voter.
	if ok, why := Acting(l.cfg, l.state, id("dev02"), device.FacetReach, device.StateUp, time.Time{}, l.at); !ok {
		t.Error(why)
	}
}

// A source that is suspect for its short answer is no ground to act on either; one whose word is older than the action
// has no vote on what came of it, suspect or not.
func TestActingWithAShortSource(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*5", "prtg up*5", "snmp up*5")
	l.wait(time.Minute)
	l.say("librenms up*1", "prtg up*5", "snmp up*5")
	if ok, why := Acting(l.cfg, l.state, id("dev01"), device.FacetReach, device.StateUp, time.Time{}, l.at); ok || why != "librenms is suspect" {
		t.Errorf("%v %q", ok, why)
	}
	since := l.at
	l.wait(time.Minute)
	l.say("prtg up*5", "snmp up*5")
	if ok, why := Acting(l.cfg, l.state, id("dev01"), device.FacetReach, device.StateUp, since, l.at); !ok {
		t.Error(why)
	}
}

// A dispute that is open keeps everything from resting on the device, also where the votes have just become clear.
func TestActingWithAnOpenDispute(t *testing.T) {
	l := newLab(t)
	l.say("librenms up,mgmt=up", "prtg up,mgmt=up")
	for range 3 {
		l.wait(time.Minute)
		l.say("librenms up,mgmt=up", "prtg up,mgmt=down")
	}
	if ok, why := Acting(l.cfg, l.state, id("nas1"), device.FacetReach, device.StateUp, time.Time{}, l.at); ok || why != "mgmt is contested" {
		t.Errorf("%v %q", ok, why)
	}
	l.wait(5 * time.Minute) // by now both are stale, which nobody has judged yet
	if ok, why := Acting(l.cfg, l.state, id("nas1"), device.FacetReach, device.StateUp, time.Time{}, l.at); ok || why != "mgmt is contested" {
		t.Errorf("%v %q", ok, why)
	}
	l.tick()
	if ok, why := Acting(l.cfg, l.state, id("nas1"), device.FacetReach, device.StateUp, time.Time{}, l.at); ok || why != "reach is held unknown" {
		t.Errorf("%v %q", ok, why)
	}
}

// Down can be acted on as well: to restart what is dead, say.
func TestActingOnDown(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up", "snmp up")
	for range 3 {
		l.wait(time.Minute)
		l.say("librenms up", "prtg down", "snmp down")
	}
	if ok, why := Acting(l.cfg, l.state, id("nas1"), device.FacetReach, device.StateDown, time.Time{}, l.at); !ok {
		t.Error(why)
	}
	if ok, why := Acting(l.cfg, l.state, id("nas1"), device.FacetReach, device.StateUp, time.Time{}, l.at); ok || why != "reach is held down" {
		t.Errorf("%v %q", ok, why)
	}
}

func TestActingWithOneWitnessOfADomain(t *testing.T) {
	l := newLab(t,
		source("librenms", func(s *Source) { s.FaultDomain = "pve1" }), source("prtg", func(s *Source) { s.FaultDomain = "pve1" }))
	l.say("librenms up", "prtg up", "snmp up")
	l.wait(time.Minute)
	l.say("librenms down@0.1", "prtg up", "snmp up")
	if ok, why := Acting(l.cfg, l.state, id("nas1"), device.FacetReach, device.StateUp, time.Time{}, l.at); ok || why != "1 of 2 witnesses are no majority" {
		t.Errorf("%v %q", ok, why)
	}
}

package consensus

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

func TestCoverage(t *testing.T) {
	two := 2
	l := newLab(t, source("prtg", func(s *Source) { s.FaultDomain = "pve1" }), source("snmp", func(s *Source) { s.FaultDomain = "pve1" }),
		func(c *Config) {
			c.Overrides["dev04"] = Override{Quorum: &two}
			c.Overrides["dev02"] = Override{Trust: map[string]float64{"librenms": 0, "prtg": 0}}
		})
	l.say("librenms up*2", "prtg up*4", "snmp up*1")
	got := Coverage(l.cfg, l.state, l.at)
	name := func(s string) device.Name { return device.Name{ID: id(s), Name: s} }
	want := CoverageReport{
		Counts: []WitnessCount{{1, 2}, {2, 2}},
		Single: []device.Name{name("dev03"), name("dev04")},
		Shared: []device.Name{name("dev01")},
		Devices: []Covered{
			{Device: name("dev01"), Sources: []string{"librenms", "prtg", "snmp"}, Witnesses: []string{"librenms", "pve1"},
				Voting: []string{"librenms", "pve1"}, Shared: []string{"pve1"}, Best: device.StandingConfirmed},
			{Device: name("dev02"), Sources: []string{"librenms", "prtg"}, Witnesses: []string{"librenms", "pve1"},
				Voting: []string{"librenms", "pve1"}, Shared: []string{}, Best: device.StandingNone, Why: "its sources are not trusted"},
			{Device: name("dev03"), Sources: []string{"prtg"}, Witnesses: []string{"pve1"}, Voting: []string{"pve1"}, Shared: []string{},
				Best: device.StandingSingle, Why: "only prtg speaks for it"},
			{Device: name("dev04"), Sources: []string{"prtg"}, Witnesses: []string{"pve1"}, Voting: []string{"pve1"}, Shared: []string{},
				Best: device.StandingNone, Why: "its quorum of 2 is more than the witnesses it has"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("coverage (-want +got):\n%s", diff)
	}

	// Silence does not take a witness away, only its voice.
	l.wait(time.Hour)
	l.tick()
	late := Coverage(l.cfg, l.state, l.at).Devices[0]
	if len(late.Witnesses) != 2 || len(late.Voting) != 0 || late.Best != device.StandingConfirmed {
		t.Errorf("after an hour of silence: %+v", late)
	}
}

func TestCoverageOfUnheard(t *testing.T) {
	l := newLab(t, source("prtg", func(s *Source) { s.FaultDomain = "pve1" }), source("snmp", func(s *Source) { s.FaultDomain = "pve1" }))
	l.say("prtg paused", "snmp none")
	c := Coverage(l.cfg, l.state, l.at).Devices[0]
	if c.Best != device.StandingNone || c.Why != "no configured source has ever said whether it answers" {
		t.Errorf("nobody has claimed anything: %+v", c)
	}
	l.wait(time.Minute)
	l.say("prtg up", "snmp up")
	c = Coverage(l.cfg, l.state, l.at).Devices[0]
	if c.Best != device.StandingSingle || c.Why != "its sources share the fault domain pve1" {
		t.Errorf("one fault domain: %+v", c)
	}
}

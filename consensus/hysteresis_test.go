package consensus

import (
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func (l *lab) counted(want int) {
	l.t.Helper()
	if r := l.tally("nas1", device.FacetReach, ""); r.Counted != want {
		l.t.Errorf("%s: %d measurements counted, want %d", l.clock(), r.Counted, want)
	}
}

func TestMeasurementsNotInstants(t *testing.T) {
	l := newLab(t)
	l.say("prtg up")
	l.wait(time.Minute)
	l.say("prtg down")
	l.counted(1)
	for range 3 { // time alone confirms nothing
		l.wait(10 * time.Second)
		l.tick()
		l.counted(1)
	}
	l.say("prtg down 30s") // the same measurement again
	l.counted(1)
	l.say("prtg down 1s") // 29 s newer: less than M/2
	l.counted(1)
	l.say("prtg down") // 30 s newer
	l.counted(2)
	l.wait(31 * time.Second)
	l.say("prtg down 1s")
	l.want("nas1", "down single")
}

func TestMeasuringInterval(t *testing.T) {
	l := newLab(t)
	l.say("librenms up~300s")
	l.wait(time.Minute)
	l.say("librenms down~300s")
	l.wait(149 * time.Second)
	l.say("librenms down~300s")
	l.counted(1) // M is 300 s: half of it has not passed
	l.wait(time.Second)
	l.say("librenms down~300s")
	l.counted(2)
	l = newLab(t)
	l.say("librenms up~300s")
	l.wait(time.Minute)
	l.say("librenms down~300s")
	l.wait(150 * time.Second)
	l.say("librenms down~300s")
	l.counted(2)
	l.wait(150 * time.Second)
	l.say("librenms down~300s")
	l.want("nas1", "down single")
}

func TestTwoWitnessesNeedOneEach(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up")
	l.wait(time.Minute)
	l.say("prtg down", "librenms paused")
	l.wait(10 * time.Second)
	l.say("librenms down")
	l.want("nas1", "down confirmed")
}

// A count stays, even if its witness falls silent or changes its word.
func TestCountStays(t *testing.T) {
	l := newLab(t, func(c *Config) {
		for _, s := range []string{"a", "b"} {
			c.Sources[s] = Source{Name: s, Interval: time.Minute}
		}
	})
	l.say("librenms up", "prtg up", "snmp up", "a up", "b up")
	l.wait(time.Minute)
	l.say("librenms up", "prtg down", "snmp down", "a paused", "b paused")
	l.counted(2)
	l.say("prtg paused", "librenms up@0.5") // r = 2/3
	l.counted(2)
	l.say("a down") // the third, of a third witness
	l.want("nas1", "down confirmed")

	l = newLab(t)
	l.say("librenms up", "prtg up", "snmp up")
	l.wait(time.Minute)
	l.say("librenms up", "prtg down@0.9", "snmp down")
	l.counted(2)
	l.wait(time.Minute)
	l.say("snmp down", "librenms up@0.3", "prtg up@0.3") // prtg changed its word: 1 to 0.6 is 5/8
	l.want("nas1", "down single")
}

func TestRunEndsWhenTheProposalReturns(t *testing.T) {
	l := newLab(t)
	l.say("prtg up")
	l.wait(time.Minute)
	l.say("prtg down")
	l.wait(time.Minute)
	l.say("prtg down")
	l.counted(2)
	l.wait(10 * time.Second)
	l.say("prtg up")
	l.wait(time.Minute)
	l.say("prtg down")
	l.counted(1)
	if n := l.count(device.EventVerdictPending); n != 2 {
		t.Errorf("%d times pending", n)
	}
}

func TestSeveralSourcesOfOneWitness(t *testing.T) {
	l := newLab(t,
		source("librenms", func(s *Source) { s.FaultDomain = "pve1" }), source("prtg", func(s *Source) { s.FaultDomain = "pve1" }))
	l.say("librenms up~300s", "prtg up")
	l.wait(time.Minute)
	l.say("librenms down~300s", "prtg down") // one witness: equal dates, the smaller M
	l.counted(1)
	l.wait(30 * time.Second)
	l.say("librenms down~300s 10s", "prtg down")
	l.counted(2)
	l.wait(30 * time.Second)
	l.say("librenms down~300s", "prtg down 25s")
	l.counted(2) // the newest is LibreNMS's, whose M is 300 s
	l.say("prtg down")
	l.want("nas1", "down single")
}

func TestConfirmOverride(t *testing.T) {
	l := newLab(t, func(c *Config) {
		c.Overrides["dev01"] = Override{Confirm: new(1)}
		c.Overrides["dev02"] = Override{Confirm: new(5)}
	})
	l.say("librenms up*2", "prtg up*2", "snmp up*2")
	for range 2 {
		l.wait(time.Minute)
		l.say("librenms up*2", "prtg down*2", "snmp down*2")
		l.want("dev01", "down confirmed")
		l.want("dev02", "up single pending")
	}
	l.wait(time.Minute)
	l.say("librenms up*2", "prtg down*2", "snmp down*2")
	l.want("dev02", "down confirmed")
}

func TestSplitOpposes(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up", "snmp up")
	l.wait(time.Minute)
	l.say("librenms down", "prtg down", "snmp split")
	l.want("nas1", "up none pending")
	l.wait(time.Minute)
	l.say("librenms down", "prtg down", "snmp split")
	l.want("nas1", "down confirmed")
}

// Since is the date of the first claim against the state that came after the last instant of agreement, not that of
// an older minority.
func TestSince(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up", "snmp up")
	l.wait(time.Minute)
	l.say("prtg down 5s") // one of three
	l.want("nas1", "up confirmed")
	l.wait(10 * time.Second)
	l.tick()
	l.wait(10 * time.Second)
	l.say("snmp down 3s")
	want := l.at.Add(-3 * time.Second)
	l.wait(40 * time.Second)
	l.say("librenms up", "prtg down", "snmp down")
	l.want("nas1", "down confirmed")
	if c := Describe(l.cfg, l.state, id("nas1"), l.at); !c.Since.Equal(want) {
		t.Errorf("since %v, want %v", c.Since, want)
	}
	l.wait(time.Minute)
	l.say("librenms up", "prtg up 20s", "snmp up 7s")
	if c := Describe(l.cfg, l.state, id("nas1"), l.at); c.Status != device.StatusUp || !c.Since.Equal(l.at.Add(-20*time.Second)) {
		t.Errorf("%s since %v", c.Status, c.Since)
	}
}

func TestSinceOutOfUnknownAndIntoIt(t *testing.T) {
	l := newLab(t)
	l.say("librenms up 30s", "prtg up 10s")
	since := func() time.Time { return Describe(l.cfg, l.state, id("nas1"), l.at).Since }
	if !since().Equal(t0.Add(-10 * time.Second)) {
		t.Errorf("since %v", since())
	}
	l.wait(10 * time.Minute)
	l.tick()
	l.want("nas1", "unknown none stale")
	if !since().Equal(l.at) {
		t.Errorf("since %v", since())
	}
	for range 3 {
		l.wait(time.Minute)
		l.say("prtg down 4s")
	}
	l.want("nas1", "down single redundancy_lost")
	if !since().Equal(l.at.Add(-4 * time.Second)) {
		t.Errorf("since %v", since())
	}
}

// A state that ages out of its support without a new word against it.
func TestSinceWithoutANewClaim(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg down~600s", "snmp up")
	l.want("nas1", "up confirmed")
	l.wait(4*time.Minute + time.Second)
	l.tick()
	l.want("nas1", "up none redundancy_lost pending")
	for range 2 {
		l.wait(5 * time.Minute)
		l.say("prtg down~600s")
	}
	l.want("nas1", "down single redundancy_lost")
	if c := Describe(l.cfg, l.state, id("nas1"), l.at); !c.Since.Equal(l.at.Add(-5 * time.Minute)) {
		t.Errorf("since %v", c.Since)
	}
}

// Where the votes no longer suffice, unknown dates from the first word against what was held, not from an older one
// that never carried the vote.
func TestSinceWithoutQuorum(t *testing.T) {
	l := newLab(t, func(c *Config) { c.Defaults.Quorum = 3 })
	l.say("librenms up", "prtg up", "snmp down@0.1")
	l.want("nas1", "up confirmed")
	l.wait(time.Minute)
	l.say("librenms down", "prtg paused")
	l.want("nas1", "unknown none no_quorum")
	if got := l.state.Devices[id("nas1")].Reach.Since; !got.Equal(l.at) {
		t.Errorf("since %s, want %s: snmp's older word was outvoted", got, l.at)
	}
}

package consensus

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestShrunk(t *testing.T) {
	for _, c := range []struct {
		name        string
		before, now int
		want        bool
	}{
		{"none of one", 1, 0, true},
		{"none of eleven", 11, 0, true},
		{"one of three", 3, 1, false},
		{"one of four", 4, 1, true},
		{"two of four", 4, 2, false},
		{"five of eleven", 11, 5, true},
		{"six of eleven", 11, 6, false},
		{"none before", 0, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t)
			l.say(fmt.Sprintf("librenms up*%d", c.before))
			l.wait(time.Minute)
			l.say(fmt.Sprintf("librenms up*%d partial", c.now))
			if l.health("librenms") != device.HealthUp {
				t.Error("a partial snapshot shrinks nothing")
			}
			l.wait(time.Minute)
			l.say(fmt.Sprintf("librenms up*%d", c.now))
			if got := l.health("librenms") == device.HealthSuspect; got != c.want {
				t.Errorf("suspect: %v", got)
			}
		})
	}
}

func TestShrunkIsBelieved(t *testing.T) {
	start := func() *lab {
		l := newLab(t)
		l.say("librenms up*6", "prtg up*6")
		l.wait(time.Minute)
		l.say("librenms down*2", "prtg up*6")
		l.wantTold("source.suspect librenms")
		if v := l.vote("dev01", "librenms", device.FacetReach); v.Abstain != device.AbstainSourceSuspect {
			t.Errorf("%+v", v)
		}
		l.wait(time.Minute)
		return l
	}
	t.Run("after three of equal size", func(t *testing.T) {
		l := start()
		l.say("librenms down*2", "prtg up*6")
		l.wantTold()
		l.wait(time.Minute)
		l.say("librenms down*2", "prtg up*6")
		if l.last[0].Type != device.EventSourceRecovered || l.health("librenms") != device.HealthUp {
			t.Errorf("%v", l.told())
		}
		l.wait(time.Minute)
		l.say("librenms up*2", "prtg up*6")
		if l.health("librenms") != device.HealthUp {
			t.Error("two are what it has now")
		}
	})
	t.Run("not after three of different size", func(t *testing.T) {
		l := start()
		for _, n := range []int{1, 2, 1, 1} {
			l.say(fmt.Sprintf("librenms up*%d", n), "prtg up*6")
			l.wait(time.Minute)
		}
		if l.health("librenms") != device.HealthSuspect {
			t.Error("believed")
		}
	})
	t.Run("by a whole answer", func(t *testing.T) {
		l := start()
		l.say("librenms up*6", "prtg up*6")
		l.wantTold("source.recovered librenms suspect->")
	})
	t.Run("by a person", func(t *testing.T) {
		l := start()
		l.judge(Instant{Believe: []string{"librenms", "prtg", "nobody"}})
		l.wantTold("source.recovered librenms suspect->", "verdict.pending dev01 reach up->", "verdict.pending dev02 reach up->")
		l.wait(time.Minute)
		l.say("librenms up*2", "prtg up*6")
		if l.health("librenms") != device.HealthUp {
			t.Error("suspect again")
		}
	})
	t.Run("what is not ok still counts", func(t *testing.T) {
		l := start()
		l.say("librenms down,mgmt=down,disk:1=critical*2", "prtg up*6")
		if v := l.vote("dev01", "librenms", device.FacetHealth); v.Abstain != "" {
			t.Errorf("%+v", v)
		}
		if v := l.vote("dev01", "librenms", device.FacetMgmt); v.Abstain != device.AbstainSourceSuspect {
			t.Errorf("%+v", v)
		}
	})
}

func TestShrunkCountsTheDevicesItHad(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*6")
	l.wait(time.Minute)
	sn := l.snapshot("librenms up*6")
	for i := range sn.Observations { // a copy of its database under new numbers
		sn.Observations[i].Device += "x"
		sn.Observations[i].Observation.Ref += "x"
	}
	l.judge(Instant{Snapshots: []Snapshot{sn}})
	if l.health("librenms") != device.HealthSuspect {
		t.Error("believed")
	}
}

// As many devices as before, but others: what counts is how many of those that it had are still there.
func TestShrunkToOtherDevices(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*6")
	l.wait(time.Minute)
	sn := l.snapshot("librenms up*11")
	sn.Observations = sn.Observations[5:]
	l.judge(Instant{Snapshots: []Snapshot{sn}})
	if l.health("librenms") != device.HealthSuspect {
		t.Error("one of six, and five that nobody knows, is believed")
	}
}

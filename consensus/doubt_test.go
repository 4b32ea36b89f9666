package consensus

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

func TestBlindIsToldOnce(t *testing.T) {
	l := newLab(t)
	l.say("librenms up")
	l.wait(time.Minute)
	l.say("librenms fail")
	l.wantTold()
	if h := l.health("librenms"); h != device.HealthUp {
		t.Errorf("after one failed poll: %s", h)
	}
	l.wait(time.Minute)
	l.say("librenms fail")
	l.wantTold("source.blind librenms")
	if got, want := l.last[0].Text, "librenms is blind: 2 polls in a row failed: timeout"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	l.wait(time.Minute)
	l.say("librenms fail")
	l.wantTold()
	s := DescribeSource(l.cfg, l.state, "librenms", l.at)
	want := device.SourceStatus{
		Name: "librenms", Health: device.HealthBlind, LastSuccess: t0, Devices: 1, Domain: "librenms",
		Interval: device.Duration(time.Minute), LastPoll: l.at, Failures: 3, LastError: "timeout",
	}
	if d := cmp.Diff(want, s); d != "" {
		t.Error(d)
	}
	l.say("librenms up")
	l.wantTold("source.recovered librenms blind->")
	if got, want := l.last[0].Text, "librenms answers again after 3 failed polls"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestUnknownSourceIsIgnored(t *testing.T) {
	l := newLab(t)
	l.say("nagios down")
	if len(l.state.Devices) != 0 || len(l.state.Sources) != 0 || len(l.events) != 0 {
		t.Errorf("%+v", l.state)
	}
	if s := DescribeSource(l.cfg, l.state, "nagios", l.at); s.Health != device.HealthUp || s.Domain != "" {
		t.Errorf("%+v", s)
	}
}

// The rest are about networks of the sources' own.

func TestAnchorsDown(t *testing.T) {
	l := newLab(t, source("librenms", func(s *Source) { s.Anchors = []string{"dev01", "dev02"} }))
	l.say("librenms up*3", "prtg up*3")
	l.wait(time.Minute)
	l.say("librenms down*1+up*1+down*1", "prtg up*3") // one anchor stands
	l.want("dev03", "up disputed pending")
	l.wait(time.Minute)
	l.say("librenms down*2+up*1", "prtg paused*3")
	if v := l.vote("dev01", "librenms", device.FacetReach); v.Abstain != device.AbstainSourceBlind {
		t.Errorf("%+v", v)
	}
	if v := l.vote("dev03", "librenms", device.FacetReach); v.Abstain != "" || v.State != device.StateUp {
		t.Errorf("its ups count: %+v", v)
	}
	if h := l.health("librenms"); h != device.HealthBlind {
		t.Errorf("health %s", h)
	}
	l.wait(time.Minute)
	l.say("librenms down*2+up*1", "prtg paused*3")
	l.wantTold("source.blind librenms")
	if l.last[0].Reason != "own_network_lost" {
		t.Errorf("%+v", l.last[0])
	}
	l.wait(time.Minute)
	l.say("librenms up*3", "prtg up*3")
	l.wantTold("source.recovered librenms blind->", "verdict.changed dev01 unknown->up", "verdict.changed dev02 unknown->up")
}

func TestAnchorThatIsNotKnown(t *testing.T) {
	l := newLab(t, source("librenms", func(s *Source) { s.Anchors = []string{"gateway"} }))
	l.say("librenms down")
	if v := l.vote("nas1", "librenms", device.FacetReach); v.Abstain != "" {
		t.Errorf("%+v", v)
	}
}

func TestAllDownAlone(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []string // at -30 s
		words  []string
		want   device.Abstention
	}{
		{"three devices", nil, []string{"snmp down*3"}, device.AbstainSourceBlind},
		{"two are too few", nil, []string{"snmp down*2"}, ""},
		{"one is up", nil, []string{"snmp down*3+up*1"}, ""},
		{"one is split", nil, []string{"snmp down*3+split*1"}, ""},
		{"one abstains", nil, []string{"snmp down*3+paused*1"}, device.AbstainSourceBlind},
		{"too few beside those that abstain", nil, []string{"snmp down*2+paused*2"}, ""},
		{"mgmt alone makes no reach claim", nil, []string{"snmp down*3+mgmt=down*1"}, device.AbstainSourceBlind},
		{"another domain says down too", nil, []string{"snmp down*3", "prtg up*1+down*2"}, ""},
		{"it said so within the interval", []string{"prtg up*2+down*1"}, []string{"snmp down*3"}, ""},
		{"it said so before", []string{"prtg up*2+down*1 31s"}, []string{"snmp down*3"}, device.AbstainSourceBlind},
		{"it abstains", nil, []string{"snmp down*3", "prtg paused*3"}, device.AbstainSourceBlind},
		{"it speaks of other devices", nil, []string{"snmp down*3", "prtg paused*3+down*3"}, device.AbstainSourceBlind},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t)
			l.wait(-time.Minute)
			l.say("snmp up*3", "prtg up*6")
			l.wait(30 * time.Second)
			l.say(c.before...)
			l.wait(30 * time.Second)
			l.say(c.words...)
			if v := l.vote("dev01", "snmp", device.FacetReach); v.Abstain != c.want {
				t.Errorf("%+v, want %q", v, c.want)
			}
		})
	}
}

// Two monitors that lose sight of everything one after the other vouch for each other.
func TestAllDownIsJudgedAtEveryInstant(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*4", "prtg up*4")
	l.wait(time.Minute)
	l.say("librenms down*4")
	l.want("dev01", "up single redundancy_lost")
	l.wait(10 * time.Second)
	l.say("prtg down*4")
	l.want("dev01", "down confirmed")
	if h := l.health("librenms"); h != device.HealthUp {
		t.Errorf("librenms is %s", h)
	}
}

// The rest are about mass changes.

func (l *lab) suspect(want bool) {
	l.t.Helper()
	m := l.state.Sources["librenms"].Mass
	if got := m != nil && m.Suspect; got != want {
		l.t.Errorf("%s: librenms is suspect: %v, want %v", l.clock(), got, want)
	}
}

func TestMassChangeThresholds(t *testing.T) {
	for _, c := range []struct {
		name, words string
		want        bool
	}{
		{"3 of 10", "down*3+up*7", true},
		{"3 of 11", "down*3+up*8", false},
		{"4 of 13", "down*4+up*9", true},
		{"2 of 2", "down*2", false},
		{"3 of 3", "down*3", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t)
			n := len(l.snapshot("librenms " + c.words).Observations)
			l.say(fmt.Sprintf("librenms up*%d", n), fmt.Sprintf("prtg up*%d", n))
			l.wait(time.Minute)
			l.say("librenms "+c.words, fmt.Sprintf("prtg up*%d", n))
			l.suspect(c.want)
		})
	}
}

func TestMassChangeWindow(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*10", "prtg up*10")
	l.wait(time.Minute)
	l.say("librenms down*1+up*9", "prtg up*10")
	l.wait(time.Minute)
	l.say("librenms paused*1+down*1+up*8", "prtg up*10") // an abstention in between
	l.wait(30 * time.Second)
	l.say("librenms up*1+down*2+up*7", "prtg up*10") // the first has come back: it turned all the same
	l.suspect(true)
	m := l.state.Sources["librenms"].Mass
	if want := []device.ID{id("dev01"), id("dev02"), id("dev03")}; cmp.Diff(want, m.Devices) != "" || !m.At.Equal(t0.Add(time.Minute)) {
		t.Errorf("%+v", m)
	}

	l = newLab(t)
	l.say("librenms up*10", "prtg up*10")
	for n := 1; n < 5; n++ {
		l.wait(46 * time.Second) // never three within 90 s
		l.say(fmt.Sprintf("librenms down*%d+up*%d", n, 10-n), "prtg up*10")
		l.suspect(false)
	}
}

func TestTurnThroughAbstention(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*4", "prtg up*4")
	l.wait(time.Hour)
	l.say("librenms paused*4", "prtg up*4")
	l.wait(time.Hour)
	l.say("librenms down*4", "prtg up*4") // up is what it last said
	l.suspect(true)
}

func TestMassChangeWidens(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*10", "prtg up*10")
	l.wait(time.Minute)
	l.say("librenms down*3+up*7") // nobody else has spoken since
	l.suspect(false)
	l.wait(10 * time.Minute)
	l.say("librenms down*4+up*6")
	m := l.state.Sources["librenms"].Mass
	if len(m.Devices) != 4 || !m.At.Equal(l.at) {
		t.Errorf("%+v", m)
	}
	l.wait(10 * time.Second)
	l.say("prtg up*10 20s") // looked before the change
	l.suspect(false)
	l.wait(10 * time.Second)
	l.say("prtg up*10")
	l.suspect(true)
	if n := l.count(device.EventSourceSuspect, device.EventIncidentOpened); n != 2 {
		t.Errorf("told %v", l.told())
	}
	l.wait(40 * time.Second)
	l.say("librenms down*5+up*5", "prtg up*10")
	l.wantTold("incident.changed librenms")
	if in := Incidents(l.state); len(in) != 1 || in[0].Source != "librenms" || in[0].Kind != IncidentSuspect || len(in[0].Devices) != 5 {
		t.Errorf("%+v", in)
	}
}

// A suspect is silenced in every facet: what it calls down, and what it calls not ok.
func TestSuspectIsSilenced(t *testing.T) {
	l := newLab(t)
	l.say("librenms up,mgmt=up,disk:1=ok*4", "prtg up,mgmt=up,disk:1=ok*4")
	l.wait(time.Minute)
	l.say("librenms down,mgmt=down,disk:1=critical*4", "prtg up,mgmt=up,disk:1=ok*4")
	l.suspect(true)
	for _, f := range []device.Facet{device.FacetReach, device.FacetMgmt, device.FacetHealth} {
		if v := l.vote("dev01", "librenms", f); v.Abstain != device.AbstainSourceSuspect || v.State == "" {
			t.Errorf("%s: %+v", f, v)
		}
	}
	l.want("dev01", "up single redundancy_lost")
	l.wait(time.Minute)
	l.say("librenms up,mgmt=down*1+down*3", "prtg up*4")
	if v := l.vote("dev01", "librenms", device.FacetReach); v.Abstain != "" {
		t.Errorf("its ups count: %+v", v)
	}
	if v := l.vote("dev01", "librenms", device.FacetMgmt); v.Abstain != device.AbstainSourceSuspect {
		t.Errorf("%+v", v)
	}
}

func TestContradictionNeedsTwoAndAMajority(t *testing.T) {
	for _, c := range []struct {
		name, prtg string
		want       bool
	}{
		{"one", "up*1", false},
		{"two", "up*2", true},
		{"two of four", "up*2+split*2", false},
		{"three of five", "up*3+split*2", true},
		{"two of two, the others paused", "up*2+paused*3", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t)
			l.say("librenms up*5", "prtg up*5")
			l.wait(time.Minute)
			l.say("librenms down*5", "prtg "+c.prtg)
			l.suspect(c.want)
		})
	}
}

func TestMoreSayUpThanDown(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*4", "prtg up*4", "snmp up*4")
	l.wait(time.Minute)
	l.say("librenms down*4", "prtg up*4", "snmp down*2+up*2")
	l.suspect(false) // two of four is no majority
	l.wait(time.Minute)
	l.say("librenms down*4", "prtg up*4", "snmp down*1+up*3")
	l.suspect(true)
}

func TestBelievedAgain(t *testing.T) {
	start := func() *lab {
		l := newLab(t)
		l.say("librenms up*4", "prtg up*4")
		l.wait(time.Minute)
		l.say("librenms down*4", "prtg up*4")
		l.suspect(true)
		l.wait(time.Minute)
		return l
	}
	t.Run("two snapshots without contradiction", func(t *testing.T) {
		l := start()
		l.say("librenms down*4", "prtg up*1+paused*3")
		l.suspect(true)
		l.wait(time.Minute)
		l.say("librenms down*4", "prtg up*1+paused*3")
		l.suspect(false)
		// What is left is a monitor that alone calls all its devices down.
		l.wantTold("source.recovered librenms suspect->", "source.blind librenms", "incident.closed librenms")
		if l.state.Sources["librenms"].Mass != nil {
			t.Error("the set is not forgotten")
		}
	})
	t.Run("a failed poll is no snapshot", func(t *testing.T) {
		l := start()
		l.say("librenms down*4", "prtg up*1+paused*3")
		l.wait(time.Minute)
		l.say("librenms fail", "prtg up*1+paused*3")
		l.suspect(true)
		l.wait(time.Minute)
		l.say("librenms down*4", "prtg up*1+paused*3")
		l.suspect(false)
	})
	t.Run("a contradiction in between", func(t *testing.T) {
		l := start()
		l.say("librenms down*4", "prtg up*1+paused*3")
		l.wait(30 * time.Second)
		l.say("prtg up*4")
		l.say("prtg up*1+paused*3")
		l.wait(30 * time.Second)
		l.say("librenms down*4")
		l.suspect(true)
		l.wait(time.Minute)
		l.say("librenms down*4", "prtg up*1+paused*3")
		l.suspect(false)
	})
	t.Run("a snapshot for which nobody speaks", func(t *testing.T) {
		l := start()
		l.say("librenms down*4", "prtg up*1+paused*3")
		l.wait(time.Minute)
		l.say("librenms down*4", "prtg paused*4")
		l.wait(time.Minute)
		l.say("librenms down*4", "prtg up*1+paused*3")
		l.suspect(true)
		l.wait(time.Minute)
		l.say("librenms down*4", "prtg up*1+paused*3")
		l.suspect(false)
	})
	t.Run("it calls none down", func(t *testing.T) {
		l := start()
		l.say("librenms up*3+paused*1", "prtg up*4")
		l.suspect(false)
	})
	t.Run("the outage was real", func(t *testing.T) {
		l := start()
		l.say("librenms down*4", "prtg down*3+up*1")
		l.suspect(false)
		if s := l.state.Sources["librenms"]; s.Mass != nil || len(s.Turns) != 0 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("the outage was real and the other monitor sees nothing else", func(t *testing.T) {
		l := start()
		l.say("librenms down*4", "prtg down*4")
		l.suspect(false)
		l.want("dev01", "down confirmed")
	})
}

// A third monitor that loses its own network must not make the liar's word look like a majority.
func TestLostNetworkDoesNotVouchForASuspect(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*4", "prtg up*4", "snmp up*4")
	l.wait(time.Minute)
	l.say("librenms down*4", "prtg up*4", "snmp up*4")
	for range 6 {
		l.wait(time.Minute)
		l.say("librenms down*4", "prtg up*4", "snmp down*4")
		l.suspect(true)
		l.want("dev01", "up single redundancy_lost")
	}
}

// The rest are about answers that shrank.

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

// Other devices under the same number are not the devices it had.
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

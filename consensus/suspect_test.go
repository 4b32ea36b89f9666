package consensus

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// Two monitors that lose sight of everything one after the other vouch for each other.
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
// Other devices under the same number are not the devices it had.

// One device that another source calls down as well proves no outage: it takes two of those spoken for.
func TestARealOutageIsTwoDevices(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*4", "prtg up*4")
	l.wait(time.Minute)
	l.say("librenms down*4", "prtg down*1+paused*3")
	if l.state.Sources["librenms"].Mass == nil {
		t.Error("forgotten for one device")
	}
	l.wait(time.Minute)
	l.say("librenms down*4", "prtg down*2+paused*2")
	if m := l.state.Sources["librenms"].Mass; m != nil {
		t.Errorf("the outage is real: %+v", m)
	}
}

// A monitor on the same host lies with the one that it would have to contradict.
func TestItsOwnDomainDoesNotContradict(t *testing.T) {
	host := func(s *Source) { s.FaultDomain = "pve1" }
	l := newLab(t, source("librenms", host), source("prtg", host))
	l.say("librenms up*4", "prtg up*4")
	l.wait(time.Minute)
	l.say("librenms down*4", "prtg up*4")
	l.suspect(false)
	l.wait(10 * time.Second)
	l.say("snmp up*4")
	l.suspect(true)
}

package consensus

import (
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

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

// One claim that is said three times is not three.
func TestOneDownSaidThreeTimes(t *testing.T) {
	l := newLab(t)
	l.say("snmp up")
	l.wait(time.Minute)
	down := l.snapshot("snmp down")
	down.Observations = append(down.Observations, down.Observations[0], down.Observations[0])
	l.judge(Instant{Snapshots: []Snapshot{down}})
	l.want("nas1", "up none pending")
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

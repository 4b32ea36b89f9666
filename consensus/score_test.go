package consensus

import (
	"testing"
	"time"
)

func TestFalseAlarms(t *testing.T) {
	score := func(l *lab) [3]int {
		s := Scores(l.state)
		return [3]int{s.Sources["librenms"], s.Sources["prtg"], s.Own}
	}
	t.Run("taken back", func(t *testing.T) {
		l := newLab(t)
		l.say("prtg up")
		l.wait(time.Minute)
		l.say("prtg down")
		l.wait(time.Minute)
		l.say("prtg paused")
		l.wait(time.Minute)
		l.say("prtg up")
		if got := score(l); got != [3]int{0, 1, 0} {
			t.Error(got)
		}
	})
	t.Run("confirmed", func(t *testing.T) {
		l := newLab(t)
		l.say("prtg up", "librenms up")
		l.wait(time.Minute)
		l.say("prtg down", "librenms down")
		l.wait(time.Minute)
		l.say("prtg up", "librenms up")
		if got := score(l); got != [3]int{} {
			t.Error(got)
		}
	})
	t.Run("down after the verdict was", func(t *testing.T) {
		l := newLab(t)
		l.say("prtg up", "librenms up", "snmp up")
		l.wait(time.Minute)
		l.say("prtg down", "snmp down")
		l.wait(time.Minute)
		l.say("prtg down", "snmp down")
		l.wait(time.Minute)
		l.say("librenms down", "prtg down", "snmp down")
		l.wait(time.Minute)
		l.say("librenms up", "prtg up", "snmp up")
		if got := score(l); got != [3]int{} {
			t.Error(got)
		}
	})
	t.Run("contradicted, and true after all", func(t *testing.T) {
		l := newLab(t)
		l.say("prtg up*4", "librenms up*4")
		l.wait(time.Minute)
		l.say("prtg down*4", "librenms up*4")
		if got := score(l); got != [3]int{0, 4, 0} {
			t.Error(got)
		}
		l.wait(time.Minute)
		l.say("prtg down*4", "librenms down*4")
		l.want("dev01", "down confirmed")
		if got := score(l); got != [3]int{} {
			t.Error(got)
		}
	})
	t.Run("outvoted while a witness said up all through", func(t *testing.T) {
		l := newLab(t)
		l.say("prtg up", "librenms up", "snmp up")
		for range 3 {
			l.wait(time.Minute)
			l.say("prtg down", "librenms up", "snmp down")
		}
		l.want("nas1", "down confirmed")
		l.wait(time.Minute)
		l.say("prtg up", "librenms up", "snmp up")
		l.want("nas1", "up confirmed")
		if got := score(l); got != [3]int{0, 0, 1} {
			t.Error(got)
		}
	})
	t.Run("outvoted by one who fell silent in between", func(t *testing.T) {
		l := newLab(t)
		l.say("prtg up", "librenms up", "snmp up")
		for range 3 {
			l.wait(time.Minute)
			l.say("prtg down", "librenms up", "snmp down")
		}
		l.wait(time.Minute)
		l.say("prtg down", "librenms paused", "snmp down")
		l.wait(time.Minute)
		l.say("prtg up", "librenms up", "snmp up")
		if got := score(l); got != [3]int{} {
			t.Error(got)
		}
	})
	t.Run("once a down", func(t *testing.T) {
		l := newLab(t)
		l.say("librenms up*4", "prtg up*4")
		for range 2 {
			for range 3 {
				l.wait(time.Minute)
				l.say("librenms down*4", "prtg up*4")
			}
			l.wait(time.Minute)
			l.say("librenms up*4", "prtg up*4")
		}
		if got := score(l); got != [3]int{8, 0, 0} {
			t.Error(got)
		}
	})
	t.Run("the dispute ended in up and it says down still", func(t *testing.T) {
		l := newLab(t)
		l.say("librenms up", "prtg up")
		for range 3 {
			l.wait(time.Minute)
			l.say("librenms down", "prtg up")
		}
		l.say("snmp up")
		l.wantTold("source.up snmp", "dispute.closed nas1 reach up->up winner up")
		if got := score(l); got != [3]int{1, 0, 0} {
			t.Error(got)
		}
	})
	t.Run("a weak binding raises no alarm", func(t *testing.T) {
		l := newLab(t)
		for _, w := range []string{"prtg up", "prtg down", "prtg up"} {
			sn := l.snapshot(w)
			sn.Observations[0].Weak = true
			l.judge(Instant{Snapshots: []Snapshot{sn}})
			l.wait(time.Minute)
		}
		if got := score(l); got != [3]int{} {
			t.Error(got)
		}
	})
}

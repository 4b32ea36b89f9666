package consensus

import (
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestRestart(t *testing.T) {
	start := func() *lab {
		l := newLab(t)
		l.say("librenms up*2", "prtg up*2", "snmp up*2")
		l.wait(20 * time.Minute)
		l.judge(Instant{Restart: true})
		l.want("dev01", "up none") // held, although every claim is stale
		return l
	}
	t.Run("until each source has ended a poll", func(t *testing.T) {
		l := start()
		l.wait(time.Second)
		l.say("prtg down*2")
		l.say("librenms fail")
		l.want("dev01", "up none redundancy_lost pending")
		l.wait(30 * time.Second)
		l.say("prtg down*2")
		l.wait(30 * time.Second)
		l.say("prtg down*2")
		l.want("dev01", "up none redundancy_lost pending")
		if n := l.count(device.EventVerdictChanged); n != 2 {
			t.Errorf("%d verdicts", n)
		}
		l.say("snmp fail")
		l.want("dev01", "down single redundancy_lost")
	})
	t.Run("at most two intervals", func(t *testing.T) {
		l := start()
		l.wait(2*time.Minute - 1)
		l.tick()
		l.want("dev01", "up none")
		l.wait(1)
		l.tick()
		l.want("dev01", "unknown none stale")
	})
	t.Run("everybody polls at once", func(t *testing.T) {
		l := newLab(t)
		l.judge(Instant{Restart: true, Snapshots: []Snapshot{l.snapshot("librenms up"), l.snapshot("prtg up"), l.snapshot("snmp up")}})
		l.want("nas1", "up confirmed")
	})
	t.Run("a dispute neither opens nor times out meanwhile", func(t *testing.T) {
		l := newLab(t)
		l.say("librenms up", "prtg up")
		for range 2 {
			l.wait(time.Minute)
			l.say("librenms up", "prtg down")
		}
		l.wait(20 * time.Minute)
		l.judge(Instant{Restart: true, Snapshots: []Snapshot{l.snapshot("librenms up"), l.snapshot("prtg down")}})
		l.want("nas1", "up disputed")
		l.say("snmp fail")
		l.want("nas1", "unknown disputed disputed")
		l.say("librenms paused", "prtg paused")
		l.say("librenms up", "prtg down")
		l.judge(Instant{Restart: true})
		l.wait(90 * time.Second)
		l.say("librenms up", "prtg down")
		l.want("nas1", "unknown disputed abstained pending")
		l.say("snmp fail")
		l.want("nas1", "unknown disputed disputed")
	})
}

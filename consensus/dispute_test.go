package consensus

import (
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestContestedResetsTheRun(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up", "snmp up")
	l.wait(time.Minute)
	l.say("librenms up", "prtg down", "snmp down")
	if r := l.tally("nas1", device.FacetReach, ""); r.Counted != 2 || r.Needed != 3 {
		t.Errorf("%+v", r)
	}
	l.say("prtg up", "snmp paused")
	l.say("prtg down")
	l.wait(10 * time.Second)
	l.say("snmp down")
	if r := l.tally("nas1", device.FacetReach, ""); r.Counted != 2 || r.State != device.StateUp {
		t.Errorf("%+v", r)
	}
}

func TestDisputeOpensWhenBothHaveLooked(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up")
	l.wait(time.Minute)
	l.say("prtg down") // t0
	l.want("nas1", "up disputed pending")
	l.wait(10 * time.Second)
	l.say("librenms up") // newer than t0
	l.want("nas1", "up disputed pending")
	if got := waits(l); got != "prtg" {
		t.Errorf("waits for %q", got)
	}
	l.wait(10 * time.Second)
	l.say("prtg down")
	l.want("nas1", "up disputed")
	e := l.last[0]
	if e.Type != device.EventDisputeOpened || e.Text != "nas1: sources disagree about reach: librenms for up, prtg for down" {
		t.Errorf("%+v", e)
	}
	l.wait(10 * time.Second)
	l.say("prtg up")
	l.wantTold("dispute.closed nas1 reach up->up winner up")
	if got, want := l.last[0].Text, "nas1: the dispute about reach is over: librenms and prtg carried the vote for up"; got != want {
		t.Errorf("text %q", got)
	}
}

func waits(l *lab) string {
	b := l.state.bench(l.cfg, l.at)
	d := l.state.Devices[id("nas1")]
	m := b.terms(d.Name)
	var y tally
	b.ask(d, device.FacetReach, &y, &m)
	who, _ := waitingFor(&y, d.Reach.Against)
	return who
}

func TestDisputeOpensWithTime(t *testing.T) {
	l := newLab(t)
	l.say("librenms up~300s", "prtg up")
	l.wait(20 * time.Second)
	l.say("prtg down")
	for range 8 {
		l.wait(time.Minute)
		l.say("prtg down")
		l.want("nas1", "up disputed pending")
	}
	l.wait(time.Minute) // exactly 540 s since t0
	l.say("prtg down")
	l.want("nas1", "up disputed pending")
	l.wait(time.Second)
	l.tick()
	l.want("nas1", "up disputed")
}

func TestOnDispute(t *testing.T) {
	for _, c := range []struct {
		on   device.State
		want string
	}{
		{device.StateUp, "up disputed"}, {device.StateDown, "down disputed"}, {device.StateUnknown, "unknown disputed disputed"},
	} {
		t.Run(string(c.on), func(t *testing.T) {
			l := newLab(t, func(cfg *Config) {
				cfg.Overrides["nas1"] = Override{DisputeTimeout: new(2 * time.Minute), OnDispute: new(c.on)}
			})
			l.say("librenms up,disk:1=ok", "prtg up,disk:1=ok")
			for range 5 {
				l.wait(time.Minute)
				l.say("librenms up,disk:1=ok", "prtg down,disk:1=critical")
			}
			l.want("nas1", c.want)
			disk := l.tally("nas1", device.FacetHealth, "disk:1")
			if want := map[device.State]device.State{"up": "ok", "down": "critical", "unknown": "unknown"}[c.on]; disk.State != want {
				t.Errorf("disk %+v", disk)
			}
		})
	}
}

func TestDisputeEndsInSilence(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up")
	for range 3 {
		l.wait(time.Minute)
		l.say("librenms up", "prtg down")
	}
	l.wait(time.Minute)
	l.say("librenms paused", "prtg paused")
	l.wantTold("dispute.closed nas1 reach up->up", "verdict.changed nas1 up->unknown")
	if l.last[0].Reason != "abstained" {
		t.Errorf("%+v", l.last[0])
	}
}

func TestContestedFromTheStart(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg down")
	l.want("nas1", "unknown disputed pending")
	l.wantTold("source.up librenms", "source.up prtg", "verdict.pending nas1 reach unknown->")
	l.wait(time.Minute)
	l.say("librenms up", "prtg down")
	l.want("nas1", "unknown disputed disputed")
	l.wait(time.Minute)
	l.say("librenms up", "prtg up")
	l.want("nas1", "up confirmed")
}

func TestProbesStopAfterTheTimeout(t *testing.T) {
	l := newLab(t, func(c *Config) { c.Defaults.DisputeTimeout = time.Minute })
	l.say("librenms up", "prtg up", "snmp paused")
	asked := 0
	for range 10 {
		l.wait(30 * time.Second)
		l.say("librenms up", "prtg down")
		asked += len(l.probes)
	}
	if asked != 3 {
		t.Errorf("asked %d times", asked)
	}
	l.judge(Instant{Mutes: []Mute{{Device: id("nas1"), Kind: device.OverlayMaintenance, On: true}, {Device: "d_nobody", Kind: device.OverlayMaintenance, On: true}}})
	l.wantTold("maintenance.started nas1 ->unknown")
}

func TestNoProbesInMaintenance(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up", "snmp paused")
	l.wait(time.Minute)
	mute := func(on bool) []Mute {
		return []Mute{{Device: id("nas1"), Kind: device.OverlayMaintenance, On: on, Reason: "patch night"}}
	}
	l.judge(Instant{Mutes: mute(true)})
	l.judge(Instant{Mutes: mute(true)})
	l.wantTold()
	l.say("librenms up", "prtg down")
	l.want("nas1", "up disputed maintenance pending")
	if len(l.probes) != 0 {
		t.Errorf("%v", l.probes)
	}
	l.wait(time.Minute)
	l.judge(Instant{Mutes: mute(false)})
	if e := l.last[0]; e.Type != device.EventMaintenanceEnded || e.To != "up" || e.Text != "maintenance of nas1 is over, and it is up" {
		t.Errorf("%+v", e)
	}
	l.wantProbes()
}

func TestProbeAnswer(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*4", "snmp up*4")
	l.wait(time.Minute)
	l.say("librenms down*4", "snmp fail")
	sn := l.snapshot("snmp down*1")
	sn.Probe = true
	l.wait(time.Second)
	l.judge(Instant{Snapshots: []Snapshot{sn, {Source: "snmp", Probe: true, Err: "timeout"}}})
	s := DescribeSource(l.cfg, l.state, "snmp", l.at)
	if s.Failures != 1 || !s.LastSuccess.Equal(t0) {
		t.Errorf("%+v", s)
	}
	l.want("dev01", "down confirmed")
}

// A source that is asked first is, whatever it is called, and the others after it.
func TestAskedFirst(t *testing.T) {
	l := newLab(t, func(c *Config) {
		for _, name := range []string{"alpha", "reach", "zulu"} {
			c.Sources[name] = Source{Name: name, Interval: time.Minute, CanProbe: true, ProbeFirst: name == "reach"}
		}
	})
	l.say("librenms up", "prtg up", "alpha paused", "reach paused", "snmp paused", "zulu paused")
	l.wait(time.Minute)
	l.say("librenms up", "prtg down")
	var asked []string
	for _, p := range l.probes {
		for _, ref := range p.Sources {
			asked = append(asked, ref.Source)
		}
	}
	if want := []string{"reach", "alpha", "snmp", "zulu"}; !slices.Equal(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
}

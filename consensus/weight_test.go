package consensus

import (
	"math"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestFreshness(t *testing.T) {
	b := newBench(&Config{}, t0, nil)
	for _, c := range []struct {
		age   time.Duration
		want  float64
		fresh bool
	}{
		{0, 1, true},
		{90 * time.Second, 1, true},
		{150 * time.Second, 0.5, true},
		{210 * time.Second, 0.25, true},
		{240 * time.Second, math.Exp2(-2.5), true},
		{240*time.Second + 1, 0, false},
	} {
		got, fresh := b.freshness(c.age, time.Minute)
		if math.Abs(got-c.want) > 1e-12 || fresh != c.fresh {
			t.Errorf("at %s: %v %v, want %v %v", c.age, got, fresh, c.want, c.fresh)
		}
	}
}

// The longest interval that a duration holds counts as a year: the claim is fresh, and still so after 18 months.
func TestHugeInterval(t *testing.T) {
	l := newLab(t)
	l.say("prtg up~2562047h47m16s")
	l.want("nas1", "up single")
	l.wait(18 * 30 * 24 * time.Hour)
	l.tick()
	if v := l.vote("nas1", "prtg", device.FacetReach); v.Weight != 1 {
		t.Errorf("after 18 months: %+v", v)
	}
	if got := intervals(10000, maxInterval); got != math.MaxInt64 {
		t.Errorf("10000 years are %s", got)
	}
}

func TestWeight(t *testing.T) {
	l := newLab(t, source("prtg", func(s *Source) { s.Trust = 0.5 }), func(c *Config) {
		c.Overrides["dev01"] = Override{Trust: map[string]float64{"librenms": 0.25, "snmp": 0}}
	})
	l.say("librenms up@0.5*2 30s", "prtg up*2", "snmp up~60s*2 240s")
	for _, c := range []struct {
		device, source string
		want           float64
	}{
		{"dev01", "librenms", 0.25 * 0.5}, {"dev01", "prtg", 0.5}, {"dev01", "snmp", 0},
		{"dev02", "librenms", 0.5}, {"dev02", "prtg", 0.5}, {"dev02", "snmp", math.Exp2(1.5 - 2)},
	} {
		if v := l.vote(c.device, c.source, device.FacetReach); math.Abs(v.Weight-c.want) > 1e-12 || v.Abstain != "" {
			t.Errorf("%s on %s: %+v, want weight %v", c.source, c.device, v, c.want)
		}
	}
}

func TestOnlyWeightlessVotes(t *testing.T) {
	l := newLab(t)
	l.say("prtg up@0")
	l.want("nas1", "unknown none abstained")
}

// A domain weighs what its heaviest vote weighs, however many sources are in it, and one that disagrees is a witness
// for neither side.
func TestFaultDomain(t *testing.T) {
	l := newLab(t,
		source("librenms", func(s *Source) { s.FaultDomain = "pve1" }), source("prtg", func(s *Source) { s.FaultDomain = "pve1" }))
	l.say("librenms up@0.5", "prtg up", "snmp up")
	r := l.tally("nas1", device.FacetReach, "")
	if math.Abs(r.Up-2) > 1e-12 || r.Voters != 2 || r.Enrolled != 2 || r.Standing != device.StandingConfirmed {
		t.Errorf("%+v", r)
	}
	l.wait(time.Minute)
	l.say("librenms down", "prtg up", "snmp up")
	r = l.tally("nas1", device.FacetReach, "")
	if r.Up != 1.5 || r.Down != 0.5 || r.Voters != 2 || r.Standing != device.StandingSingle {
		t.Errorf("%+v", r)
	}
	// Neither of the two confirms anything while they disagree.
	for range 5 {
		l.wait(time.Minute)
		l.say("librenms down", "prtg split", "snmp fail")
	}
	if r = l.tally("nas1", device.FacetReach, ""); r.Proposal != "down" || r.Counted != 0 || r.State != device.StateUp {
		t.Errorf("%+v", r)
	}
}

func TestEnrolledDoesNotShrink(t *testing.T) {
	l := newLab(t)
	l.say("librenms up,mgmt=up", "prtg up", "snmp mgmt=up")
	if r, m := l.tally("nas1", device.FacetReach, ""), l.tally("nas1", device.FacetMgmt, ""); r.Enrolled != 3 || m.Enrolled != 2 {
		t.Errorf("reach %d, mgmt %d", r.Enrolled, m.Enrolled)
	}
	for range 10 {
		l.wait(time.Minute)
		l.say("librenms fail", "prtg up", "snmp fail")
	}
	l.want("nas1", "up single redundancy_lost")
	if r := l.tally("nas1", device.FacetReach, ""); r.Enrolled != 3 || r.Voters != 1 {
		t.Errorf("%+v", r)
	}
	delete(l.cfg.Sources, "snmp")
	cfg := *l.cfg
	l.cfg = &cfg
	l.tick()
	if r := l.tally("nas1", device.FacetReach, ""); r.Enrolled != 2 {
		t.Errorf("a source that is not configured any more counts: %+v", r)
	}
}

func TestWeakAndHeldBindingsDoNotVote(t *testing.T) {
	l := newLab(t)
	say := func(weak, held bool) {
		sn := l.snapshot("librenms down")
		sn.Observations[0].Weak, sn.Observations[0].Held = weak, held
		l.judge(Instant{Snapshots: []Snapshot{sn, l.snapshot("prtg up")}})
		l.wait(time.Minute)
	}
	say(true, false)
	if v := l.vote("nas1", "librenms", device.FacetReach); v.Abstain != device.AbstainWeakIdentity || v.State != device.StateDown || v.Weight != 0 {
		t.Errorf("%+v", v)
	}
	l.want("nas1", "up single") // it is not even enrolled
	say(false, false)
	l.want("nas1", "up disputed pending")
	say(false, true)
	if v := l.vote("nas1", "librenms", device.FacetReach); v.Abstain != device.AbstainConflict {
		t.Errorf("%+v", v)
	}
	l.want("nas1", "up single redundancy_lost")
}

func TestRetire(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*5", "prtg up*5")
	for day := range 9 {
		// The fifth device is gone from librenms; one failed poll in between counts for nothing.
		l.wait(12 * time.Hour)
		if day == 3 {
			l.say("librenms fail")
		}
		l.wait(12 * time.Hour)
		l.say("librenms up*4", "prtg up*5")
		enrolled := l.tally("dev05", device.FacetReach, "").Enrolled
		// Missing from day 1 on, a day of silence: 7 days of complete polls are over on day 9.
		if want := map[bool]int{true: 1, false: 2}[day == 8]; enrolled != want {
			t.Errorf("day %d: %d enrolled, want %d", day+1, enrolled, want)
		}
	}
	if s := l.state.Sources["librenms"]; s.Devices != 4 || s.Refs != 4 {
		t.Errorf("%+v", s)
	}
	l.want("dev05", "up single")
	l.wait(time.Minute)
	l.say("librenms up*5", "prtg up*5")
	l.want("dev05", "up confirmed")
}

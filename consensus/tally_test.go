package consensus

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

func TestThresholds(t *testing.T) {
	for _, c := range []struct {
		name, down, up string // confidences of prtg and librenms
		want           string
	}{
		{"5/8 is down", "0.625", "0.375", "down"},
		{"just under", "0.624", "0.376", "contested"},
		{"just over 3/8", "0.376", "0.624", "contested"},
		{"3/8 is up", "0.375", "0.625", "up"},
		{"thirds", "0.3", "0.18", "down"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t)
			l.say("librenms up@"+c.up, "prtg down@"+c.down)
			if got := l.tally("nas1", device.FacetReach, "").Proposal; got != c.want {
				t.Errorf("proposal %s, want %s", got, c.want)
			}
		})
	}
}

func TestReasonsOfUnknown(t *testing.T) {
	l := newLab(t)
	if c := Describe(l.cfg, l.state, "d_nobody", l.at); c.Status != device.StatusUnknown || c.Reason != "never_seen" {
		t.Errorf("%+v", c)
	}
	l.judge(Instant{Devices: []DeviceInfo{{ID: id("nas1"), Name: "nas1"}}})
	l.want("nas1", "unknown none never_seen")
	l.say("librenms up", "prtg paused")
	l.want("nas1", "up single")
	l.wait(5 * time.Minute)
	l.tick()
	l.want("nas1", "unknown none stale") // stale stands above abstained
	l.say("librenms paused")
	l.want("nas1", "unknown none abstained")
	if e := l.last; len(e) != 0 {
		t.Errorf("another reason is no change: %v", l.told())
	}
}

func TestQuorum(t *testing.T) {
	l := newLab(t, func(c *Config) {
		c.Defaults.Quorum = 2
		c.Overrides["dev02"] = Override{Quorum: new(1)}
	})
	l.say("librenms up*2")
	l.want("dev01", "unknown none no_quorum")
	l.want("dev02", "up single")
	l.say("prtg up*2")
	l.want("dev01", "up confirmed")
	l.wait(time.Minute)
	l.say("librenms paused*2", "prtg up*2")
	l.want("dev01", "unknown none no_quorum redundancy_lost")
	if got, want := l.last[0].Text, "dev01 is unknown: it takes 2 witnesses, and only prtg speaks"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestDeviceStatus(t *testing.T) {
	for _, c := range []struct{ name, words, want string }{
		{"down", "down,mgmt=up,disk:1=critical", "down single"},
		{"unknown", "mgmt=down", "unknown none never_seen"},
		{"mgmt decides", "up,mgmt=down,disk:1=ok", "degraded single"},
		{"health decides", "up,mgmt=up,disk:1=warning", "degraded single"},
		{"up", "up,mgmt=up,disk:1=ok", "up single"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t)
			for range 3 {
				l.say("librenms " + c.words)
				l.wait(time.Minute)
			}
			l.want("nas1", c.want)
		})
	}
}

// Standing, since and witnesses are those of the facet that decides.
func TestDecidingFacet(t *testing.T) {
	l := newLab(t)
	l.say("librenms up,mgmt=up", "prtg up", "snmp mgmt=up")
	l.wait(time.Minute)
	l.say("librenms up,mgmt=down", "prtg up", "snmp mgmt=down")
	c := Describe(l.cfg, l.state, id("nas1"), l.at)
	if c.Status != device.StatusDegraded || c.Standing != device.StandingConfirmed || !c.Since.Equal(l.at) ||
		c.Witnesses != (device.Witnesses{Enrolled: 2, Voting: 2}) || c.RedundancyLost {
		t.Errorf("%+v", c)
	}
	l.wait(time.Minute)
	l.say("librenms up,mgmt=up,disk:1=warning", "prtg up", "snmp mgmt=up")
	for range 2 {
		l.wait(time.Minute)
		l.say("librenms up,mgmt=up,disk:1=warning", "prtg up", "snmp mgmt=up")
	}
	c = Describe(l.cfg, l.state, id("nas1"), l.at)
	if c.Status != device.StatusDegraded || !c.Since.Equal(t0) || c.Witnesses != (device.Witnesses{Enrolled: 3, Voting: 3}) {
		t.Errorf("%+v", c)
	}
	// The event says since when the disk ails: out of unknown, the newest word for it.
	e := l.last[0]
	if e.Type != device.EventVerdictChanged || !e.Since.Equal(l.at) || e.Text != "nas1 is degraded: disk:1 is warning, librenms says so" {
		t.Errorf("%+v", e)
	}
	if got := Explain(l.all[len(l.all)-1].Verdict); !strings.Contains(got, "disk:1 is warning, librenms says so; 3 measurements confirmed it") {
		t.Errorf("%s", got)
	}
}

// The slowest voting source had its time: more than 1.5 I since t0.
// An answer to a probe counts, and is no poll.
func TestFacetChanged(t *testing.T) {
	l := newLab(t)
	l.say("librenms up,mgmt=up,fan:1=ok,disk:2=ok")
	l.wantTold("source.up librenms", "verdict.changed nas1 unknown->up")
	for range 3 {
		l.wait(time.Minute)
		l.say("librenms up,mgmt=down,fan:1=ok,disk:2=ok")
	}
	l.want("nas1", "degraded single")
	for range 3 {
		l.wait(time.Minute)
		l.say("librenms up,mgmt=down,fan:1=ok,disk:2=warning,disk:3=ok")
	}
	l.want("nas1", "degraded single")
	l.wantTold("facet.changed nas1 health/disk:2 ok->warning")
	e := l.last[0]
	if e.Standing != device.StandingSingle || !e.Since.Equal(l.at.Add(-2*time.Minute)) || len(e.Votes) != 1 || e.Text != "nas1: disk:2 is warning, it was ok" {
		t.Errorf("%+v", e)
	}
	if n := l.count(device.EventFacetChanged); n != 1 { // disk:3 appeared and is well
		t.Errorf("%d changes", n)
	}
}

// One witness: the worst word wins. Two: the rule, on "not ok" against "ok".
func TestHealth(t *testing.T) {
	l := newLab(t, source("prtg", func(s *Source) { s.FaultDomain = "librenms" }))
	for range 3 {
		l.say("librenms up,disk:Disk_1=ok", "prtg up,disk:1=critical")
		l.wait(time.Minute)
	}
	disk := l.tally("nas1", device.FacetHealth, "disk:1")
	if disk.State != device.StateCritical || disk.Voters != 1 || disk.Standing != device.StandingSingle {
		t.Errorf("%+v", disk)
	}
	l.want("nas1", "degraded single") // the domain agrees on reach: one witness
}

func TestHealthOfTwo(t *testing.T) {
	l := newLab(t)
	say := func(a, b, c string) device.Tally {
		t.Helper()
		l.wait(time.Minute)
		l.say("librenms up,disk:1="+a, "prtg up,disk:1="+b, "snmp up,disk:1="+c)
		return l.tally("nas1", device.FacetHealth, "disk:1")
	}
	if c := say("ok", "ok", "ok"); c.State != device.StateOK || c.Standing != device.StandingConfirmed {
		t.Errorf("%+v", c)
	}
	if c := say("ok", "ok", "critical"); c.State != device.StateOK || c.Proposal != "ok" {
		t.Errorf("%+v", c)
	}
	if c := say("ok", "warning", "critical"); c.State != device.StateOK || c.Proposal != "critical" || c.Counted != 2 || c.Needed != 3 {
		t.Errorf("%+v", c)
	}
	// How bad it is may change on the way without starting the run again.
	if c := say("ok", "warning", "warning"); c.State != device.StateWarning || c.Standing != device.StandingConfirmed {
		t.Errorf("%+v", c)
	}
	// From one severity to another only claims of the new one confirm.
	if c := say("warning", "warning", "critical"); c.State != device.StateWarning || c.Proposal != "critical" || c.Counted != 1 {
		t.Errorf("%+v", c)
	}
	if c := say("warning", "critical", "critical"); c.State != device.StateCritical {
		t.Errorf("%+v", c)
	}
	l.want("nas1", "degraded confirmed")
	l.wait(time.Minute)
	l.say("librenms up", "prtg up", "snmp up")
	l.want("nas1", "up confirmed")
}

func TestRedundancyLost(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up")
	l.wait(time.Minute)
	l.say("librenms up", "prtg paused")
	l.want("nas1", "up single redundancy_lost")
	l.say("librenms paused")
	l.want("nas1", "unknown none abstained") // nobody votes: that is no failover
}

func TestEventFields(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up")
	l.wait(time.Minute)
	l.say("librenms down 20s", "prtg down 5s")
	e := l.last[0]
	e.Votes = nil
	want := device.Event{
		Type: device.EventVerdictChanged, At: l.at, Since: l.at.Add(-20 * time.Second), Device: &device.Name{ID: id("nas1"), Name: "nas1"},
		From: "up", To: "down", Standing: device.StandingConfirmed, Text: "nas1 is down: librenms and prtg agree",
	}
	if d := cmp.Diff(want, e); d != "" {
		t.Errorf("event (-want +got):\n%s", d)
	}
	v := l.all[len(l.all)-1].Verdict
	wantVerdict := device.Verdict{
		Device: device.Name{ID: id("nas1"), Name: "nas1"}, From: device.StatusUp, To: device.StatusDown,
		Since: l.at.Add(-20 * time.Second), DecidedAt: l.at, Standing: device.StandingConfirmed,
		Overlays: []device.OverlayKind{}, Witnesses: device.Witnesses{Enrolled: 2, Voting: 2}, ConfigHash: "test",
		Tallies: []device.Tally{{
			Facet: device.FacetReach, State: device.StateDown, Proposal: "down", Down: 2, Share: 1, Enrolled: 2, Voters: 2,
			Quorum: 1, Standing: device.StandingConfirmed, Counted: 2, Needed: 2, Since: l.at.Add(-20 * time.Second),
		}},
		Votes: []device.Vote{
			{Source: "librenms", Ref: "r-nas1", Facet: device.FacetReach, State: device.StateDown, Confidence: 1, Freshness: 1, Weight: 1,
				Age: device.Duration(20 * time.Second), ObservedAt: l.at.Add(-20 * time.Second), Domain: "librenms", Raw: "said down"},
			{Source: "prtg", Ref: "r-nas1", Facet: device.FacetReach, State: device.StateDown, Confidence: 1, Freshness: 1, Weight: 1,
				Age: device.Duration(5 * time.Second), ObservedAt: l.at.Add(-5 * time.Second), Domain: "prtg", Raw: "said down"},
		},
	}
	if d := cmp.Diff(wantVerdict, v); d != "" {
		t.Errorf("verdict (-want +got):\n%s", d)
	}
	if got, want := Explain(v), "nas1 is down since 2026-01-01 12:00:40 (it was up): librenms and prtg agree; 2 measurements confirmed it."; got != want {
		t.Errorf("explained as %q, want %q", got, want)
	}
}

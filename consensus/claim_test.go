package consensus

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

func (l *lab) vote(name, source string, facet device.Facet) device.Vote {
	l.t.Helper()
	for _, v := range Describe(l.cfg, l.state, id(name), l.at).Votes {
		if v.Source == source && v.Facet == facet {
			return v
		}
	}
	return device.Vote{}
}

func (l *lab) tally(name string, facet device.Facet, key string) device.Tally {
	l.t.Helper()
	for _, c := range Describe(l.cfg, l.state, id(name), l.at).Tallies {
		if c.Facet == facet && c.Component == key {
			return c
		}
	}
	l.t.Fatalf("%s: no tally of %s %s", l.clock(), facet, key)
	return device.Tally{}
}

func TestMgmtUpImpliesReachUp(t *testing.T) {
	l := newLab(t)
	l.say("snmp mgmt=up")
	l.want("nas1", "up single")
	if v := l.vote("nas1", "snmp", device.FacetReach); v.State != device.StateUp || v.Raw != "said mgmt=up" {
		t.Errorf("vote %+v", v)
	}
	l.say("prtg down,mgmt=up") // it says otherwise
	if v := l.vote("nas1", "prtg", device.FacetReach); v.State != device.StateDown {
		t.Errorf("vote %+v", v)
	}
	l.wait(time.Minute)
	l.say("snmp mgmt=down") // it says nothing of reach any more
	if v := l.vote("nas1", "snmp", device.FacetReach); v.State != "" {
		t.Errorf("vote %+v", v)
	}
}

func TestSplitIsNoWitness(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg split")
	r := l.tally("nas1", device.FacetReach, "")
	if r.Up != 1.5 || r.Down != 0.5 || r.Voters != 2 || r.Standing != device.StandingSingle {
		t.Errorf("tally %+v", r)
	}
	l.wait(time.Minute)
	l.say("librenms fail", "prtg split")
	l.wait(time.Minute)
	l.say("librenms fail", "prtg split")
	l.wait(time.Minute)
	l.say("librenms fail", "prtg split")
	l.wait(2 * time.Minute)
	l.say("librenms fail", "prtg split")
	l.want("nas1", "up disputed redundancy_lost pending") // half for each side
}

func TestAbstentionReplacesClaims(t *testing.T) {
	l := newLab(t)
	l.say("librenms up,mgmt=up,disk:1=ok", "prtg up")
	l.wait(time.Minute)
	l.say("librenms maintenance", "prtg up")
	for _, f := range []device.Facet{device.FacetReach, device.FacetMgmt, device.FacetHealth} {
		if v := l.vote("nas1", "librenms", f); v.Abstain != device.AbstainMaintenance || v.State != "" || v.Weight != 0 {
			t.Errorf("%s: %+v", f, v)
		}
	}
	l.want("nas1", "up single redundancy_lost")
	l.wait(30 * time.Second)
	l.say("librenms down 3h") // late: it does not end the abstention
	if v := l.vote("nas1", "librenms", device.FacetReach); v.Abstain != device.AbstainMaintenance {
		t.Errorf("%+v", v)
	}
	l.wait(30 * time.Second)
	l.say("librenms paused 3h") // nor does a late one change it
	if v := l.vote("nas1", "librenms", device.FacetReach); v.Abstain != device.AbstainMaintenance {
		t.Errorf("%+v", v)
	}
	l.say("librenms up")
	l.want("nas1", "up confirmed")
}

func TestAbstainingFromTheStart(t *testing.T) {
	l := newLab(t)
	l.say("prtg never_polled")
	l.want("nas1", "unknown none abstained")
	l.wantTold("source.up prtg")
	c := Describe(l.cfg, l.state, id("nas1"), l.at)
	if len(c.Votes) != 1 || c.Votes[0].Abstain != device.AbstainNeverPolled || c.Witnesses != (device.Witnesses{}) {
		t.Errorf("%+v", c)
	}
}

func TestTakenBackClaim(t *testing.T) {
	l := newLab(t)
	l.say("librenms up,mgmt=up,disk:1=ok,disk:2=ok")
	l.wait(time.Minute)
	l.say("librenms up,disk:2=ok")
	l.wantTold("facet.changed nas1 mgmt up->unknown", "facet.changed nas1 health/disk:1 ok->unknown")
	if n := len(l.state.Devices[id("nas1")].Components); n != 1 {
		t.Errorf("%d components", n)
	}
	l.wait(time.Minute)
	l.say("librenms none")
	l.want("nas1", "unknown none abstained")
}

func TestDating(t *testing.T) {
	observe := func(l *lab, clock time.Duration, observed, claimed time.Time) device.Vote {
		o := observation(l.t, "r-nas1", "up")
		o.ObservedAt, o.Claims[0].ObservedAt = observed, claimed
		sn := Snapshot{Source: "librenms", Observations: []Bound{{Device: id("nas1"), Observation: o}}}
		if clock != 0 {
			sn.SourceClock = l.at.Add(clock)
		}
		l.judge(Instant{Snapshots: []Snapshot{sn}})
		return l.vote("nas1", "librenms", device.FacetReach)
	}
	var none time.Time
	for _, c := range []struct {
		name              string
		clock             time.Duration
		observed, claimed time.Time
		age               time.Duration
	}{
		{"snapshot", 0, none, none, 0},
		{"observation", 0, t0.Add(-20 * time.Second), none, 20 * time.Second},
		{"claim", 0, t0.Add(-20 * time.Second), t0.Add(-40 * time.Second), 40 * time.Second},
		{"source two seconds behind is left alone", -2 * time.Second, t0.Add(-20 * time.Second), none, 20 * time.Second},
		{"source an hour behind", -time.Hour, t0.Add(-time.Hour - 20*time.Second), none, 20 * time.Second},
		{"source an hour ahead", time.Hour, t0.Add(time.Hour - 20*time.Second), none, 20 * time.Second},
		{"source an hour ahead, no time of its own", time.Hour, none, none, 0},
		{"ahead of the instant", 0, t0.Add(time.Hour), none, 0},
		{"claim of a source behind", -time.Hour, none, t0.Add(-time.Hour - 7*time.Second), 7 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			if v := observe(newLab(t), c.clock, c.observed, c.claimed); time.Duration(v.Age) != c.age {
				t.Errorf("age %s, want %s", v.Age, c.age)
			}
		})
	}
	l := newLab(t)
	observe(l, -time.Hour, none, none)
	l.wantTold("source.up librenms", "source.skewed librenms", "verdict.changed nas1 unknown->up")
	l.wait(time.Minute)
	observe(l, -time.Hour, none, none)
	l.wantTold()
}

func TestLateClaim(t *testing.T) {
	l := newLab(t)
	claim := func(state device.State, own time.Duration, also ...device.Claim) {
		o := &device.Observation{Identity: device.Identity{Ref: "r-nas1"}}
		o.Claims = append(also, device.Claim{Facet: device.FacetReach, State: state, ObservedAt: l.at.Add(-own)})
		l.judge(Instant{Snapshots: []Snapshot{{Source: "librenms", Observations: []Bound{{Device: id("nas1"), Observation: o}}}}})
	}
	claim(device.StateUp, 10*time.Second)
	l.wait(time.Minute)
	claim(device.StateDown, 80*time.Second) // the observation is new, the claim is older than the one held
	if v := l.vote("nas1", "librenms", device.FacetReach); v.State != device.StateUp || time.Duration(v.Age) != 70*time.Second {
		t.Errorf("%+v", v)
	}
	if !l.late[device.SourceRef{Source: "librenms", Ref: "r-nas1"}] {
		t.Error("not recorded as late")
	}
	mgmt := device.Claim{Facet: device.FacetMgmt, State: device.StateUp}
	claim(device.StateDown, 80*time.Second, mgmt) // only one of two claims is late
	if v := l.vote("nas1", "librenms", device.FacetReach); v.State != device.StateUp || len(l.late) != 0 {
		t.Errorf("%+v, late %v", v, l.late)
	}
	if v := l.vote("nas1", "librenms", device.FacetMgmt); v.State != device.StateUp {
		t.Errorf("%+v", v)
	}
	claim(device.StateDown, 70*time.Second) // equally old is not late
	if v := l.vote("nas1", "librenms", device.FacetReach); v.State != device.StateDown {
		t.Errorf("%+v", v)
	}
}

// What a late word on the agent implied of the device is late as well: it ends no abstention.
func TestLateMgmtProvesNothing(t *testing.T) {
	l := newLab(t)
	say := func(o device.Observation) {
		o.Ref = "r-nas1"
		l.judge(Instant{Snapshots: []Snapshot{{Source: "librenms", Observations: []Bound{{Device: id("nas1"), Observation: &o}}}}})
	}
	mgmt := func(at time.Time) device.Observation {
		return device.Observation{Claims: []device.Claim{{Facet: device.FacetMgmt, State: device.StateUp, ObservedAt: at}}}
	}
	say(mgmt(l.at))
	l.wait(time.Minute)
	say(device.Observation{Abstain: device.AbstainPaused})
	l.wait(time.Minute)
	say(mgmt(l.at.Add(-3 * time.Minute)))
	if v := l.vote("nas1", "librenms", device.FacetReach); v.Abstain != device.AbstainPaused {
		t.Errorf("%+v", v)
	}
	if !l.late[device.SourceRef{Source: "librenms", Ref: "r-nas1"}] {
		t.Error("not recorded as late")
	}
	say(mgmt(l.at))
	if v := l.vote("nas1", "librenms", device.FacetReach); v.State != device.StateUp || v.Abstain != "" {
		t.Errorf("%+v", v)
	}
}

func TestSeveralClaimsOnOneQuestion(t *testing.T) {
	l := newLab(t)
	l.say("librenms up,down,disk:Disk_1=ok,disk:1=warning,disk:disk1=ok", "prtg down,up")
	for _, s := range []string{"librenms", "prtg"} {
		if v := l.vote("nas1", s, device.FacetReach); v.State != device.StateDown {
			t.Errorf("%s: %+v", s, v)
		}
	}
	if v := l.vote("nas1", "librenms", device.FacetHealth); v.State != device.StateWarning || v.Component != "disk:1" {
		t.Errorf("%+v", v)
	}
}

func TestComponentKey(t *testing.T) {
	for _, c := range []struct{ component, vendor, want string }{
		{"disk:Disk 1", "", "disk:1"},
		{"disk:1", "", "disk:1"},
		{"DISK:Drive  #1", "", "disk:1"},
		{"disk:disk1", "", "disk:1"},
		{"disk:Synology Disk 1", "", "disk:1"},
		{"disk:Acme Disk 1", "ACME Corp.", "disk:1"},
		{"disk:SSD 1", "", "disk:ssd-1"},
		{"port:A1", "", "port:a1"},
		{"port:1/0/1", "", "port:1-0-1"},
		{"port:1/01", "", "port:1-01"},
		{"fan:Fan", "", "fan:"},
		{"psu:Power Supply 2", "", "psu:2"},
		{"service:https", "", "service:https"},
		{"temperature:CPU", "", "temperature:cpu"},
		{"cpu:", "", "cpu:"},
		{"", "", ""},
		{"Weird", "", "weird"},
		{":x", "", ":x"},
	} {
		if got := ComponentKey(c.component, c.vendor); got != c.want {
			t.Errorf("ComponentKey(%q, %q) = %q, want %q", c.component, c.vendor, got, c.want)
		}
	}
	if d := cmp.Diff(true, isSorted(vendorWords)); d != "" {
		t.Error("vendorWords are searched by halves: keep them in order")
	}
}

func isSorted(s []string) bool {
	for i := 1; i < len(s); i++ {
		if s[i-1] >= s[i] {
			return false
		}
	}
	return true
}

// A claim of a weak ref enrols nobody until the binding is sure; then it votes, and so it counts as a witness.
func TestWeakRefEnrolsOnceSure(t *testing.T) {
	l := newLab(t)
	word := func(weak bool, age time.Duration) {
		o := observation(t, "r-nas1", "up")
		o.ObservedAt = l.at.Add(-age)
		l.judge(Instant{Snapshots: []Snapshot{{Source: "prtg", At: l.at, Observations: []Bound{{Device: id("nas1"), Observation: o, Weak: weak}}}}})
	}
	word(true, 0)
	if got := l.tally("nas1", device.FacetReach, ""); got.Enrolled != 0 || got.Voters != 0 {
		t.Errorf("weak: %d of %d witnesses", got.Voters, got.Enrolled)
	}
	l.wait(time.Minute)
	word(false, 2*time.Minute) // the word itself is late
	if got := l.tally("nas1", device.FacetReach, ""); got.Enrolled != 1 || got.Voters != 1 {
		t.Errorf("sure: %d of %d witnesses", got.Voters, got.Enrolled)
	}
}

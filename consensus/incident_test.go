package consensus

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// incidents lists the open ones as "root: device device".
func (l *lab) incidents() []string {
	out := []string{}
	for _, in := range Incidents(l.state) {
		var names []string
		for _, d := range in.Devices {
			names = append(names, d.Name)
		}
		out = append(out, in.Root.Name+in.Source+": "+strings.Join(names, " "))
	}
	return out
}

func (l *lab) wantIncidents(want ...string) {
	l.t.Helper()
	if d := cmp.Diff(want, l.incidents(), cmp.Transformer("nil", func(s []string) string { return strings.Join(s, "\n") })); d != "" {
		l.t.Errorf("%s: incidents (-want +got):\n%s", l.clock(), d)
	}
}

// tree is dev01 with dev02 to dev04 behind it.
func tree(c *Config) {
	for _, child := range []string{"dev02", "dev03", "dev04"} {
		c.Parents[child] = []string{"dev01"}
	}
	c.Defaults.Confirm = 1
}

func TestIncidentOfASwitch(t *testing.T) {
	l := newLab(t, tree)
	l.say("prtg up*6", "snmp up*6")
	l.wait(time.Minute)
	l.say("prtg down*4+up*2", "snmp down*4+up*2")
	l.wantIncidents("dev01: dev01 dev02 dev03 dev04")
	e := l.last[len(l.last)-1]
	if e.Type != device.EventIncidentOpened || e.Text != "dev01 is down, 3 devices behind it are unreachable" || e.Because.Name != "dev01" || e.Incident == "" {
		t.Errorf("%+v", e)
	}
	l.want("dev01", "down confirmed")
	l.want("dev02", "down confirmed unreachable")
	if c := Describe(l.cfg, l.state, id("dev02"), l.at); c.Because != "dev01" {
		t.Errorf("%+v", c)
	}
	v := l.all[len(l.all)-1].Verdict
	if v.Device.Name != "dev04" || v.Because != "dev01" || cmp.Diff([]device.OverlayKind{device.OverlayUnreachable}, v.Overlays) != "" {
		t.Errorf("%+v", v)
	}
	if got := Explain(v); !strings.HasSuffix(got, "; it is behind dev01, which is down.") {
		t.Error(got)
	}
	l.wait(time.Minute)
	l.say("prtg down*5+up*1", "snmp down*5+up*1")
	l.wantIncidents("dev01: dev01 dev02 dev03 dev04", "dev05: dev05")
	l.wait(time.Minute)
	l.say("prtg up*1+down*4+up*1", "snmp up*1+down*4+up*1")
	l.want("dev02", "down confirmed")
	l.wantIncidents("dev01: dev02 dev03 dev04", "dev05: dev05") // no storm of new ones
	if got, want := l.last[len(l.last)-1].Text, "dev01 is up again, 3 devices behind it not yet"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	l.wait(time.Minute)
	l.say("prtg up*3+down*1+up*2", "snmp up*3+down*1+up*2")
	l.wantIncidents("dev01: dev04")
	l.wait(4 * time.Minute)
	l.say("prtg up*3+down*1+up*2", "snmp up*3+down*1+up*2")
	l.wantIncidents("dev04: dev04") // it has a problem of its own
	l.wait(time.Minute)
	l.say("prtg up*6", "snmp up*6")
	l.wantIncidents()
	if e := l.last[len(l.last)-1]; e.Type != device.EventIncidentClosed || e.Text != "the incident is over after 1m: dev04 is up again" {
		t.Errorf("%+v", e)
	}
}

func TestRootDownAgain(t *testing.T) {
	l := newLab(t, tree)
	l.say("prtg up*4", "snmp up*4")
	for _, w := range []string{"down*4", "up*1+down*3", "down*4", "up*1+down*3"} {
		l.wait(time.Minute)
		l.say("prtg "+w, "snmp "+w)
	}
	if n := l.count(device.EventIncidentOpened); n != 1 {
		t.Errorf("%d incidents", n)
	}
	l.wantIncidents("dev01: dev02 dev03 dev04")
}

// A device behind a dead parent that nobody can see stays in its incident.
func TestUnknownIsNoRecovery(t *testing.T) {
	l := newLab(t, tree)
	l.say("prtg up*4", "snmp up*4")
	l.wait(time.Minute)
	l.say("prtg down*4", "snmp down*4")
	l.wait(time.Minute)
	l.say("prtg down*2+paused*2", "snmp down*2+paused*2")
	l.want("dev04", "unknown none abstained")
	l.wantIncidents("dev01: dev01 dev02 dev03 dev04")
}

func TestDownBeforeItsParent(t *testing.T) {
	l := newLab(t, tree)
	l.say("prtg up*4", "snmp up*4")
	l.wait(time.Minute)
	l.say("prtg up*1+down*1+up*2", "snmp up*1+down*1+up*2")
	l.wantIncidents("dev02: dev02")
	l.wait(time.Minute)
	l.say("prtg down*4", "snmp down*4")
	l.wantIncidents("dev02: dev02", "dev01: dev01 dev03 dev04")
	l.want("dev02", "down confirmed unreachable")
}

// With a parent still up, a child's end was its own, although the other parent had gone at the same time.
func TestDownBeforeOneOfItsParents(t *testing.T) {
	l := newLab(t, func(c *Config) { c.Parents["dev03"] = []string{"dev01", "dev02"} })
	l.say("prtg up*3", "snmp up*3")
	l.wait(time.Minute)
	l.say("prtg down*1+up*1+down*1", "snmp down*1+up*1+down*1")
	l.want("dev03", "down confirmed")
	l.wait(time.Minute)
	l.say("prtg down*3", "snmp down*3")
	l.want("dev03", "down confirmed unreachable")
	l.wantIncidents("dev01: dev01", "dev03: dev03", "dev02: dev02")
}

// A child that is found down first does not open an incident of its own while its parent is pending.
func TestChildWaitsForItsParent(t *testing.T) {
	l := newLab(t, tree)
	l.say("librenms up*1", "prtg up*2", "snmp up*2")
	l.wait(time.Minute)
	l.say("prtg down*2") // the parent is contested, the child too
	l.say("snmp up*1+down*1")
	l.want("dev02", "down confirmed")
	l.want("dev01", "up confirmed")
	l.wantIncidents("dev02: dev02")

	l = newLab(t, tree)
	l.say("librenms up*1", "prtg up*2", "snmp up*1+paused*1")
	l.wait(time.Minute)
	l.say("prtg down*2", "snmp down@0.5*1+paused*1") // three to two: contested
	l.want("dev02", "down single")
	l.want("dev01", "up disputed pending")
	l.wantIncidents()
	l.wait(time.Minute)
	l.say("snmp down*2")
	l.want("dev01", "down confirmed")
	l.wantIncidents("dev01: dev01 dev02")
}

func TestWaitForAParentHasAnEnd(t *testing.T) {
	l := newLab(t, tree, func(c *Config) { c.Overrides["dev01"] = Override{Confirm: new(100)} })
	l.say("prtg up*2")
	for range 5 {
		l.wait(time.Minute)
		l.say("prtg down*2")
		l.wantIncidents()
	}
	l.wait(time.Minute)
	l.say("prtg down*2")
	l.wantIncidents("dev02: dev02")
}

// Incidents of children become part of the one of the parent that is found down later.
func TestChildrenAreTakenOver(t *testing.T) {
	l := newLab(t, tree)
	l.say("prtg up*4")
	l.wait(time.Minute)
	l.say("prtg paused*1+down*2+up*1 30s")
	l.wait(2 * time.Second)
	l.tick()
	l.wantIncidents("dev02: dev02", "dev03: dev03")
	l.wait(10 * time.Second)
	l.say("prtg down*3+up*1")
	l.wait(10 * time.Second)
	l.say("prtg down*3+up*1")
	l.wait(time.Minute)
	l.say("prtg down*3+up*1")
	l.want("dev01", "down single")
	l.wantIncidents("dev01: dev01 dev02 dev03")
	if n := l.count(device.EventIncidentClosed); n != 1 {
		t.Errorf("%d closed", n)
	}
}

// A configured parent that no source knows is not known to be down.
func TestUnknownParent(t *testing.T) {
	l := newLab(t, tree, func(c *Config) { c.Parents["dev02"] = []string{"dev01", "dev99"} })
	l.say("prtg up*3", "snmp up*3")
	l.wait(time.Minute)
	l.say("prtg down*3", "snmp down*3")
	l.want("dev02", "down confirmed")
	l.want("dev03", "down confirmed unreachable")
	l.wantIncidents("dev01: dev01 dev03", "dev02: dev02")
}

// parentsOf makes observations that name refs as parents.
func (l *lab) discover(word string, parents map[string][]string) {
	l.t.Helper()
	sn := l.snapshot("prtg " + word)
	for i := range sn.Observations {
		o := sn.Observations[i].Observation
		o.Parents = parents[o.Ref]
	}
	l.judge(Instant{Snapshots: []Snapshot{sn}})
}

func TestDiscoveredParents(t *testing.T) {
	l := newLab(t, func(c *Config) { c.Defaults.Confirm = 1; c.Defaults.LostMin = 100 })
	parents := map[string][]string{"r-dev02": {"r-dev01", "r-dev03", "r-none"}}
	l.discover("up*4", parents)
	l.wait(time.Minute)
	l.discover("down*2+up*2", parents)
	l.want("dev02", "down single") // one parent is up
	l.wantIncidents("dev01: dev01", "dev02: dev02")
	l.wait(time.Minute)
	l.discover("down*3+up*1", parents)
	l.want("dev02", "down single unreachable") // but it was down before
	if c := Describe(l.cfg, l.state, id("dev02"), l.at); c.Because != "dev01" {
		t.Errorf("because of %s", c.Because)
	}
	l.wait(time.Minute)
	l.say("prtg paused*3+up*1")
	if n := len(l.state.Devices[id("dev02")].Reports[0].Parents); n != 3 {
		t.Errorf("%d parents: an abstaining source takes none back", n)
	}
	l.wait(time.Minute)
	l.discover("down*4", nil)
	l.want("dev02", "down single")
}

// Of discovered links that form a cycle the newest does not count.
func TestCycleOfDiscoveredParents(t *testing.T) {
	l := newLab(t, func(c *Config) { c.Defaults.Confirm = 1; c.Defaults.LostMin = 100 })
	l.discover("up*4", map[string][]string{"r-dev02": {"r-dev01"}})
	l.wait(time.Minute)
	l.discover("up*4", map[string][]string{"r-dev02": {"r-dev01"}, "r-dev03": {"r-dev02"}})
	l.wait(time.Minute)
	cycle := map[string][]string{"r-dev01": {"r-dev03"}, "r-dev02": {"r-dev01"}, "r-dev03": {"r-dev02"}}
	l.discover("up*4", cycle)
	l.wait(time.Minute)
	l.discover("down*3+up*1", cycle)
	l.want("dev01", "down single")
	l.want("dev02", "down single unreachable")
	l.want("dev03", "down single unreachable")
	l.wantIncidents("dev01: dev01 dev02 dev03")
}

// A configured parent stands above a discovered one that is older: of a cycle the discovered link does not count.
func TestCycleOfAConfiguredAndADiscoveredParent(t *testing.T) {
	l := newLab(t, func(c *Config) {
		c.Defaults.Confirm, c.Defaults.LostMin = 1, 100
		c.Parents["dev02"] = []string{"dev01"}
	})
	found := map[string][]string{"r-dev01": {"r-dev02"}}
	l.discover("up*3", found)
	l.wait(time.Minute)
	l.discover("down*2+up*1", found)
	l.want("dev01", "down single")
	l.want("dev02", "down single unreachable")
	l.wantIncidents("dev01: dev01 dev02")
}

func TestMergedAndForgottenDevices(t *testing.T) {
	l := newLab(t, tree)
	l.say("librenms up*4", "prtg up*4", "snmp up*2")
	l.wait(time.Minute)
	l.say("librenms down*4", "prtg down*4", "snmp down*2")
	// dev04 of prtg turns out to be dev05 of librenms, and so on: the reports move, the survivor's state stays.
	l.judge(Instant{Devices: []DeviceInfo{
		{ID: id("dev04"), MergedInto: id("dev05")}, {ID: id("dev05"), Name: "five"}, {ID: id("dev03"), Forget: true},
		{ID: id("dev02"), Name: "two"}, {ID: "d_none", MergedInto: id("dev02")}, {ID: "d_none", Forget: true},
	}})
	if l.state.Devices[id("dev04")] != nil || l.state.Devices[id("dev03")] != nil || len(l.state.Devices) != 3 {
		t.Errorf("%d devices", len(l.state.Devices))
	}
	if n := len(l.state.Devices[id("dev05")].Reports); n != 2 {
		t.Errorf("%d reports", n)
	}
	l.consistent()
	if s := l.state.Sources["prtg"]; s.Devices != 3 || s.Refs != 3 {
		t.Errorf("%+v", s)
	}
	l.say("librenms down*3", "prtg down*3") // it comes back as a new one
	l.consistent()
	l.wait(time.Minute)
	l.judge(Instant{Devices: []DeviceInfo{{ID: id("dev02"), MergedInto: id("dev01")}}})
	l.consistent()
	l.wait(time.Minute)
	l.say("librenms up*1", "prtg up*1", "snmp up*1")
	l.consistent()
}

// The name of an unknown device is what its first source calls it.
func TestNames(t *testing.T) {
	l := newLab(t)
	o := observation(t, "7", "up")
	o.Name = "printer"
	unnamed := observation(t, "8", "up")
	unnamed.Name = ""
	l.judge(Instant{Snapshots: []Snapshot{{Source: "prtg", Observations: []Bound{
		{Device: "d_1", Observation: o}, {Device: "d_2", Observation: unnamed}, {Device: "d_3"},
	}}}})
	if a, b := l.state.Devices["d_1"].Name, l.state.Devices["d_2"].Name; a != "printer" || b != "d_2" || len(l.state.Devices) != 2 {
		t.Errorf("%q %q", a, b)
	}
}

func TestEventOrder(t *testing.T) {
	l := newLab(t)
	l.say("snmp up*3", "librenms up*3", "prtg up*3")
	want := []string{"source.up librenms", "source.up prtg", "source.up snmp"}
	for i := range 3 {
		want = append(want, fmt.Sprintf("verdict.changed dev%02d unknown->up", i+1))
	}
	l.wantTold(want...)
}

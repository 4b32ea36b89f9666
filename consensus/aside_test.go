package consensus

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// held is all that is held, but for the time of the last instant.
func (l *lab) held() string {
	l.t.Helper()
	s := *l.state
	g := *s.Global
	g.LastInstant = time.Time{}
	b, err := json.MarshalIndent(map[string]any{"devices": s.Devices, "sources": s.Sources, "global": g}, "", " ")
	if err != nil {
		l.t.Fatal(err)
	}
	return string(b)
}

func (l *lab) merge(from, into string) {
	l.t.Helper()
	l.wait(time.Second)
	l.judge(Instant{Devices: []DeviceInfo{{ID: id(from), Name: from, MergedInto: id(into)}}})
}

func (l *lab) back(name string, refs ...string) {
	l.t.Helper()
	l.wait(time.Second)
	in := DeviceInfo{ID: id(name), Name: name, Back: true}
	for _, r := range refs {
		source, ref, _ := strings.Cut(r, "/")
		in.Takes = append(in.Takes, device.SourceRef{Source: source, Ref: ref})
	}
	l.judge(Instant{Devices: []DeviceInfo{in}})
}

// Two devices that are down at once, with an incident each and a source that remembers them: merged and taken back they
// are as they were, incidents, turns and all.
func TestBackAsItWas(t *testing.T) {
	l := newLab(t)
	for range 3 {
		l.say("librenms up*4", "prtg up*2")
		l.wait(time.Minute)
	}
	for range 5 {
		l.say("librenms down*4", "prtg down*2")
		l.wait(time.Minute)
	}
	l.tick()
	before := l.held()
	for _, pair := range [][2]string{{"dev03", "dev04"}, {"dev04", "dev03"}} {
		l.merge(pair[0], pair[1])
		if l.state.Devices[id(pair[0])] != nil || len(l.state.Devices[id(pair[1])].Aside) != 1 {
			t.Fatalf("%s is not put aside", pair[0])
		}
		l.back(pair[0], "librenms/r-"+pair[0])
		if diff := cmp.Diff(before, l.held()); diff != "" {
			t.Fatalf("%s into %s and back:\n%s", pair[0], pair[1], diff)
		}
	}
	if n := l.count(device.EventIncidentOpened); n != 6 {
		t.Errorf("%d incidents told as opened: each of four, and the one that is open again twice", n)
	}

	// One within the other, and back in the order in which they came.
	l.merge("dev03", "dev04")
	l.merge("dev04", "dev02")
	l.back("dev03", "librenms/r-dev03")
	l.back("dev04", "librenms/r-dev04")
	for _, name := range []string{"dev02", "dev03", "dev04"} {
		if d := l.state.Devices[id(name)]; d == nil || d.Status != device.StatusDown || len(d.Aside) != 0 {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// Heard of since: the one that comes back goes on from where it stood, with what its source has said meanwhile.
func TestBackWithNews(t *testing.T) {
	l := newLab(t)
	for range 3 {
		l.say("librenms up*2", "prtg up*1")
		l.wait(time.Minute)
	}
	l.merge("dev02", "dev01")
	l.wait(time.Minute)
	// Identity binds the ref to the survivor meanwhile.
	sn := l.snapshot("librenms down*2")
	sn.Observations[1].Device = id("dev01")
	l.judge(Instant{Snapshots: []Snapshot{sn}})
	l.back("dev02", "librenms/r-dev02")
	l.want("dev02", "up none pending")
	if got := l.state.Sources["librenms"]; got.Devices != 2 || got.Refs != 2 || !slices.ContainsFunc(got.Turns, func(t Turn) bool { return t.Device == id("dev01") }) {
		t.Errorf("librenms remembers %+v", got)
	}
	// One that nobody has put aside begins anew, with the reports that it is given.
	l.back("dev09", "librenms/r-dev02", "snmp/nothing")
	if d := l.state.Devices[id("dev09")]; d == nil || len(d.Reports) != 1 || l.state.Sources["librenms"].Devices != 2 {
		t.Errorf("dev09: %+v", d)
	}
}

// What a source remembers of a device goes along with the reports that are handed on.
func TestHandFollows(t *testing.T) {
	l := newLab(t)
	for range 2 {
		l.say("librenms up*4", "prtg up*4")
		l.wait(time.Minute)
	}
	l.say("librenms down*4")
	l.wait(time.Second)
	l.judge(Instant{Devices: []DeviceInfo{{ID: id("new"), Name: "new", Takes: []device.SourceRef{{Source: "librenms", Ref: "r-dev01"}}}}})
	s := l.state.Sources["librenms"]
	if s.Mass == nil || !slices.Contains(s.Mass.Devices, id("new")) || slices.Contains(s.Mass.Devices, id("dev01")) ||
		!slices.Contains(s.AllDown, id("new")) || slices.ContainsFunc(s.Turns, func(t Turn) bool { return t.Device == id("dev01") }) {
		t.Errorf("librenms remembers %+v, mass %+v", s, s.Mass)
	}
	if l.state.Devices[id("dev01")].Reports[0].Source != "prtg" || s.Devices != 4 {
		t.Errorf("dev01 %+v, %d devices", l.state.Devices[id("dev01")].Reports, s.Devices)
	}
}

// A mute that came with a device goes back with it, unless it has ended since.
func TestMutesComeBack(t *testing.T) {
	a := &Aside{Own: &Device{Mutes: []device.Mute{{Kind: "maintenance", Name: "x"}, {Kind: "maintenance", Name: "both"}}},
		Was: &Device{Mutes: []device.Mute{{Kind: "maintenance", Name: "both"}}}}
	now := []device.Mute{{Kind: "maintenance", Name: "both"}, {Kind: "maintenance", Name: "new"}, {Kind: "maintenance", Name: "x"}}
	back, stays := unmix(now, a)
	if len(back) != 2 || len(stays) != 2 || stays[1].Name != "new" || back[1].Name != "x" {
		t.Errorf("back %v, stays %v", back, stays)
	}
}

// A verdict and an incident that only the merge has brought about are taken back with it, and that is told.
func TestBackTakesTheVerdictBack(t *testing.T) {
	l := newLab(t)
	down := func(name string) []Bound {
		return []Bound{{Device: id(name), Observation: observation(t, "r-"+name, "down,mgmt=down,disk:1=warning")}}
	}
	for range 3 {
		l.say("librenms up,mgmt=up", "prtg up*1", "snmp up*1")
		l.wait(time.Minute)
	}
	for range 4 {
		l.judge(Instant{Snapshots: []Snapshot{{Source: "prtg", At: l.at, Observations: down("dev01")}, {Source: "snmp", At: l.at, Observations: down("dev01")}}})
		l.wait(time.Minute)
	}
	l.judge(Instant{Snapshots: []Snapshot{{Source: "librenms", At: l.at, Observations: down("nas1")}}})
	l.want("nas1", "up none pending")
	l.merge("dev01", "nas1")
	if got := l.state.Devices[id("nas1")].Status; got != device.StatusDown {
		t.Fatalf("one device of three voices is %s", got)
	}
	l.back("dev01", "prtg/r-dev01", "snmp/r-dev01")
	l.want("nas1", "up none pending")
	var told []string
	for _, e := range l.last {
		if e.Device != nil && e.Device.Name == "nas1" {
			told = append(told, string(e.Type)+" "+e.From+"->"+e.To)
		}
	}
	if !slices.Contains(told, "verdict.changed down->up") {
		t.Errorf("told: %v", l.told())
	}
}

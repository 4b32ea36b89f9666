package consensus

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

func TestDisputes(t *testing.T) {
	l := newLab(t)
	list := func() []string {
		out := []string{}
		for _, d := range Disputes(l.cfg, l.state, l.at) {
			out = append(out, fmt.Sprintf("%s %s%s held %s %.0f:%.0f opened %v ends %s %s", d.Device.Name, d.Facet, d.Component, d.Held, d.Up, d.Down, !d.OpenedAt.IsZero(), d.Then, d.Text))
		}
		return out
	}
	check := func(want ...string) {
		t.Helper()
		if d := cmp.Diff(want, list()); d != "" && len(want)+len(list()) > 0 {
			t.Errorf("%s (-want +got):\n%s", l.clock(), d)
		}
	}
	l.say("librenms up,disk:1=ok", "prtg up,disk:1=ok")
	check()
	l.wait(30 * time.Second)
	l.say("prtg down,mgmt=down,disk:1=critical")
	check("nas1 reach held up 1:1 opened false ends  nas1: sources disagree about reach: librenms for up, prtg for down; waiting for librenms to look again, due 12:01:00",
		"nas1 healthdisk:1 held ok 1:1 opened false ends  nas1: sources disagree about disk:1: librenms for ok, prtg for not ok; waiting for librenms to look again, due 12:01:00")
	l.wait(time.Minute)
	l.say("librenms up,disk:1=ok", "prtg down,mgmt=down,disk:1=ok")
	check("nas1 reach held up 1:1 opened true ends unknown nas1: sources disagree about reach: librenms for up, prtg for down")
	d := Disputes(l.cfg, l.state, l.at)[0]
	if len(d.Votes) != 2 || !d.OpenedAt.Equal(l.at) || !d.EndsAt.Equal(l.at.Add(10*time.Minute)) || d.Then != device.StateUnknown || !d.Since.Equal(t0.Add(30*time.Second)) {
		t.Errorf("%+v", d)
	}
	for range 12 {
		l.wait(time.Minute)
		l.say("librenms up", "prtg down")
	}
	if d := Disputes(l.cfg, l.state, l.at)[0]; d.Held != device.StateUnknown || !d.EndsAt.IsZero() {
		t.Errorf("%+v", d)
	}
}

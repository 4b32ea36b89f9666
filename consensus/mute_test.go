package consensus

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// order gives one order for nas1: "on NAME [for DURATION] [scheduled]" or "off [NAME] [scheduled]", of maintenance, or
// "ack" and "clear".
func (l *lab) order(words ...string) {
	l.t.Helper()
	l.wait(time.Millisecond) // no two instants are at the same time
	var in Instant
	for _, w := range words {
		f := strings.Fields(w)
		m := Mute{Device: id("nas1"), Kind: device.OverlayMaintenance, On: f[0] == "on" || f[0] == "ack"}
		if f[0] == "ack" || f[0] == "clear" {
			m.Kind, m.Reason = device.OverlayAcknowledged, "new fan is ordered"
		}
		for i := 1; i < len(f); i++ {
			switch f[i] {
			case "scheduled":
				m.Scheduled = true
			case "for":
				d, err := time.ParseDuration(f[i+1])
				if err != nil {
					l.t.Fatal(err)
				}
				m.Until = l.at.Add(d)
				i++
			default:
				m.Name = f[i]
			}
		}
		in.Mutes = append(in.Mutes, m)
	}
	l.judge(in)
	if _, ok := l.state.index.muted[id("nas1")]; ok != (len(l.state.Devices[id("nas1")].Mutes) > 0) {
		l.t.Errorf("%s: the index says %v", l.clock(), ok)
	}
}

func TestMaintenanceWindows(t *testing.T) {
	const began, ended = "maintenance.started nas1 ->up", "maintenance.ended nas1 ->up"
	type step struct {
		after string // since the step before
		order []string
		want  []string
	}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"ends by itself", []step{
			{"0s", []string{"on core for 10m"}, []string{began}}, {"9m59s", nil, nil}, {"1s", nil, []string{ended}}, {"1m", nil, nil},
		}},
		{"ends at the first instant behind its time", []step{{"0s", []string{"on core for 10m"}, []string{began}}, {"3h", nil, []string{ended}}}},
		{"without an end", []step{{"0s", []string{"on core"}, []string{began}}, {"1000h", nil, nil}, {"0s", []string{"off core"}, []string{ended}}}},
		{"ended by hand", []step{{"0s", []string{"on core for 10m"}, []string{began}}, {"1m", []string{"off"}, []string{ended}}, {"10m", nil, nil}}},
		{"ended under another name", []step{{"0s", []string{"on core for 10m"}, []string{began}}, {"1m", []string{"off other"}, nil}, {"9m", nil, []string{ended}}}},
		{"overlapping ones end with the last", []step{
			{"0s", []string{"on core for 10m"}, []string{began}}, {"5m", []string{"on night for 10m scheduled"}, nil},
			{"5m", nil, nil}, {"5m", nil, []string{ended}},
		}},
		{"the longer one first", []step{
			{"0s", []string{"on core for 30m"}, []string{began}}, {"5m", []string{"on night for 10m scheduled"}, nil}, {"15m", nil, nil}, {"10m", nil, []string{ended}},
		}},
		{"one after the other without a gap is one", []step{
			{"0s", []string{"on core for 10m"}, []string{began}}, {"10m", []string{"on night for 10m"}, nil}, {"10m", nil, []string{ended}},
		}},
		{"the same again goes on to the later end", []step{
			{"0s", []string{"on core for 30m"}, []string{began}}, {"1m", []string{"on core for 10m"}, nil}, {"11m", nil, nil},
			{"1m", []string{"on core for 30m"}, nil}, {"18m", nil, nil}, {"12m", nil, []string{ended}},
		}},
		{"over already", []step{{"0s", []string{"on core for 0s"}, nil}, {"0s", []string{"on core for -1m"}, nil}}},
		{"off and on at once", []step{{"0s", []string{"on core for 10m"}, []string{began}}, {"1m", []string{"on core for 10m", "off core"}, nil}, {"10m", nil, []string{ended}}}},
		{"a person ends a scheduled one", []step{
			{"0s", []string{"on night for 10m scheduled"}, []string{began}}, {"1m", []string{"off night"}, []string{ended}},
			{"1m", []string{"off"}, nil}, {"7m", nil, nil}, {"2m", nil, nil}, {"0s", []string{"on night for 10m scheduled"}, []string{began}},
		}},
		{"a person ends a scheduled one, and begins it again", []step{
			{"0s", []string{"on night for 10m scheduled"}, []string{began}}, {"1m", []string{"off night"}, []string{ended}},
			{"1m", []string{"on night for 10m"}, []string{began}}, {"10m", nil, []string{ended}},
		}},
		{"a schedule ends its own", []step{{"0s", []string{"on night for 10m scheduled"}, []string{began}}, {"1m", []string{"off night scheduled"}, []string{ended}}}},
		{"nothing to end", []step{{"0s", []string{"off core", "off"}, nil}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t)
			l.say("librenms up~1000h", "prtg up~1000h")
			for i, s := range c.steps {
				d, err := time.ParseDuration(s.after)
				if err != nil {
					t.Fatal(err)
				}
				l.wait(d)
				l.order(s.order...)
				if d := cmp.Diff(s.want, l.told(), cmp.Transformer("nil", func(s []string) string { return strings.Join(s, "\n") })); d != "" {
					t.Errorf("step %d, %s (-want +got):\n%s", i+1, l.clock(), d)
				}
			}
			if n := len(l.state.Devices[id("nas1")].Mutes); n > 1 {
				t.Errorf("%d mutes are left", n)
			}
		})
	}
}

// A window's events say what a notifier and a person need.
func TestMaintenanceIsTold(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up")
	l.wait(time.Second)
	l.judge(Instant{Mutes: []Mute{{Device: id("nas1"), Kind: device.OverlayMaintenance, On: true, Name: "core", Reason: "new fan", Until: t0.Add(3 * time.Minute)}}})
	e := l.last[0]
	if e.Text != "nas1 is in maintenance until 2026-01-01 12:03:00: core (new fan)" || e.Reason != "new fan" || !e.Until.Equal(t0.Add(3*time.Minute)) ||
		!slices.Equal(e.Overlays, []device.OverlayKind{device.OverlayMaintenance}) || e.Votes != nil {
		t.Errorf("%+v", e)
	}
	if c := Describe(l.cfg, l.state, id("nas1"), l.at); len(c.Mutes) != 1 || c.Mutes[0].Name != "core" || !c.Mutes[0].Since.Equal(l.at) {
		t.Errorf("%+v", c.Mutes)
	}
	l.wait(-time.Second)
	for range 3 {
		l.wait(time.Minute)
		l.say("librenms down", "prtg down")
	}
	// It went down meanwhile: that was recorded, and muted; the end tells it as if it had just happened.
	var down *device.Event
	for i := range l.events {
		if l.events[i].Type == device.EventVerdictChanged && l.events[i].To == "down" {
			down = &l.events[i]
		}
	}
	if down == nil || !slices.Equal(down.Overlays, []device.OverlayKind{device.OverlayMaintenance}) {
		t.Fatalf("%+v", down)
	}
	e = l.last[0]
	if e.Type != device.EventMaintenanceEnded || e.To != "down" || e.Standing != device.StandingConfirmed || e.Reason != "new fan" || len(e.Votes) != 2 ||
		len(e.Overlays) != 0 || !e.Since.Equal(t0.Add(time.Minute)) || e.Text != "maintenance of nas1 is over, and it is down" {
		t.Errorf("%+v", e)
	}
	l.wait(time.Second)
	l.judge(Instant{Mutes: []Mute{{Device: id("nas1"), Kind: device.OverlayMaintenance, On: true, Name: "core"}}})
	l.wait(time.Second)
	l.judge(Instant{Mutes: []Mute{{Device: id("nas1"), Kind: device.OverlayMaintenance, Reason: "done early"}}})
	if e := l.last[0]; e.Reason != "done early" {
		t.Errorf("%+v", e)
	}
}

func TestAcknowledged(t *testing.T) {
	const began = "acknowledged.started nas1 ->"
	l := newLab(t, func(c *Config) { c.Defaults.Confirm = 1 })
	l.say("librenms up", "prtg up")
	l.order("ack")
	l.wantTold() // there is nothing to know of
	if err := l.state.Refuse(Mute{Device: id("nas1"), Kind: device.OverlayAcknowledged, On: true}); err == nil || err.Error() != "nas1 is up: there is nothing to acknowledge" {
		t.Error(err)
	}
	l.wait(time.Minute)
	l.say("librenms up,fan:1=warning", "prtg up")
	l.order("ack")
	l.wantTold(began + "degraded")
	l.want("nas1", "degraded confirmed acknowledged")
	if got, want := l.last[0].Text, "somebody knows that nas1 is degraded: new fan is ordered"; got != want {
		t.Error(got)
	}
	l.wait(time.Minute)
	l.say("librenms up,fan:1=critical", "prtg up") // worse, but not down
	l.want("nas1", "degraded confirmed acknowledged")
	l.wait(time.Minute)
	l.say("librenms down", "prtg down") // another problem than the one that somebody knows of
	l.want("nas1", "down confirmed")
	l.wantTold("verdict.changed nas1 degraded->down", "acknowledged.ended nas1 ->down", "incident.opened nas1")
	l.order("ack")
	l.wantTold(began + "down")
	l.wait(time.Minute)
	l.say("librenms paused", "prtg paused")
	l.want("nas1", "unknown none abstained acknowledged")
	l.wait(time.Minute)
	l.say("librenms down", "prtg down")
	l.want("nas1", "down confirmed acknowledged")
	l.wait(time.Minute)
	l.say("librenms up", "prtg up")
	l.wantTold("verdict.changed nas1 down->up", "acknowledged.ended nas1 ->up", "incident.closed nas1")
	l.want("nas1", "up confirmed")
	if len(l.state.index.muted) != 0 {
		t.Errorf("%v", l.state.index.muted)
	}
	l.wait(time.Minute)
	l.say("librenms down", "prtg down")
	l.order("ack")
	l.order("clear")
	l.wantTold("acknowledged.ended nas1 ->down")
}

// A dispute can be acknowledged although the device is still held up, until it is settled.
func TestAcknowledgedDispute(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up", "snmp paused")
	l.wait(time.Minute)
	l.say("librenms up", "prtg down")
	l.order("ack")
	l.wait(time.Minute)
	l.say("librenms up", "prtg down")
	l.want("nas1", "up disputed acknowledged")
	l.wait(time.Minute)
	l.say("librenms up", "prtg up")
	l.want("nas1", "up confirmed")
	l.wantTold("dispute.closed nas1 reach up->up winner up", "acknowledged.ended nas1 ->up")
}

func TestRefusedOrders(t *testing.T) {
	l := newLab(t)
	l.say("prtg up")
	for _, c := range []struct {
		m    Mute
		want string
	}{
		{Mute{Device: "d_none", Kind: device.OverlayMaintenance}, `there is no device "d_none"`},
		{Mute{Device: id("nas1"), Kind: device.OverlayFlapping}, `nobody can order "flapping"`},
	} {
		if err := l.state.Refuse(c.m); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if err := l.state.Refuse(Mute{Device: id("nas1"), Kind: device.OverlayMaintenance, On: true}); err != nil {
		t.Error(err)
	}
}

// The survivor of a merger is in the maintenance of both.
func TestMergedMutes(t *testing.T) {
	l := newLab(t)
	l.say("prtg up*2", "librenms up*3")
	var in Instant
	for name, until := range map[string]time.Duration{"dev01": time.Minute, "dev02": 2 * time.Minute} {
		in.Mutes = append(in.Mutes, Mute{Device: id(name), Kind: device.OverlayMaintenance, On: true, Name: name, Until: l.at.Add(until)})
	}
	l.wait(time.Second)
	l.judge(in)
	l.wait(time.Second)
	l.judge(Instant{Devices: []DeviceInfo{{ID: id("dev02"), MergedInto: id("dev01")}}})
	l.wait(time.Second)
	l.judge(Instant{Devices: []DeviceInfo{{ID: id("dev01"), MergedInto: id("dev03")}}})
	l.want("dev03", "up confirmed maintenance")
	l.wait(time.Minute)
	l.tick()
	l.want("dev03", "up confirmed maintenance")
	l.wait(time.Minute)
	l.tick()
	l.want("dev03", "up confirmed")
	if n := l.count(device.EventMaintenanceEnded); n != 1 || len(l.state.index.muted) != 0 {
		t.Errorf("%d ended, the index says %v", n, l.state.index.muted)
	}
}

// A child that is still down when its parent is back is told of, after the others had the time to follow.
func TestUnreachableEnds(t *testing.T) {
	l := newLab(t, tree)
	l.say("prtg up*4", "snmp up*4")
	l.wait(time.Minute)
	l.say("prtg down*4", "snmp down*4")
	if n := l.count(device.EventUnreachableEnded); n != 0 {
		t.Error(n)
	}
	l.wait(time.Minute)
	l.say("prtg up*1+down*2+up*1", "snmp up*1+down*2+up*1")
	l.wantTold("verdict.changed dev01 down->up", "unreachable.ended dev02 ->down", "unreachable.ended dev03 ->down", "verdict.changed dev04 down->up", "incident.changed dev01")
	e := l.last[1]
	if e.Text != "dev02 is still down, and no longer because of dev01" || e.Because == nil || e.Because.Name != "dev01" || !e.NotifyAt.Equal(l.at.Add(30*time.Second)) || len(e.Votes) != 2 {
		t.Errorf("%+v", e)
	}
}

// An incident says whom it holds, and how long to wait with telling of a child.
func TestIncidentForNotifiers(t *testing.T) {
	l := newLab(t, tree)
	l.say("prtg up*4", "snmp up*4")
	l.wait(time.Minute)
	l.say("prtg up*1+down*1+up*2", "snmp up*1+down*1+up*2")
	e := l.last[len(l.last)-1]
	if e.Type != device.EventIncidentOpened || !e.NotifyAt.Equal(l.at.Add(30*time.Second)) || len(e.Devices) != 1 || e.Devices[0].Name != "dev02" {
		t.Errorf("a child: %+v", e)
	}
	l.wait(time.Minute)
	l.say("prtg down*4", "snmp down*4")
	e = l.last[len(l.last)-1]
	if e.Type != device.EventIncidentOpened || !e.NotifyAt.IsZero() || len(e.Devices) != 3 {
		t.Errorf("the root: %+v", e)
	}
	l = newLab(t, tree, func(c *Config) { c.Overrides["dev01"] = Override{Confirm: new(100)} })
	l.say("prtg up*2")
	for range 6 {
		l.wait(time.Minute)
		l.say("prtg down*2")
	}
	if e := l.last[len(l.last)-1]; e.Type != device.EventIncidentOpened || !e.NotifyAt.IsZero() {
		t.Errorf("one that has waited for its parent: %+v", e)
	}
}

// Mutes lists whom a plan covers, and whoever is muted besides.
func TestMutes(t *testing.T) {
	l := newLab(t)
	l.say("prtg up*12")
	l.wait(time.Second)
	l.judge(Instant{Mutes: []Mute{{Device: id("dev10"), Kind: device.OverlayMaintenance, On: true, Name: "core"}}})
	var got []string
	for _, h := range Mutes(l.state, map[string]bool{"dev09": true, "dev12": true, "dev99": true}) {
		got = append(got, fmt.Sprint(h.Device.Name, len(h.Mutes)))
	}
	if d := cmp.Diff([]string{"dev090", "dev101", "dev120"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	// Who merges into a device that has a window of the same name leaves that device's.
	if out := inherit([]device.Mute{{Kind: device.OverlayMaintenance, Name: "core"}}, []device.Mute{{Kind: device.OverlayMaintenance, Name: "core", Reason: "other"}}); len(out) != 1 || out[0].Reason != "" {
		t.Errorf("%+v", out)
	}
}

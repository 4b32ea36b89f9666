package consensus

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// explained is what a person reads of a device now: the verdict in force, and how it stands.
func (l *lab) explained(name string) string {
	l.t.Helper()
	c := Describe(l.cfg, l.state, id(name), l.at)
	v := AsVerdict(c)
	text := Explain(v)
	for i := range l.all {
		if l.all[i].Verdict.Device.Name == name {
			v = l.all[i].Verdict
			text = Explain(v)
		}
	}
	var disputes []device.Dispute
	for _, d := range Disputes(l.cfg, l.state, l.at) {
		if d.Device.ID == id(name) {
			disputes = append(disputes, d)
		}
	}
	if stand := ExplainStand(v, c, disputes, l.at); stand != "" {
		text += "\n  " + stand
	}
	return text + "\n"
}

// TestExplainEveryOutcome holds what is said of each kind of outcome, right after it was decided and later.
func TestExplainEveryOutcome(t *testing.T) {
	const golden = "testdata/explained.txt"
	var b strings.Builder
	polls := func(l *lab, n int, words ...string) {
		for range n {
			l.wait(time.Minute)
			l.say(words...)
		}
	}
	two := []string{"librenms up", "prtg up"}
	for _, c := range []struct {
		name  string
		about string // the device, nas1 by default
		cfg   []func(*Config)
		play  func(l *lab)
	}{
		{"single", "", nil, func(l *lab) { l.say("librenms up") }},
		{"confirmed", "", nil, func(l *lab) { l.say(two...) }},
		{"confirmed, and the same later", "", nil, func(l *lab) { l.say(two...); polls(l, 3, two...) }},
		{"two sources that are one witness", "", []func(*Config){source("librenms", func(s *Source) { s.FaultDomain = "pve1" }), source("prtg", func(s *Source) { s.FaultDomain = "pve1" })},
			func(l *lab) { l.say(two...) }},
		{"down, one against two", "", nil, func(l *lab) {
			l.say("librenms up", "prtg up", "snmp up")
			polls(l, 3, "librenms up", "prtg down", "snmp down")
		}},
		{"pending", "", nil, func(l *lab) { l.say("librenms up"); polls(l, 2, "librenms down") }},
		{"waiting for a source to look again", "", nil, func(l *lab) {
			l.say(two...)
			l.wait(30 * time.Second)
			l.say("prtg down")
		}},
		{"disputed", "", nil, func(l *lab) { l.say(two...); polls(l, 3, "librenms up", "prtg down") }},
		{"disputed until it was given up", "", nil, func(l *lab) { l.say(two...); polls(l, 13, "librenms up", "prtg down") }},
		{"disputed, which counts as up", "", []func(*Config){func(c *Config) { c.Defaults.OnDispute = device.StateUp }}, func(l *lab) { l.say(two...); polls(l, 13, "librenms up", "prtg down") }},
		{"disputed, which came to count as down", "", []func(*Config){func(c *Config) { c.Defaults.OnDispute = device.StateDown }}, func(l *lab) { l.say(two...); polls(l, 13, "librenms up", "prtg down") }},
		{"a part disputed", "", nil, func(l *lab) {
			l.say("librenms up,disk:1=ok", "prtg up,disk:1=ok")
			polls(l, 3, "librenms up,disk:1=ok", "prtg up,disk:1=critical")
		}},
		{"disputed, which will count as up", "", []func(*Config){func(c *Config) { c.Defaults.OnDispute = device.StateUp }}, func(l *lab) { l.say(two...); polls(l, 3, "librenms up", "prtg down") }},
		{"unknown, and by now for another reason", "", nil, func(l *lab) {
			l.say(two...)
			polls(l, 5, "librenms fail", "prtg fail")
			polls(l, 1, "librenms paused", "prtg excluded")
		}},
		{"down, which two others contradict by now", "", nil, func(l *lab) {
			l.say("librenms up", "prtg up", "snmp paused")
			polls(l, 3, "librenms down", "prtg down", "snmp paused")
			polls(l, 1, "librenms up@0.3", "prtg down", "snmp up@0.2")
		}},
		{"pending, as two say", "", nil, func(l *lab) {
			l.say("librenms up", "prtg up", "snmp up@0.3")
			polls(l, 1, "librenms down", "prtg down", "snmp up@0.3")
		}},
		{"in maintenance without an end or a name", "", nil, func(l *lab) {
			l.say(two...)
			l.wait(time.Second)
			l.judge(Instant{Mutes: []Mute{{Device: id("nas1"), Kind: device.OverlayMaintenance, On: true}}})
		}},
		{"unknown: never seen", "", nil, func(l *lab) { l.judge(Instant{Devices: []DeviceInfo{{ID: id("nas1"), Name: "nas1"}}}) }},
		{"unknown: the first word is weak", "", nil, func(l *lab) { l.say("snmp down@0.5") }},
		{"unknown: abstained", "", nil, func(l *lab) { l.say(two...); polls(l, 1, "librenms paused", "prtg excluded") }},
		{"unknown: stale", "", nil, func(l *lab) { l.say(two...); polls(l, 5, "librenms fail", "prtg fail") }},
		{"unknown: no quorum", "", []func(*Config){func(c *Config) { c.Defaults.Quorum = 2 }}, func(l *lab) { l.say(two...); polls(l, 1, "librenms paused", "prtg up") }},
		{"unknown: the source is suspect", "dev02", nil, func(l *lab) {
			l.say("librenms up*5", "prtg up*5")
			polls(l, 1, "librenms down*5", "prtg up*5")
			polls(l, 5, "librenms down*5", "prtg fail")
		}},
		{"unknown: the source is blind", "dev02", nil, func(l *lab) {
			l.say("librenms up*5", "prtg up*5")
			polls(l, 6, "librenms fail", "prtg down*5")
		}},
		{"degraded: the agent does not answer", "", nil, func(l *lab) { l.say("librenms up,mgmt=up", "prtg up"); polls(l, 3, "librenms up,mgmt=down", "prtg up") }},
		{"degraded: a part", "", nil, func(l *lab) {
			l.say("librenms up,disk:1=ok,fan:1=ok", "prtg up")
			polls(l, 3, "librenms up,disk:1=critical,fan:1=warning", "prtg up")
			polls(l, 3, "librenms up,disk:1=ok,fan:1=warning", "prtg up")
		}},
		{"unreachable", "dev02", []func(*Config){tree}, func(l *lab) { l.say("prtg up*4", "snmp up*4"); polls(l, 1, "prtg down*4", "snmp down*4") }},
		{"unreachable since its parent went down as well", "dev02", []func(*Config){tree}, func(l *lab) {
			l.say("prtg up*4", "snmp up*4")
			polls(l, 1, "prtg up*1+down*1+up*2", "snmp up*1+down*1+up*2")
			polls(l, 1, "prtg down*4", "snmp down*4")
		}},
		{"in maintenance", "", nil, func(l *lab) {
			l.say(two...)
			l.wait(time.Second)
			l.judge(Instant{Mutes: []Mute{{Device: id("nas1"), Kind: device.OverlayMaintenance, On: true, Name: "patch night", Reason: "kernel", Until: l.at.Add(time.Hour)}}})
		}},
		{"acknowledged", "", nil, func(l *lab) {
			l.say("librenms up,fan:1=critical", "prtg up")
			polls(l, 3, "librenms up,fan:1=critical", "prtg up")
			l.wait(time.Second)
			l.judge(Instant{Mutes: []Mute{{Device: id("nas1"), Kind: device.OverlayAcknowledged, On: true, Reason: "a fan is ordered"}}})
		}},
		{"flapping", "", nil, func(l *lab) {
			l.say(two...)
			for range 10 {
				polls(l, 1, "librenms down", "prtg down")
				polls(l, 1, two...)
			}
		}},
		{"redundancy lost", "", nil, func(l *lab) { l.say(two...); polls(l, 20, "librenms fail", "prtg up") }},
		{"contradicted by a suspect source", "dev02", nil, func(l *lab) {
			l.say("librenms up*5", "prtg up*5", "snmp up*5")
			polls(l, 2, "librenms down*5", "prtg up*5", "snmp up*5")
		}},
		{"contradicted by a source that is blind", "dev02", []func(*Config){source("librenms", func(s *Source) { s.Anchors = []string{"dev01"} })}, func(l *lab) {
			l.say("librenms up*2", "prtg up*2")
			polls(l, 1, "librenms down*2", "prtg up*2")
		}},
		{"after a restart", "", nil, func(l *lab) {
			l.say(two...)
			l.wait(3 * time.Minute)
			l.judge(Instant{Restart: true})
			l.wait(30 * time.Second)
			l.say("prtg up")
		}},
	} {
		l := newLab(t, c.cfg...)
		c.play(l)
		about := c.about
		if about == "" {
			about = "nas1"
		}
		fmt.Fprintf(&b, "== %s\n%s\n", c.name, l.explained(about))
	}
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("%s (-want +got; -update rewrites it, then review it):\n%s", golden, d)
	}
}

package consensus

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

func TestBlindIsToldOnce(t *testing.T) {
	l := newLab(t)
	l.say("librenms up")
	l.wait(time.Minute)
	l.say("librenms fail")
	l.wantTold()
	if h := l.health("librenms"); h != device.HealthUp {
		t.Errorf("after one failed poll: %s", h)
	}
	l.wait(time.Minute)
	l.say("librenms fail")
	l.wantTold("source.blind librenms")
	if got, want := l.last[0].Text, "librenms is blind: 2 polls in a row failed: timeout"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	l.wait(time.Minute)
	l.say("librenms fail")
	l.wantTold()
	s := DescribeSource(l.cfg, l.state, "librenms", l.at)
	want := device.SourceStatus{
		Name: "librenms", Health: device.HealthBlind, LastSuccess: t0, Devices: 1, Domain: "librenms",
		Interval: device.Duration(time.Minute), LastPoll: l.at, Failures: 3, LastError: "timeout",
	}
	if d := cmp.Diff(want, s); d != "" {
		t.Error(d)
	}
	l.say("librenms up")
	l.wantTold("source.recovered librenms blind->")
	if got, want := l.last[0].Text, "librenms answers again after 3 failed polls"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

// What a source says of its failure is cut where nobody reads on.
func TestLongFailure(t *testing.T) {
	l := newLab(t)
	for range 2 {
		l.judge(Instant{Snapshots: []Snapshot{{Source: "librenms", At: l.at, Err: strings.Repeat("ü", 100_000)}}})
		l.wait(time.Minute)
	}
	if got, want := l.last[0].Reason, strings.Repeat("ü", 300)+"..."; got != want || !strings.HasSuffix(l.last[0].Text, want) {
		t.Errorf("%d characters: %.40s", len(got), got)
	}
}

func TestUnknownSourceIsIgnored(t *testing.T) {
	l := newLab(t)
	l.say("nagios down")
	if len(l.state.Devices) != 0 || len(l.state.Sources) != 0 || len(l.events) != 0 {
		t.Errorf("%+v", l.state)
	}
	if s := DescribeSource(l.cfg, l.state, "nagios", l.at); s.Health != device.HealthUp || s.Domain != "" {
		t.Errorf("%+v", s)
	}
}

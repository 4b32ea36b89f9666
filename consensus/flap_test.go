package consensus

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestFlapping(t *testing.T) {
	l := newLab(t, func(c *Config) { c.Defaults.Confirm = 1 })
	say := func(word string) {
		l.say("prtg " + word)
		l.wait(time.Minute)
	}
	for i := range 9 {
		say([]string{"up", "down"}[i%2])
	}
	if l.count(device.EventFlappingStart) != 0 {
		t.Error("flapping with nine in the ring")
	}
	say("down")
	if l.count(device.EventFlappingStart) != 1 {
		t.Fatal("not flapping with ten in the ring")
	}
	l.want("nas1", "down single flapping")
	l.say("librenms paused")
	l.tick()
	if n := len(l.state.Devices[id("nas1")].Ring); n != 10 {
		t.Errorf("%d in the ring without new evidence", n)
	}
	n := 0
	for ; l.count(device.EventFlappingEnd) == 0 && n < 30; n++ {
		say("up")
	}
	e := l.last[0]
	if e.Type != device.EventFlappingEnd || e.To != "up" || e.Text != "nas1 has stopped flapping and is up" {
		t.Errorf("%+v", e)
	}
	ring := l.state.Devices[id("nas1")].Ring
	if s := changeShare(ring); s >= 0.25 || changeShare("x"+ring[:len(ring)-1]) < 0.2 {
		t.Errorf("ended at %v of %s after %d", s, ring, n)
	}
	l.want("nas1", "up single")
}

func TestChangeShare(t *testing.T) {
	for _, c := range []struct {
		ring string
		want float64
	}{
		{"", 0}, {"u", 0}, {"ud", 1}, {"uu", 0}, {"udu", 1}, {"uud", 0.6}, {"duu", 0.4}, {strings.Repeat("ud", 10), 1},
		{"d" + strings.Repeat("u", 19), 0.8 / 19},
	} {
		if got := changeShare(c.ring); got < c.want-1e-12 || got > c.want+1e-12 {
			t.Errorf("%q: %v, want %v", c.ring, got, c.want)
		}
	}
}

func TestContestedDoesNotEnterTheRing(t *testing.T) {
	l := newLab(t)
	l.say("librenms up", "prtg up")
	l.wait(time.Minute)
	l.say("librenms up", "prtg down")
	l.wait(time.Minute)
	l.say("librenms paused", "prtg paused")
	if r := l.state.Devices[id("nas1")].Ring; r != "u" {
		t.Errorf("%q", r)
	}
}

package consensus

import (
	"slices"
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

// The ring holds twenty, and flapping starts above 30 % of changes in it.
func TestFlappingStartsAbove30Percent(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []int // pairs of neighbours, of 19
		want    bool
	}{
		{"0.284", []int{2, 3, 4, 5, 6, 7}, false},
		{"0.298", []int{4, 5, 6, 7, 8, 9}, false},
		{"0.305", []int{5, 6, 7, 8, 9, 10}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ring, now := "u", "u"
			for i := range 19 {
				if slices.Contains(c.changes, i) {
					now = map[string]string{"u": "d", "d": "u"}[now]
				}
				ring += now
			}
			l := newLab(t)
			l.say("prtg up")
			d := *l.state.Devices[id("nas1")]
			d.Ring = "u" + ring[:19] // one that has to go
			l.state.Devices[id("nas1")] = &d
			l.wait(time.Minute)
			l.say("prtg " + map[string]string{"u": "up", "d": "down"}[now])
			if got := l.state.Devices[id("nas1")]; got.Ring != ring || got.Flapping != c.want {
				t.Errorf("%q of %v: flapping %v, want %q", got.Ring, changeShare(got.Ring), got.Flapping, ring)
			}
		})
	}
}

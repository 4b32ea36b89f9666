package identity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// with is an identity of a few keys; each is an address, a MAC, a serial "SN-..." or a host name.
func with(ref, name string, keys ...string) device.Identity {
	o := device.Identity{Ref: ref, Name: name}
	for _, k := range keys {
		switch {
		case strings.HasPrefix(k, "SN-"):
			o.Serial = k
		case strings.HasPrefix(k, "00:"):
			o.MACs = append(o.MACs, k)
		case strings.HasPrefix(k, "192."):
			o.Addresses = append(o.Addresses, k)
		default:
			o.Hostnames = append(o.Hostnames, k)
		}
	}
	return o
}

const (
	macA = "00:00:5e:00:53:0a"
	macB = "00:00:5e:00:53:0b"
)

// Where two keys of a new ref point at different devices the higher one wins, and a device that is known before one
// that is not.
func TestPrecedenceOfKeys(t *testing.T) {
	for _, c := range []struct {
		name          string
		known, arrive []identity.Arrival
		want          string
	}{
		{
			"a host name before a MAC",
			[]identity.Arrival{poll("librenms", with("1", "a", "a.example.org"), with("2", "b", macB))},
			[]identity.Arrival{poll("prtg", with("9", "x", "a.example.org", macB))},
			"a: librenms/1 prtg/9\nb: librenms/2",
		},
		{
			"an address before a MAC",
			[]identity.Arrival{poll("librenms", with("1", "a", macA), with("2", "b", "192.0.2.2"))},
			[]identity.Arrival{poll("prtg", with("9", "x", "192.0.2.2", macA))},
			"a: librenms/1\nb: librenms/2 prtg/9",
		},
		{
			"a MAC before a serial",
			[]identity.Arrival{poll("librenms", with("1", "a", "SN-1"), with("2", "b", macB))},
			[]identity.Arrival{poll("prtg", with("9", "x", macB, "SN-1"))},
			"a: librenms/1\nb: librenms/2 prtg/9",
		},
		{
			"a known device before a new ref",
			[]identity.Arrival{poll("snmp", with("1", "old", "192.0.2.1", "SN-1"))},
			[]identity.Arrival{poll("librenms", with("9", "x", "192.0.2.1")), poll("prtg", with("5", "new", "192.0.2.1", "SN-2"))},
			"new: prtg/5\nold: librenms/9 snmp/1",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, identity.Config{})
			l.instant(c.known...)
			l.instant(c.arrive...)
			l.want("bound", c.want)
		})
	}
}

// A name is no second key where it is bare on either side: it is the same weak evidence once more.
func TestABareNameIsNoSecondKey(t *testing.T) {
	l := newLab(t, identity.Config{Domains: []string{"example.net"}})
	l.instant(poll("prtg", with("9", "nas1", "nas1", "192.0.2.9")))
	l.instant(poll("librenms", with("1", "nas1", "nas1.example.net")))
	if b := l.st.Bindings[device.SourceRef{Source: "librenms", Ref: "1"}]; !b.Weak {
		t.Errorf("bound for sure by %s", b.By)
	}
}

// An empty snapshot, and one with less than half of what its source had, takes nothing away.
func TestShortSnapshotsUnbindNothing(t *testing.T) {
	four := []device.Identity{id("1", "a", "192.0.2.1"), id("2", "b", "192.0.2.2"), id("3", "c", "192.0.2.3"), id("4", "d", "192.0.2.4")}
	for _, c := range []struct {
		name   string
		had    int
		now    int
		absent int
	}{
		{"none of one", 1, 0, 0},
		{"none of four", 4, 0, 0},
		{"one of four", 4, 1, 0},
		{"two of four", 4, 2, 2},
		{"one of three", 3, 1, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, identity.Config{})
			l.instant(poll("librenms", four[:c.had]...))
			l.instant(poll("librenms", four[:c.now]...))
			n := 0
			for _, b := range l.st.Bindings {
				if !b.AbsentSince.IsZero() {
					n++
				}
			}
			if n != c.absent {
				t.Errorf("%d are gone, want %d", n, c.absent)
			}
		})
	}
}

// Two devices that the owner describes both are two, whatever they share.
func TestPinnedDevicesStayTwo(t *testing.T) {
	l := newLab(t, identity.Config{Pins: []identity.Pin{
		{Name: "one", Refs: map[string][]string{"librenms": {"1"}}}, {Name: "two", Refs: map[string][]string{"prtg": {"1"}}},
	}})
	l.instant(poll("librenms", with("1", "a", "SN-1")), poll("prtg", with("1", "b", "SN-2")))
	got := l.instant(poll("prtg", with("1", "b", "SN-1")))
	l.want("pinned", "one: librenms/1\ntwo: prtg/1")
	if len(got) != 1 || !strings.HasPrefix(got[0], "identity.conflict: ") {
		t.Errorf("%q", got)
	}
}

// A pin that names a ref stands above its serial: one that changes holds nothing.
func TestPinnedRefMayChangeItsSerial(t *testing.T) {
	l := newLab(t, identity.Config{Pins: []identity.Pin{{Name: "one", Refs: map[string][]string{"librenms": {"1"}}}}})
	l.instant(poll("librenms", with("1", "a", "SN-1")))
	wantEvents(t, l.instant(poll("librenms", with("1", "a", "SN-2"))))
	if l.bound["librenms/1"].Held {
		t.Error("its votes are held")
	}
}

// While a lab moves, an address is no reason to merge two devices; of two that move it is, and of a lab a day later.
func TestAddressesOfALabThatMoves(t *testing.T) {
	for _, c := range []struct {
		name   string
		movers int
		after  time.Duration
		merged bool
	}{
		{"two move", 2, 0, true},
		{"three move", 3, 0, false},
		{"three, 23 h later", 3, 23 * time.Hour, false},
		{"three, 25 h later", 3, 25 * time.Hour, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, identity.Config{})
			old := []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}
			now := []string{"192.0.2.11", "192.0.2.12", "192.0.2.13"}
			say := func(addresses []string) identity.Arrival {
				var ids []device.Identity
				for i, a := range addresses {
					ids = append(ids, id(string(rune('1'+i)), "lib-"+string(rune('a'+i)), a))
				}
				return poll("librenms", ids...)
			}
			l.instant(say(old[:c.movers]), poll("prtg", id("9", "other", "192.0.2.11")))
			l.instant(say(now[:c.movers]))
			if c.after > 0 {
				l.at = l.at.Add(c.after)
				l.instant(poll("prtg", id("9", "other", "192.0.2.11")))
			}
			first, other := l.st.Bindings[device.SourceRef{Source: "librenms", Ref: "1"}], l.st.Bindings[device.SourceRef{Source: "prtg", Ref: "9"}]
			if got := first.Device == other.Device; got != c.merged {
				t.Errorf("merged: %v, want %v", got, c.merged)
			}
		})
	}
}

// Of a field the newest value stands, and never a placeholder.
func TestTheNewestValueStands(t *testing.T) {
	l := newLab(t, identity.Config{})
	model := func(ref, value string) device.Identity {
		o := id(ref, "nas1", "192.0.2.1")
		o.Model = value
		return o
	}
	l.instant(poll("librenms", model("1", "DS918")), poll("prtg", model("9", "DS920")))
	l.instant(poll("prtg", model("9", "DS923")))
	field := func() identity.Field {
		for _, f := range l.st.Fields(l.bound["prtg/9"].Device) {
			if f.Name == "model" {
				return f
			}
		}
		t.Fatal("no model")
		return identity.Field{}
	}
	if f := field(); f.Value != "DS923" || f.Source != "prtg" || len(f.Dissent) != 1 || f.Dissent[0].Value != "DS918" {
		t.Errorf("%+v", f)
	}
	l.instant(poll("prtg", model("9", "<unknown>")))
	if f := field(); f.Value != "DS918" || f.Source != "librenms" {
		t.Errorf("%+v", f)
	}
}

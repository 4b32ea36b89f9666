package identity_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

func undo(d device.ID, at time.Time) identity.Order {
	return identity.Order{Kind: identity.OrderUndo, Device: d, At: at}
}

// What has happened to the two devices since decides what of a merge can be taken back.
func TestUndoMergeLater(t *testing.T) {
	l := twoNAS(t, identity.Config{})
	l.order(identity.Order{Kind: identity.OrderMerge, Device: l.find("nas1"), Other: l.find("storage")})
	merged, at := l.find("librenms/1"), l.at
	brought, own := "librenms/1", "prtg/9"
	if l.st.Devices[merged].NamedBy.Source == "librenms" {
		brought, own = own, brought
	}

	// The survivor's own ref is split off: with nothing of its own left it cannot give anything back.
	l.order(identity.Order{Kind: identity.OrderSplit, Device: merged, Refs: sourceRefs(own)})
	l.refused(undo(merged, at), "would be left with nothing")
	l.order(identity.Order{Kind: identity.OrderUndo})

	// What was brought is elsewhere by now.
	l.order(identity.Order{Kind: identity.OrderSplit, Device: merged, Refs: sourceRefs(brought)})
	l.refused(undo(merged, at), "there is nothing to give back")
	split := l.at
	l.order(undo(merged, split))

	// The device that carries it on is forgotten, and comes back.
	l.order(identity.Order{Kind: identity.OrderForget, Device: merged})
	l.refused(undo(merged, at), "was forgotten at")
	l.order(identity.Order{Kind: identity.OrderUndo})

	// Another device has taken the name meanwhile: the one that returns gets another.
	gone := "storage"
	if brought == "librenms/1" {
		gone = "nas1"
	}
	l.instant(poll("snmp", id("5", gone, "192.0.2.55")))
	l.order(undo(merged, at))
	if got := l.st.Devices[l.find(brought)].Name; got != gone+"-2" {
		t.Errorf("it came back as %q", got)
	}
	l.refused(undo(merged, at), "taken back already")
}

func TestUndoSplitLater(t *testing.T) {
	l := newLab(t, identity.Config{})
	l.instant(poll("librenms", id("1", "nas1", "192.0.2.1")), poll("prtg", id("9", "", "192.0.2.1")), poll("snmp", id("5", "", "192.0.2.1")))
	nas := l.find("nas1")
	l.order(identity.Order{Kind: identity.OrderSplit, Device: nas, Refs: sourceRefs("prtg/9", "snmp/5")})
	at, off := l.at, l.find("prtg/9")
	// A part of what was split is split again; the rest joins, with what the split device has met since.
	l.order(identity.Order{Kind: identity.OrderSplit, Device: off, Refs: sourceRefs("snmp/5")})
	l.instant(poll("ping", id("7", "", "192.0.2.9")))
	l.order(identity.Order{Kind: identity.OrderMerge, Device: off, Other: l.find("ping/7")})
	l.order(undo(nas, at))
	for ref, want := range map[string]bool{"librenms/1": true, "prtg/9": true, "ping/7": true, "snmp/5": false} {
		if got := l.find(ref) == nas; got != want {
			t.Errorf("%s is with nas1: %t", ref, got)
		}
	}
	l.refused(undo(nas, at.Add(time.Hour)), "nothing to undo")

	// The configuration may say by now that they stay apart.
	l.order(identity.Order{Kind: identity.OrderSplit, Device: nas, Refs: sourceRefs("prtg/9")})
	at = l.at
	l.cfg = &identity.Config{NeverMerge: [][2]string{{"nas1", l.st.Devices[l.find("prtg/9")].Name}}}
	l.refused(undo(nas, at), `take the pair out of "never_merge"`)
	l.cfg = &identity.Config{Pins: []identity.Pin{{Name: "other", Refs: map[string][]string{"prtg": {"9"}}}}}
	l.instant()
	l.refused(undo(nas, at), "take it out of that device block")
}

// What was held for its chassis serial counts once the others are split off, and is held again when they come back.
func TestUndoSplitHoldsAgain(t *testing.T) {
	l := newLab(t, identity.Config{})
	one, two := id("1", "nas1", "192.0.2.1"), id("9", "nas1", "192.0.2.1")
	one.Serial, two.Serial = "SN-1", "SN-1"
	l.instant(poll("librenms", one), poll("prtg", two))
	two.Serial = "SN-2"
	l.instant(poll("prtg", two))
	held := func(want bool) {
		t.Helper()
		if got := l.st.Bindings[device.SourceRef{Source: "prtg", Ref: "9"}].Held != ""; got != want {
			t.Errorf("held: %t", got)
		}
	}
	held(true)
	nas := l.find("nas1")
	l.order(identity.Order{Kind: identity.OrderSplit, Device: nas, Refs: sourceRefs("librenms/1")})
	held(false)
	l.order(undo(nas, l.at))
	held(true)
}

func TestUndoAgainstPins(t *testing.T) {
	l := twoNAS(t, identity.Config{})
	nas := l.find("nas1")
	l.order(identity.Order{Kind: identity.OrderRename, Device: nas, Name: "vault"})
	renamed := l.at
	l.order(identity.Order{Kind: identity.OrderForget, Device: l.find("storage")})
	storage, forgotten := device.ID(""), l.at
	for id, d := range l.st.Devices {
		if d.Name == "storage" {
			storage = id
		}
	}
	l.cfg = &identity.Config{Pins: []identity.Pin{
		{Name: "nas", Refs: map[string][]string{"librenms": {"1"}}}, {Name: "store", Refs: map[string][]string{"prtg": {"9"}}},
	}}
	l.both()
	l.refused(undo(nas, renamed), "the configuration calls it nas by now")
	l.refused(undo(storage, forgotten), "the configuration has given all")
	l.want("pinned", "nas: librenms/1\nstore: prtg/9")
}

// A confirmation of a ref that has left its device since has nothing to take back.
func TestUndoConfirmLater(t *testing.T) {
	l := newLab(t, identity.Config{})
	l.instant(poll("librenms", device.Identity{Ref: "1", Name: "nas1", Hostnames: []string{"nas1"}, Addresses: []string{"192.0.2.1"}}),
		poll("prtg", device.Identity{Ref: "9", Hostnames: []string{"nas1"}}))
	nas := l.find("nas1")
	l.order(identity.Order{Kind: identity.OrderConfirm, Device: nas, Refs: sourceRefs("prtg/9")})
	at := l.at
	l.order(identity.Order{Kind: identity.OrderSplit, Device: nas, Refs: sourceRefs("prtg/9")})
	l.refused(undo(nas, at), "none of what was confirmed")
}

// A split leaves behind a ref whose chassis serial nobody contradicts any more: it votes again.
func TestSplitReleasesWhatStays(t *testing.T) {
	l := newLab(t, identity.Config{})
	serial := func(i device.Identity, s string) device.Identity { i.Serial = s; return i }
	say := func(s string) {
		l.instant(poll("librenms", serial(id("1", "nas1", "192.0.2.1"), "SN-1")), poll("prtg", serial(id("9", "nas1", "192.0.2.1"), s)))
	}
	say("SN-1")
	say("SN-2")
	l.order(identity.Order{Kind: identity.OrderSplit, Device: l.find("nas1"), Refs: sourceRefs("librenms/1")})
	say("SN-2")
	if l.bound["prtg/9"].Held || l.bound["librenms/1"].Held || l.find("prtg/9") == l.find("librenms/1") {
		t.Errorf("after the split: %+v", l.bound)
	}
}

// Merged with what one source knows as two, or what has another serial: a person may, and is told.
func TestMergeNotes(t *testing.T) {
	l := newLab(t, identity.Config{})
	a, b, c, d := id("1", "a"), id("2", "b"), id("3", "c"), id("4", "d")
	a.Serial, c.Serial = "SN-1", "SN-3"
	b.EngineID, d.EngineID = "0x80001f8880aabbccdd", "0x80001f8880aabbccee"
	l.instant(poll("librenms", a, b), poll("prtg", c, d))
	for _, pair := range []struct{ x, y, note string }{
		{"a", "b", "one source knows both"}, {"a", "c", "the chassis serials of a and c differ"}, {"b", "d", "the engine ids of b and d differ"},
	} {
		out, err := identity.Carry(l.cfg, l.st, l.at, []identity.Order{{Kind: identity.OrderMerge, Device: l.find(pair.x), Other: l.find(pair.y)}})
		if err != nil || len(out.Notes) != 1 || out.Notes[0][:10] != pair.note[:10] {
			t.Errorf("%s and %s: %q, %v", pair.x, pair.y, out.Notes, err)
		}
	}
}

// A device remembers so many repairs; the oldest can no longer be undone.
func TestRepairsAreBounded(t *testing.T) {
	l := twoNAS(t, identity.Config{})
	nas, first := l.find("nas1"), time.Time{}
	for i := range 20 {
		l.order(identity.Order{Kind: identity.OrderRename, Device: nas, Name: fmt.Sprint("name", i)})
		if i == 0 {
			first = l.at
		}
	}
	l.refused(undo(nas, first), "the last 16 of each device")
	if n := len(l.st.Devices[nas].Repairs); n != 16 {
		t.Errorf("%d repairs", n)
	}
}

// A device that changes its address back and forth for days, beside one whose address that is, is followed: one binding,
// one event a change, bounded history.
func TestAlternatingForDays(t *testing.T) {
	l := newLab(t, identity.Config{})
	moves := 0
	for i := range 5 * 24 * 12 {
		l.at = start.Add(time.Duration(i) * 5 * time.Minute)
		address := []string{"192.0.2.1", "192.0.2.9"}[i%2]
		out := identity.Resolve(l.cfg, l.st, l.at, []identity.Arrival{
			poll("librenms", id("1", "nas1", address), id("2", "nas2", "192.0.2.9")), poll("prtg", id("7", "nas1", "192.0.2.1")),
		})
		l.st.Apply(out)
		for _, e := range out.Events {
			switch e.Type {
			case device.EventDeviceMoved:
				moves++
			case device.EventDeviceMerged, device.EventDeviceSplit:
				t.Fatalf("%s %s", e.Type, e.Text)
			}
		}
	}
	l.want("as at first", "nas1: librenms/1 prtg/7\nnas2: librenms/2")
	b := l.st.Bindings[device.SourceRef{Source: "librenms", Ref: "1"}]
	if moves != 5*24*12-1 || len(b.Moves) > 16 || len(l.st.Devices[b.Device].Conflicts) > 16 {
		t.Errorf("%d moves told, %d kept, %d conflicts", moves, len(b.Moves), len(l.st.Devices[b.Device].Conflicts))
	}
}

// Ten thousand devices on one address are ten thousand devices, whoever reports them, and stay so.
func TestManyOnOneAddress(t *testing.T) {
	const n = 10_000
	var librenms, prtg []device.Identity
	for i := range n {
		librenms = append(librenms, id(fmt.Sprint(i), "", "192.0.2.1"))
		prtg = append(prtg, id(fmt.Sprint(i), "", "192.0.2.1"))
	}
	st, cfg := identity.NewState(), &identity.Config{}
	for i := range 3 {
		out := identity.Resolve(cfg, st, start.Add(time.Duration(i)*time.Minute), []identity.Arrival{poll("librenms", librenms...), poll("prtg", prtg...)})
		st.Apply(out)
		if i > 0 && len(out.Events) > 0 {
			t.Fatalf("%d events at the same words again, such as %s", len(out.Events), out.Events[0].Text)
		}
	}
	if len(st.Devices) != 2*n {
		t.Errorf("%d devices", len(st.Devices))
	}
	// One of them goes where no other is, and one more source sees it there.
	librenms[7].Addresses = []string{"192.0.2.7"}
	st.Apply(identity.Resolve(cfg, st, start.Add(time.Hour), []identity.Arrival{poll("librenms", librenms...), poll("snmp", id("7", "nas", "192.0.2.7"))}))
	a, _ := st.Find("librenms/7")
	if b, _ := st.Find("snmp/7"); a != b {
		t.Error("its new address does not bind")
	}
}

package identity_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// find is the id of the device that a person means.
func (l *lab) find(name string) device.ID {
	l.t.Helper()
	id, ok := l.st.Find(name)
	if !ok {
		l.t.Fatalf("there is no %q", name)
	}
	return id
}

func sourceRefs(names ...string) []device.SourceRef {
	var out []device.SourceRef
	for _, n := range names {
		source, ref, _ := strings.Cut(n, "/")
		out = append(out, device.SourceRef{Source: source, Ref: ref})
	}
	return out
}

// order carries out what a person decided, and returns the events as instant does.
func (l *lab) order(o identity.Order) []string {
	l.t.Helper()
	l.at = l.at.Add(time.Minute)
	out, err := identity.Carry(l.cfg, l.st, l.at, []identity.Order{o})
	if err != nil {
		l.t.Fatal(err)
	}
	l.infos = out.Infos
	l.st.Apply(out)
	var events []string
	for _, e := range out.Events {
		events = append(events, string(e.Type)+": "+e.Text)
	}
	return events
}

// refused expects that an order is not carried out, and why.
func (l *lab) refused(o identity.Order, why string) {
	l.t.Helper()
	before := l.partition()
	_, err := identity.Carry(l.cfg, l.st, l.at.Add(time.Minute), []identity.Order{o})
	if err == nil || !strings.Contains(err.Error(), why) {
		l.t.Fatalf("got %v, want an error with %q", err, why)
	}
	if l.partition() != before {
		l.t.Fatal("the state has changed")
	}
}

// twoNAS are two devices that nothing makes one: librenms/1 and prtg/9.
func twoNAS(t *testing.T, cfg identity.Config) *lab {
	l := newLab(t, cfg)
	l.both()
	return l
}

// both polls twoNAS.
func (l *lab) both() []string {
	l.t.Helper()
	return l.instant(poll("librenms", id("1", "nas1", "192.0.2.1")), poll("prtg", id("9", "storage", "192.0.2.9")))
}

func TestMergeByPerson(t *testing.T) {
	l := twoNAS(t, identity.Config{})
	nas, storage := l.find("nas1"), l.find("storage")
	wantEvents(t, l.order(identity.Order{Kind: identity.OrderMerge, Device: storage, Other: nas}),
		"device.merged: nas1 and storage are one device, says a person")
	l.want("merged", "nas1: librenms/1 prtg/9")
	if got := l.find(string(storage)); got != nas {
		t.Errorf("the id of the merged device leads to %s", got)
	}
	wantEvents(t, l.both())
	l.want("stays merged", "nas1: librenms/1 prtg/9")

	wantEvents(t, l.order(identity.Order{Kind: identity.OrderUndo}),
		"device.split: nas1 and storage are two devices again, says a person: prtg/9 is storage")
	l.want("as before", "nas1: librenms/1\nstorage: prtg/9")
	if got := l.find("storage"); got != storage {
		t.Errorf("the device that is back has the id %s", got)
	}
	if len(l.infos) != 1 || !l.infos[0].Back || len(l.infos[0].Takes) != 1 {
		t.Errorf("infos %+v", l.infos)
	}
	l.refused(identity.Order{Kind: identity.OrderUndo}, "nothing to undo")
	wantEvents(t, l.both())
}

func TestMergeRefused(t *testing.T) {
	l := twoNAS(t, identity.Config{
		NeverMerge: [][2]string{{"nas1", "storage"}},
		Pins:       []identity.Pin{{Name: "a", Refs: map[string][]string{"snmp": {"1"}}}, {Name: "b", Refs: map[string][]string{"snmp": {"2"}}}},
	})
	l.instant(poll("snmp", id("1", "x"), id("2", "y"), id("3", "z")))
	nas := l.find("nas1")
	merge := func(a, b device.ID) identity.Order {
		return identity.Order{Kind: identity.OrderMerge, Device: a, Other: b}
	}
	l.refused(merge(nas, l.find("storage")), `take the pair out of "never_merge"`)
	l.refused(merge(l.find("a"), l.find("b")), "the configuration describes both")
	l.refused(merge(nas, nas), "the same device already")
	l.refused(merge(nas, "d_nobody"), "there is no device d_nobody")
	l.refused(merge("", nas), "names no device")
	z := l.find("z")
	l.order(merge(nas, z))
	l.refused(merge(z, nas), "z is part of nas1 since they were merged")
	_, err := identity.Carry(l.cfg, l.st, l.at, []identity.Order{
		{Kind: identity.OrderRename, Device: nas, Name: "one"}, {Kind: identity.OrderRename, Device: nas, Name: "two"},
	})
	if err == nil || !strings.Contains(err.Error(), "another order of the same instant") {
		t.Errorf("two orders about one device: %v", err)
	}
	l.refused(identity.Order{Kind: "burn", Device: nas}, "no such order")
}

// A merge that an address led to is undone, and does not come back while nobody says so.
func TestUndoMergeByAddress(t *testing.T) {
	l := twoNAS(t, identity.Config{})
	storage := l.find("storage")
	moved := func() []string {
		return l.instant(poll("librenms", id("1", "nas1", "192.0.2.1")), poll("prtg", id("9", "storage", "192.0.2.1")))
	}
	wantEvents(t, moved(), "device.moved: storage has moved from 192.0.2.9 to 192.0.2.1, says prtg",
		"device.merged: nas1 and storage are one device (address)")
	at := l.at
	l.refused(identity.Order{Kind: identity.OrderUndo}, "name its event")
	l.refused(identity.Order{Kind: identity.OrderUndo, Device: storage, At: at.Add(time.Second)}, "nothing to undo at")
	wantEvents(t, l.order(identity.Order{Kind: identity.OrderUndo, Device: storage, At: at}),
		"device.split: nas1 and storage are two devices again, says a person: prtg/9 is storage")
	wantEvents(t, moved())
	wantEvents(t, l.both(), "device.moved: storage has moved from 192.0.2.1 to 192.0.2.9, says prtg")
	wantEvents(t, moved(), "device.moved: storage has moved from 192.0.2.9 to 192.0.2.1, says prtg")
	l.want("a person's word stands above an address", "nas1: librenms/1\nstorage: prtg/9")
	l.refused(identity.Order{Kind: identity.OrderUndo, Device: storage, At: at}, "taken back already")

	// A person may change their mind, and change it back.
	l.order(identity.Order{Kind: identity.OrderMerge, Device: storage, Other: l.find("nas1")})
	l.want("merged", "nas1: librenms/1 prtg/9")
	l.order(identity.Order{Kind: identity.OrderUndo})
	wantEvents(t, moved())
	l.want("and back", "nas1: librenms/1\nstorage: prtg/9")
}

func TestSplitByPerson(t *testing.T) {
	l := newLab(t, identity.Config{})
	say := func() []string {
		return l.instant(poll("librenms", id("1", "nas1", "192.0.2.1")), poll("prtg", id("9", "nas1", "192.0.2.1")), poll("snmp", id("a", "", "192.0.2.1")))
	}
	say()
	nas := l.find("nas1")
	split := identity.Order{Kind: identity.OrderSplit, Device: nas, Refs: sourceRefs("snmp/a", "prtg/9", "snmp/a")}
	wantEvents(t, l.order(split), "device.split: prtg/9 and snmp/a are not nas1 but nas1-2, says a person")
	l.want("split", "nas1-2: prtg/9 snmp/a\nnas1: librenms/1")
	wantEvents(t, say())
	l.want("stays split", "nas1-2: prtg/9 snmp/a\nnas1: librenms/1")
	if len(l.infos) != 1 || len(l.infos[0].Takes) != 2 || l.infos[0].Back {
		t.Errorf("infos %+v", l.infos)
	}
	off := l.find("nas1-2")
	wantEvents(t, l.order(identity.Order{Kind: identity.OrderUndo}), "device.merged: nas1 and nas1-2 are one device again, says a person")
	l.want("joined again", "nas1: librenms/1 prtg/9 snmp/a")
	if l.find(string(off)) != nas {
		t.Error("the id that the split gave leads nowhere")
	}
	wantEvents(t, say())

	split.Refs = sourceRefs("librenms/1", "prtg/9", "snmp/a")
	l.refused(split, "leave it at least one")
	split.Refs = sourceRefs("librenms/2")
	l.refused(split, "librenms/2 is not a ref of nas1; that one consists of librenms/1, prtg/9 and snmp/a")
	split.Refs = nil
	l.refused(split, "it names no ref")
}

// A ref that has changed hands goes to the device that it is now: the split finds it by its serial, at once.
func TestSplitFindsItsDevice(t *testing.T) {
	l := newLab(t, identity.Config{})
	serial := func(i device.Identity, s string) device.Identity { i.Serial = s; return i }
	l.instant(poll("librenms", serial(id("1", "nas1", "192.0.2.1"), "SN-1"), serial(id("2", "nas2", "192.0.2.2"), "SN-2")),
		poll("prtg", serial(id("9", "nas1", "192.0.2.1"), "SN-1")))
	after := func() []string {
		return l.instant(poll("librenms", serial(id("1", "nas1", "192.0.2.1"), "SN-1"), serial(id("2", "nas2", "192.0.2.2"), "SN-2")),
			poll("prtg", serial(id("9", "nas1", "192.0.2.1"), "SN-2")))
	}
	after()
	if !l.bound["prtg/9"].Held {
		t.Fatal("its votes are not held")
	}
	wantEvents(t, l.order(identity.Order{Kind: identity.OrderSplit, Device: l.find("nas1"), Refs: sourceRefs("prtg/9")}),
		"device.split: prtg/9 is not nas1 but nas2, says a person",
		"identity.conflict: nas2 and nas1 share a key (address) and stay apart: their chassis serials differ")
	l.want("where it belongs", "nas1: librenms/1\nnas2: librenms/2 prtg/9")
	wantEvents(t, after())
	if l.bound["prtg/9"].Held {
		t.Error("its votes are still held")
	}
	wantEvents(t, l.order(identity.Order{Kind: identity.OrderUndo}), "device.merged: prtg/9 is nas1 again, says a person")
	l.want("as before", "nas1: librenms/1 prtg/9\nnas2: librenms/2")
	after()
	if !l.bound["prtg/9"].Held {
		t.Error("its votes are not held again")
	}

	// Or it is the same device with a new board.
	wantEvents(t, l.order(identity.Order{Kind: identity.OrderConfirm, Device: l.find("nas1"), Refs: sourceRefs("prtg/9")}),
		"device.confirmed: prtg/9 is nas1, says a person")
	wantEvents(t, after())
	if l.bound["prtg/9"].Held {
		t.Error("its votes are held although a person has confirmed it")
	}
}

func TestRenameByPerson(t *testing.T) {
	l := twoNAS(t, identity.Config{Pins: []identity.Pin{{Name: "gateway", Refs: map[string][]string{"snmp": {"1"}}}}, Domains: []string{"example.net"}})
	l.instant(poll("snmp", id("1", "gw")))
	rename := func(of, name string) identity.Order {
		return identity.Order{Kind: identity.OrderRename, Device: l.find(of), Name: name}
	}
	wantEvents(t, l.order(rename("nas1", "vault")), "device.renamed: nas1 is now called vault")
	l.instant(poll("librenms", id("1", "nas-one", "192.0.2.1")))
	l.want("a person's name stays", "gateway: snmp/1\nstorage: prtg/9\nvault: librenms/1")
	for name, why := range map[string]string{
		"": "cannot be the name", "192.0.2.7": "neither an address", "unknown": "a word for nothing", "a\x00b": "printable",
		"x.example.net": "without the configured domains", strings.Repeat("x", 257): "1 to 256", "STORAGE": "the name of another device",
		"vault": "called vault already", string(l.find("storage")): "the id of a device",
	} {
		l.refused(rename("vault", name), why)
	}
	l.refused(rename("gateway", "gw"), "rename its device block")
	l.order(rename("storage", "Nas1"))
	l.order(rename("vault", "Vault"))
	at := l.at
	l.refused(identity.Order{Kind: identity.OrderUndo, Device: l.find("vault"), At: at.Add(-2 * time.Minute)}, "nothing to undo")
	wantEvents(t, l.order(identity.Order{Kind: identity.OrderUndo}), "device.renamed: Vault is now called vault")
	l.refused(identity.Order{Kind: identity.OrderUndo, Device: l.find("vault")}, "Nas1 is the name of another device")
}

func TestForgetByPerson(t *testing.T) {
	l := twoNAS(t, identity.Config{Pins: []identity.Pin{{Name: "gateway", Refs: map[string][]string{"snmp": {"1"}}}}})
	l.instant(poll("snmp", id("1", "gw")))
	l.refused(identity.Order{Kind: identity.OrderForget, Device: l.find("gateway")}, "take its device block out first")
	storage := l.find("storage")
	forget := identity.Order{Kind: identity.OrderForget, Device: storage}
	wantEvents(t, l.order(forget), "device.retired: storage is forgotten, says a person; what prtg/9 says from now on is of a new device")
	if _, ok := l.st.Find("storage"); ok {
		t.Error("it is still found")
	}
	if len(l.infos) != 1 || !l.infos[0].Forgotten {
		t.Errorf("infos %+v", l.infos)
	}
	l.refused(forget, "was forgotten at")

	// Nothing heard since: it comes back as it was.
	wantEvents(t, l.order(identity.Order{Kind: identity.OrderUndo}), "device.discovered: storage is back, says a person, with prtg/9; its verdict begins anew")
	if l.find("storage") != storage {
		t.Error("it came back as another")
	}
	wantEvents(t, l.both())

	// Its source still reports it: that is a new device, which the old one takes in when it comes back.
	l.order(forget)
	wantEvents(t, l.both(), "device.discovered: storage is new: seen by prtg")
	if l.find("storage") == storage {
		t.Error("a forgotten device is met under its old id")
	}
	wantEvents(t, l.order(identity.Order{Kind: identity.OrderUndo}),
		"device.discovered: storage is back, says a person, with prtg/9; its verdict begins anew",
		"device.merged: storage and storage are one device again, says a person")
	if l.find("storage") != storage {
		t.Error("it came back as another")
	}
	l.want("all there", "gateway: snmp/1\nnas1: librenms/1\nstorage: prtg/9")
	l.refused(identity.Order{Kind: identity.OrderUndo}, "nothing to undo")
}

func TestConfirmByPerson(t *testing.T) {
	l := newLab(t, identity.Config{})
	say := func() {
		l.instant(poll("librenms", device.Identity{Ref: "1", Name: "nas1", Hostnames: []string{"nas1"}, Addresses: []string{"192.0.2.1"}}),
			poll("prtg", device.Identity{Ref: "9", Hostnames: []string{"nas1"}}))
	}
	say()
	if !l.bound["prtg/9"].Weak {
		t.Fatal("it is not weak")
	}
	confirm := identity.Order{Kind: identity.OrderConfirm, Device: l.find("nas1"), Refs: sourceRefs("prtg/9")}
	wantEvents(t, l.order(confirm), "device.confirmed: prtg/9 is nas1, says a person")
	say()
	if l.bound["prtg/9"].Weak {
		t.Error("it is weak although a person has confirmed it")
	}
	l.refused(confirm, "prtg/9 is not in doubt: it is nas1 by hostname")
	wantEvents(t, l.order(identity.Order{Kind: identity.OrderUndo}), "device.confirmed: prtg/9 may not be nas1, says a person")
	say()
	if !l.bound["prtg/9"].Weak {
		t.Error("it is not weak again")
	}
}

// What the configuration says can only be undone there.
func TestOrdersAgainstPins(t *testing.T) {
	l := newLab(t, identity.Config{Pins: []identity.Pin{{Name: "nas", Refs: map[string][]string{"prtg": {"9"}, "librenms": {"1"}}}}})
	l.instant(poll("librenms", id("1", "nas1", "192.0.2.1")), poll("prtg", id("9", "storage", "192.0.2.9")), poll("snmp", id("5", "", "192.0.2.1")))
	l.want("pinned", "nas: librenms/1 prtg/9 snmp/5")
	l.refused(identity.Order{Kind: identity.OrderSplit, Device: l.find("nas"), Refs: sourceRefs("prtg/9")}, "take it out of that device block")
	l.order(identity.Order{Kind: identity.OrderSplit, Device: l.find("nas"), Refs: sourceRefs("snmp/5")})
	l.want("what no pin binds", "192.0.2.1: snmp/5\nnas: librenms/1 prtg/9")

	// A merge by a pin.
	l = twoNAS(t, identity.Config{})
	l.cfg = &identity.Config{Pins: []identity.Pin{{Name: "nas", Refs: map[string][]string{"prtg": {"9"}, "librenms": {"1"}}}}}
	l.both()
	l.want("a new pin", "nas: librenms/1 prtg/9")
	l.refused(identity.Order{Kind: identity.OrderUndo, Device: l.find("nas"), At: l.at}, "change the device block")
}

func TestErrNothingToUndo(t *testing.T) {
	_, err := identity.Carry(&identity.Config{}, identity.NewState(), start, []identity.Order{{Kind: identity.OrderUndo}})
	if !errors.Is(err, identity.ErrNothingToUndo) {
		t.Errorf("got %v", err)
	}
}

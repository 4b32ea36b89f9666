package identity_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// fieldLines writes a device's fields as "name=value source age; dissent".
func (l *lab) fieldLines(name string) []string {
	var out []string
	for _, f := range l.st.Fields(l.find(name)) {
		line := fmt.Sprintf("%s=%s %s", f.Name, f.Value, f.Source)
		if !f.Since.IsZero() {
			line += " " + f.Since.Sub(start).String()
		}
		for _, d := range f.Dissent {
			line += fmt.Sprintf("; %s %s %s", d.Source, d.Value, d.Since.Sub(start))
		}
		out = append(out, line)
	}
	return out
}

func (l *lab) wantFields(name string, want ...string) {
	l.t.Helper()
	if diff := cmp.Diff(want, l.fieldLines(name)); diff != "" {
		l.t.Errorf("fields of %s (-want +got):\n%s", name, diff)
	}
}

func TestFieldPrecedence(t *testing.T) {
	l := newLab(t, identity.Config{Prefer: map[string][]string{"model": {"snmp", "librenms"}}})
	a := device.Identity{Ref: "1", Name: "nas1", Addresses: []string{"192.0.2.1"}, Model: "NAS", Location: "rack 1", Serial: "SN-1"}
	b := device.Identity{Ref: "2", Name: "storage", Addresses: []string{"192.0.2.1", "192.0.2.2"}, Model: "RS2212RP+", Location: "unknown", Vendor: "-"}
	l.instant(poll("librenms", a))
	l.instant(poll("librenms", a), poll("snmp", b))
	l.wantFields("nas1",
		"name=nas1 librenms 1m0s; snmp storage 2m0s", // a name once given stays
		"model=RS2212RP+ snmp 2m0s; librenms NAS 1m0s",
		"serial=SN-1 librenms 1m0s",
		"location=rack 1 librenms 1m0s", // a placeholder never replaces a value
		"addresses=192.0.2.1, 192.0.2.2 snmp 2m0s; librenms 192.0.2.1 1m0s")

	// The newest address goes first while a slow source still has the old one.
	a.Addresses, a.Model = []string{"198.51.100.1"}, "NAS 2"
	l.instant(poll("librenms", a), poll("snmp", b))
	lines := l.fieldLines("nas1")
	if got := strings.Join(lines, "\n"); !strings.Contains(got, "addresses=198.51.100.1 librenms 3m0s; snmp 192.0.2.1, 192.0.2.2 2m0s") ||
		!strings.Contains(got, "model=RS2212RP+ snmp 2m0s; librenms NAS 2 3m0s") {
		t.Errorf("fields:\n%s", got)
	}

	// A person's name, and then the owner's description.
	l.order(identity.Order{Kind: identity.OrderRename, Device: l.find("nas1"), Name: "vault"})
	if got := l.fieldLines("vault")[0]; got != "name=vault person 4m0s; snmp storage 2m0s; librenms nas1 1m0s" {
		t.Errorf("got %s", got)
	}
	l.cfg = &identity.Config{Pins: []identity.Pin{{
		Name: "nas", Refs: map[string][]string{"librenms": {"1"}}, Serials: []string{"SN-9"}, Addresses: []netip.Addr{netip.MustParseAddr("203.0.113.5")},
	}}}
	l.instant(poll("librenms", a), poll("snmp", b))
	got := strings.Join(l.fieldLines("nas"), "\n")
	for _, want := range []string{"name=nas configuration; ", "serial=SN-9 configuration; librenms SN-1", "addresses=203.0.113.5 configuration; librenms 198.51.100.1"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if l.st.Fields("d_nobody") != nil {
		t.Error("nobody has fields")
	}
}

func TestProfile(t *testing.T) {
	l := twoNAS(t, identity.Config{})
	nas, storage := l.find("nas1"), l.find("storage")
	l.order(identity.Order{Kind: identity.OrderMerge, Device: nas, Other: storage})
	p, ok := l.st.Profile(nas)
	if !ok || len(p.Aliases) != 1 || p.Aliases[0].ID != storage || len(p.Refs) != 2 || p.Refs[1].By != identity.ByMerge || len(p.Repairs) != 1 ||
		p.Repairs[0].By != identity.ByPerson || p.Repairs[0].Other.Name != "storage" || p.Conflicts == nil || p.Apart == nil {
		t.Errorf("merged: %+v", p)
	}
	if _, ok := l.st.Profile(storage); ok {
		t.Error("what is part of another device has a profile of its own")
	}
	l.order(identity.Order{Kind: identity.OrderUndo})
	serial := id("1", "nas1", "192.0.2.9")
	serial.Serial = "SN-1"
	other := id("9", "storage", "192.0.2.9")
	other.Serial = "SN-2"
	l.instant(poll("librenms", serial), poll("prtg", other))
	p, _ = l.st.Profile(nas)
	q, _ := l.st.Profile(storage)
	if len(p.Conflicts)+len(q.Conflicts) != 1 || p.Repairs[0].UndoneAt.IsZero() {
		t.Errorf("conflicts %+v and %+v, repairs %+v", p.Conflicts, q.Conflicts, p.Repairs)
	}

	// What a person has split is not the other, from either side.
	l.instant(poll("librenms", id("1", "nas1", "192.0.2.1")), poll("snmp", id("5", "nas1", "192.0.2.1")), poll("prtg", other))
	l.order(identity.Order{Kind: identity.OrderSplit, Device: nas, Refs: sourceRefs("snmp/5")})
	p, _ = l.st.Profile(nas)
	q, _ = l.st.Profile(l.find("snmp/5"))
	if len(p.Apart) != 1 || p.Apart[0].ID != q.ID || len(q.Apart) != 1 || q.Apart[0].ID != nas {
		t.Errorf("apart: %+v and %+v", p.Apart, q.Apart)
	}
}

func TestLives(t *testing.T) {
	l := twoNAS(t, identity.Config{})
	nas, storage := l.find("nas1"), l.find("storage")
	before := l.at
	l.order(identity.Order{Kind: identity.OrderMerge, Device: nas, Other: storage})
	gone := storage
	if l.find("nas1") != nas {
		gone = nas
	}
	lives := l.st.Lives(gone)
	if len(lives) != 2 || lives[0].ID != gone || !lives[0].Until.Equal(l.at) || !lives[1].Until.IsZero() {
		t.Errorf("lives %+v", lives)
	}
	if got := l.st.LivedAs(gone, before); got != gone {
		t.Errorf("before the merge it was %s", got)
	}
	if got := l.st.LivedAs(gone, l.at); got != lives[1].ID {
		t.Errorf("since the merge it is %s", got)
	}
	if got := l.st.LivedAs("d_nobody", l.at); got != "d_nobody" {
		t.Errorf("nobody is %s", got)
	}
}

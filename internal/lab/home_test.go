package lab

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestHome(t *testing.T) {
	ranges := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24")}
	seen := map[any]string{}
	unique := func(d Device, key any) {
		if other, ok := seen[key]; ok {
			t.Errorf("%s and %s share %v", d.Name, other, key)
		}
		seen[key] = d.Name
	}
	librenms, prtg, snmp, behind, sensors := 0, 0, 0, 0, 0
	vlans := map[int]int{}
	for _, d := range Home() {
		unique(d, d.Name)
		unique(d, d.Address)
		unique(d, d.MAC)
		unique(d, d.PRTG.ID)
		if !slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(d.Address) }) {
			t.Errorf("%s: %s is not reserved for documentation", d.Name, d.Address)
		}
		if !strings.HasPrefix(d.MAC, "00:00:5e:00:53:") {
			t.Errorf("%s: %s is not reserved for documentation", d.Name, d.MAC)
		}
		vlans[d.VLAN]++
		librenms += number(d.LibreNMS != nil)
		prtg += number(d.PRTG != nil)
		snmp += number(d.SNMP)
		behind += number(d.Parent == coreSwitch)
		for _, s := range d.PRTG.Sensors {
			unique(d, s.ID)
			sensors++
		}
	}
	if librenms != 11 || prtg != 68 || snmp != 8 || behind != 14 || len(vlans) != 4 {
		t.Errorf("LibreNMS sees %d, PRTG %d, SNMP %d; %d behind the switch; VLANs %v", librenms, prtg, snmp, behind, vlans)
	}
	if sensors < 346 || sensors > 400 {
		t.Errorf("%d sensors, want 346 to 400", sensors)
	}
}

func TestBehind(t *testing.T) {
	w, err := NewWorld([]Device{{Name: "a"}, {Name: "b", Parent: "a"}, {Name: "c", Parent: "b"}, {Name: "d"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Behind("a"); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("behind a: %q", got)
	}
	if err := w.Kill("a"); err != nil {
		t.Fatal(err)
	}
	if w.Reachable("c") || !w.Reachable("d") {
		t.Error("c hangs behind a, d does not")
	}
	if err := w.Kill("x"); err == nil {
		t.Error("killed a device that does not exist")
	}
	if _, err := NewWorld([]Device{{Name: "a", Parent: "b"}, {Name: "b", Parent: "a"}}, nil); err == nil {
		t.Error("accepted two devices behind each other")
	}
}

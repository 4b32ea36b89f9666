package lab

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// TestMove: names follow a move, addresses do not until they are corrected, whatever has moved onto them meanwhile.
func TestMove(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	l := NewLibreNMS(w, LibreNMSOptions{Token: "x", Step: time.Minute})
	p := NewPRTG(w, PRTGOptions{APIToken: "k", Interval: time.Minute})
	up := func() string {
		c.move(time.Minute)
		n := 0
		for _, d := range decode[librenmsList](t, ask(l, "/api/v0/devices", "x")).Devices {
			n += d.Status
		}
		down := decode[prtgTable](t, ask(p, prtgURL("sensors", "objid", "&filter_status=5"), "")).Total
		return fmt.Sprintf("%d up, %d pings down", n, down)
	}
	check := func(when, want string) {
		t.Helper()
		if got := up(); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	check("before", "11 up, 0 pings down")
	to := VLAN100(w.Devices())
	if len(to) != 68 || to["gateway"] != netip.MustParseAddr("198.51.100.129") {
		t.Errorf("%d devices move, the gateway to %s", len(to), to["gateway"])
	}
	if err := w.Readdress(to); err != nil {
		t.Fatal(err)
	}
	check("moved", "8 up, 61 pings down")
	if err := w.Readdress(map[string]netip.Addr{"nas-3": to["nas-7"], "nas-7": to["nas-3"]}); err != nil {
		t.Fatal(err)
	}
	l.Correct()
	check("LibreNMS is told", "11 up, 61 pings down")
	p.Correct()
	check("PRTG is told", "11 up, 0 pings down")
	for _, name := range []string{"nas-3", "nas-7", "nas-4"} {
		d, _ := w.Device(name)
		if d.LibreNMS.Hostname != d.Address.String() && name != "nas-4" || addressIn(d.PRTG.Host) != d.Address {
			t.Errorf("%s is at %s; LibreNMS asks %s, PRTG %s", name, d.Address, d.LibreNMS.Hostname, d.PRTG.Host)
		}
	}
	if d, _ := w.Device("sensor-5"); d.PRTG.Host != to["hub"].String() {
		t.Errorf("a sensor behind the hub is asked for at %s", d.PRTG.Host)
	}
	if err := w.Readdress(map[string]netip.Addr{"x": {}}); err == nil {
		t.Error("moved a device that does not exist")
	}
	if crowd := VLAN100(Crowd(200, 1)); len(crowd) != 126 {
		t.Errorf("%d devices fit the new VLAN", len(crowd))
	}
}

func TestCrowd(t *testing.T) {
	devices := Crowd(3, 3500)
	w, err := NewWorld(devices, newClock().Now)
	if err != nil {
		t.Fatal(err)
	}
	l, p := NewLibreNMS(w, LibreNMSOptions{Token: "x"}), NewPRTG(w, PRTGOptions{APIToken: "k"})
	ids := map[any]bool{}
	for _, s := range decode[struct{ Sensors []map[string]any }](t, ask(l, "/api/v0/resources/sensors", "x")).Sensors {
		ids[s["sensor_id"]] = true
	}
	if len(ids) != 3*3500+1 {
		t.Errorf("%d sensors in LibreNMS, want three times 3,500 and one that was deleted", len(ids))
	}
	clear(ids)
	for _, s := range decode[prtgTable](t, ask(p, prtgURL("sensors", "objid,type", "&count=*"), "")).Sensors {
		ids[s["objid"]] = true
	}
	if len(ids) != 3*3500 {
		t.Errorf("%d sensors in PRTG, want three times 3,500", len(ids))
	}
	if a, b := Crowd(5, 4)[4], Crowd(50, 4)[4]; a.Name != b.Name || a.Address != b.Address || a.PRTG.Sensors[3].ID != b.PRTG.Sensors[3].ID {
		t.Errorf("a crowd differs by its size: %v, %v", a, b)
	}
}

// An agent says of itself where it is now.
func TestAgentsMove(t *testing.T) {
	r := start(t)
	const table = "1.3.6.1.2.1.4.20.1.1."
	at := r.Agents.Addresses()["nas-1"]
	if got := get(t, at, table+"198.51.100.11"); got != "198.51.100.11" {
		t.Errorf("before: %v", got)
	}
	if err := r.World.Readdress(map[string]netip.Addr{"nas-1": netip.MustParseAddr("198.51.100.200")}); err != nil {
		t.Fatal(err)
	}
	if got := get(t, at, table+"198.51.100.200"); got != "198.51.100.200" || getOnce(t, at, table+"198.51.100.11") == "198.51.100.11" {
		t.Errorf("after: %v", got)
	}
}

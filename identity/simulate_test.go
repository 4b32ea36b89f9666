package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

func renumbering(t *testing.T, s string) identity.Renumbering {
	t.Helper()
	m, err := identity.ParseRenumbering(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestParseRenumbering(t *testing.T) {
	m := renumbering(t, "192.0.2.17/24 = 198.51.100.0/24")
	if m.From.String() != "192.0.2.0/24" || m.To.String() != "198.51.100.0/24" {
		t.Errorf("got %v", m)
	}
	if m := renumbering(t, "192.0.2.17=198.51.100.3"); m.From.Bits() != 32 {
		t.Errorf("got %v", m)
	}
	for s, why := range map[string]string{
		"192.0.2.0/24": "takes OLD=NEW", "a=b": "neither a network", "192.0.2.0/24=198.51.100.0/25": "not of the same size",
		"192.0.2.0/24=2001:db8::/24": "not of the same size", "192.0.2.0/24=": "neither a network",
	} {
		if _, err := identity.ParseRenumbering(s); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: got %v, want %q", s, err, why)
		}
	}
}

func TestSimulate(t *testing.T) {
	l := newLab(t, identity.Config{})
	named := func(i device.Identity, host string) device.Identity { i.Hostnames = []string{host}; return i }
	l.instant(
		poll("librenms", id("1", "nas1", "192.0.2.1"), named(id("2", "switch", "192.0.2.2"), "switch.example.net"), id("3", "printer", "198.51.100.7")),
		poll("prtg", id("9", "nas1", "https://192.0.2.1:5001/"), named(id("8", "switch", "192.0.2.2"), "switch.example.net"), id("7", "camera", "192.0.2.7")),
	)
	before := l.partition()
	got := identity.Simulate(l.cfg, l.st, l.at, []identity.Renumbering{renumbering(t, "192.0.2.0/24=198.51.100.0/24")}, nil)
	if l.partition() != before {
		t.Fatal("the simulation has changed something")
	}
	if len(got.Orders) != 2 {
		t.Errorf("orders %v", got.Orders)
	}
	var lines []string
	for _, r := range got.Refs {
		line := fmt.Sprintf("%s/%s of %s %v->%v stays %t key %q", r.Source, r.Ref, r.Device.Name, r.From, r.To, r.Stays, r.Key)
		if r.Becomes != nil {
			line += " becomes " + r.Becomes.Name
		}
		if r.Matches != nil {
			line += " matches " + r.Matches.Name
		}
		lines = append(lines, line)
	}
	want := []string{
		`librenms/1 of nas1 [192.0.2.1]->[198.51.100.1] stays true key "address"`,
		`librenms/2 of switch [192.0.2.2]->[198.51.100.2] stays true key "address"`,
		`librenms/3 of printer []->[] stays false key "address" becomes camera`,
		`prtg/7 of camera [192.0.2.7]->[198.51.100.7] stays true key "address"`,
		`prtg/8 of switch [192.0.2.2]->[198.51.100.2] stays true key "address"`,
		`prtg/9 of nas1 [192.0.2.1]->[198.51.100.1] stays true key "address"`,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("refs (-want +got):\n%s", diff)
	}
	if len(got.Events) != 1 || got.Events[0].Type != device.EventDeviceMerged || got.Events[0].Orders != 2 {
		t.Errorf("events %+v", got.Events)
	}

	// Only one source is moved: its refs keep their devices, and nothing but the known ref holds the nameless one.
	got = identity.Simulate(l.cfg, l.st, l.at, []identity.Renumbering{renumbering(t, "192.0.2.0/25=203.0.113.0/25"), renumbering(t, "192.0.2.2=203.0.113.200")}, []string{"prtg"})
	keys := map[string]string{}
	for _, r := range got.Refs {
		keys[r.Source+"/"+r.Ref] = r.Key + strings.Join(r.To, " ")
	}
	if diff := cmp.Diff(map[string]string{
		"librenms/1": "", "librenms/2": "hostname", "librenms/3": "", "prtg/7": "203.0.113.7", "prtg/8": "hostname203.0.113.200", "prtg/9": "203.0.113.1",
	}, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if len(got.Events) != 0 || len(got.Orders) != 1 {
		t.Errorf("events %+v, orders %v", got.Events, got.Orders)
	}
}

func TestSimulateManySources(t *testing.T) {
	l := newLab(t, identity.Config{Pins: []identity.Pin{{Name: "nas", Refs: map[string][]string{"s1": {"1"}, "s2": {"1"}}}}})
	var in []identity.Arrival
	for i := range 6 {
		in = append(in, poll(fmt.Sprintf("s%d", i), id("1", "nas1", "2001:db8::1")))
	}
	l.instant(in...)
	got := identity.Simulate(l.cfg, l.st, l.at, []identity.Renumbering{renumbering(t, "2001:db8::/64=2001:db8:1::/64")}, nil)
	if len(got.Orders) != 6 || len(got.Events) != 0 {
		t.Errorf("%d orders, events %v", len(got.Orders), got.Events)
	}
	for _, r := range got.Refs {
		if !r.Stays || r.To[0] != "2001:db8:1::1" {
			t.Errorf("%+v", r)
		}
	}
	if got := identity.Simulate(l.cfg, l.st, l.at, nil, nil); len(got.Orders) != 0 || len(got.Refs) != 6 {
		t.Errorf("nothing moves: %+v", got)
	}
}

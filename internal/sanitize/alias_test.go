package sanitize

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

func must(a Alias, err error) string {
	if err != nil {
		panic(err)
	}
	return a.String()
}

func TestTheSameValueHasTheSameAlias(t *testing.T) {
	store := &memory{}
	ctx := t.Context()
	one := newTable(t, store)
	first := []string{
		must(one.Device(ctx, "d_1", RoleNAS)), must(one.Device(ctx, "d_2", RoleNAS)), must(one.Address(ctx, netip.MustParseAddr("198.18.0.1"))),
		must(one.MAC(ctx, "a4bb6d129f3e")), must(one.Host(ctx, "x.weber.example")), must(one.Email(ctx, "a@weber.example")), must(one.User(ctx, "anna")), must(one.SSID(ctx, "WeberNet")),
		must(one.Source(ctx, "lan", ProductLibreNMS)), must(one.Source(ctx, "garage", ProductLibreNMS)), must(one.Address(ctx, netip.MustParseAddr("2001:2::1"))),
	}
	want := []string{"nas-1", "nas-2", "192.0.2.1", "00:00:5e:00:53:00", "host-1.example.net", "person-1@example.net", "user-1", "example-wifi", "LibreNMS", "LibreNMS 2", "2001:db8::1"}
	if !reflect.DeepEqual(first, want) {
		t.Errorf("got  %v\nwant %v", first, want)
	}
	// Another table over the same store: a restart. Asked in another order, and of another role by now.
	two := newTable(t, store)
	if got := must(two.Device(ctx, "d_2", RoleServer)); got != "nas-2" {
		t.Errorf("after a restart d_2 is %s", got)
	}
	if got := must(two.Device(ctx, "d_3", RoleNAS)); got != "nas-3" {
		t.Errorf("a new NAS is %s: a number was given twice", got)
	}
	if got := must(two.Address(ctx, netip.MustParseAddr("::ffff:198.18.0.1"))); got != "192.0.2.1" {
		t.Errorf("the mapped form of the address is %s", got)
	}
	for _, r := range store.rows {
		for _, real := range []string{"d_1", "198.18", "weber", "anna"} {
			if strings.Contains(string(r.Key)+r.Kind+r.Alias, real) {
				t.Errorf("a stored row holds %q", real)
			}
		}
	}
}

func TestAnotherKeyMakesOtherRows(t *testing.T) {
	a, b := &memory{}, &memory{}
	one := newTable(t, a)
	two, err := NewTable([]byte("another site key, of another test"), b, TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	must(one.User(t.Context(), "anna"))
	must(two.User(t.Context(), "anna"))
	if bytes.Equal(a.rows[0].Key, b.rows[0].Key) {
		t.Error("two sites have the same key for the same value")
	}
}

// TestAddressesRunOut gives out every documentation address, each once and at random, and names the rest by number.
func TestAddressesRunOut(t *testing.T) {
	table, err := NewTable([]byte("a site key of a test, not of a home"), &memory{}, TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ranges := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24")}
	seen := map[string]bool{}
	inOrder := true
	last := netip.Addr{}
	a := netip.MustParseAddr("198.18.0.1")
	for i := range ipv4Hosts + 30 {
		got := must(table.Address(t.Context(), a))
		a = a.Next()
		if seen[got] {
			t.Fatalf("%s was given twice", got)
		}
		seen[got] = true
		addr, err := netip.ParseAddr(got)
		if i >= ipv4Hosts {
			if err == nil || got != fmt.Sprintf("device-%03d", i-ipv4Hosts+1) {
				t.Fatalf("number %d is %s, want a role name", i, got)
			}
			continue
		}
		inside := false
		for _, r := range ranges {
			inside = inside || r.Contains(addr)
		}
		if b := addr.As4(); err != nil || !inside || b[3] == 0 || b[3] == 255 {
			t.Fatalf("%s is outside of the ranges", got)
		}
		inOrder = inOrder && last.Less(addr)
		last = addr
	}
	if inOrder {
		t.Error("aliases follow the order of the addresses")
	}
}

func TestMACsRunOut(t *testing.T) {
	table := newTable(t, &memory{})
	seen := map[string]bool{}
	for i := range macHosts + 5 {
		got := must(table.MAC(t.Context(), fmt.Sprintf("a4bb6d12%04x", i)))
		if seen[got] || i < macHosts && !strings.HasPrefix(got, "00:00:5e:00:53:") || i >= macHosts && !strings.HasPrefix(got, "device-") {
			t.Fatalf("number %d is %s", i, got)
		}
		seen[got] = true
	}
}

func TestNoAliasIsARealName(t *testing.T) {
	table := newTable(t, &memory{})
	table.Avoid("nas-1", "NAS-2.example.net", "192.0.2.1", "example-wifi")
	ctx := t.Context()
	for want, got := range map[string]string{
		"nas-3": must(table.Device(ctx, "d_1", RoleNAS)), "192.0.2.2": must(table.Address(ctx, netip.MustParseAddr("198.18.0.1"))), "example-wifi-2": must(table.SSID(ctx, "x")),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

type brokenStore struct{ memory }

func (*brokenStore) PutAlias(context.Context, Row) error { return errors.New("disk full") }

func TestAnAliasThatIsNotKeptIsNotGiven(t *testing.T) {
	table := newTable(t, &brokenStore{})
	if a, err := table.User(t.Context(), "anna"); err == nil || !a.IsZero() {
		t.Errorf("got %q, %v", a, err)
	}
	c := NewCleaner(table, []Known{{Kind: KindUser, Value: "kweber"}})
	var r Report
	if got, err := c.Text(t.Context(), "kweber was here", &r); err == nil || got != "" {
		t.Errorf("got %q, %v: want an error and no text", got, err)
	}
}

func TestTableIsSafeForConcurrentUse(t *testing.T) {
	table := newTable(t, &memory{})
	var wg sync.WaitGroup
	got := make([]string, 40)
	for i := range got {
		wg.Go(func() {
			a, err := table.Device(t.Context(), fmt.Sprintf("d_%d", i%20), RoleSwitch)
			if err == nil {
				got[i] = a.String()
			}
		})
	}
	wg.Wait()
	seen := map[string]int{}
	for i, g := range got {
		seen[g]++
		if g == "" || g != got[i%20] {
			t.Errorf("d_%d has two aliases, or none", i%20)
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d aliases for 20 devices", len(seen))
	}
}

func TestRoles(t *testing.T) {
	for _, tt := range []struct {
		kind, vendor, model string
		want                string
	}{
		{"storage", "", "", "nas"}, {"nas", "", "", "nas"}, {"firewall", "", "", "firewall"}, {"wireless", "", "", "ap"}, {"network", "", "", "switch"},
		{"server", "", "", "server"}, {"", "Synology", "RS2421+", "nas"}, {"", "Ruckus", "R550", "ap"}, {"network", "Ruckus", "", "switch"},
		{"", "", "", "device"}, {"anna's <b>nas", "", "", "nas"}, {"gibberish", "unknown", "thing", "device"}, {"UPS", "", "", "ups"},
	} {
		if got := RoleOf(tt.kind, tt.vendor, tt.model).word(); got != tt.want {
			t.Errorf("RoleOf(%q, %q, %q) = %s, want %s", tt.kind, tt.vendor, tt.model, got, tt.want)
		}
	}
	for r := range roleCount {
		if r.word() == "" || r.Noun() == "" || r.Plural() == "" || Role(-1).word() != "device" {
			t.Errorf("role %d has no word", r)
		}
	}
	for _, tt := range [][3]string{
		{"librenms", "lan", "LibreNMS"}, {"", "prtg", "PRTG"}, {"snmp-direct", "x", "direct SNMP"}, {"acme", "anna", "another monitor"}, {"", "annas-prtg", "another monitor"},
		{"exec", "", "a script"}, {"reach", "", "Quorate's own probe"},
	} {
		if got := ProductOf(tt[0], tt[1]).String(); got != tt[2] {
			t.Errorf("ProductOf(%q, %q) = %s, want %s", tt[0], tt[1], got, tt[2])
		}
	}
}

func TestLoadKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "site.key")
	one, err := LoadKey(path)
	if err != nil || len(one) != 32 {
		t.Fatalf("%d bytes, %v", len(one), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600 (%v)", info.Mode(), err)
	}
	if two, err := LoadKey(path); err != nil || !bytes.Equal(one, two) {
		t.Errorf("the second read gave another key (%v)", err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKey(path); err == nil {
		t.Error("a short key is taken")
	}
	if _, err := LoadKey(filepath.Join(t.TempDir(), "no", "such", "folder")); err == nil {
		t.Error("a key in no folder is no error")
	}
	if _, err := NewTable([]byte("short"), &memory{}, TableOptions{}); err == nil {
		t.Error("a table takes a short key")
	}
}

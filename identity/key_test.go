package identity

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

func TestHostname(t *testing.T) {
	r := compile(&Config{Domains: []string{"example.net", "Lab.Example.Net."}})
	for _, tt := range []struct {
		in, want string
		domain   bool
	}{
		{"NAS1", "nas1", false},
		{"nas1.example.net.", "nas1", true},
		{"nas1.lab.example.net", "nas1", true},
		{"nas1.example.org", "nas1.example.org", true},
		{"example.net", "example.net", true},
		{"localhost.example.net", "", false},
		{"<unknown>", "", false},
		{"two words", "", false},
		{"none", "", false},
	} {
		if got, domain := r.hostname(tt.in); got != tt.want || domain != tt.domain {
			t.Errorf("hostname(%q) = %q, %v, want %q, %v", tt.in, got, domain, tt.want, tt.domain)
		}
	}
}

func TestParseMAC(t *testing.T) {
	for in, want := range map[string]string{
		"00:00:5E:00:53:01": "00:00:5e:00:53:01", "00-00-5e-00-53-01": "00:00:5e:00:53:01", "0000.5e00.5301": "00:00:5e:00:53:01",
		"00005e005301": "00:00:5e:00:53:01", "0x00005e005301": "00:00:5e:00:53:01", "00 00 5E 00 53 01": "00:00:5e:00:53:01",
		"0:0:5e:0:53:1": "00:00:5e:00:53:01",
		"":              "", "0": "", "00:00:5e:00:53": "", "00:00:5e:00:53:001": "", "00:00:5e:00:53:0g": "",
		"00:00:00:00:00:00": "", "ff:ff:ff:ff:ff:ff": "", "01:00:5e:00:00:fb": "", "02:42:ac:11:00:02": "", "00:00:5e:00:01:0a": "", "00:00:5e:00:02:0a": "",
	} {
		if got, _ := parseMAC(in); got != want {
			t.Errorf("parseMAC(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestKeys(t *testing.T) {
	r := compile(&Config{Domains: []string{"example.net"}, SharedAddresses: []netip.Addr{netip.MustParseAddr("::ffff:192.0.2.254")}})
	got := r.keys(&device.Identity{
		Addresses: []string{"192.0.2.10/24", "[2001:db8::1]:9100", "192.0.2.254", "nas1", "192.0.2.10", "https://192.0.2.11:5001/", "fe80::1%eth0", "255.255.255.255"},
		Hostnames: []string{"nas1.example.net", "nas2", "http://nas3.example.org/x", "nas4:161", "192.0.2.12:161", "http://%zz"},
		Serial:    " SN  1 ", EngineID: "0x80:00:1F:88:80:AA", MACs: []string{"junk"},
	})
	want := Keys{
		Addresses: []string{"192.0.2.10", "192.0.2.11", "192.0.2.12", "2001:db8::1"}, Hostnames: []string{"nas1", "nas2", "nas3.example.org", "nas4"},
		Serial: "sn 1", EngineID: "80001f8880aa", bare: []string{"nas2", "nas4"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Keys{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, s := range []string{"", "N/A", "<private>", "000000000000", "To be filled by O.E.M.", "xx", "unknown"} {
		if got := normalSerial(s); got != "" {
			t.Errorf("serial %q is taken for %q", s, got)
		}
	}
	for _, s := range []string{"", "0x00", "0000000000", "ffffffffffff", "not hexadecimal", strings.Repeat("80", 33)} {
		if got := normalEngineID(s); got != "" {
			t.Errorf("engine id %q is taken for %q", s, got)
		}
	}
}

// Whatever a source writes: a key is never empty, is evidence, and stays the same when it is normalised again.
func FuzzKeys(f *testing.F) {
	for _, s := range []string{"192.0.2.10", "nas1.example.net", "https://[2001:db8::1]:443/x", "0000.5e00.5301", "SN-1", "80001f8880aa", "a:1", "[::1", "é.example.net"} {
		f.Add(s)
	}
	r := compile(&Config{Domains: []string{"example.net"}, SharedAddresses: []netip.Addr{netip.MustParseAddr("192.0.2.254")}})
	f.Fuzz(func(t *testing.T, s string) {
		once := r.keys(&device.Identity{Addresses: []string{s}, Hostnames: []string{s}, MACs: []string{s}, Serial: s, EngineID: s})
		for k := range once.all {
			if k.Value == "" {
				t.Fatalf("%q: an empty %s", s, k.Kind)
			}
		}
		again := r.keys(&device.Identity{Addresses: once.Addresses, Hostnames: once.Hostnames, MACs: once.MACs, Serial: once.Serial, EngineID: once.EngineID})
		for k := range once.all {
			// A host name under two configured domains loses one at a time.
			if k.Kind != KindHostname && !slices.Contains(again.of(k.Kind), k.Value) {
				t.Fatalf("%q: %s %q is %q the second time", s, k.Kind, k.Value, again.of(k.Kind))
			}
		}
		for _, a := range once.Addresses {
			addr, err := netip.ParseAddr(a)
			if err != nil || addr.IsLoopback() || addr.IsLinkLocalUnicast() || addr.IsMulticast() || addr.Is4In6() || addr.Zone() != "" {
				t.Fatalf("%q: address %q", s, a)
			}
		}
	})
}

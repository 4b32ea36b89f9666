package reach

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/quorate/quorate/sdk"
)

func TestRefusedConfigurations(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"method", `{"methods": ["arp"]}`, `"methods": "arp" is unknown: want "icmp", "tcp"`},
		{"no method", `{"methods": []}`, `"methods": want at least one`},
		{"port", `{"ports": ["70000"]}`, `"ports": "70000" is no port`},
		{"no port", `{"ports": []}`, `"ports": want 1 to 16`},
		{"timeout", `{"timeout": "1ms"}`, `"timeout": 1ms is out of range`},
		{"negative timeout", `{"timeout": "-1s"}`, `"timeout": -1s is out of range`},
		{"rate", `{"rate": 0.5}`, `"rate": 0.5 is out of range`},
		{"source address", `{"source_address": "eth0"}`, `"source_address": "eth0"`},
		{"exclude", `{"exclude": ["192.0.2.0/40"]}`, `"exclude": "192.0.2.0/40"`},
		{"nat", `{"nat": {"192.0.2.0/24": "198.51.100.0/25"}}`, `not equally long`},
		{"nat of two families", `{"nat": {"192.0.2.0/24": "2001:db8::/24"}}`, `not equally long`},
		{"nat of an address", `{"nat": {"192.0.2.1": "198.51.100.1"}}`, `"nat": "192.0.2.1" is no prefix`},
		{"address", `{"target": [{"name": "a", "address": "nas 1"}]}`, `"address" of target "a": "nas 1" is no host`},
		{"mistyped address", `{"target": [{"name": "a", "address": "192.0.2.999"}]}`, `"192.0.2.999" is no host`},
		{"broadcast", `{"target": [{"name": "a", "address": "255.255.255.255"}]}`, `not the address of a single host`},
		{"multicast", `{"target": [{"name": "a", "address": "[ff02::1]:22"}]}`, `not the address of a single host`},
		{"target's port", `{"target": [{"name": "a", "address": "192.0.2.1:0"}]}`, `"0" is no port`},
		{"twice", `{"target": [{"name": "a", "address": "192.0.2.1"}, {"name": "a", "address": "192.0.2.2"}]}`, `given twice`},
		{"nothing", `{"follow": false}`, `nothing to look at`},
		{"unknown", `{"pings": 3}`, `no attribute "pings"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := New().Configure(t.Context(), []byte(c.config)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if err := New().Configure(t.Context(), []byte(`{}`)); err != nil {
		t.Errorf("an empty block: %v", err)
	}
}

// TestSubjects: of what is configured and reported, where is looked.
func TestSubjects(t *testing.T) {
	s := newSource()
	if err := s.Configure(t.Context(), []byte(`{"exclude": ["192.0.2.9", "198.51.100.0/24", "Printer"], "nat": {"192.0.2.0/24": "203.0.113.0/24", "192.0.2.128/25": "198.51.100.0/25", "2001:db8:1::/48": "2001:db8:2::/48"},
		"target": [{"name": "own", "address": "192.0.2.5"}, {"name": "six", "address": "[2001:db8:1::7]:22"}, {"name": "here", "address": "127.0.0.1"}]}`)); err != nil {
		t.Fatal(err)
	}
	var devices []sdk.Followed
	report := func(id, name string, addresses ...string) {
		f := sdk.Followed{Device: id, Name: name}
		for _, a := range addresses {
			f.Addresses = append(f.Addresses, netip.MustParseAddr(a))
		}
		devices = append(devices, f)
	}
	report("d_1", "nas", "192.0.2.10", "192.0.2.200", "2001:db8:1::1", "2001:db8::5")
	report("d_2", "printer", "192.0.2.11")
	report("d_3", "partly", "192.0.2.9", "192.0.2.12")
	report("d_4", "excluded", "198.51.100.4")
	report("d_5", "nobody's", "192.0.2.255", "192.0.2.0", "224.0.0.1", "255.255.255.255", "0.0.0.0", "127.0.0.1", "169.254.1.1", "ff02::1", "::", "fe80::1", "240.0.0.1")
	report("d_6", "cluster a", "192.0.2.13", "192.0.2.50")
	report("d_7", "cluster b", "192.0.2.50")
	report("d_8", "many", "192.0.2.60", "192.0.2.61", "192.0.2.62", "192.0.2.63", "192.0.2.64")
	if err := s.Follow(t.Context(), devices); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, sub := range s.subjects {
		line := sub.identity.Ref
		for _, a := range sub.addresses {
			line += " " + a.String()
		}
		got = append(got, line)
		if own := !strings.HasPrefix(sub.identity.Ref, "d_"); own == (sub.identity.Follows != "") || own == (sub.identity.Name == "") {
			t.Errorf("%+v", sub.identity)
		}
	}
	want := `own 203.0.113.5
six 2001:db8:2::7
here 127.0.0.1
d_1 203.0.113.10 198.51.100.72 2001:db8:2::1 2001:db8::5
d_3 203.0.113.12
d_6 203.0.113.13
d_7 203.0.113.50
d_8 203.0.113.60 203.0.113.61 203.0.113.62 203.0.113.63`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if a := s.subjects[0].identity.Addresses; len(a) != 1 || a[0] != "192.0.2.5" {
		t.Errorf("a target is known by %q, not by its own address", a)
	}
	if err := s.Follow(t.Context(), devices[:1]); err != nil || len(s.subjects) != 4 {
		t.Errorf("%d subjects after a shorter list, %v", len(s.subjects), err)
	}
}

// TestWholeNetworks: the edges of a network at an interface of this machine are no host's address, however they came in.
func TestWholeNetworks(t *testing.T) {
	n := neighbourhood{prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.66/26"), netip.MustParsePrefix("198.51.100.4/31"), netip.MustParsePrefix("127.0.0.1/8")}}
	for a, want := range map[string]bool{
		"192.0.2.64": true, "192.0.2.127": true, "192.0.2.66": false, "192.0.2.63": false, "198.51.100.4": false, "198.51.100.5": false, "127.0.0.0": false,
	} {
		if got := n.whole(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: %v, want %v", a, got, want)
		}
	}
}

// TestConfigFitsSchema: what the schema calls default is the default.
func TestConfigFitsSchema(t *testing.T) {
	defaults := map[string]json.RawMessage{}
	for _, a := range schema().Attributes {
		if a.Default != "" {
			defaults[a.Name] = json.RawMessage(a.Default)
		}
	}
	b, err := json.Marshal(defaults)
	if err != nil {
		t.Fatal(err)
	}
	written, bare := newSource(), newSource()
	if err := written.Configure(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := bare.Configure(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if a, b := written.set, bare.set; list(a.ports) != list(b.ports) || a.timeout != b.timeout || a.rate != b.rate || a.icmp != b.icmp || a.tcp != b.tcp || a.follow != b.follow || a.first != b.first {
		t.Errorf("%+v is not %+v", a, b)
	}
}

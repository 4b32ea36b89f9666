package sanitize

import (
	"html"
	"strings"
	"testing"
)

func unescape(s string) string { return html.UnescapeString(s) }

// private values are put together when the test runs: none stands in the repository.
var private = strings.NewReplacer(
	"{v4}", "192."+"168.5.7", "{ten}", "10."+"13.7.4", "{net}", "192."+"168.5", "{mac}", "b4:75:"+"0e:3a:6c:92", "{ula}", "fd00:"+"1234:5678::5", "{dom}", "weber."+"lan", "{pw}", "Blue-"+"Kettle-92",
	"{hex32}", strings.Repeat("7d3e"+"5ac1", 4), "{serial}", "CZC12"+"34ABC",
)

func TestText(t *testing.T) {
	known := []Known{
		{Kind: KindDevice, Value: "colibri", Device: "d_1", Role: RoleHypervisor},
		{Kind: KindDevice, Value: private.Replace("colibri.{dom}"), Device: "d_1", Role: RoleHypervisor},
		{Kind: KindDevice, Value: "nas-cellar", Device: "d_2", Role: RoleNAS},
		{Kind: KindSecret, Value: "marigold"}, {Kind: KindUser, Value: "kweber"}, {Kind: KindLocation, Value: "Ulmenhof"}, {Kind: KindWord, Value: "Weber"},
		{Kind: KindLocation, Value: "rack 1"}, {Kind: KindDevice, Value: "switch", Device: "d_3", Role: RoleSwitch},
	}
	for _, tt := range []struct{ name, in, want string }{
		{"a device has one name", "colibri and COLIBRI and colibri's fan", "hypervisor-1 and hypervisor-1 and hypervisor-1's fan"},
		{"a full name stays one", "ping colibri.{dom}", "ping hypervisor-1.example.net"},
		{"other separators", "nas_cellar, nas cellar", "nas-1, nas-1"},
		{"inside of identifiers", "colibri_cpu /var/log/colibri/x", "hypervisor-1_cpu /var/log/hypervisor-1/x"},
		{"not inside of words", "colibrian cellars", "colibrian cellars"},
		{"generic words stay", "the switch in rack 1", "the switch in rack 1"},
		{"addresses", "{v4} and {ten}/24 and {v4}", "192.0.2.1 and 192.0.2.2/24 and 192.0.2.1"},
		{"IPv6 in brackets", "[{ula}]:22", "[2001:db8::1]:22"},
		{"a MAC in any notation", "{mac} B4750E3A6C92", "00:00:5e:00:53:00 00:00:5e:00:53:00"},
		{"secrets go", "we polled with marigold", "we polled with [removed]"},
		{"unknown secrets go", "the password is {pw}, sorry", "the password is [removed], sorry"},
		{"people", "kweber wrote to anna@posteo.de", "user-1 wrote to person-1@example.net"},
		{"places", "at Ulmenhof", "at [place]"},
		{"words", "the Weber household", "the [name] household"},
		{"homes", "/home/anna/x.go:3", "/home/example/x.go:3"},
		{"serials", "Serial Number: {serial}", "Serial Number: [serial number]"},
		{"hidden", "coli\u00adbri colibr&#105; col%69bri", "hypervisor-1 hypervisor-1 hypervisor-1"},
		{"documentation stays", "192.0.2.9 nas-7.example.net 00:00:5e:00:53:aa", "192.0.2.9 nas-7.example.net 00:00:5e:00:53:aa"},
		{"nothing private comes back byte for byte", "a\u00adb &amp; %41 ½", "a\u00adb &amp; %41 ½"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r Report
			c := NewCleaner(newTable(t, &memory{}), known)
			got, err := c.Text(t.Context(), private.Replace(tt.in), &r)
			if err != nil || got != tt.want {
				t.Errorf("got  %q (%v)\nwant %q", got, err, tt.want)
			}
			if again, err := c.Text(t.Context(), got, &r); err != nil || again != got {
				t.Errorf("cleaned twice: %q (%v)", again, err)
			}
		})
	}
}

func TestReport(t *testing.T) {
	c := NewCleaner(newTable(t, &memory{}), []Known{{Kind: KindSecret, Value: "marigold"}})
	var r Report
	if _, err := c.Text(t.Context(), private.Replace("{v4}, {v4}, {ten}, marigold, MARIGOLD"), &r); err != nil {
		t.Fatal(err)
	}
	if r.Count(KindIPv4) != 2 || r.Count(KindSecret) != 1 || r.Count(KindIPv4, KindSecret, KindUser) != 3 || r.Count() != 0 {
		t.Errorf("counts %d addresses and %d secrets", r.Count(KindIPv4), r.Count(KindSecret))
	}
	swaps := r.Swaps()
	if len(swaps) != 3 || swaps[0].Fiction != "192.0.2.1" || swaps[0].Real != private.Replace("{v4}") {
		t.Errorf("swaps %v", swaps)
	}
}

func TestWordsAndProse(t *testing.T) {
	c := NewCleaner(newTable(t, &memory{}), []Known{{Kind: KindDevice, Value: "colibri", Device: "d_1", Role: RoleServer}})
	var r Report
	w, err := c.Words(t.Context(), " The colibri:\n\"big\" {{ x }} ", &r)
	if err != nil {
		t.Fatal(err)
	}
	if w.Slug() != "the-server-1-big-x" || w.Quoted() != `"The server-1: \"big\" {{ x }}"` || w.IsZero() || w.String() != "The server-1: &#34;big&#34; &#123;&#123; x &#125;&#125;" {
		t.Errorf("slug %s, quoted %s, text %s", w.Slug(), w.Quoted(), w)
	}
	if got := Compose("%s: %s!", w, w).Slug(); got != "the-server-1-big-x-the-server-1-big-x" {
		t.Errorf("composed %s", got)
	}
	p, err := c.Prose(t.Context(), "a\n- b\n\n```\ncode\n```", &r)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Indented(2); got != "a\n\n  - b\n\n  ```\n  code\n  ```" {
		t.Errorf("indented %q", got)
	}
	if p.IsBlock() || p.IsZero() {
		t.Error("a paragraph is taken for a block, or for nothing")
	}
}

package sanitize

import (
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/leaktext"
)

func TestKnownValues(t *testing.T) {
	known := KnownValues(map[string][]string{
		"hostnames": {"Colibri", "kingfisher"}, "hashed": {"00:3:00"}, "tokens": {"a"}, "emails": {"b"}, "macs": {"c"}, "serials": {"d"}, "ssids": {"e"}, "paths": {"f"}, "locations": {"g"}, "usernames": {"h"}, "ipv6": {"i"}, "contacts": {"j"},
	}, []device.Current{
		{ID: "d_1", Name: "colibri", Type: "network", Hostnames: []string{"colibri.example.net", "192.0.2.1", ""}},
	})
	kinds := map[Kind]int{}
	for _, k := range known {
		kinds[k.Kind]++
		if strings.EqualFold(k.Value, "colibri") && (k.Device != "d_1" || k.Role != RoleSwitch) {
			t.Errorf("%+v", k)
		}
	}
	if len(known) != 13 || kinds[KindDevice] != 2 || kinds[KindHost] != 1 || kinds[KindWord] != 1 || kinds[KindIPv6] != 1 {
		t.Errorf("%d values: %v", len(known), kinds)
	}
}

func TestLabels(t *testing.T) {
	table := newTable(t, &memory{})
	a, err := table.Label(t.Context(), LabelMachine, "cellar")
	if err != nil || a.String() != "machine-1" {
		t.Errorf("%s, %v", a, err)
	}
	if _, err := table.Label(t.Context(), labelCount, "x"); err == nil {
		t.Error("a label that is none has a name")
	}
	for _, tt := range []struct {
		host, want string
		product    Product
	}{{"a.example", "librenms.example.net", ProductLibreNMS}, {"b.example", "librenms-2.example.net", ProductLibreNMS}, {"c.example", "prtg.example.net", ProductPRTG}, {"d.example", "host-1.example.net", ProductOther}} {
		if a, err := table.Site(t.Context(), tt.host, tt.product); err != nil || a.String() != tt.want {
			t.Errorf("%s is %s, %v, want %s", tt.host, a, err, tt.want)
		}
	}
	if a, ok, err := table.Hardware(t.Context(), leaktext.Fill("{macdash}")); err != nil || !ok || a.String() != "00:00:5e:00:53:00" {
		t.Errorf("%s, %v, %v", a, ok, err)
	}
	if _, ok, err := table.Hardware(t.Context(), "no address"); err != nil || ok {
		t.Errorf("%v, %v", ok, err)
	}
}

// TestNothingIsSaidWithoutAnAlias: a store that keeps nothing gives no text, whatever was found.
func TestNothingIsSaidWithoutAnAlias(t *testing.T) {
	for _, text := range []string{"at {v4}", "mail a.weber@" + "posteo.de", "colibri", "{mac}", "AAAA {gua}", "user: anna", "ssid=WeberNet", "co<b>li</b>bri"} {
		c := NewCleaner(newTable(t, &brokenStore{}), []Known{{Kind: KindDevice, Value: "colibri", Device: "d_1"}})
		if got, err := c.Text(t.Context(), leaktext.Fill(text), &Report{}); err == nil || got != "" {
			t.Errorf("%q becomes %q, %v: want an error and no text", text, got, err)
		}
	}
}

// TestPartsOfNames: what a full name gives away in part goes too.
func TestPartsOfNames(t *testing.T) {
	c := NewCleaner(newTable(t, &memory{}), []Known{{Kind: KindHost, Value: leaktext.Fill("colibri.weberhome.la" + "n")}, {Kind: KindHost, Value: "www.duckdns.org"}, {Kind: KindHost, Value: "10.example"}})
	for _, tt := range []struct{ text, want string }{
		{"the weberhome household", "the [name] household"},
		{"colibri is up", "host-1.example.net is up"},
		{"see x.weberhome.la" + "n", "see example.net"},
		{"co**li**bri", "host-1.example.net"},
		{"col<!-- x -->ibri, and more", "host-1.example.net, and more"},
		{"www is fast", "www is fast"},
	} {
		if got, err := c.Text(t.Context(), tt.text, &Report{}); err != nil || got != tt.want {
			t.Errorf("%q becomes %q (%v), want %q", tt.text, got, err, tt.want)
		}
	}
}

package leakcheck

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/leaktext"
)

var hashedKey = []byte("the key of a test")

func hashedHome() Registry {
	reg := Registry{}
	for kind, values := range home() {
		for _, v := range values {
			reg[Hashed] = append(reg[Hashed], Hash(hashedKey, kind, v)...)
		}
	}
	return reg
}

// TestHashedValues looks for values of which only the hash is known, in the spellings that have words of their own.
func TestHashedValues(t *testing.T) {
	reg := hashedHome()
	for _, e := range reg[Hashed] {
		for _, values := range home() {
			for _, v := range values {
				if strings.Contains(e, v) {
					t.Fatal("an entry holds its value in the clear")
				}
			}
		}
	}
	c := New(reg)
	for _, tt := range []struct{ text, kind string }{
		{"we rotated {pw} away", "password"}, {"password={pw},", "password"}, {"{hex32}", "token"}, {"at {v4}:161", "ipv4"}, {"at {dash}", "ipv4"}, {"{macdot}", "mac"},
		{"COLIBRI", "hostname"}, {"colibris", "hostname"}, {"x_colibri_cpu", "hostname"}, {"col&#105;bri", "hostname"}, {"co<b>li</b>bri", "hostname"}, {"c-o-l-i-b-r-i", "hostname"}, {"coli\nbri", "hostname"},
		{"in the attic rack", "geolocation"}, {"attic-rack", "geolocation"}, {"weather in Poznań", "geolocation"}, {"the nas-cellar", "hostname"}, {"/srv/annas-blog/x", "path"},
	} {
		text := leaktext.Fill(tt.text)
		// A password that has the shape of one is found without any registry too.
		if found := c.Check("post.md", []byte(text)); !slices.ContainsFunc(found, func(f Finding) bool { return f.Kind == tt.kind }) {
			t.Errorf("found %v in %q, want a %s", found, tt.text, tt.kind)
		}
	}
	for _, text := range []string{"colibrian birds", "the attic and the rack", "pve10 and pve2", "nothing here"} {
		if found := c.Check("post.md", []byte(text)); len(found) > 0 {
			t.Errorf("false alarm %v in %q", found, text)
		}
	}
}

func TestHashLeavesOutWhatSaysNothing(t *testing.T) {
	for _, v := range []string{"", "ab", "switch", "192.0.2.1", "nas-1", strings.Repeat("a", 600)} {
		if got := Hash(hashedKey, "hostnames", v); len(got) != 0 {
			t.Errorf("%.20q has %d entries", v, len(got))
		}
	}
	if got := Hash(hashedKey, "tokens", leaktext.Fill("{hex32}")); len(got) != 1 {
		t.Errorf("a token has %d entries: its beginnings are easier to guess", len(got))
	}
}

func TestSeveralKeys(t *testing.T) {
	c := New(Registry{Hashed: append(Hash([]byte("one"), "words", "colibri"), Hash([]byte("two"), "words", "kingfisher")...)})
	if found := c.Check("p.md", []byte("colibri, kingfisher")); len(found) != 2 {
		t.Errorf("found %v", found)
	}
}

// TestUnreadableHashes: an entry that cannot be read is an error where it comes in, and lets nothing pass anywhere.
func TestUnreadableHashes(t *testing.T) {
	good := Hash(hashedKey, "words", "colibri")[0]
	fields := strings.Split(good, ":")
	for _, bad := range []string{
		"", "colibri", "zz:7:" + fields[2], ":7:" + fields[2], fields[0] + ":2:" + fields[2], fields[0] + ":900:" + fields[2], fields[0] + ":7+8:" + fields[2], fields[0] + ":7+x:" + fields[2], fields[0] + ":x:" + fields[2],
		fields[0] + ":7:" + fields[2][:20], fields[0] + ":7:" + fields[2] + ":a:b",
	} {
		if _, err := DecodeRegistry(fmt.Appendf(nil, `{"hashed": [%q, %q]}`, good, bad)); err == nil || strings.Contains(err.Error(), "colibri") {
			t.Errorf("%q: got %v, want an error without the entry", bad, err)
		}
		if found := New(Registry{Hashed: {bad}}).Check("p.md", nil); len(found) != 1 || found[0].Kind != "unreadable_registry" {
			t.Errorf("%q: found %v", bad, found)
		}
	}
	if _, err := DecodeRegistry(fmt.Appendf(nil, `{"hashed": [%q]}`, good)); err != nil {
		t.Error(err)
	}
}

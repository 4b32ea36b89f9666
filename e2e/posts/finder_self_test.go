package posts

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// spellings are ways to write a value down, by the kinds that can be written so; "" is any.
var spellings = []struct {
	name, kind string
	write      func(v string) string
}{
	{"plain", "", func(v string) string { return v }},
	{"upper case", "", strings.ToUpper},
	{"fullwidth", "word", func(v string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 127 {
				return r + 0xfee0
			}
			return r
		}, v)
	}},
	{"Cyrillic", "word", strings.NewReplacer("a", "а", "e", "е", "o", "о", "c", "с").Replace},
	{"zero-width", "", func(v string) string { return v[:3] + "\u200b" + v[3:] }},
	{"soft hyphen", "", func(v string) string { return v[:4] + "\u00ad" + v[4:] }},
	{"accents", "word", func(v string) string { return v[:3] + "\u0301" + v[3:] }},
	{"with dashes", "word", func(v string) string { return strings.Join(strings.Split(v, ""), "-") }},
	{"with blanks", "word", func(v string) string { return strings.Join(strings.Split(v, ""), " ") }},
	{"percent", "", func(v string) string { return "%" + hex.EncodeToString([]byte(v[:1])) + v[1:] }},
	{"query", "", url.QueryEscape},
	{"all percent", "", func(v string) string { return percent(v) }},
	{"twice percent", "", func(v string) string { return strings.ReplaceAll(percent(v), "%", "%25") }},
	{"entities", "", func(v string) string {
		var b strings.Builder
		for _, r := range v {
			fmt.Fprintf(&b, "&#%d;", r)
		}
		return b.String()
	}},
	{"hex entities", "", func(v string) string { return fmt.Sprintf("&#x%x;", v[0]) + html.EscapeString(v[1:]) }},
	{"hex", "", func(v string) string { return hex.EncodeToString([]byte(v)) }},
	{"hex with colons", "", func(v string) string { return strings.ReplaceAll(fmt.Sprintf("% X", v), " ", ":") }},
	{"base64", "", func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) }},
	{"base64 at one", "", func(v string) string { return base64.StdEncoding.EncodeToString([]byte("a" + v + "bc")) }},
	{"base64 at two", "", func(v string) string { return base64.URLEncoding.EncodeToString([]byte("ab" + v + "c")) }},
	{"base64 over two lines", "", func(v string) string {
		b := base64.StdEncoding.EncodeToString([]byte("ab" + v))
		return b[:7] + "\n" + b[7:]
	}},
	{"inside an identifier", "word", func(v string) string { return "/var/log/" + v + "_cpu_load-2026.log" }},
	{"backwards", "ipv4", func(v string) string {
		a := netip.MustParseAddr(v).As4()
		return fmt.Sprintf("%d.%d.%d.%d.in-addr.arpa", a[3], a[2], a[1], a[0])
	}},
	{"with noughts", "ipv4", func(v string) string {
		a := netip.MustParseAddr(v).As4()
		return fmt.Sprintf("%03d.%03d.%03d.%03d", a[0], a[1], a[2], a[3])
	}},
	{"in octal", "ipv4", func(v string) string {
		a := netip.MustParseAddr(v).As4()
		return fmt.Sprintf("0%o.0%o.0%o.0%o", a[0], a[1], a[2], a[3])
	}},
	{"as a number", "ipv4", func(v string) string {
		a := netip.MustParseAddr(v).As4()
		return fmt.Sprint(uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3]))
	}},
	{"as a hex number", "ipv4", func(v string) string { a := netip.MustParseAddr(v).As4(); return fmt.Sprintf("0x%X", a[:]) }},
	{"with dashes", "ipv4", func(v string) string { return strings.ReplaceAll(v, ".", "-") + ".home" }},
	{"defanged", "ipv4", func(v string) string { return strings.ReplaceAll(v, ".", "[.]") }},
	{"in a URL", "ipv4", func(v string) string { return "https://" + v + ":8443/api" }},
	{"as its network", "ipv4", func(v string) string { return v[:strings.LastIndex(v, ".")] + ".x" }},
	{"in an OID", "ipv4", func(v string) string { return "1.3.6.1.2.1.4.20.1.1." + v }},
	{"with dots", "mac", func(v string) string { h := squeeze(v); return h[:4] + "." + h[4:8] + "." + h[8:] }},
	{"as HP does", "mac", func(v string) string { h := squeeze(v); return h[:6] + "-" + h[6:] }},
	{"bare", "mac", squeeze},
	{"its second half", "mac", func(v string) string { return v[9:] }},
	{"in decimals", "mac", func(v string) string {
		b, err := hex.DecodeString(squeeze(v))
		if err != nil {
			panic(err)
		}
		return fmt.Sprintf("1.3.6.1.2.1.17.4.3.1.2.%d.%d.%d.%d.%d.%d", b[0], b[1], b[2], b[3], b[4], b[5])
	}},
}

func percent(v string) string {
	var b strings.Builder
	for i := range len(v) {
		fmt.Fprintf(&b, "%%%02X", v[i])
	}
	return b.String()
}

// TestFinderFinds plants each kind of value in each spelling into a page of text and looks for it.
func TestFinderFinds(t *testing.T) {
	const page = "---\ntitle: \"A day of a lab\"\n---\n\nOne device was down for 6 minutes; sha256 6a84ba707345. See 192.0.2.1 and nas-1.\n\n| a | b |\n|---|---|\n"
	mint := newMint(rand.New(rand.NewPCG(1, 2)))
	for range 30 {
		values := map[string][]string{"word": {mint.word()}, "ipv4": {mint.ipv4()}, "mac": {mint.mac()}, "ipv6": {mint.ipv6()}}
		f := newFinder(values)
		if found := f.find([]byte(page)); len(found) > 0 {
			t.Fatalf("found where there is none: %q", found)
		}
		for _, s := range spellings {
			for kind, v := range values {
				if s.kind != "" && s.kind != kind {
					continue
				}
				text := page + "The text says " + s.write(v[0]) + ", and goes on.\n"
				if len(f.find([]byte(text))) == 0 {
					t.Errorf("%s: %s %q was not found in %q", s.name, kind, v[0], s.write(v[0]))
				}
			}
		}
	}
}

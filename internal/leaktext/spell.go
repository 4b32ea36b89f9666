package leaktext

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Spellings returns a private value of a registry's kind as people, programs and those who hide it write it. What it writes
// is made of the value alone: it knows neither how the sanitizer nor how the gate looks for it.
func Spellings(kind, value string) []string {
	out := []string{value}
	switch kind {
	case "ipv4":
		out = append(out, spellV4(value)...)
	case "ipv6":
		out = append(out, spellV6(value)...)
	case "mac":
		out = append(out, spellHardware(value)...)
	case "hostnames", "fqdn":
		out = append(out, spellName(value)...)
	case "tokens":
		out = append(out, value[:len(value)/2]+"\n"+value[len(value)/2:], value[:12]+"...")
	case "usernames":
		out = append(out, "/home/"+value+"/x", `C:\Users\`+value+`\x`, value+"@192.0.2.1", "~"+value+"/x")
	}
	return append(out, disguises(value)...)
}

// disguises are ways to write any value.
func disguises(value string) []string {
	out := []string{
		strings.ToUpper(value), strings.ToUpper(value[:1]) + value[1:], url.PathEscape(value), html.EscapeString(value),
		"x_" + value + "_y", "a/" + value + "/b", value + "_cpu_load", "(" + value + ")", "**" + value + "**", "`" + value + "`", "\"" + value + "\"", value + ".", value + "'s",
		strings.Join(strings.Split(value, ""), "\u200b"), value[:2] + "\u00ad" + value[2:], value[:2] + "<b>" + value[2:] + "</b>", value[:2] + "<!-- -->" + value[2:], value[:2] + "**" + value[2:] + "**",
		strings.NewReplacer("a", "а", "c", "с", "e", "е", "o", "о", "p", "р", "x", "х").Replace(value), hex.EncodeToString([]byte(value)),
	}
	wide, percent, decimal, hexadecimal := "", "", "", ""
	for _, r := range value {
		if r > ' ' && r < 0x7f {
			wide += string(r + 0xfee0)
		} else {
			wide += string(r)
		}
		for _, b := range []byte(string(r)) {
			percent += fmt.Sprintf("%%%02X", b)
		}
		decimal += fmt.Sprintf("&#%d;", r)
		hexadecimal += fmt.Sprintf("&#x%x;", r)
	}
	out = append(out, wide, percent, decimal, hexadecimal)
	for _, before := range []string{"", "x ", "xx ", "in "} {
		out = append(out, base64.StdEncoding.EncodeToString([]byte(before+value+" there")), base64.RawURLEncoding.EncodeToString([]byte(before+value)))
	}
	if strings.Trim(strings.ToLower(value), "abcdefghijklmnopqrstuvwxyz0123456789") == "" && len(value) >= 5 {
		for _, sign := range []string{"-", " ", "."} {
			out = append(out, strings.Join(strings.Split(value, ""), sign))
		}
	}
	return out
}

func spellV4(value string) []string {
	a, err := netip.ParseAddr(value)
	if err != nil {
		return nil
	}
	o := a.As4()
	n := uint32(o[0])<<24 | uint32(o[1])<<16 | uint32(o[2])<<8 | uint32(o[3])
	dotted := func(format, sign string) string {
		parts := make([]string, len(o))
		for i, b := range o {
			parts[i] = fmt.Sprintf(format, b)
		}
		return strings.Join(parts, sign)
	}
	return []string{
		value + ":161", value + "/24", "http://" + value + ":8080/", "IP" + value + "text",
		dotted("%03d", "."), dotted("%04o", "."), fmt.Sprintf("0x%08X", n), strconv.FormatUint(uint64(n), 10),
		dotted("%d", "-"), dotted("%d", "_"), dotted("%d", " . "), dotted("%d", "[.]"), dotted("%d", " dot "), dotted("%d", "(.)"),
		fmt.Sprintf("%d.%d.%d.%d.in-addr.arpa", o[3], o[2], o[1], o[0]), "::ffff:" + value,
		fmt.Sprintf("1.3.6.1.2.1.4.22.1.2.3.%s", value), dotted("%d", "&#46;"), dotted("%d", "%2E"),
	}
}

func spellV6(value string) []string {
	a, err := netip.ParseAddr(value)
	if err != nil {
		return nil
	}
	digits := strings.ReplaceAll(a.StringExpanded(), ":", "")
	nibbles := strings.Split(digits, "")
	slices.Reverse(nibbles)
	reverse := strings.Join(nibbles, ".") + "."
	return []string{"[" + value + "]:22", value + "/64", a.StringExpanded(), strings.ToUpper(value), strings.ToUpper(a.StringExpanded()), reverse + "ip6.arpa", digits}
}

func spellHardware(value string) []string {
	b, err := hex.DecodeString(strings.ReplaceAll(value, ":", ""))
	if err != nil || len(b) != 6 {
		return nil
	}
	h := hex.EncodeToString(b)
	join := func(format, sign string, b []byte) string {
		parts := make([]string, len(b))
		for i, o := range b {
			parts[i] = fmt.Sprintf(format, o)
		}
		return strings.Join(parts, sign)
	}
	local := fmt.Sprintf("fe80::%x:%xff:fe%02x:%x", int(b[0]^2)<<8|int(b[1]), b[2], b[3], int(b[4])<<8|int(b[5]))
	return []string{
		h, strings.ToUpper(h), h[:4] + "." + h[4:8] + "." + h[8:], h[:6] + "-" + h[6:], join("%02x", "-", b), join("%02X", " ", b), join("%x", ":", b), join("%d", ".", b),
		".1.3.6.1.2.1.17.4.3.1.2." + join("%d", ".", b), join("%02x", ":", append([]byte{b[0] ^ 2, b[1], b[2], 0xff, 0xfe}, b[3:]...)), local, "01:" + value, "Hex-STRING: " + join("%02X", " ", b),
	}
}

func spellName(value string) []string {
	first, domain, ok := strings.Cut(value, ".")
	out := []string{first}
	if strings.Contains(first, "-") {
		for _, sign := range []string{"_", " ", ".", ""} {
			out = append(out, strings.ReplaceAll(first, "-", sign))
		}
	}
	if ok {
		out = append(out, domain, "x."+domain, value+".", strings.ToUpper(value))
	}
	return out
}

package sanitize

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode"
)

func privateV4(v, before string) bool {
	host, _, _ := strings.Cut(v, "/")
	a, err := netip.ParseAddr(host)
	if err != nil || reserved(a) || publicBlocks[v] {
		return false
	}
	if a.IsPrivate() && a.As4()[0] == 192 {
		return true
	}
	low := strings.ToLower(before[max(0, len(before)-24):])
	if wordBefore.MatchString(low) {
		return false
	}
	if a.IsPrivate() || a.As4()[0] == 100 {
		return true
	}
	return !productBefore.MatchString(low) && !packageBefore.MatchString(low) && v != "1.3.6.1"
}

var (
	wordBefore    = regexp.MustCompile(`(?:\bv|\b(?:versions?|release|build|firmware|kernel|section|step|oid|update)(?:\s+(?:to|from|is))?[\s:=]*)$`)
	packageBefore = regexp.MustCompile(`[a-z][_-]$`)
	productBefore = regexp.MustCompile(`\b(?:prtg|dsm|windows|chrome|unifi|unleashed|ruckus|java|bios|exchange|plex|firefox|office)\s+$`)
)

func oddV4(v, _ string) bool {
	parts := strings.FieldsFunc(v, func(r rune) bool { return !unicode.IsDigit(r) })
	if strings.HasPrefix(strings.ToLower(v), "0x") {
		return true
	}
	if len(parts) != 4 {
		return false
	}
	octal := len(parts[0]) == 4 && parts[0][0] == '0'
	var o [4]byte
	for i, p := range parts {
		n := 0
		for _, d := range p {
			base := 10
			if octal && p[0] == '0' && strings.Trim(p, "01234567") == "" && len(p) > 3 {
				base = 8
			}
			n = n*base + int(d-'0')
		}
		if n > 255 {
			return false
		}
		o[i] = byte(n)
	}
	a := netip.AddrFrom4(o)
	if o[0] == 10 && strings.ContainsAny(v, "-_") {
		return false
	}
	return a.IsPrivate() || o[0] == 100 && o[1]&0xc0 == 64 || a.IsLinkLocalUnicast() || strings.Contains(v, "[")
}

// paddedV4 is for addresses with zeros in front of a number, decimal or octal.
func paddedV4(v, before string) bool {
	for part := range strings.SplitSeq(v, ".") {
		if len(part) > 1 && part[0] == '0' {
			return oddV4(v, before)
		}
	}
	return false
}

// dressedV4 is for addresses with marks among their numbers; without, another finder judges.
func dressedV4(v, before string) bool {
	return strings.Trim(v, "0123456789.") != "" && oddV4(v, before)
}

func reservedReverse(v string) bool {
	v = strings.ToLower(v)
	return strings.HasSuffix(v, ".2.0.192.in-addr.arpa") || strings.HasSuffix(v, ".100.51.198.in-addr.arpa") || strings.HasSuffix(v, ".113.0.203.in-addr.arpa") || strings.Contains(v, ".0.0.127.in-addr.arpa") ||
		strings.HasSuffix(v, "8.b.d.0.1.0.0.2.ip6.arpa")
}

// oidIndex judges the numbers behind an object identifier's prefix: an address or a MAC at their end.
func oidIndex(v, before string) bool {
	parts := strings.Split(v, ".")
	if inet(parts) {
		return true
	}
	if addressTable.MatchString(before + v) {
		a, err := netip.ParseAddr(strings.Join(parts[max(0, len(parts)-4):], "."))
		return err == nil && !reserved(a)
	}
	high := 0
	for _, p := range parts {
		if len(p) > 3 || len(p) == 3 && p > "255" {
			return false
		}
		if len(p) == 3 || len(p) == 2 && p > "60" {
			high++
		}
	}
	if len(parts) >= 6 && high >= 4 {
		return true
	}
	a, err := netip.ParseAddr(strings.Join(parts[max(0, len(parts)-4):], "."))
	return err == nil && a.IsPrivate() && high > 0
}

// addressTable begins the identifiers of tables whose rows are named by addresses.
var addressTable = regexp.MustCompile(`1\.3\.6\.1\.2\.1\.(?:4\.2[0-2]|4\.24\.4|3\.1|6\.13|7\.5|15\.3)\.1\.[\d.]*$`)

// inet reports a type, a length and as many numbers at the end, as tables with addresses of both families have.
func inet(parts []string) bool {
	if n := len(parts) - 18; n >= 0 && parts[n] == "2" && parts[n+1] == "16" {
		return true
	}
	n := len(parts) - 6
	if n < 0 || parts[n] != "1" || parts[n+1] != "4" {
		return false
	}
	a, err := netip.ParseAddr(strings.Join(parts[n+2:], "."))
	return err == nil && a.IsPrivate()
}

func privateV6(v, _ string) bool {
	host, _, _ := strings.Cut(v, "/")
	host, _, _ = strings.Cut(host, "%")
	if strings.HasSuffix(host, ":") && !strings.HasSuffix(host, "::") {
		host = strings.TrimSuffix(host, ":")
	}
	a, err := netip.ParseAddr(host)
	if err != nil || len(strings.Split(host, ":")) == 8 && len(host) == 23 {
		return false
	}
	if !strings.ContainsAny(host, "0123456789") && strings.Count(host, ":") < 4 {
		return false
	}
	return !reserved(a) && !publicBlocks[v]
}

// publicBlocks are ranges that textbooks name as a whole.
var publicBlocks = list("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 169.254.0.0/16 fe80::/10 fc00::/7 fd00::/8 2000::/3")

func reserved(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() {
		return true
	}
	if a.Is4() {
		o := a.As4()
		if o[0] == 0 || o[0] == 255 || o[0] == 192 && o[1] == 0 && o[2] == 2 || o[0] == 198 && o[1] == 51 && o[2] == 100 || o[0] == 203 && o[1] == 0 && o[2] == 113 {
			return true
		}
		return false
	}
	b := a.As16()
	return b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8 || b[0] == 0x3f && b[1] == 0xff && b[2]&0xf0 == 0 || b[0] == 0xfe && b[1] == 0x80 && b[8] == 0x02 && b[9] == 0 && b[10] == 0x5e && b[13] == 0 && b[14] == 0x53
}

func privateMAC(v, before string) bool {
	m, ok := hexOctets(v)
	if !ok || len(v) < 17 && strings.Trim(v, "0123456789:") == "" && strings.Contains(v, ":") { // six small numbers
		return false
	}
	low := strings.ToLower(before[max(0, len(before)-16):])
	letters := strings.ContainsAny(strings.ToLower(v), "abcdef")
	digits := strings.ContainsAny(v, "0123456789")
	switch {
	case m[0] == 0 && m[1] == 0 && m[2] == 0x5e && m[3] == 0, m[0] == 1 && m[1] == 0 && m[2] == 0x5e, m[0] == 1 && m[1] == 0x80 && m[2] == 0xc2, m[0] == 0x33 && m[1] == 0x33, m[0]&m[1]&m[2]&m[3]&m[4]&m[5] == 0xff, m[0]|m[1]|m[2]|m[3]|m[4]|m[5] == 0:
		return false
	case !strings.Contains(v, ":") && (!letters || !digits) && !strings.Contains(low, "mac") && !strings.Contains(low, "string"):
		return false
	case len(v) == 12 && digest.MatchString(low):
		return false
	}
	return !strings.HasSuffix(low, ":") || strings.HasSuffix(low, ": ")
}

var digest = regexp.MustCompile(`(?:commit|sha\d*|sha-256|md5|digest|checksum|revision|tree|blob|h1)[\s:]+$`)

func longOctets(v, _ string) bool {
	low := strings.ToLower(v)
	return !strings.HasPrefix(low, "00:00:5e:") && !strings.HasPrefix(low, "01:00:00:5e:00:53") && strings.ContainsAny(low, "0123456789")
}

func notZero(v, _ string) bool { return strings.Trim(v, "0fF-: ") != "" }

package identity

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
)

// Kind is a kind of key, in the order of its precedence.
type Kind string

// The kinds of keys. Addresses win over host names, these over MACs; serial and engine id confirm and veto.
const (
	KindAddress  Kind = "address"
	KindHostname Kind = "hostname"
	KindMAC      Kind = "mac"
	KindSerial   Kind = "serial"
	KindEngineID Kind = "engine_id"
)

// Key is one normalised value that may say who a device is.
type Key struct {
	Kind  Kind
	Value string
}

// Keys are the normalised keys of one ref: only what can be evidence, sorted, each once.
type Keys struct {
	Addresses []string
	Hostnames []string
	MACs      []string
	Serial    string
	EngineID  string
	// bare are the host names that were given without any domain.
	bare []string
}

// all returns the keys of every kind.
func (k *Keys) all(yield func(Key) bool) {
	for _, list := range []struct {
		kind   Kind
		values []string
	}{{KindAddress, k.Addresses}, {KindHostname, k.Hostnames}, {KindMAC, k.MACs}} {
		for _, v := range list.values {
			if !yield(Key{list.kind, v}) {
				return
			}
		}
	}
	if k.Serial != "" && !yield(Key{KindSerial, k.Serial}) {
		return
	}
	if k.EngineID != "" {
		yield(Key{KindEngineID, k.EngineID})
	}
}

// of returns the keys of one kind.
func (k *Keys) of(kind Kind) []string {
	switch kind {
	case KindAddress:
		return k.Addresses
	case KindHostname:
		return k.Hostnames
	case KindMAC:
		return k.MACs
	case KindSerial:
		if k.Serial != "" {
			return []string{k.Serial}
		}
	case KindEngineID:
		if k.EngineID != "" {
			return []string{k.EngineID}
		}
	}
	return nil
}

// keys normalises what a source says and leaves out what is never evidence. What follows a device has no keys.
func (r *rules) keys(id *device.Identity) Keys {
	var k Keys
	if id.Follows != "" {
		return k
	}
	qualified := make([]string, 0, len(id.Hostnames))
	take := func(s string) {
		host := hostPart(s)
		if a, ok := parseAddress(host); ok {
			if r.evidence(a) {
				k.Addresses = append(k.Addresses, a.String())
			}
			return
		}
		name, domain := r.hostname(host)
		switch {
		case name == "":
			return
		case domain:
			qualified = append(qualified, name)
		default:
			k.bare = append(k.bare, name)
		}
		k.Hostnames = append(k.Hostnames, name)
	}
	for _, s := range id.Addresses {
		take(s)
	}
	for _, s := range id.Hostnames {
		take(s)
	}
	for _, s := range id.MACs {
		if mac, ok := parseMAC(s); ok {
			k.MACs = append(k.MACs, mac)
		}
	}
	k.Addresses, k.Hostnames, k.MACs = sorted(k.Addresses), sorted(k.Hostnames), sorted(k.MACs)
	k.bare = slices.DeleteFunc(sorted(k.bare), func(n string) bool { return slices.Contains(qualified, n) })
	k.Serial, k.EngineID = normalSerial(id.Serial), normalEngineID(id.EngineID)
	return k
}

func sorted(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

// hostPart returns the host of a URL or of host:port, else s itself.
func hostPart(s string) string {
	s = strings.TrimSpace(s)
	if strings.Contains(s, "://") {
		if u, err := url.Parse(s); err == nil {
			return u.Hostname()
		}
		return ""
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().String()
	}
	if host, port, ok := strings.Cut(s, ":"); ok && !strings.Contains(port, ":") {
		if _, err := strconv.ParseUint(port, 10, 16); err == nil {
			return host
		}
	}
	return strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
}

// parseAddress reads an address, also one with a prefix length or a zone.
func parseAddress(s string) (netip.Addr, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap().WithZone(""), err == nil
}

func (r *rules) evidence(a netip.Addr) bool {
	if _, shared := r.shared[a]; shared {
		return false
	}
	return !a.IsUnspecified() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !a.IsMulticast() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// hostname returns the comparable form of s, "" where it is no evidence, and whether s names a domain, a configured
// one included.
func (r *rules) hostname(s string) (name string, domain bool) {
	s = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), ".")
	if placeholder(s) || strings.ContainsAny(s, " \t/<>:@%[]") {
		return "", false
	}
	domain = strings.Contains(s, ".")
	for _, d := range r.domains {
		if rest, ok := strings.CutSuffix(s, d); ok && rest != "" {
			s = rest
			break
		}
	}
	if placeholder(s) {
		return "", false
	}
	return s, domain
}

// placeholder reports whether s, in lower case, stands for nothing.
func placeholder(s string) bool {
	switch s {
	case "", "<unknown>", "unknown", "localhost", "localhost.localdomain", "none", "null", "n/a", "<private>", "-", "not available", "not specified":
		return true
	}
	return false
}

// parseMAC reads a MAC in any notation; ok is false for what is none and for one that many devices have.
func parseMAC(s string) (string, bool) {
	b, ok := macBytes(s)
	if !ok || b == [6]byte{} || b[0]&0x03 != 0 { // multicast, broadcast and locally administered, docker's among them
		return "", false
	}
	if b[0] == 0 && b[1] == 0 && b[2] == 0x5e && b[3] == 0 && (b[4] == 1 || b[4] == 2) { // VRRP and CARP
		return "", false
	}
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 17)
	for i, v := range b {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, digits[v>>4], digits[v&15])
	}
	return string(out), true
}

// macBytes reads six groups of one or two digits, three of four, or twelve digits in a row.
func macBytes(s string) (b [6]byte, ok bool) {
	s = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "0x")
	groups := strings.FieldsFunc(s, func(c rune) bool { return c == ':' || c == '-' || c == '.' || c == ' ' })
	width := 2
	switch len(groups) {
	case 6:
	case 3:
		width = 4
	case 1:
		width = 12
	default:
		return b, false
	}
	hex := make([]byte, 0, 12)
	for _, g := range groups {
		if len(g) > width || width == 12 && len(g) != 12 {
			return b, false
		}
		for range width - len(g) {
			hex = append(hex, '0')
		}
		hex = append(hex, g...)
	}
	for i := range b {
		v, err := strconv.ParseUint(string(hex[2*i:2*i+2]), 16, 8)
		if err != nil {
			return b, false
		}
		b[i] = byte(v)
	}
	return b, true
}

// normalSerial returns the comparable form of a chassis serial, "" for a placeholder.
func normalSerial(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	switch s {
	case "to be filled by o.e.m.", "default string", "system serial number", "not applicable", "0123456789", "123456789":
		return ""
	}
	if placeholder(s) || len(s) < 3 || strings.Trim(s, string(s[0])) == "" { // 000000000000, xxxxxxx
		return ""
	}
	return s
}

// normalEngineID returns the hexadecimal digits of an SNMP engine id, "" where it cannot be one: RFC 3411 wants 5 to
// 32 octets, neither all zero nor all one.
func normalEngineID(s string) string {
	s = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "0x")
	s = strings.NewReplacer(":", "", " ", "", "-", "").Replace(s)
	if len(s) < 10 || len(s) > 64 || strings.Trim(s, "0123456789abcdef") != "" || strings.Trim(s, "0") == "" || strings.Trim(s, "f") == "" {
		return ""
	}
	return s
}

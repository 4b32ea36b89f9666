package leakcheck

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// Registry is what is known to be private: values by kind. The kinds are ipv4, ipv6, mac, hostnames, fqdn, domains,
// communities, tokens, passwords, usernames, serials, ssids, locations, emails, paths and words; another kind is
// searched for as it stands, and Hashed is for values that are kept as hashes. A value in a documentation range, a generic word such as "switch" and a role name such
// as "nas-1" tell nothing and are passed over.
type Registry map[string][]string

// LoadRegistry reads a registry in JSON: an object of kind to a list of values. A text instead of a list is a note.
func LoadRegistry(path string) (Registry, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	reg, err := DecodeRegistry(b)
	if err != nil {
		return nil, fmt.Errorf("registry %s: %w", path, err)
	}
	return reg, nil
}

// DecodeRegistry reads what LoadRegistry reads from a file. Its errors never repeat a value.
func DecodeRegistry(b []byte) (Registry, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, errors.New("want a JSON object of kind to list of values")
	}
	reg := Registry{}
	for kind, body := range raw {
		var note string
		if json.Unmarshal(body, &note) == nil {
			continue
		}
		var values []string
		if err := json.Unmarshal(body, &values); err != nil {
			return nil, fmt.Errorf("kind %.40q: want a list of texts", kind)
		}
		if kind == Hashed {
			var h hashes
			for i, v := range values {
				if err := h.add(v); err != nil {
					return nil, fmt.Errorf("entry %d of %s: %w", i+1, Hashed, err)
				}
			}
		}
		reg[kind] = values
	}
	return reg, nil
}

// Merge adds the values of other.
func (r Registry) Merge(other Registry) {
	for kind, values := range other {
		r[kind] = append(r[kind], values...)
	}
}

// singular names the kind of a finding by the registry's kind.
var singular = map[string]string{
	"hostnames": "hostname", "hosts": "hostname", "names": "hostname", "fqdns": "fqdn", "domains": "domain",
	"communities": "snmp_community", "community": "snmp_community", "tokens": "token", "passwords": "password",
	"usernames": "username", "users": "username", "serials": "serial", "ssids": "ssid", "locations": "geolocation",
	"emails": "email", "paths": "path", "words": "word", "macs": "mac", "contacts": "contact", "secrets": "secret",
}

// spellings derives what to search for.
func (r Registry) spellings() []pattern {
	var s speller
	for kind, values := range r {
		if kind == Hashed {
			continue
		}
		if name, ok := singular[kind]; ok {
			kind = name
		}
		for _, value := range values {
			s.add(kind, strings.TrimSpace(value))
		}
	}
	return s.patterns
}

type speller struct{ patterns []pattern }

func (s *speller) put(kind, text string, bound boundary) {
	v := fold([]byte(text))
	if folded := strings.TrimSpace(string(v.lower)); telling(folded) {
		s.patterns = append(s.patterns, pattern{text: folded, kind: kind, bound: bound})
	}
}

// telling reports whether a text has enough letters and digits to be looked for: a name made of signs names nothing.
func telling(text string) bool {
	n := 0
	for i := range len(text) {
		if isAlnum(text[i]) || text[i] >= 0x80 {
			n++
		}
	}
	return n >= 3
}

func (s *speller) add(kind, value string) {
	if addr, err := netip.ParseAddr(value); err == nil {
		s.addr(addr.Unmap().WithZone(""))
		return
	}
	if p, err := netip.ParsePrefix(value); err == nil {
		s.addr(p.Addr())
		return
	}
	if hw, ok := parseMAC(value); ok {
		s.mac(hw)
		return
	}
	switch kind {
	case "token", "password", "snmp_community", "secret":
		s.secret(kind, value)
	case "hostname", "fqdn", "domain":
		s.name(kind, value)
	case "geolocation":
		if !genericPlace(value) {
			s.phrase(kind, value)
		}
	default:
		s.phrase(kind, value)
	}
}

// tooCommon reports values that say nothing on their own.
func tooCommon(value string) bool {
	low := strings.ToLower(value)
	if len(low) < 3 || stopWords[low] || harmlessName(low) || roleName(low) {
		return true
	}
	_, err := strconv.Atoi(low)
	return err == nil && len(low) < 6
}

// secret adds a credential: as it is, and by its beginning where it is long.
func (s *speller) secret(kind, value string) {
	if tooCommon(value) || placeholder(value) {
		return
	}
	bound := boundWord
	if len(value) >= 8 && mixed(value) {
		bound = boundNone
	}
	s.put(kind, value, bound)
	if kind == "token" && len(value) >= 16 {
		for n := 8; n < len(value); n++ {
			s.put(kind, value[:n], boundPrefix)
		}
	}
}

// phrase adds a word or several: as they are, and with other signs between.
func (s *speller) phrase(kind, value string) {
	if tooCommon(value) {
		return
	}
	s.put(kind, value, boundWord)
	parts := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" -_./", r) })
	if len(parts) < 2 || len(parts) > 8 {
		return
	}
	for _, sep := range []string{"-", "_", " ", ".", "+", ""} {
		if joined := strings.Join(parts, sep); len(joined) >= 5 && !tooCommon(joined) {
			s.put(kind, joined, boundWord)
		}
	}
}

// name adds a host name with its first label and the domains above it.
func (s *speller) name(kind, value string) {
	value = strings.ToLower(strings.Trim(value, ".*"))
	if harmlessName(value) {
		return
	}
	s.phrase(kind, value)
	labels := strings.Split(value, ".")
	if len(labels) < 2 {
		return
	}
	if kind != "domain" {
		s.phrase("hostname", labels[0])
		for i := 1; i+1 < len(labels); i++ {
			if domain := strings.Join(labels[i:], "."); !publicSuffix(domain) && !publicHost(domain) {
				s.phrase("domain", domain)
			}
		}
	}
	// The home's own label, the one that is registered, gives the home away alone.
	if own := labels[len(labels)-2]; len(own) >= 5 && !publicHost(value) && !publicSuffix(value) && !dynamicDNS(strings.Join(labels[max(0, len(labels)-2):], ".")) {
		s.phrase("domain", own)
	}
}

func (s *speller) addr(a netip.Addr) {
	if harmlessAddr(a) {
		return
	}
	if a.Is6() {
		b := a.As16()
		nibbles := fmt.Sprintf("%x", b[:])
		s.put("ipv6", nibbles, boundWord)
		s.put("ipv6", a.StringExpanded(), boundWord)
		s.put("ipv6", a.String(), boundWord)
		return
	}
	b := a.As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	for _, text := range []string{
		a.String(),
		fmt.Sprintf("%d-%d-%d-%d", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%d_%d_%d_%d", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%d %d %d %d", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%d, %d, %d, %d", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%d . %d . %d . %d", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%03d.%03d.%03d.%03d", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%04o.%04o.%04o.%04o", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%#o.%#o.%#o.%#o", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%#x.%#x.%#x.%#x", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%08x", n),
		fmt.Sprintf("%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%02x %02x %02x %02x", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%#o", n),
		strconv.FormatUint(uint64(n), 10),
		fmt.Sprintf("%d.%d.%d.%d", b[3], b[2], b[1], b[0]) + ".in-addr",
	} {
		s.put("ipv4", text, boundWord)
	}
	// The short forms, where their last number could be nothing else: 10.7 is also a number.
	if b[2] != 0 {
		s.put("ipv4", fmt.Sprintf("%d.%d.%d", b[0], b[1], n&0xffff), boundWord)
	}
	if b[1] != 0 {
		s.put("ipv4", fmt.Sprintf("%d.%d", b[0], n&0xffffff), boundWord)
	}
}

func (s *speller) mac(m [6]byte) {
	if harmlessMAC(m) {
		return
	}
	hex := fmt.Sprintf("%x", m[:])
	s.put("mac", hex, boundWord)
	for _, sep := range []string{":", "-", ".", " ", "_"} {
		s.put("mac", joinOctets("%02x", sep, m[:]), boundWord)
		s.put("mac", joinOctets("%x", sep, m[:]), boundWord)
		if tail := joinOctets("%02x", sep, m[3:]); strings.ContainsAny(tail, "abcdef") { // else it may be a time of day
			s.put("mac", tail, boundWord)
		}
		if sep != " " {
			s.put("mac", joinOctets("%d", sep, m[:]), boundWord)
		}
	}
	for _, n := range []int{4, 6} {
		for _, sep := range []string{".", "-", ":"} {
			var parts []string
			for i := 0; i < len(hex); i += n {
				parts = append(parts, hex[i:i+n])
			}
			s.put("mac", strings.Join(parts, sep), boundWord)
		}
	}
	eui := []byte{m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]}
	s.put("mac", fmt.Sprintf("%x", eui), boundWord)
	s.put("mac", joinOctets("%02x", ":", eui), boundWord)
	s.put("mac", fmt.Sprintf("%x:%x:%x:%x", int(eui[0])<<8|int(eui[1]), int(eui[2])<<8|int(eui[3]), int(eui[4])<<8|int(eui[5]), int(eui[6])<<8|int(eui[7])), boundWord)
}

func joinOctets(format, sep string, b []byte) string {
	parts := make([]string, len(b))
	for i, c := range b {
		parts[i] = fmt.Sprintf(format, c)
	}
	return strings.Join(parts, sep)
}

package leakcheck

import (
	"bytes"
	"net/netip"
	"strings"
)

// colons finds what is written with colons: IPv6 addresses. MACs with colons are left to macs.
func (c *scanner) colons() {
	for i := 0; i < len(c.s); {
		ch := c.s[i]
		if !isHex(ch) && ch != ':' {
			i++
			continue
		}
		end := c.run(i, func(b byte) bool { return isHex(b) || b == ':' || b == '.' })
		if i > 0 && (isAlnum(c.s[i-1]) || c.s[i-1] == '_') && ch != ':' || isAlnum(c.at(end)) || c.at(end) == '_' {
			i = end
			continue
		}
		c.judgeColons(i, end)
		i = end
	}
}

func (c *scanner) judgeColons(start, end int) {
	start, end = c.trimSigns(start, end)
	if start > 0 && isAlnum(c.s[start-1]) { // "std::", a scope and no address
		return
	}
	text := string(c.s[start:end])
	if strings.Count(text, ":") < 2 || eui(text) {
		return
	}
	a, err := netip.ParseAddr(text)
	if err != nil || !strings.ContainsAny(text, "0123456789") && strings.Count(text, ":") < 4 && !local(a) {
		return // "dead::beef" is what a name of a program looks like too
	}
	if c.at(end) == '%' {
		end = c.run(end+1, func(b byte) bool { return isAlnum(b) || b == '.' || b == '-' || b == '_' })
	}
	if c.at(end) == '/' && isDigit(c.at(end+1)) {
		stop := c.run(end+1, isDigit)
		if p, err := netip.ParsePrefix(text + string(c.s[end:stop])); err == nil {
			if harmlessPrefix(p) {
				return
			}
			end = stop
		}
	}
	if !harmlessAddr(a) {
		c.add("ipv6", start, end)
	}
}

// local reports addresses that are given within a site or on a link.
func local(a netip.Addr) bool { return a.IsPrivate() || a.IsLinkLocalUnicast() }

// trimSigns takes a point or a single colon off both ends; a double colon belongs to the address.
func (c *scanner) trimSigns(start, end int) (int, int) {
	loose := func(i, beside int) bool {
		doubled := beside >= start && beside < end && c.s[beside] == ':'
		return c.s[i] == '.' || c.s[i] == ':' && !doubled
	}
	for end > start && loose(end-1, end-2) {
		end--
	}
	for start < end && loose(start, start+1) {
		start++
	}
	return start, end
}

// eui reports eight groups of two digits: an EUI-64, which is no IPv6 address.
func eui(text string) bool {
	groups := strings.Split(text, ":")
	for _, g := range groups {
		if len(g) != 2 {
			return false
		}
	}
	return len(groups) == 8
}

// nibbles finds IPv6 reverse names.
func (c *scanner) nibbles() {
	suffix := []byte(".ip6.arpa")
	for at := 0; ; {
		n := bytes.Index(c.s[at:], suffix)
		if n < 0 {
			return
		}
		end := at + n
		start := end
		var digits []byte
		for start > 0 && isHex(c.s[start-1]) && (start-1 == 0 || c.s[start-2] == '.' || !isAlnum(c.s[start-2])) {
			digits = append(digits, c.s[start-1])
			start--
			if start == 0 || c.s[start-1] != '.' {
				break
			}
			start--
		}
		at = end + len(suffix)
		if len(digits) < 4 {
			continue
		}
		var full [32]byte
		for i := range full {
			full[i] = '0'
		}
		copy(full[:], digits)
		var b [16]byte
		for i := range b {
			b[i] = unhex(full[2*i])<<4 | unhex(full[2*i+1])
		}
		if !harmlessAddr(netip.AddrFrom16(b)) {
			c.add("ipv6", start, at)
		}
	}
}

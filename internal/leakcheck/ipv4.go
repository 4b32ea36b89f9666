package leakcheck

import (
	"bytes"
	"net/netip"
	"strings"
)

// number is one part of a dotted run.
type number struct {
	start, end int
	value      int // -1 where it is longer than nine digits
}

// ipv4 finds dotted numbers: addresses, networks, reverse names, and longer ones, which are object identifiers.
func (c *scanner) ipv4() {
	for i := 0; i < len(c.s); {
		if !isDigit(c.s[i]) {
			i++
			continue
		}
		parts, end := c.dotted(i)
		c.judgeDotted(parts, end)
		i = end
	}
}

func (c *scanner) dotted(i int) ([]number, int) {
	var parts []number
	for {
		end := c.run(i, isDigit)
		n := number{start: i, end: end, value: -1}
		if end-i <= 9 {
			n.value = 0
			for _, d := range c.s[i:end] {
				n.value = n.value*10 + int(d-'0')
			}
		}
		parts = append(parts, n)
		if c.at(end) != '.' || !isDigit(c.at(end+1)) {
			return parts, end
		}
		i = end + 1
	}
}

func (c *scanner) judgeDotted(parts []number, end int) {
	start := parts[0].start
	if suffix := c.reverseSuffix(end); suffix > 0 && len(parts) >= 3 {
		if a, ok := reversed(parts); ok && !harmlessAddr(a) {
			c.add("ipv4", start, end+suffix)
		}
		return
	}
	switch {
	case len(parts) > 4:
		c.oid(parts)
	case len(parts) == 4:
		c.quad(parts, end)
	case len(parts) >= 2 && c.wildcard(end) > 0:
		if private(parts) {
			c.add("ipv4", start, end+c.wildcard(end))
		}
	case len(parts) == 3 && parts[0].value == 192 && parts[1].value == 168 && !isDigit(c.at(start-2)):
		c.add("ipv4", start, end)
	}
}

func (c *scanner) reverseSuffix(end int) int {
	for _, suffix := range []string{".in-addr.arpa", ".in-addr"} {
		if bytes.HasPrefix(c.s[end:], []byte(suffix)) {
			return len(suffix)
		}
	}
	return 0
}

func reversed(parts []number) (netip.Addr, bool) {
	var b [4]byte
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	for i, p := range parts {
		if p.value < 0 || p.value > 255 {
			return netip.Addr{}, false
		}
		b[len(parts)-1-i] = byte(p.value)
	}
	return netip.AddrFrom4(b), true
}

// wildcard returns the length of ".x", ".x.x" or ".*" at end.
func (c *scanner) wildcard(end int) int {
	n := 0
	for c.at(end+n) == '.' && (c.at(end+n+1) == 'x' || c.at(end+n+1) == '*' || c.at(end+n+1) == 'n') {
		n++
		for c.at(end+n) == 'x' || c.at(end+n) == '*' || c.at(end+n) == 'n' {
			n++
		}
	}
	if n == 0 || isAlnum(c.at(end+n)) {
		return 0
	}
	return n
}

// private reports whether the first parts lie in a range of homes; the bare blocks 10.x and 192.168.x say nothing.
func private(parts []number) bool {
	a, b := parts[0].value, parts[1].value
	for _, p := range parts {
		if p.value < 0 || p.value > 255 {
			return false
		}
	}
	switch {
	case a == 10:
		return true
	case a == 192 && b == 168:
		return len(parts) > 2
	case a == 172 && b >= 16 && b < 32, a == 100 && b >= 64 && b < 128:
		return true
	case a == 169 && b == 254:
		return len(parts) > 2
	}
	return false
}

func (c *scanner) quad(parts []number, end int) {
	start := parts[0].start
	a, padded, ok := c.quadAddr(parts)
	if !ok || harmlessAddr(a) || a.As4()[0] == 0 {
		return
	}
	if a == netip.AddrFrom4([4]byte{1, 3, 6, 1}) { // where every object identifier begins
		return
	}
	if padded && !a.IsPrivate() {
		return
	}
	if bits, n := c.maskBits(end); n > 0 {
		if p := netip.PrefixFrom(a, bits); harmlessPrefix(p) {
			return
		}
		end += n
	} else if c.version(a, start, end) {
		return
	}
	c.add("ipv4", start, end)
}

// quadAddr reads four parts as decimal numbers, or as octal ones where they begin with a zero and that gives a
// private address.
func (c *scanner) quadAddr(parts []number) (netip.Addr, bool, bool) {
	var decimal, octal [4]byte
	padded, isOctal, isDecimal := false, true, true
	for i, p := range parts {
		text := c.s[p.start:p.end]
		if len(text) > 4 {
			return netip.Addr{}, false, false
		}
		padded = padded || len(text) > 1 && text[0] == '0'
		o := 0
		for _, d := range text {
			if d > '7' {
				isOctal = false
			}
			o = o<<3 | int(d-'0')
		}
		if text[0] != '0' {
			o = p.value
		}
		isOctal, isDecimal = isOctal && o <= 255, isDecimal && p.value <= 255
		decimal[i], octal[i] = byte(p.value), byte(o)
	}
	if a := netip.AddrFrom4(octal); padded && isOctal && a.IsPrivate() {
		return a, true, true
	}
	return netip.AddrFrom4(decimal), padded, isDecimal
}

func (c *scanner) maskBits(end int) (bits, n int) {
	if c.at(end) != '/' {
		return 0, 0
	}
	stop := c.run(end+1, isDigit)
	if n = stop - end; n < 2 || n > 3 || isAlnum(c.at(stop)) {
		return 0, 0
	}
	for _, d := range c.s[end+1 : stop] {
		bits = bits*10 + int(d-'0')
	}
	if bits > 32 {
		return 0, 0
	}
	return bits, n
}

var versionWords = set(`version versions ver v release releases build builds firmware fw kernel driver patch update updated upgraded upgrade downgraded
	section chapter figure table step clause revision rev oid appendix paragraph`)

// products have versions of four parts.
var products = set(`prtg dsm windows chrome chromium edge firefox unifi unleashed zonedirector smartzone ruckus java openjdk dotnet ilo bios office
	exchange plex sonarr radarr truenas qts proxmox opnsense pfsense librenms bind dnsmasq openssl nginx apache`)

var addressWords = set(`ip ipv4 address addr host ping from at on to via gateway server peer route dst src source target lan wan dns lost dial`)

// version reports whether the text around four numbers says that they are a version.
func (c *scanner) version(a netip.Addr, start, end int) bool {
	if a.As4()[0] == 192 && a.As4()[1] == 168 {
		return false
	}
	before := c.before(start, 48)
	if strings.HasSuffix(before, "v") && !isAlnum(c.at(start-2)) {
		return true
	}
	words := strings.FieldsFunc(before, noWord)
	last := func(n int) string {
		if len(words) < n {
			return ""
		}
		return words[len(words)-n]
	}
	if versionWords[last(1)] || versionWords[last(2)] && !addressWords[last(1)] {
		return true
	}
	homely := a.IsPrivate() || a.IsLinkLocalUnicast() || a.As4()[0] == 100
	if homely {
		return false
	}
	if products[last(1)] || products[last(2)] && !addressWords[last(1)] || (last(1) == "to" || last(1) == "from") && (versionWords[last(2)] || versionWords[last(3)]) {
		return true
	}
	rest := c.s[end:min(len(c.s), end+24)]
	for _, ending := range []string{".tar", ".zip", ".deb", ".rpm", ".pkg", ".bin", ".img", ".iso", ".exe", ".msi", ".jar", ".swi", ".apk"} {
		if bytes.HasPrefix(rest, []byte(ending)) {
			return true
		}
	}
	// A package's version goes on: 1.2.3.4-1+deb12u1, 1.2.3.4~rc1.
	if len(rest) > 1 && (rest[0] == '~' || rest[0] == '+') && isAlnum(rest[1]) {
		return true
	}
	if len(rest) > 2 && rest[0] == '-' && isDigit(rest[1]) {
		i := 1
		for i < len(rest) && isDigit(rest[i]) {
			i++
		}
		return i < len(rest) && (rest[i] == '+' || rest[i] == '~' || isAlpha(rest[i]))
	}
	return false
}

package leakcheck

import "strings"

// parseMAC reads six octets in any notation.
func parseMAC(text string) ([6]byte, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	var m [6]byte
	for _, sep := range []string{":", "-", " "} {
		groups := strings.Split(text, sep)
		if len(groups) != 6 {
			continue
		}
		for i, g := range groups {
			if len(g) == 0 || len(g) > 2 || strings.Trim(g, "0123456789abcdef") != "" {
				return m, false
			}
			for _, d := range []byte(g) {
				m[i] = m[i]<<4 | unhex(d)
			}
		}
		return m, true
	}
	bare := strings.NewReplacer(".", "", "-", "", ":", "").Replace(text)
	if len(bare) != 12 || strings.Trim(bare, "0123456789abcdef") != "" || len(text) > 14 {
		return m, false
	}
	for i := range m {
		m[i] = unhex(bare[2*i])<<4 | unhex(bare[2*i+1])
	}
	return m, true
}

// macs finds hardware addresses in every notation, and longer strings of octets that contain one.
func (c *scanner) macs() {
	for i := 0; i < len(c.s); {
		prefixed := i > 1 && c.s[i-1] == 'x' && c.s[i-2] == '0' // 0x
		if !isHex(c.s[i]) || i > 0 && !prefixed && (isAlnum(c.s[i-1]) || c.s[i-1] == '_' && i > 1 && isHex(c.s[i-2])) {
			i++
			continue
		}
		if end := c.octetRun(i); end > 0 {
			i = end
			continue
		}
		i = c.hexWord(i)
	}
}

// octetRun judges groups of one or two digits with one sign between, and returns their end, or 0 if there are fewer
// than six.
func (c *scanner) octetRun(start int) int {
	first := c.run(start, isHex)
	if first-start > 2 {
		return 0
	}
	sep := c.at(first)
	if sep != ':' && sep != '-' && sep != ' ' && sep != '.' && sep != '_' {
		return 0
	}
	var b []byte
	letters, digits, short, end := false, false, false, start
	for i := start; ; {
		stop := c.run(i, isHex)
		n := stop - i
		if n == 0 || n > 2 || n == 1 && sep != ':' || isAlnum(c.at(stop)) {
			break
		}
		o := byte(0)
		for _, d := range c.s[i:stop] {
			o = o<<4 | unhex(d)
			letters, digits = letters || isAlpha(d), digits || isDigit(d)
		}
		b, end, short = append(b, o), stop, short || n == 1
		if c.at(stop) != sep {
			break
		}
		i = stop + 1
	}
	if len(b) < 6 {
		return 0
	}
	context := strings.ToLower(c.before(start, 60))
	about := strings.Contains(context, "mac") || strings.Contains(context, "hex-string") || strings.Contains(context, "arp") ||
		strings.Contains(context, "ether") || strings.Contains(context, "hwaddr") || strings.Contains(context, "lladdr") || strings.Contains(context, "bssid")
	switch {
	case sep == '.' && !letters, sep == '_' && !letters:
		return 0 // a dotted number, judged elsewhere
	case !letters && (sep != ':' || short) && !about:
		return 0
	case sep == ' ' && len(b) > 8 && !about:
		return 0
	case !digits && sep == ' ':
		return 0
	}
	if !harmlessOctets(b) {
		c.add("mac", start, end)
	}
	return end
}

func harmlessOctets(b []byte) bool {
	switch len(b) {
	case 6:
		return harmlessMAC([6]byte(b))
	case 7: // a hardware type in front: a DHCP client id
		return harmlessMAC([6]byte(b[1:]))
	case 8:
		if b[3] == 0xff && b[4] == 0xfe {
			return harmlessMAC([6]byte{b[0], b[1], b[2], b[5], b[6], b[7]}) || harmlessMAC([6]byte{b[0] ^ 2, b[1], b[2], b[5], b[6], b[7]})
		}
		if b[0] == 0x01 {
			return harmlessMAC([6]byte(b[2:]))
		}
		return b[0] == 0 && b[1] == 0 && b[2] == 0x5e && b[3] == 0xef && b[4] == 0x10 // documentation EUI-64
	}
	for _, o := range b {
		if o != 0 && o != 0xff {
			return false
		}
	}
	return true
}

// hexWord judges a word of hex digits and what hangs on it: xxxx.xxxx.xxxx, xxxxxx-xxxxxx, twelve bare digits, UUIDs.
// It returns where to go on.
func (c *scanner) hexWord(start int) int {
	end := c.run(start, isHex)
	if end-start == 1 && c.s[start] == '0' && c.at(end) == 'x' {
		return end + 1
	}
	if isAlnum(c.at(end)) {
		return c.run(end, isAlnum)
	}
	switch end - start {
	case 4:
		if c.group(start, ".:-", 4, 3) {
			return start + 14
		}
	case 6:
		if c.group(start, "-:.", 6, 2) {
			return start + 13
		}
	case 8:
		if c.uuid(start) {
			c.add("uuid", start, start+36)
			return start + 36
		}
	case 12:
		c.bareMAC(start, end)
	}
	return end
}

// group judges n groups of size digits with the same sign between.
func (c *scanner) group(start int, seps string, size, n int) bool {
	length := n*size + n - 1
	if start+length > len(c.s) || isAlnum(c.at(start+length)) {
		return false
	}
	sep := c.s[start+size]
	if !strings.ContainsRune(seps, rune(sep)) || c.at(start+length) == sep && isHex(c.at(start+length+1)) || c.at(start-1) == sep {
		return false
	}
	letters := false // six octets may well have no digit
	for i := range length {
		ch := c.s[start+i]
		if i%(size+1) == size {
			if ch != sep {
				return false
			}
			continue
		}
		if !isHex(ch) {
			return false
		}
		letters = letters || isAlpha(ch)
	}
	if !letters {
		return false
	}
	m, ok := parseMAC(string(c.s[start : start+length]))
	if ok && !harmlessMAC(m) {
		c.add("mac", start, start+length)
	}
	return ok
}

func (c *scanner) bareMAC(start, end int) {
	text := string(c.s[start:end])
	letters, digits := strings.ContainsAny(text, "abcdef"), strings.ContainsAny(text, "0123456789")
	context := c.before(start, 40)
	if !digits || !letters && !strings.Contains(context, "mac") || digestContext(context) {
		return
	}
	if m, ok := parseMAC(text); ok && !harmlessMAC(m) {
		c.add("mac", start, end)
	}
}

func (c *scanner) uuid(start int) bool {
	if start+36 > len(c.s) || isAlnum(c.at(start+36)) {
		return false
	}
	zero := true
	for i, ch := range c.s[start : start+36] {
		switch i {
		case 8, 13, 18, 23:
			if ch != '-' {
				return false
			}
		default:
			if !isHex(ch) {
				return false
			}
			zero = zero && (ch == '0' || ch == 'f')
		}
	}
	return !zero
}

// digestContext reports words before a number in hex which say that it is the hash of something public.
func digestContext(before string) bool {
	if strings.Contains(before, "pass") || strings.Contains(before, "token") || strings.Contains(before, "secret") || strings.Contains(before, "key") {
		return false
	}
	for _, w := range []string{"commit", "sha1", "sha256", "sha-256", "sha512", "md5", "digest", "checksum", "revision", "tree", "blob", "h1:", "etag", "git", "hash of", "merge", "rev "} {
		if strings.Contains(before, w) {
			return true
		}
	}
	return false
}

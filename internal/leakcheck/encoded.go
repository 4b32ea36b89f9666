package leakcheck

import (
	"encoding/base64"
	"encoding/hex"
	"unicode/utf8"
)

// encoded decodes words that may be hex or base64 and looks for known values, and for shapes, in what they say.
func (c *Checker) encoded(v *view) []hit {
	var hits []hit
	s := scanner{v: v, s: v.lower}
	for i := 0; i < len(s.s); {
		if !isAlnum(s.s[i]) {
			i++
			continue
		}
		end := s.run(i, encodedByte)
		if c.saysWord(v.cased[i:end]) {
			hits = append(hits, hit{"encoded", i, end})
		}
		i = end
	}
	return hits
}

// encodedAt decodes the words of a joined text that a line break went through.
func (c *Checker) encodedAt(v *view, joints []int) []hit {
	var hits []hit
	done := 0
	for _, at := range joints {
		from, end := at, at
		for from > done && encodedByte(v.cased[from-1]) {
			from--
		}
		for end < len(v.cased) && encodedByte(v.cased[end]) {
			end++
		}
		if from < at && end > at && c.saysWord(v.cased[from:end]) {
			hits = append(hits, hit{"encoded", from, end})
		}
		done = max(done, end)
	}
	return hits
}

func encodedByte(b byte) bool { return isAlnum(b) || b == '+' || b == '/' || b == '-' || b == '_' }

// saysWord is says for words of a length that can be a text and is no file.
func (c *Checker) saysWord(word []byte) bool {
	return len(word) >= 8 && len(word) <= 1<<16 && c.says(word)
}

// says reports whether a word, decoded in any way, holds something private.
func (c *Checker) says(word []byte) bool {
	hexText := word
	if len(hexText) > 2 && hexText[0] == '0' && (hexText[1] == 'x' || hexText[1] == 'X') {
		hexText = hexText[2:]
	}
	if b, err := hex.DecodeString(string(hexText[:len(hexText)&^1])); err == nil && c.private(b, isNumber(word)) {
		return true
	}
	enc := base64.RawStdEncoding
	std := make([]byte, len(word))
	for i, ch := range word {
		switch ch {
		case '-':
			ch = '+'
		case '_':
			ch = '/'
		}
		std[i] = ch
	}
	// Four alignments: the text may have been cut out of a longer one.
	for skip := range 4 {
		part := std[min(skip, len(std)):]
		if len(part)%4 == 1 {
			part = part[:len(part)-1]
		}
		if len(part) < 6 {
			break
		}
		if b, err := enc.DecodeString(string(part)); err == nil && c.private(b, false) {
			return true
		}
	}
	return false
}

// hexPairs reads octets with blanks or colons between ("6E 61 73"), as SNMP tools print texts.
func (c *Checker) hexPairs(v *view) []hit {
	s := scanner{v: v, s: v.lower}
	var hits []hit
	for i := 0; i+8 < len(s.s); {
		if !isHex(s.s[i]) || i > 0 && isAlnum(s.s[i-1]) || !isHex(s.at(i+1)) || s.at(i+2) != ' ' && s.at(i+2) != ':' {
			i++
			continue
		}
		sep, end := s.s[i+2], i
		var b []byte
		for isHex(s.at(end)) && isHex(s.at(end+1)) && !isAlnum(s.at(end+2)) {
			b = append(b, unhex(s.s[end])<<4|unhex(s.s[end+1]))
			end += 2
			if s.at(end) != sep {
				break
			}
			end++
		}
		if len(b) >= 4 && c.private(b, false) {
			hits = append(hits, hit{"encoded", i, end})
		}
		i = max(end, i+1)
	}
	return hits
}

// surely is how long a known value is that no other word of a decoded text holds by chance.
const surely = 6

// inside reports a known value that is a part of a longer word: what was encoded may have been cut out of anything.
func (c *Checker) inside(v *view) bool {
	found := false
	c.known.scan(v.lower, func(_ *pattern, start, end int) { found = found || end-start >= surely })
	return found
}

// A shorter known value than these is spelled by chance: in bytes that are no text throughout, and in those of a number.
const (
	hardlyInBytes  = 3
	hardlyInNumber = 4
)

// isNumber reports whether a word is one of decimal digits alone: a size or a count far more often than a text in hex.
func isNumber(word []byte) bool {
	for _, ch := range word {
		if ch < '0' || ch > '9' {
			return false
		}
	}
	return true
}

// private looks into decoded bytes. Only texts are looked at: random bytes spell short names now and then. What a number
// says must be text from end to end and hold a known value: digits cannot spell the dots and colons of an address, but
// something like "p@d" they do.
func (c *Checker) private(b []byte, number bool) bool {
	if len(b) < 3 {
		return false
	}
	printable := 0
	for _, ch := range b {
		if ch >= 0x20 && ch < 0x7f || ch == '\n' || ch == '\t' {
			printable++
		}
	}
	if !utf8.Valid(b) && printable*10 < len(b)*8 || printable*10 < len(b)*6 {
		return false
	}
	least := 0
	switch {
	case number && printable < len(b):
		return false
	case number:
		least = hardlyInNumber
	case printable < len(b):
		least = hardlyInBytes
	}
	v := fold(b)
	for _, h := range c.registry(v) {
		if h.end-h.start >= least {
			return true
		}
	}
	if c.inside(v) {
		return true
	}
	if number || printable*10 < len(b)*9 {
		return false
	}
	for _, h := range c.structured(v) {
		if h.kind != "token" {
			return true
		}
	}
	return false
}

package leakcheck

import (
	"bytes"
	"math"
	"strings"
)

func tokenByte(b byte) bool { return isAlnum(b) || b == '+' || b == '_' || b == '=' || b == '-' }

// tokens finds what looks drawn at random: keys, tokens, hashes, fingerprints.
func (c *scanner) tokens() {
	s := c.v.cased
	for i := 0; i < len(s); {
		if !isAlnum(s[i]) {
			i++
			continue
		}
		end := c.run(i, tokenByte)
		if end-i >= 16 {
			c.judgeToken(i, end)
		}
		i = end
	}
}

func (c *scanner) judgeToken(start, end int) {
	for end > start && (c.s[end-1] == '-' || c.s[end-1] == '_') {
		end--
	}
	text := string(c.v.cased[start:end])
	before := c.before(start, 48)
	for _, prefix := range tokenPrefixes() {
		if strings.HasPrefix(text, prefix) && len(text) >= len(prefix)+10 {
			c.add("token", start, end)
			return
		}
	}
	if digestContext(before) || ulid(text) {
		return
	}
	// A part that is random gives the whole away; the rest of a compound is words.
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '_' || r == '-' || r == '=' }) {
		if random(part) {
			c.add("token", start, end)
			return
		}
	}
	if strings.ContainsAny(text, "-_=") && !strings.Contains(text, "--") && len(text) >= 24 && classes(text) == 3 && alternations(text) > len(text)*2/5 {
		c.add("token", start, end)
	}
}

// tokenPrefixes are how well-known providers begin their tokens, in pieces so that no scanner takes this file for a
// leak.
func tokenPrefixes() []string {
	return []string{
		"gh" + "p_", "gh" + "o_", "gh" + "s_", "gh" + "u_", "gh" + "r_", "github" + "_pat_", "glp" + "at-", "xox" + "b-", "xox" + "p-", "xox" + "a-",
		"AK" + "IA", "AS" + "IA", "AI" + "za", "ya" + "29", "hv" + "s", "do" + "p_v1_", "tsk" + "ey-", "np" + "m_", "py" + "pi-", "sk" + "-", "sk" + "_live_", "rk" + "_live_",
		"gls" + "a_", "dck" + "r_pat_", "ey" + "J",
	}
}

// ulid reports the id of an event: a time of this century and chance, and no credential.
func ulid(text string) bool {
	return len(text) == 26 && strings.HasPrefix(text, "01") && strings.Trim(text, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == ""
}

// random reports whether a word of letters and digits is drawn at random rather than made of words.
func random(word string) bool {
	letters, digits, hex := 0, 0, true
	for i := range len(word) {
		switch {
		case isDigit(word[i]):
			digits++
		default:
			letters++
			hex = hex && isHex(word[i])
		}
	}
	mono := word == strings.ToLower(word) || word == strings.ToUpper(word)
	switch {
	case hex && mono:
		return len(word) >= 16 && letters >= 2 && digits >= 2
	case base32(word):
		return len(word) >= 16 && digits >= 2 && alternations(word) >= len(word)/5
	case len(word) < 20:
		return len(word) >= 16 && digits >= 3 && letters >= 3 && alternations(word) >= len(word)/2 && entropy(word) > 3.3
	}
	return digits >= 2 && letters >= 2 && alternations(word) >= len(word)/4 && entropy(word) > 3.3
}

func base32(word string) bool {
	return strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// alternations counts changes between small letters, capitals and digits; a word with a capital first has few.
func alternations(word string) int {
	n := 0
	class := func(b byte) int {
		switch {
		case isLower(b):
			return 0
		case isUpper(b):
			return 1
		case isDigit(b):
			return 2
		}
		return 3
	}
	for i := 1; i < len(word); i++ {
		if class(word[i]) != class(word[i-1]) {
			n++
		}
	}
	return n
}

func classes(word string) int {
	lower, upper, digit := 0, 0, 0
	for i := range len(word) {
		switch {
		case isLower(word[i]):
			lower = 1
		case isUpper(word[i]):
			upper = 1
		case isDigit(word[i]):
			digit = 1
		}
	}
	return lower + upper + digit
}

// entropy is Shannon's, in bits a character.
func entropy(word string) float64 {
	var count [256]int
	for i := range len(word) {
		count[word[i]]++
	}
	sum := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(word))
			sum -= p * math.Log2(p)
		}
	}
	return sum
}

// base64 finds 32 bytes and more in base64, slashes included, where paths do not look so.
func (c *scanner) base64() {
	s := c.v.cased
	ok := func(b byte) bool { return isAlnum(b) || b == '+' || b == '/' }
	for i := 0; i < len(s); {
		if !ok(s[i]) {
			i++
			continue
		}
		end := c.run(i, ok)
		stop := c.run(end, func(b byte) bool { return b == '=' })
		text := string(s[i:end])
		if len(text) >= 40 && classes(text) == 3 && alternations(text) >= len(text)/4 && entropy(text) > 4 && !digestContext(c.before(i, 48)) &&
			!bytes.Contains(s[i:end], []byte("//")) {
			c.add("token", i, stop)
		}
		i = max(stop, i+1)
	}
}

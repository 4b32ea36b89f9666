package leakcheck

import (
	_ "embed"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Unknown is the kind of a finding of the third net: a token of a post that could identify something and is of no form
// that a generated post has.
const Unknown = "unknown_token"

// CheckPost is Check for what a post is made of: text, pictures and their names. Besides, each token that could identify
// something must be an alias, a documentation value, a public host, a version, a time, a number with its unit, a standard
// object identifier, a word of the dictionary or made of such. allowed are tokens, as they stand, that a person let pass;
// they count for this net alone.
func (c *Checker) CheckPost(file string, b []byte, allowed []string) []Finding {
	found := c.Check(file, b)
	if container(b) != "" {
		return found
	}
	w := vocabulary{allowed: allowed}
	name := file[strings.LastIndexByte(file, '/')+1:]
	if len(w.unknown([]byte(name))) > 0 && !slices.ContainsFunc(found, func(f Finding) bool { return f.Offset < 0 }) {
		found = append([]Finding{{File: file, Offset: -1, Kind: Unknown}}, found...)
	}
	return weave(file, found, w.unknown(b))
}

// weave puts hits between findings, both in order, and leaves out those that a finding covers in part.
func weave(file string, found []Finding, hits []hit) []Finding {
	var out []Finding
	for _, h := range hits {
		for len(found) > 0 && found[0].Offset < h.end {
			out, found = append(out, found[0]), found[1:]
		}
		if n := len(out); n > 0 && out[n-1].Offset >= 0 && out[n-1].Offset+out[n-1].Length > h.start {
			continue
		}
		out = append(out, Finding{File: file, Offset: h.start, Length: h.end - h.start, Kind: h.kind})
	}
	return append(out, found...)
}

// vocabulary is the third net.
type vocabulary struct{ allowed []string }

// unknown returns the tokens of a text that are of no known form.
func (w *vocabulary) unknown(b []byte) []hit {
	v := fold(b)
	s := &scanner{v: v, s: v.lower}
	drawing := strings.Contains(string(v.lower[:min(len(v.lower), 512)]), "<svg")
	inTag := false
	for i := 0; i < len(v.cased); {
		switch v.cased[i] {
		case '<':
			inTag = true
		case '>':
			inTag = false
		}
		n := tokenRune(v.cased[i:])
		if n == 0 {
			i++
			continue
		}
		end := i + n
		for end < len(v.cased) {
			if n = tokenRune(v.cased[end:]); n == 0 {
				break
			}
			end += n
		}
		from, to := i, end
		i = end
		for from < to && (strings.IndexByte(".:-+_%", v.cased[from]) >= 0 || v.cased[from] == '/' && from > 0 && v.cased[from-1] == '<') {
			from++
		}
		for from < to && strings.IndexByte(".:-+_%/@", v.cased[to-1]) >= 0 {
			to--
		}
		token := string(v.cased[from:to])
		if !identifying(token) || slices.Contains(w.allowed, token) || drawing && inTag && drawn.MatchString(token) || s.knownToken(token, from, to) {
			continue
		}
		start, stop := v.span(from, to)
		s.add(Unknown, start, stop)
	}
	return s.hits
}

// tokenRune returns the length of the character of a token that b begins with, 0 for what stands between tokens.
func tokenRune(b []byte) int {
	if b[0] < utf8.RuneSelf {
		if isAlnum(b[0]) || strings.IndexByte("._:@/+-%", b[0]) >= 0 {
			return 1
		}
		return 0
	}
	if r, n := utf8.DecodeRune(b); unicode.IsLetter(r) || unicode.IsDigit(r) {
		return n
	}
	return 0
}

// identifying reports tokens that could name one thing among many: with a point, colon, at sign or slash inside, letters
// among digits, long numbers, and what looks like base64. A word does not, whatever it says.
func identifying(token string) bool {
	if len(token) < 3 {
		return false
	}
	if strings.ContainsAny(token, ".:@/") {
		return true
	}
	letters, digits, inner := 0, 0, 0
	for i := range len(token) {
		switch ch := token[i]; {
		case isDigit(ch):
			digits++
		case isAlpha(ch) || ch >= utf8.RuneSelf:
			letters++
			if i > 0 && isUpper(ch) && isLower(token[i-1]) {
				inner++
			}
		}
	}
	switch {
	case letters > 0 && digits > 0:
		return letters+digits >= 6
	case digits >= 8:
		return true
	}
	return len(token) >= 16 && (inner > 1 || strings.Contains(token, "+"))
}

// knownToken reports whether a token that could identify something is of a form that a generated post may have.
func (c *scanner) knownToken(token string, start, end int) bool {
	low := strings.ToLower(token)
	switch {
	case words[low], roleName(low), harmlessName(low), strings.HasPrefix(low, "example-"), ulid(token):
		return true
	case strings.Contains(low, "://"):
		return knownURL(low)
	case c.knownNumber(low, start, end):
		return true
	case strings.Contains(low, "-mib::"), mibName.MatchString(token), interfaceName.MatchString(low):
		return true
	case hexWord.MatchString(low) && (digestContext(c.before(start, 48)) || c.at(start-1) == '#'):
		return true
	}
	if _, host, ok := strings.Cut(low, "@"); ok {
		if harmlessName(host) || strings.HasPrefix(low, "mailto:") {
			return harmlessName(host)
		}
	}
	host, _, _ := strings.Cut(low, "/")
	host, _, _ = strings.Cut(host, ":")
	if strings.Contains(host, ".") && (publicHost(host) || harmlessName(host)) {
		return true
	}
	return knownParts(token)
}

// knownURL reports addresses on a host that everybody knows or that exists in documentation only.
func knownURL(low string) bool {
	_, rest, _ := strings.Cut(low, "://")
	authority, path, _ := strings.Cut(rest, "/")
	if strings.Contains(authority, "@") {
		return false
	}
	host := authority
	if i := strings.LastIndexByte(host, ':'); i > 0 && !strings.HasSuffix(host, ":") {
		host = host[:i]
	}
	if publicHost(host) {
		return true
	}
	a, err := netip.ParseAddr(host)
	return (err == nil && harmlessAddr(a) || host == "" || harmlessName(host) || roleName(host) || words[host]) && knownParts(path)
}

// The forms of numbers. A digit group of a number that means nothing outside is short.
var (
	stamp         = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:[t_]\d\d[:-]?\d\d(?:[:-]?\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?)?$|^\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:am|pm|z|[+-]\d\d:?\d\d)?$|^(?:19|20)\d{6}$|^\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d$`)
	lasting       = regexp.MustCompile(`^(?:\d+(?:\.\d+)?(?:ns|us|ms|s|sec|m|min|h|d|w|y))+$`)
	measure       = regexp.MustCompile(`^(?:\d{1,7}(?:[.:/x-]\d{1,6}){0,2}|\d{1,5}(?:[.:/x-]\d{1,6}){0,2}[-/]?(?:%|°?[cf]|[kmgt]?i?b(?:it)?(?:/s|ps|e)?|[kmg]?hz|k?wh?|k?v|m?a|px|em|rem|pt|x|dbm?|rpm|fps|u|g|k|p|th|st|nd|rd|mbps|gbps|gbe|ghz|lines?|bytes?)|\d{1,3}[a-z])$`)
	release       = regexp.MustCompile(`^(?:[a-z]+[-_/])?v?\d{1,5}(?:\.\d{1,6}){0,3}(?:[-+~._](?:rc|beta|alpha|dev|pre|deb|bpo|ubuntu|pve|hp|p|r|u|amd|arm|x)?[\d.]*[a-z]?\d*)*$`)
	object        = regexp.MustCompile(`^1\.[03](?:\.\d+){3,}$`)
	drawn         = regexp.MustCompile(`^[a-zA-Z]?-?[\d.]+(?:(?:[a-zA-Z]|-|e-)-?[\d.]+)*[a-zA-Z%]{0,3}$`)
	hexWord       = regexp.MustCompile(`^(?:sha256[:-])?[0-9a-f]{3,64}$`)
	mibName       = regexp.MustCompile(`^(?:dot1[dq]|dot3|if|ip|sys|hr|ent|ucd|la|mem|ss|dsk|lldp|snmp|tcp|udp|bgp|ospf|ups|disk|pse|hh3c|hp|raid)[A-Z][A-Za-z0-9]*(?:\.\d{1,6})*$`)
	interfaceName = regexp.MustCompile(`^(?:eth|ens|enp|eno|wlan|wlp|vmbr|br|bond|lo|sd[a-z]|nvme|tty|md|dm|port|vlan|(?:ten|forty|hundred)?gigabitethernet|fastethernet|gi|ge|fa|te|xe|trk|bridge-aggregation)[-]?\d{1,4}(?:[a-z/.:]\d{1,4}){0,4}$`)
	titled        = regexp.MustCompile(`^\d{4}-\d\d-\d\d-`)
)

// knownNumber reports what is made of numbers: times, versions, measures, documentation addresses and standard object
// identifiers.
func (c *scanner) knownNumber(low string, start, end int) bool {
	if stamp.MatchString(low) || lasting.MatchString(low) || measure.MatchString(low) {
		return true
	}
	text := low
	if host, port, ok := strings.Cut(text, ":"); ok && strings.Contains(host, ".") && len(port) < 6 && strings.Trim(port, "0123456789") == "" {
		text = host
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return harmlessAddr(a) || a.Is4() && c.version(a, start, end)
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		return harmlessPrefix(p)
	}
	if m, ok := parseMAC(text); ok && strings.ContainsAny(text, ":-.") {
		return harmlessMAC(m)
	}
	if strings.HasSuffix(text, ".arpa") {
		alone := scanner{v: c.v, s: []byte(text)}
		alone.ipv4()
		alone.nibbles()
		return len(alone.hits) == 0
	}
	if object.MatchString(text) {
		alone := scanner{v: c.v, s: []byte(text)}
		alone.ipv4()
		return len(alone.hits) == 0
	}
	return release.MatchString(text) && strings.Count(text, ".") < 4 && (isDigit(strings.TrimPrefix(text, "v")[0]) || knownParts(text))
}

//go:embed words.txt
var wordList string

// words is the dictionary: what the templates, the documentation and the configuration language are made of, and the words
// with digits in them that everybody uses.
var words = set(wordList)

// knownParts takes a compound apart: each part must be a word of the dictionary or a short number. The name of a post is its
// title, and so words of any kind.
func knownParts(token string) bool {
	isTitle := titled.MatchString(token)
	sign := func(r rune) bool { return strings.ContainsRune("-_./:@+%", r) }
	parts := strings.FieldsFunc(token, sign)
	for i, part := range parts {
		low := strings.ToLower(part)
		switch {
		case strings.Trim(part, "0123456789") == "":
			if len(part) > 5 {
				return false
			}
		case words[low], len(part) == 1, lasting.MatchString(low), measure.MatchString(low):
		case (isTitle || i == 1 && len(parts) == 2 && isDigit(token[0])) && strings.IndexFunc(part, func(r rune) bool { return !unicode.IsLetter(r) }) < 0:
		case !camelWords(part):
			return false
		}
		if i > 40 {
			return false
		}
	}
	return true
}

// camelWords reports words of the dictionary written together, each with a capital, and numbers behind them.
func camelWords(part string) bool {
	from := 0
	begins := func(i int) bool { // a capital behind a small letter, or before one
		return isUpper(part[i]) && (!isUpper(part[i-1]) || i+1 < len(part) && isLower(part[i+1]))
	}
	for i := 1; i <= len(part); i++ {
		if i < len(part) && !begins(i) {
			continue
		}
		if word := strings.ToLower(part[from:i]); !words[word] && !words[strings.TrimSuffix(word, "s")] {
			return false
		}
		from = i
	}
	return true
}

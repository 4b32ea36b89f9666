package sanitize

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Known is one private value that the agent knows.
type Known struct {
	Kind  Kind
	Value string
	// Device and Role are set where the value names a device: the device's role name stands for it then.
	Device string
	Role   Role
	// Product is set where the value names a source.
	Product Product
}

// spelling is one way to write a known value, folded.
type spelling struct {
	text  string
	known int // index of the value
	loose bool
	// whole: it is the value itself, and no part of it.
	whole bool
	// put stands for a part of a name that is not the device's own; empty means what stands for the value.
	put string
}

// index finds spellings by their first characters.
type index struct {
	known []Known
	by    map[string][]spelling
	// heads says which two bytes a spelling begins with: few places of a text need a look into the map.
	heads []bool
}

// headLength is how many bytes of a spelling the index looks at first.
const headLength = 3

func newIndex(known []Known) *index {
	ix := &index{known: known, by: map[string][]spelling{}, heads: make([]bool, 1<<16)}
	for i, k := range known {
		seen, whole := map[string]bool{}, foldString(k.Value)
		add := func(text, put string, loose bool) {
			text = foldString(text)
			if len(text) < headLength || seen[text] {
				return
			}
			seen[text] = true
			ix.heads[int(text[0])<<8|int(text[1])] = true
			ix.by[text[:headLength]] = append(ix.by[text[:headLength]], spelling{
				text: text, known: i, put: put, whole: text == whole,
				loose: loose || put == "" && text != whole && len(text) >= 10 || k.Kind == KindSecret && len(text) >= 8,
			})
		}
		for _, part := range partsOf(k) {
			add(part.text, part.put, false)
		}
		for _, text := range spellingsOf(k) {
			add(text, "", false)
			// In the middle of something encoded anything may stand beside it.
			for _, code := range encodings(text) {
				add(code, "", len(code) >= 6)
			}
		}
	}
	return ix
}

// longest returns the longest spelling that s has at i and that stands there for itself.
func (ix *index) longest(s string, i int) (spelling, bool) {
	if i+headLength > len(s) || !ix.heads[int(s[i])<<8|int(s[i+1])] {
		return spelling{}, false
	}
	var best spelling
	for _, sp := range ix.by[s[i:i+headLength]] {
		if (len(sp.text) > len(best.text) || len(sp.text) == len(best.text) && sp.whole && !best.whole) && strings.HasPrefix(s[i:], sp.text) && (sp.loose || alone(s, i, i+len(sp.text))) {
			best = sp
		}
	}
	return best, best.text != ""
}

// alone reports whether s[i:j] is no part of a longer word or number.
func alone(s string, i, j int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	first, _ := utf8.DecodeRuneInString(s[i:])
	last, _ := utf8.DecodeLastRuneInString(s[:j])
	after, n := utf8.DecodeRuneInString(s[j:])
	if i > 0 && sameClass(before, first) {
		return false
	}
	if j == len(s) || !sameClass(last, after) {
		return true
	}
	next, _ := utf8.DecodeRuneInString(s[j+n:])
	return after == 's' && unicode.IsLetter(last) && !unicode.IsLetter(next)
}

func sameClass(a, b rune) bool {
	return unicode.IsLetter(a) && unicode.IsLetter(b) || unicode.IsDigit(a) && unicode.IsDigit(b)
}

// plainWords are too common to be taken out of a text for being the name of something.
var plainNames = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`nas switch router gateway firewall server host pve proxmox admin root user users guest opnsense pfsense synology ruckus unifi
		librenms prtg snmp quorate linux windows debian home house homelab lab office basement attic garage kitchen garden rack room shelf camera printer sensor
		phone laptop client wifi wlan lan wan vlan vpn dns dhcp ntp web mail ssh http https api public private local localhost system service network
		www monitor monitoring main core edge backup storage media plex docker cloud internet domain up down test demo default none unknown power ups
		example secret password token light plug speaker console washer dryer oven hub tv ap git notes post blog management mgmt device devices doorbell
		dishwasher inverter vacuum thermostat entrance hall outside inside upstairs downstairs postgres mysql redis nobody pi operator manager`) {
		m[w] = true
	}
	return m
}()

// spellingsOf writes a value in all ways that people and programs write it.
func spellingsOf(k Known) []string {
	value := strings.TrimSpace(k.Value)
	if a, err := netip.ParseAddr(value); err == nil {
		return spellAddr(a.Unmap().WithZone(""))
	}
	if k.Kind == KindMAC {
		if m, ok := hexOctets(value); ok {
			return spellMAC(m)
		}
	}
	if plainNames[strings.ToLower(value)] || documentation[strings.ToLower(value)] || len(value) < 3 || k.Kind == KindLocation && plainPlace(value) {
		return nil
	}
	out := []string{value}
	if len(value) >= 4 {
		for _, sep := range []string{" ", "-", ".", "_", ","} {
			out = append(out, strings.Join(strings.Split(value, ""), sep))
		}
	}
	parts := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" -_.", r) })
	if k.Kind != KindSecret && len(parts) > 1 && len(parts) < 8 {
		for _, sep := range []string{"-", "_", " ", ".", ""} {
			out = append(out, strings.Join(parts, sep))
		}
	}
	if k.Kind == KindSecret && len(value) >= 16 {
		out = append(out, value[:len(value)/2], value[:12], value[:8])
		for i := 8; i < len(value); i++ {
			out = append(out, value[:i]+"\n"+value[i:])
		}
	}
	return out
}

// documentation are the domains that aliases are in: a cleaned text may hold them.
var documentation = list(`example.com example.net example.org example test invalid localhost`)

// part is a part of a name, and what stands for it.
type part struct{ text, put string }

// partsOf returns what a full name gives away in part: its first label, the domains above it and the home's own label.
func partsOf(k Known) []part {
	name := strings.ToLower(strings.TrimSpace(k.Value))
	labels := strings.Split(name, ".")
	if k.Kind != KindHost && k.Kind != KindDevice || len(labels) < 2 || reservedName(name) || wellKnown(name) {
		return nil
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return nil
	}
	var out []part
	add := func(text, put string) {
		if len(text) > 2 && !plainNames[text] && !rolePattern.MatchString(text) && !slices.Contains(domesticSuffixes, text) {
			out = append(out, part{text, put})
		}
	}
	add(labels[0], "")
	for i := 1; i+1 < len(labels); i++ {
		add(strings.Join(labels[i:], "."), "example.net")
	}
	if own := labels[len(labels)-2]; len(own) > 4 && !slices.Contains(domesticSuffixes, strings.Join(labels[len(labels)-2:], ".")) {
		add(own, "[name]")
	}
	return out
}

func plainPlace(value string) bool {
	for w := range strings.FieldsFuncSeq(strings.ToLower(value), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if !plainNames[w] && len(w) > 1 && w != "living" && w != "floor" && w != "the" && w != "bed" && w != "bath" {
			return false
		}
	}
	return true
}

func encodings(value string) []string {
	out := []string{hex.EncodeToString([]byte(value)), url.QueryEscape(value), percentAll(value), entityAll(value)}
	for lead := range 3 {
		// The middle of a longer text in base64: what the neighbours share is cut off.
		enc := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", lead) + value))
		from := []int{0, 2, 3}[lead]
		to := len(enc)
		if (lead+len(value))%3 != 0 {
			to--
		}
		if from < to && to-from >= 5 {
			out = append(out, enc[from:to])
		}
	}
	return out
}

func percentAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02x", s[i])
	}
	return b.String()
}

func entityAll(s string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, "&#%d;", r)
	}
	return b.String()
}

func spellAddr(a netip.Addr) []string {
	if a.Is6() {
		return []string{a.String(), a.StringExpanded(), strings.ReplaceAll(a.StringExpanded(), ":", "")}
	}
	o := a.As4()
	n := uint32(o[0])<<24 | uint32(o[1])<<16 | uint32(o[2])<<8 | uint32(o[3])
	out := []string{
		a.String(), fmt.Sprintf("%d.%d.%d.%d.in-addr.arpa", o[3], o[2], o[1], o[0]), "::ffff:" + a.String(),
		fmt.Sprintf("%03d.%03d.%03d.%03d", o[0], o[1], o[2], o[3]), fmt.Sprintf("%04o.%04o.%04o.%04o", o[0], o[1], o[2], o[3]),
		fmt.Sprintf("0%o.0%o.0%o.0%o", o[0], o[1], o[2], o[3]), fmt.Sprintf("0x%08x", n), fmt.Sprintf("%08x", n), fmt.Sprint(n), fmt.Sprintf("%d . %d . %d . %d", o[0], o[1], o[2], o[3]),
		fmt.Sprintf("%d[.]%d[.]%d[.]%d", o[0], o[1], o[2], o[3]),
	}
	for _, sep := range []string{"-", "_", " "} {
		out = append(out, fmt.Sprintf("%d%s%d%s%d%s%d", o[0], sep, o[1], sep, o[2], sep, o[3]))
	}
	if o[2] > 0 {
		out = append(out, fmt.Sprintf("%d.%d.%d", o[0], o[1], n&0xffff))
	}
	if o[1] > 0 {
		out = append(out, fmt.Sprintf("%d.%d", o[0], n&0xffffff))
	}
	return out
}

// hexOctets reads six octets in any notation, also with leading zeros dropped.
func hexOctets(s string) ([]byte, bool) {
	if groups := strings.Split(s, ":"); len(groups) == 6 {
		for i, g := range groups {
			if len(g) == 1 {
				groups[i] = "0" + g
			}
		}
		s = strings.Join(groups, "")
	}
	b, err := hex.DecodeString(strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(s))
	return b, err == nil && len(b) == 6
}

func spellMAC(m []byte) []string {
	all := hex.EncodeToString(m)
	out := []string{all, all[:4] + "." + all[4:8] + "." + all[8:], all[:6] + "-" + all[6:]}
	for _, sep := range []string{":", "-", " ", "."} {
		var long, short, dec []string
		for _, o := range m {
			long, short, dec = append(long, fmt.Sprintf("%02x", o)), append(short, fmt.Sprintf("%x", o)), append(dec, fmt.Sprint(o))
		}
		out = append(out, strings.Join(long, sep), strings.Join(short, sep), strings.Join(dec, sep))
		if tail := strings.Join(long[3:], sep); strings.ContainsAny(tail, "abcdef") {
			out = append(out, tail)
		}
	}
	eui := netip.AddrFrom16([16]byte{0xfe, 0x80, 8: m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]})
	return append(out, eui.String(), strings.TrimPrefix(eui.String(), "fe80::"))
}

// foldRune takes a character to the small plain one that it looks like.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		return unicode.ToLower(r)
	}
	if plain, ok := twins[r]; ok {
		return plain
	}
	d := []rune(norm.NFKD.String(string(r)))
	for len(d) > 1 && unicode.Is(unicode.Mn, d[len(d)-1]) {
		d = d[:len(d)-1]
	}
	if len(d) == 1 {
		r = d[0]
	}
	return unicode.ToLower(r)
}

// twins maps letters of other scripts to the Latin ones that they look like.
var twins = func() map[rune]rune {
	m := map[rune]rune{}
	pairs := []rune("аaАaвbВbсcСcеeЕeѕsЅsіiІiјjЈjкkКkмmМmнhНhоoОoрpРpтtТtуyУyхxХxԁdһhӏlԛqԝwαaΑaβbΒbεeΕeιiΙiκkΚkνvΝnοoΟoρpΡpτtΤtυuΥyχxΧxłlŁløoØođdĐdıi‐-‑-‒-–-—-−-’'‘'“\"”\"")
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}()

func foldString(s string) string {
	var b strings.Builder
	for _, r := range visible(s) {
		b.WriteRune(foldRune(r))
	}
	return b.String()
}

// KindOf returns the kind that a registry's list is of, by its name: hostnames, communities and so on.
func KindOf(list string) Kind {
	switch list {
	case "ipv4", "ipv6":
		return Kind(list)
	case "mac", "macs":
		return KindMAC
	case "hostnames", "fqdn", "domains":
		return KindHost
	case "communities", "tokens", "passwords", "secrets":
		return KindSecret
	case "usernames":
		return KindUser
	case "emails":
		return KindEmail
	case "serials":
		return KindSerial
	case "ssids":
		return KindSSID
	case "locations":
		return KindLocation
	case "paths":
		return KindPath
	}
	return KindWord
}

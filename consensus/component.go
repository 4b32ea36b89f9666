package consensus

import (
	"slices"
	"strings"
	"unicode"
)

// kindWords are the words of a label that only name its kind, beside the kind itself and its plural.
var kindWords = map[string][]string{
	"port":        {"interface"},
	"psu":         {"power", "supply"},
	"temperature": {"temp"},
	"disk":        {"drive"},
	"volume":      {"vol"},
	"memory":      {"mem", "ram"},
	"cpu":         {"processor"},
	"ap":          {"access", "point"},
}

// vendorWords are vendors that sources put into labels. The vendor that an observation itself names is added.
var vendorWords = []string{
	"apc", "aruba", "asus", "cisco", "dell", "digital", "fortinet", "hewlett", "hgst", "hp", "hpe", "intel", "juniper",
	"mikrotik", "netgear", "opnsense", "packard", "procurve", "proxmox", "qnap", "ruckus", "samsung", "seagate",
	"supermicro", "synology", "toshiba", "ubiquiti", "unifi", "wd", "western", "zyxel",
}

// ComponentKey is what a component is compared by: its kind, then its label in lower case without the words that name
// kind or vendor, every run of separators a single hyphen. "disk:Disk 1" and "disk:1" are one component.
func ComponentKey(component, vendor string) string {
	kind, label, ok := strings.Cut(component, ":")
	if !ok {
		return strings.ToLower(component)
	}
	kind = strings.ToLower(strings.TrimSpace(kind))
	var key strings.Builder
	key.WriteString(kind)
	key.WriteByte(':')
	first := true
	for _, w := range words(label) {
		if w = stripKind(kind, w); w == "" || isVendor(w, vendor) {
			continue
		}
		if !first {
			key.WriteByte('-')
		}
		first = false
		key.WriteString(w)
	}
	return key.String()
}

// words splits a label at everything but letters and digits, in lower case.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

// stripKind returns what is left of a word once it no longer names its kind: nothing of "disk", "1" of "disk1".
func stripKind(kind, word string) string {
	if rest, ok := withoutKind(kind, word); ok {
		return rest
	}
	for _, k := range kindWords[kind] {
		if rest, ok := withoutKind(k, word); ok {
			return rest
		}
	}
	return word
}

func withoutKind(kind, word string) (string, bool) {
	rest, ok := strings.CutPrefix(word, kind)
	if !ok || kind == "" {
		return word, false
	}
	if rest == "" || rest == "s" {
		return "", true
	}
	if strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsDigit(r) }) < 0 {
		return rest, true
	}
	return word, false
}

func isVendor(word, vendor string) bool {
	if _, known := slices.BinarySearch(vendorWords, word); known {
		return true
	}
	return vendor != "" && slices.Contains(words(vendor), word)
}

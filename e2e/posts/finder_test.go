package posts

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// finder looks for values in whatever leaves, in every spelling that it can think of. It is written for this test alone
// and knows nothing of the rules of the sanitizer and of the leak check.
type finder struct {
	plain, squeezed, dotted, coded needles
}

// needles are spellings by their first four bytes: a text is gone through once, however many there are.
type needles map[string][]needle

func (n needles) add(more ...needle) {
	for _, one := range more {
		n[one.form[:4]] = append(n[one.form[:4]], one)
	}
}

// needle is one spelling of one value; alone means that no letter or digit may stand beside it.
type needle struct {
	what, form string
	alone      bool
}

// newFinder takes values by kind: ipv4, ipv6, mac, and any other for texts.
func newFinder(values map[string][]string) *finder {
	f := &finder{needles{}, needles{}, needles{}, needles{}}
	for kind, list := range values {
		for _, v := range list {
			f.add(kind, v)
		}
	}
	return f
}

func (f *finder) add(kind, value string) {
	what := kind + " " + value
	f.encoded(what, value)
	switch kind {
	case "ipv4":
		f.ipv4(what, value)
	case "ipv6":
		f.ipv6(what, value)
	case "mac":
		f.mac(what, value)
	default:
		text := fold(value)
		f.plain.add(needle{what + " as it is", text, false})
		short := squeeze(text)
		if len(short) >= 7 {
			f.squeezed.add(needle{what + " without its separators", short, false})
		}
		if len(short) >= 14 { // the beginning of a long one tells enough
			f.squeezed.add(needle{what + " by its first ten letters", short[:10], false})
		}
	}
}

// encoded adds what texts travel in: base64 at each of three offsets and in both alphabets, and hex.
func (f *finder) encoded(what, value string) {
	for _, v := range []string{value, strings.ToLower(value), strings.ToUpper(value)} {
		for offset := range 3 {
			b := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", offset) + v))
			b = strings.TrimRight(b, "=")
			from, to := (offset*8+5)/6, len(b)
			if (offset+len(v))%3 != 0 {
				to-- // the last sign depends on what stands behind
			}
			if to-from >= 8 {
				f.coded.add(needle{what + " in base64", b[from:to], false},
					needle{what + " in base64", strings.NewReplacer("+", "-", "/", "_").Replace(b[from:to]), false})
			}
		}
		if h := hex.EncodeToString([]byte(v)); len(h) >= 12 {
			f.squeezed.add(needle{what + " in hex", h, false})
		}
	}
}

func (f *finder) ipv4(what, value string) {
	a := netip.MustParseAddr(value).As4()
	n := uint64(a[0])<<24 | uint64(a[1])<<16 | uint64(a[2])<<8 | uint64(a[3])
	join := func(form string, order ...int) string {
		var parts []string
		for _, i := range order {
			parts = append(parts, fmt.Sprintf(form, a[i]))
		}
		return strings.Join(parts, ".")
	}
	f.dotted.add(
		needle{what + " in parts", join("%d", 0, 1, 2, 3), true}, needle{what + " backwards", join("%d", 3, 2, 1, 0), true},
		needle{what + " with noughts", join("%03d", 0, 1, 2, 3), true}, needle{what + " in octal", join("0%o", 0, 1, 2, 3), true},
		needle{what + " in hex parts", join("0x%x", 0, 1, 2, 3), true}, needle{what + " in hex pairs", join("%02x", 0, 1, 2, 3), true},
		needle{what + " in short", fmt.Sprintf("%d.%d.%d", a[0], a[1], uint(a[2])<<8|uint(a[3])), true},
		needle{what + " as its network", join("%d", 0, 1, 2) + ".x", true},
		needle{what + " as a number", strconv.FormatUint(n, 10), true}, needle{what + " in hex", fmt.Sprintf("%08x", n), true},
		needle{what + " in hex", fmt.Sprintf("0x%08x", n), true},
	)
}

func (f *finder) ipv6(what, value string) {
	a := netip.MustParseAddr(value).As16()
	h := hex.EncodeToString(a[:])
	backwards := []byte(h)
	slices.Reverse(backwards)
	f.plain.add(needle{what + " as it is", strings.ToLower(value), false})
	f.squeezed.add(needle{what + " at length", h, false}, needle{what + " backwards", string(backwards), false})
}

func (f *finder) mac(what, value string) {
	h := squeeze(strings.ToLower(value))
	b, err := hex.DecodeString(h)
	if err != nil || len(b) != 6 {
		panic("no MAC: " + value)
	}
	var dec, bare []string
	for _, x := range b {
		dec, bare = append(dec, strconv.Itoa(int(x))), append(bare, strconv.FormatInt(int64(x), 16))
	}
	half := fmt.Sprintf("%02x.%02x.%02x", b[3], b[4], b[5])
	f.squeezed.add(needle{what + " in hex", h, false}, needle{what + " as EUI-64", fmt.Sprintf("%02x%sfffe%s", b[0]^2, h[2:6], h[6:]), false})
	f.dotted.add(needle{what + " in decimals", strings.Join(dec, "."), true}, needle{what + " without noughts", strings.Join(bare, "."), true},
		needle{what + " by its second half", half, true})
}

// find names every value that it sees in a text, and how it is spelled there.
func (f *finder) find(b []byte) []string {
	text := string(b)
	var found []string
	look := func(view string, all needles) {
		for i := 0; i+4 <= len(view); i++ {
			for _, n := range all[view[i:i+4]] {
				if n.at(view, i) && !slices.Contains(found, n.what) {
					found = append(found, n.what)
				}
			}
		}
	}
	// A text may be coded twice.
	once := decode(text)
	for _, t := range slices.Compact([]string{text, once, decode(once)}) {
		low := fold(t)
		look(low, f.plain)
		look(squeeze(low), f.squeezed)
		look(dots(low), f.dotted)
		look(strings.Join(strings.Fields(t), ""), f.coded)
	}
	return found
}

// at reports whether the spelling stands there.
func (n needle) at(text string, i int) bool {
	if !strings.HasPrefix(text[i:], n.form) {
		return false
	}
	end := i + len(n.form)
	return !n.alone || (i == 0 || !letter(text[i-1])) && (end == len(text) || !letter(text[end]))
}

func letter(b byte) bool { return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' }

// decode takes entities and percent signs away.
func decode(s string) string {
	s = html.UnescapeString(s)
	if t, err := url.PathUnescape(s); err == nil {
		return t
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// alike are letters of other scripts that look like Latin ones.
var alike = strings.NewReplacer("а", "a", "е", "e", "о", "o", "р", "p", "с", "c", "у", "y", "х", "x", "і", "i", "ѕ", "s", "ј", "j", "к", "k", "м", "m",
	"т", "t", "в", "b", "н", "h", "α", "a", "ο", "o", "ν", "v", "ρ", "p", "ι", "i", "κ", "k", "τ", "t", "ι", "i", "ł", "l", "ø", "o", "ı", "i", "ſ", "s")

// fold makes spellings of one text the same: letters that are drawn otherwise, accents, case, and what nobody sees.
func fold(s string) string {
	s = norm.NFKD.String(s)
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) || unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	return alike.Replace(s)
}

// squeeze keeps Latin letters and digits.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && letter(byte(r)) {
			return r
		}
		return -1
	}, s)
}

// dots writes one dot for whatever stands between two runs of letters and digits.
func dots(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		if r < 128 && letter(byte(r)) {
			if gap {
				b.WriteByte('.')
			}
			b.WriteRune(r)
			gap = false
			continue
		}
		gap = true
	}
	return b.String()
}

package sanitize

import (
	"cmp"
	"context"
	"html"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Cleaner takes private values out of what a person wrote.
type Cleaner struct {
	table   *Table
	known   *index
	finders []finder
}

// NewCleaner returns a cleaner that knows these values. The table is told to avoid them.
func NewCleaner(t *Table, known []Known) *Cleaner {
	for _, k := range known {
		t.Avoid(k.Value)
	}
	return &Cleaner{table: t, known: newIndex(known), finders: newFinders()}
}

// Report remembers what was replaced by what, each value once. It holds private values: it is for the owner's own
// copy, and only its counts may be published.
type Report struct{ swaps map[swapKey]string }

type swapKey struct {
	kind  Kind
	value string
}

// Swap is one private value and what stands for it in the published text.
type Swap struct {
	Kind          Kind
	Real, Fiction string
}

// Add remembers a value that was replaced.
func (r *Report) Add(k Kind, value, fiction string) {
	if r.swaps == nil {
		r.swaps = map[swapKey]string{}
	}
	r.swaps[swapKey{k, value}] = fiction
}

// Count returns how many different values of the kinds were replaced.
func (r *Report) Count(kinds ...Kind) int {
	seen := map[swapKey]bool{}
	for key := range r.swaps {
		if slices.Contains(kinds, key.kind) {
			seen[swapKey{key.kind, strings.ToLower(key.value)}] = true
		}
	}
	return len(seen)
}

// Swaps returns all of them in order of the fictional value.
func (r *Report) Swaps() []Swap {
	var out []Swap
	for key, fiction := range r.swaps {
		out = append(out, Swap{key.kind, key.value, fiction})
	}
	slices.SortFunc(out, func(a, b Swap) int {
		return cmp.Or(strings.Compare(a.Fiction, b.Fiction), strings.Compare(a.Real, b.Real), strings.Compare(string(a.Kind), string(b.Kind)))
	})
	return out
}

// cut is a part of a text that goes, and what comes in its place.
type cut struct {
	start, end int
	kind       Kind
	value, put string
	known      bool
}

// Text returns s with everything private replaced, and counts it in r. A text without anything private comes back
// byte for byte. The result is Markdown of unknown intent still: see Markdown.
func (c *Cleaner) Text(ctx context.Context, s string, r *Report) (string, error) {
	d := decoded(s)
	cuts, err := c.cuts(ctx, d)
	if err != nil {
		return "", err
	}
	if len(cuts) == 0 {
		return s, nil
	}
	var b strings.Builder
	at := 0
	for _, k := range cuts {
		b.WriteString(d[at:k.start])
		b.WriteString(k.put)
		r.Add(k.kind, k.value, k.put)
		at = k.end
	}
	b.WriteString(d[at:])
	return b.String(), nil
}

// cuts finds known values and what the finders find, in order and without overlaps; a known value goes before a shape.
func (c *Cleaner) cuts(ctx context.Context, d string) ([]cut, error) {
	out, err := c.knownCuts(ctx, d)
	if err != nil {
		return nil, err
	}
	shapes, err := c.shapeCuts(ctx, d)
	if err != nil {
		return nil, err
	}
	secret := func(k cut) int {
		if k.kind == KindSecret {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(shapes, func(a, b cut) int { return cmp.Or(a.start-b.start, b.end-a.end, secret(a)-secret(b)) })
	for i := range shapes {
		if k := &shapes[i]; k.end > k.start && !overlaps(out, k) {
			out = append(out, *k)
		}
	}
	out = slices.DeleteFunc(out, func(k cut) bool { return k.end <= k.start })
	slices.SortFunc(out, func(a, b cut) int { return a.start - b.start })
	return out, nil
}

func (c *Cleaner) shapeCuts(ctx context.Context, d string) ([]cut, error) {
	var all []cut
	flat, offset := flatten(d, false)
	for i := range c.finders {
		f := &c.finders[i]
		for _, m := range f.re.FindAllStringSubmatchIndex(flat, -1) {
			for g := 2; g+1 < len(m); g += 2 {
				if m[g] < 0 || m[g] == m[g+1] {
					continue
				}
				value := flat[m[g]:m[g+1]]
				switch f.kind {
				case KindPath:
				case KindIPv6: // two colons may end an address, one ends a clause
					value = strings.TrimRight(value, ".,;!?")
				default:
					value = strings.TrimRight(value, ".,:;!?")
				}
				if value == "" || f.ok != nil && !f.ok(value, flat[:m[g]]) {
					continue
				}
				put, err := c.put(ctx, f, value)
				if err != nil {
					return nil, err
				}
				all = append(all, cut{start: offset[m[g]], end: offset[m[g]+len(value)], kind: f.kind, value: value, put: put})
			}
		}
	}
	return all, nil
}

// overlaps reports whether k meets a cut that stands already. What of k the other does not cover goes with the other:
// half a private value may still be one.
func overlaps(out []cut, k *cut) bool {
	for i := range out {
		o := &out[i]
		if k.start < o.end && o.start < k.end {
			o.start, o.end = min(o.start, k.start), max(o.end, k.end)
			for j := range out {
				if j != i && out[j].start < o.end && o.start < out[j].end {
					o.start, o.end = min(o.start, out[j].start), max(o.end, out[j].end)
					out[j].end = out[j].start // swallowed: an empty cut
					out[j].put = ""
				}
			}
			return true
		}
	}
	return false
}

func (c *Cleaner) knownCuts(ctx context.Context, d string) ([]cut, error) {
	folded, offset := flatten(d, true)
	var all []cut
	for i := 0; i < len(folded); {
		sp, ok := c.known.longest(folded, i)
		if !ok {
			_, n := utf8.DecodeRuneInString(folded[i:])
			i += n
			continue
		}
		k := c.known.known[sp.known]
		put, err := c.putKnown(ctx, k)
		if err != nil {
			return nil, err
		}
		all = append(all, cut{start: offset[i], end: offset[i+len(sp.text)], kind: k.Kind, value: k.Value, put: put, known: true})
		i += len(sp.text)
	}
	return all, nil
}

// putKnown returns what comes in place of a known value.
func (c *Cleaner) putKnown(ctx context.Context, k Known) (string, error) {
	if k.Device == "" {
		return c.put(ctx, &finder{kind: k.Kind}, k.Value)
	}
	a, err := c.table.Device(ctx, k.Device, k.Role)
	if strings.Contains(k.Value, ".") && err == nil {
		return a.String() + ".example.net", nil
	}
	return a.String(), err
}

// put returns what comes in place of a value.
func (c *Cleaner) put(ctx context.Context, f *finder, value string) (string, error) {
	if f.mark != "" {
		return f.mark, nil
	}
	var a Alias
	var err error
	switch f.kind {
	case KindIPv4, KindIPv6:
		return c.putAddress(ctx, value)
	case KindMAC:
		m, ok := hexOctets(value)
		if !ok {
			return "[hardware address]", nil
		}
		a, err = c.table.MAC(ctx, strings.Join(spellMAC(m)[:1], ""))
	case KindHost:
		a, err = c.table.Host(ctx, value)
		if short, _, ok := strings.Cut(a.String(), "."); ok && !strings.Contains(value, ".") {
			return short, err
		}
	case KindEmail:
		a, err = c.table.Email(ctx, value)
	case KindUser:
		a, err = c.table.User(ctx, value)
	case KindSSID:
		a, err = c.table.SSID(ctx, value)
	case KindLocation:
		return "[place]", nil
	case KindSerial:
		return "[serial number]", nil
	case KindPath:
		return "/home/example", nil
	case KindWord, KindDevice:
		return "[name]", nil
	default:
		return "[removed]", nil
	}
	return a.String(), err
}

// putAddress keeps what follows an address: the length of a network's prefix.
func (c *Cleaner) putAddress(ctx context.Context, value string) (string, error) {
	host, bits, network := strings.Cut(value, "/")
	host, _, _ = strings.Cut(host, "%")
	addr, bad := netip.ParseAddr(host)
	mark := "[address]"
	if bad == nil {
		a, err := c.table.Address(ctx, addr)
		if err != nil {
			return "", err
		}
		mark = a.String()
	}
	if network {
		mark += "/" + bits
	}
	return mark, nil
}

var percentCode = regexp.MustCompile(`%[2-7][0-9A-Fa-f]`)

// decoded undoes what hides a value from a search and not from a reader: entities, percent codes of plain
// characters, invisible characters.
func decoded(s string) string {
	s = visible(s)
	for range 3 {
		next := percentCode.ReplaceAllStringFunc(html.UnescapeString(s), func(code string) string {
			var ch byte
			for _, d := range []byte(strings.ToLower(code[1:])) {
				ch = ch<<4 | byte(strings.IndexByte("0123456789abcdef", d))
			}
			if ch > ' ' && ch < 0x7f && !strings.ContainsRune(`%&<>"'{}|\^`+"`", rune(ch)) {
				return string(rune(ch))
			}
			return code
		})
		if next == s {
			break
		}
		s = visible(next)
	}
	return s
}

// flatten folds a text character by character and returns where each byte of the result comes from, with one more
// entry for the end.
func flatten(s string, lower bool) (string, []int) {
	var b strings.Builder
	offset := make([]int, 0, len(s)+1)
	for i, r := range s {
		f := r
		if r >= utf8.RuneSelf || lower {
			f = foldRune(r)
		}
		for range utf8.RuneLen(f) {
			offset = append(offset, i)
		}
		b.WriteRune(f)
	}
	return b.String(), append(offset, len(s))
}

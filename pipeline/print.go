package pipeline

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// print64 hashes what an observation says, without times, readings, forwarding tables and the numbers in the texts of
// alerts. The order of claims and alerts does not matter. Its values are stored: a change here makes every observation look new once.
type print64 uint64

const (
	printSeed = 0x9e3779b97f4a7c15
	printMix  = 0xbf58476d1ce4e5b9
)

func (h print64) word(v uint64) print64 {
	hi, lo := bits.Mul64(uint64(h)^v, printMix)
	return print64(hi ^ lo ^ printSeed)
}

// pair mixes in two words at once.
func (h print64) pair(a, b uint64) print64 {
	hi, lo := bits.Mul64(uint64(h)^a, b^printMix)
	return print64(hi ^ lo ^ printSeed)
}

// text mixes in a string: most are short, and cost one multiplication.
func (h print64) text(s string) print64 {
	n := len(s)
	switch {
	case n == 0:
		return h.pair(0, 0)
	case n < 4:
		return h.pair(uint64(n), uint64(s[0])<<16|uint64(s[n/2])<<8|uint64(s[n-1]))
	case n <= 8:
		return h.pair(uint64(n), uint64(four(s))<<32|uint64(four(s[n-4:])))
	}
	h = h.word(uint64(n))
	for ; len(s) > 16; s = s[16:] {
		h = h.pair(eight(s), eight(s[8:]))
	}
	if len(s) < 8 {
		return h.text(s)
	}
	return h.pair(eight(s), eight(s[len(s)-8:]))
}

// shape mixes in a text without the numbers in it: "91.5 % full" is "92 % full".
func (h print64) shape(s string) print64 {
	const digits = "0123456789"
	for {
		i := strings.IndexAny(s, digits)
		if i < 0 {
			return h.text(s)
		}
		h, s = h.text(s[:i]), strings.TrimLeft(s[i:], digits+".,:")
	}
}

func four(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

func eight(s string) uint64 { return uint64(four(s)) | uint64(four(s[4:]))<<32 }

func fingerprint(o *device.Observation) uint64 {
	var claims, alerts, links uint64
	for i := range o.Claims {
		claims += claimPrint(&o.Claims[i])
	}
	for i := range o.Alerts {
		a := &o.Alerts[i]
		alerts += uint64(print64(printSeed).text(a.Ref).text(a.Component).text(a.Class).text(a.Severity).text(a.State).shape(a.Text))
	}
	// Forwarding tables change with every frame; of them only what leads to known devices is left here.
	for i := range o.Links {
		l := &o.Links[i]
		links += uint64(print64(printSeed).text(l.Component).text(l.MAC).text(l.Name).text(l.Address).text(l.Kind))
	}
	for i := range o.VLANs {
		links += vlanPrint(&o.VLANs[i])
	}
	return uint64(print64(printSeed).text(string(o.Abstain)).word(claims).word(alerts).word(links))
}

func vlanPrint(v *device.VLAN) uint64 {
	h := print64(printSeed).word(uint64(v.ID)).text(v.Name)
	for _, ports := range [...][]string{v.Tagged, v.Untagged} {
		h = h.word(uint64(len(ports)))
		for _, p := range ports {
			h = h.text(p)
		}
	}
	return uint64(h)
}

// wordsPrint hashes what an observation says of who the device is, without links: what a mark repeats must be the same
// words.
func wordsPrint(id *device.Identity) uint64 {
	h := print64(printSeed).text(id.Name).text(id.Serial).text(id.EngineID).text(id.Vendor).text(id.Model).text(id.OS).
		text(id.Version).text(id.Location).text(id.Type).text(id.Follows)
	for _, list := range [...][]string{id.Addresses, id.Hostnames, id.MACs, id.Parents} {
		h = h.word(uint64(len(list)))
		for _, s := range list {
			h = h.text(s)
		}
	}
	return uint64(h)
}

func claimPrint(c *device.Claim) uint64 {
	return uint64(print64(printSeed).text(string(c.Facet)).text(c.Component).text(string(c.State)).
		word(math.Float64bits(c.Sure())).word(uint64(c.Interval)).text(c.Raw))
}

// SortedClaims returns the places of claims in an order that depends on what they say alone: a source may list them
// differently each time, and a mark must fit the row that it stands for. Claims that say the same come by their times.
func SortedClaims(claims []device.Claim) []int {
	type place struct {
		print uint64
		at    time.Time
		i     int
	}
	places := make([]place, len(claims))
	for i := range claims {
		places[i] = place{claimPrint(&claims[i]), claims[i].ObservedAt, i}
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.print, b.print), a.at.Compare(b.at)) })
	order := make([]int, len(claims))
	for i, p := range places {
		order[i] = p.i
	}
	return order
}

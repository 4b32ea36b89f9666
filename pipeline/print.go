package pipeline

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/quorate/quorate/device"
)

// print64 hashes what an observation says, without times, readings and what only hangs on its ports. The order of
// claims and alerts does not matter. Its values are stored: a change here makes every observation look new once.
type print64 uint64

const (
	printSeed = 0x9e3779b97f4a7c15
	printMix  = 0xbf58476d1ce4e5b9
)

func (h print64) word(v uint64) print64 {
	hi, lo := bits.Mul64(uint64(h)^v, printMix)
	return print64(hi ^ lo ^ printSeed)
}

func (h print64) text(s string) print64 {
	h = h.word(uint64(len(s)) + 1)
	for len(s) >= 8 {
		h = h.word(binary.LittleEndian.Uint64([]byte(s[:8])))
		s = s[8:]
	}
	if len(s) > 0 {
		var tail [8]byte
		copy(tail[:], s)
		h = h.word(binary.LittleEndian.Uint64(tail[:]))
	}
	return h
}

func fingerprint(o *device.Observation) uint64 {
	var claims, alerts, links uint64
	for i := range o.Claims {
		c := &o.Claims[i]
		claims += uint64(print64(printSeed).text(string(c.Facet)).text(c.Component).text(string(c.State)).
			word(math.Float64bits(c.Sure())).word(uint64(c.Interval)).text(c.Raw))
	}
	for i := range o.Alerts {
		a := &o.Alerts[i]
		h := print64(printSeed).text(a.Ref).text(a.Component).text(a.Class).text(a.Severity).text(a.State).text(a.Text)
		if !a.Since.IsZero() {
			h = h.word(uint64(a.Since.UnixMicro()))
		}
		alerts += uint64(h)
	}
	for i := range o.Links {
		// Forwarding tables change with every frame; neighbours do not.
		if l := &o.Links[i]; l.Kind != "fdb" {
			links += uint64(print64(printSeed).text(l.Component).text(l.MAC).text(l.Name).text(l.Address).text(l.Kind))
		}
	}
	return uint64(print64(printSeed).text(string(o.Abstain)).word(claims).word(alerts).word(links))
}

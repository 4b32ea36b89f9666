package snmpdirect

import (
	"net/netip"
	"time"

	"github.com/quorate/quorate/device"
)

// peer is what is remembered between polls of the way in which a device speaks SNMP. It belongs to whoever holds the
// target's turn; the zero value knows nothing yet.
type peer struct {
	bulk    bulkMemory
	engine  engine        // of v3; only what an answer has proven
	quick   time.Duration // how long the slowest of the last answers took
	ignored ignored
	now     func() time.Time // nil is time.Now
}

func (p *peer) clock() time.Time {
	if p.now == nil {
		return time.Now()
	}
	return p.now()
}

// took notes how long an answer took. One slow answer is forgotten after a few dozen quick ones.
func (p *peer) took(d time.Duration) { p.quick = max(d, p.quick-p.quick/16) }

// ignored counts the datagrams of a device, or in its name, that were not taken for an answer.
type ignored struct {
	foreign   int // from another address or port than the one that was asked
	late      int // to a question that had been given up
	duplicate int // to a question that had been answered
	wrong     int // to a question that was never asked, or by another version
	malformed int // no SNMP
	forged    int // not signed by the one who could sign it
}

func (i *ignored) total() int {
	return i.foreign + i.late + i.duplicate + i.wrong + i.malformed + i.forged
}

// readings are there where something was ignored since this source began.
func (i *ignored) readings() []device.Reading {
	var all []device.Reading
	for _, c := range []struct {
		kind string
		n    int
	}{{"foreign", i.foreign}, {"late", i.late}, {"duplicate", i.duplicate}, {"wrong", i.wrong}, {"malformed", i.malformed}, {"forged", i.forged}} {
		if c.n > 0 {
			all = append(all, device.Reading{Component: "snmp", Quantity: "ignored_" + c.kind, Value: float64(c.n), Unit: "1"})
		}
	}
	return all
}

// sameSender reports whether an answer from one address may stand for the device at another: it is that address, or one
// that the configuration names. A name without a port is any port.
func sameSender(from, asked netip.AddrPort, allowed []netip.AddrPort) bool {
	if from == asked {
		return true
	}
	for _, a := range allowed {
		if a.Addr() == from.Addr() && (a.Port() == 0 || a.Port() == from.Port()) {
			return true
		}
	}
	return false
}

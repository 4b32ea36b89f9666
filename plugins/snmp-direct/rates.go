package snmpdirect

import (
	"math"
	"time"

	"github.com/quorate/quorate/device"
)

// The counters that rates are made of.
const (
	countIn = iota
	countOut
	countInErrors
	countOutErrors
	countInDiscards
	countOutDiscards
	counterCount
)

// count is a counter's value; bits is its width, 0 where the device does not have it.
type count struct {
	value uint64
	bits  uint8
}

// sample is what the rates of the next poll are measured from. It ends with the agent's life.
type sample struct {
	at     time.Time
	system *system
	ifaces map[string]counted // by interface index, which means the same within one life of the agent only
}

// counted is what a sample keeps of an interface.
type counted struct {
	name          string
	discontinuity int64
	counters      [counterCount]count
}

func newSample(at time.Time, sys *system, all []*iface) *sample {
	s := &sample{at: at, system: sys, ifaces: make(map[string]counted, len(all))}
	for _, i := range all {
		s.ifaces[i.index] = counted{i.name, i.discontinuity, i.counters}
	}
	return s
}

// interfaceReadings makes readings of the interfaces, with rates since an earlier sample where there is one.
func interfaceReadings(all []*iface, before *sample, now time.Time) []device.Reading {
	list := make([]device.Reading, 0, (3+counterCount)*len(all))
	for _, i := range all {
		add := func(quantity string, value float64, unit string) {
			list = append(list, device.Reading{Component: i.component, Quantity: quantity, Value: value, Unit: unit})
		}
		if i.oper != 0 {
			add("oper", truth(i.oper == statusUp), "1")
		}
		if i.admin != 0 {
			add("admin", truth(i.admin == statusUp), "1")
		}
		if i.speed > 0 {
			add("speed", i.speed, "bit/s")
		}
		if before == nil || i.typ == typeLoopback { // what a device tells itself is no traffic
			continue
		}
		was, known := before.ifaces[i.index]
		if !known || was.name != i.name || was.discontinuity != i.discontinuity {
			continue
		}
		for n, q := range [counterCount]struct{ quantity, unit string }{
			{"in_rate", "By/s"}, {"out_rate", "By/s"}, {"in_errors", "/s"}, {"out_errors", "/s"}, {"in_discards", "/s"}, {"out_discards", "/s"},
		} {
			if r, ok := rate(was.counters[n], i.counters[n], now.Sub(before.at), i.speed, n == countIn || n == countOut); ok {
				add(q.quantity, r, q.unit)
			}
		}
	}
	return list
}

const (
	// staleness is how much older than its answer what an agent counts may be: it takes its counters from a cache, so
	// that the growth between two polls may be that of a longer time.
	staleness = 30 * time.Second
	// smallestFrame is that of Ethernet, in octets: a link carries no more packets than of this size.
	smallestFrame = 64
	// nominal is the speed that net-snmp gives for links that it knows nothing of; such links may well be faster.
	nominal = 10e6
)

// rate is a counter's growth a second; speed is the link's in bit/s, 0 where it is unknown. A 32-bit counter that went
// back has wrapped if the growth is one that the link can carry; anything else that went back, and a growth that no link
// of this speed can carry, was a reset, and says nothing.
func rate(before, after count, elapsed time.Duration, speed float64, isOctets bool) (float64, bool) {
	seconds := elapsed.Seconds()
	if before.bits == 0 || before.bits != after.bits || seconds <= 0 {
		return 0, false
	}
	most := speed / 8 * (seconds + min(staleness.Seconds(), seconds/2)) // octets on a full link
	if !isOctets {
		most /= smallestFrame
	}
	if after.value >= before.value {
		grown := float64(after.value - before.value)
		return grown / seconds, speed <= nominal || grown <= most
	}
	if after.bits != 32 || before.value > math.MaxUint32 || speed <= 0 {
		return 0, false
	}
	grown := float64(after.value + 1<<32 - before.value)
	return grown / seconds, grown <= most
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

package snmpagent

import (
	"encoding/binary"
	"net"
	"net/netip"
	"time"
)

// The groups that generated recordings fill.
var (
	oidSystem    = OID{1, 3, 6, 1, 2, 1, 1}
	oidIf        = OID{1, 3, 6, 1, 2, 1, 2, 2, 1}
	oidIfNumber  = OID{1, 3, 6, 1, 2, 1, 2, 1}
	oidIfX       = OID{1, 3, 6, 1, 2, 1, 31, 1, 1, 1}
	oidIPAddr    = OID{1, 3, 6, 1, 2, 1, 4, 20, 1}
	oidBridge    = OID{1, 3, 6, 1, 2, 1, 17}
	oidHost      = OID{1, 3, 6, 1, 2, 1, 25}
	oidEntity    = OID{1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1}
	oidEngine    = OID{1, 3, 6, 1, 6, 3, 10, 2, 1}
	oidLLDPLocal = OID{1, 0, 8802, 1, 1, 2, 1, 3}
	oidLLDPRem   = OID{1, 0, 8802, 1, 1, 2, 1, 4}
	oidHP        = OID{1, 3, 6, 1, 4, 1, 11}
	oidSynology  = OID{1, 3, 6, 1, 4, 1, 6574}
	oidWD        = OID{1, 3, 6, 1, 4, 1, 5127}
	oidUCD       = OID{1, 3, 6, 1, 4, 1, 2021}
	oidNone      = OID{0, 0}
)

// at is base with further arcs.
func at(base OID, arcs ...uint32) OID {
	o := make(OID, 0, len(base)+len(arcs))
	return append(append(o, base...), arcs...)
}

func (r *Recording) at(v Value, base OID, arcs ...uint32) { r.put(at(base, arcs...), v, 0) }

func (r *Recording) moving(v Value, rate float64, base OID, arcs ...uint32) {
	r.put(at(base, arcs...), v, rate)
}

// system fills the system group.
type system struct {
	descr, contact, name, location string
	object                         OID
	uptime                         time.Duration
}

func (r *Recording) system(s system) {
	r.at(Text(s.descr), oidSystem, 1, 0)
	r.at(Object(s.object), oidSystem, 2, 0)
	r.at(Ticks(hundredths(s.uptime)), oidSystem, 3, 0)
	r.at(Text(s.contact), oidSystem, 4, 0)
	r.at(Text(s.name), oidSystem, 5, 0)
	r.at(Text(s.location), oidSystem, 6, 0)
	r.at(Int(74), oidSystem, 7, 0)
}

// engine fills snmpEngineID, Boots and Time; the id is made of an enterprise and a MAC as RFC 3411 says.
func (r *Recording) engine(enterprise uint32, mac net.HardwareAddr, uptime time.Duration) {
	id := binary.BigEndian.AppendUint32(nil, enterprise|1<<31)
	id = append(append(id, 3), mac...)
	r.at(Octets(id), oidEngine, 1, 0)
	r.at(Int(7), oidEngine, 2, 0)
	r.at(Int(int64(uptime/time.Second)), oidEngine, 3, 0)
}

// iface is one row of ifTable and ifXTable.
type iface struct {
	index        uint32
	name, descr  string
	alias        string
	kind         int64 // ifType
	mtu          int64
	speed        uint64 // bit/s
	mac          net.HardwareAddr
	disabled, up bool
	in, out      float64 // octets a second
	connector    bool
	uptime       time.Duration
}

// iface fills all columns of both tables; the counters stand where the uptime and the rates put them.
func (r *Recording) iface(i iface) {
	admin, oper := int64(1), int64(2)
	if i.disabled {
		admin = 2
	}
	if i.up {
		oper = 1
	}
	speed := i.speed
	if !i.up && i.connector {
		speed = 0
	}
	total := func(rate float64) uint64 { return uint64(rate * i.uptime.Seconds()) }
	r.at(Int(int64(i.index)), oidIf, 1, i.index)
	r.at(Text(i.descr), oidIf, 2, i.index)
	r.at(Int(i.kind), oidIf, 3, i.index)
	r.at(Int(i.mtu), oidIf, 4, i.index)
	r.at(Gauge32(uint32(min(speed, 1<<32-1))), oidIf, 5, i.index)
	r.at(Octets(i.mac), oidIf, 6, i.index)
	r.at(Int(admin), oidIf, 7, i.index)
	r.at(Int(oper), oidIf, 8, i.index)
	r.at(Ticks(4200), oidIf, 9, i.index)
	const packet = 700 // octets, on average
	for c, rate := range map[uint32]float64{
		10: i.in, 11: i.in / packet, 12: i.in / packet / 50, 13: 0, 14: 0, 15: 0,
		16: i.out, 17: i.out / packet, 18: i.out / packet / 50, 19: 0, 20: 0,
	} {
		r.moving(Counter32(total(rate)), rate, oidIf, c, i.index)
	}
	r.at(Gauge32(0), oidIf, 21, i.index)
	r.at(Object(oidNone), oidIf, 22, i.index)

	r.at(Text(i.name), oidIfX, 1, i.index)
	for c, rate := range map[uint32]float64{2: i.in / packet / 100, 3: i.in / packet / 100, 4: i.out / packet / 100, 5: i.out / packet / 100} {
		r.moving(Counter32(total(rate)), rate, oidIfX, c, i.index)
	}
	for c, rate := range map[uint32]float64{
		6: i.in, 7: i.in / packet, 8: i.in / packet / 100, 9: i.in / packet / 100,
		10: i.out, 11: i.out / packet, 12: i.out / packet / 100, 13: i.out / packet / 100,
	} {
		r.moving(Counter64(total(rate)), rate, oidIfX, c, i.index)
	}
	r.at(Int(1), oidIfX, 14, i.index)
	r.at(Gauge32(uint32(speed/1e6)), oidIfX, 15, i.index)
	r.at(Int(2), oidIfX, 16, i.index)
	connector := int64(2)
	if i.connector {
		connector = 1
	}
	r.at(Int(connector), oidIfX, 17, i.index)
	r.at(Text(i.alias), oidIfX, 18, i.index)
	r.at(Ticks(0), oidIfX, 19, i.index)
}

// address fills a row of ipAddrTable. Only IPv4 has one.
func (r *Recording) address(p netip.Prefix, index uint32) {
	a := p.Addr().Unmap()
	if !a.Is4() {
		return
	}
	arcs := addressArcs(a)
	mask := net.CIDRMask(p.Bits(), 32)
	m, _ := netip.AddrFromSlice(mask)
	r.at(IP(a), oidIPAddr, append([]uint32{1}, arcs...)...)
	r.at(Int(int64(index)), oidIPAddr, append([]uint32{2}, arcs...)...)
	r.at(IP(m), oidIPAddr, append([]uint32{3}, arcs...)...)
	r.at(Int(1), oidIPAddr, append([]uint32{4}, arcs...)...)
	r.at(Int(65535), oidIPAddr, append([]uint32{5}, arcs...)...)
}

func addressArcs(a netip.Addr) []uint32 { return octetArcs(a.AsSlice()) }

func octetArcs(b []byte) []uint32 {
	arcs := make([]uint32, len(b))
	for i, c := range b {
		arcs[i] = uint32(c)
	}
	return arcs
}

// offset is mac plus n.
func offset(mac net.HardwareAddr, n uint64) net.HardwareAddr {
	var b [8]byte
	copy(b[2:], mac)
	binary.BigEndian.PutUint64(b[:], binary.BigEndian.Uint64(b[:])+n)
	return net.HardwareAddr(append([]byte(nil), b[2:]...))
}

func hundredths(d time.Duration) uint64 { return uint64(d / (10 * time.Millisecond)) }

func orText(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

func orInt(n, fallback int) int {
	if n == 0 {
		return fallback
	}
	return n
}

package snmpdirect

import (
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// The columns that are read of ifTable and ifXTable.
const (
	ifDescr = iota
	ifType
	ifSpeed
	ifPhysAddress
	ifAdmin
	ifOper
	ifInDiscards
	ifInErrors
	ifOutDiscards
	ifOutErrors
	ifName
	ifHCIn
	ifHCOut
	ifHighSpeed
	ifDiscontinuity
	ifColumns
)

// interfaceColumns are the names of the columns above, in their order.
func interfaceColumns() []string {
	const table, ext = ".1.3.6.1.2.1.2.2.1.", ".1.3.6.1.2.1.31.1.1.1."
	return []string{
		table + "2", table + "3", table + "5", table + "6", table + "7", table + "8", table + "13", table + "14", table + "19",
		table + "20", ext + "1", ext + "6", ext + "10", ext + "15", ext + "19",
	}
}

// octetColumns are the 32-bit counters of octets, for agents without ifXTable.
func octetColumns() []string { return []string{".1.3.6.1.2.1.2.2.1.10", ".1.3.6.1.2.1.2.2.1.16"} }

const (
	typeLoopback = 24
	statusUp     = 1
)

// ethernet reports whether an interface type has a MAC address: a port, or a VLAN, a bundle or a bridge over ports. The
// address that neighbours see of a switch is that of a VLAN.
func ethernet(typ int64) bool {
	switch typ {
	case 6, 53, 135, 136, 161, 209: // ethernetCsmacd, propVirtual, l2vlan, l3ipvlan, ieee8023adLag, bridge
		return true
	}
	return false
}

// iface is one row of both interface tables.
type iface struct {
	index         string
	name          string // ifName, else ifDescr, else the index
	typ           int64
	mac           string
	admin, oper   int64
	speed         float64 // bit/s; 0 is unknown
	discontinuity int64
	counters      [counterCount]count
}

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
	bits  uint
}

// sample is what the rates of the next poll are measured from.
type sample struct {
	at     time.Time
	system *system
	ifaces map[string]*iface // by index
}

// readInterfaces walks both tables.
func readInterfaces(s *session) ([]*iface, error) {
	walked, err := s.walk(interfaceColumns())
	if err != nil {
		return nil, err
	}
	rows := map[string]*iface{}
	var order []*iface
	hint := 0 // columns mostly have the same rows in the same order
	row := func(index string) *iface {
		if hint < len(order) && order[hint].index == index {
			hint++
			return order[hint-1]
		}
		i := rows[index]
		if i == nil {
			i = &iface{index: index}
			rows[index] = i
			order = append(order, i)
		}
		return i
	}
	descr, name := map[string]string{}, map[string]string{}
	for column, cells := range walked {
		hint = 0
		for _, c := range cells {
			i := row(c.index)
			n, _ := integer(c.value)
			switch column {
			case ifDescr:
				descr[c.index] = text(c.value)
			case ifName:
				name[c.index] = text(c.value)
			case ifType:
				i.typ = n
			case ifSpeed:
				i.speed = float64(n)
			case ifPhysAddress:
				i.mac = hardware(c.value)
			case ifAdmin:
				i.admin = n
			case ifOper:
				i.oper = n
			case ifHighSpeed:
				// ifSpeed ends at 2^32-1; an agent that fills in neither says 0 in both.
				if n >= 4295 || i.speed == 0 {
					i.speed = float64(n) * 1e6
				}
			case ifDiscontinuity:
				i.discontinuity = n
			case ifHCIn:
				i.count(countIn, c.value, 64)
			case ifHCOut:
				i.count(countOut, c.value, 64)
			case ifInErrors:
				i.count(countInErrors, c.value, 32)
			case ifOutErrors:
				i.count(countOutErrors, c.value, 32)
			case ifInDiscards:
				i.count(countInDiscards, c.value, 32)
			case ifOutDiscards:
				i.count(countOutDiscards, c.value, 32)
			}
		}
	}
	nameInterfaces(order, name, descr)
	if len(order) > 0 && len(walked[ifHCIn]) == 0 {
		if walked, err = s.walk(octetColumns()); err != nil {
			return nil, err
		}
		for column, cells := range walked {
			for _, c := range cells {
				if i := rows[c.index]; i != nil {
					i.count(countIn+column, c.value, 32)
				}
			}
		}
	}
	return order, nil
}

func (i *iface) count(which int, v any, bits uint) {
	if n, ok := counter(v); ok {
		i.counters[which] = count{n, bits}
	}
}

// nameInterfaces gives every interface a name of its own: ifName, else ifDescr, else the index. A name that several
// bear is made longer by the index.
func nameInterfaces(all []*iface, name, descr map[string]string) {
	uses := map[string]int{}
	for _, i := range all {
		i.name = name[i.index]
		if i.name == "" {
			i.name = descr[i.index]
		}
		if i.name == "" {
			i.name = i.index
		}
		uses[i.name]++
	}
	for _, i := range all {
		if uses[i.name] > 1 {
			i.name += " " + i.index
		}
	}
}

// own reports whether addresses and MACs of the interface are the device's own: containers, virtual machines and bridges
// have ones that other devices have too.
func (i *iface) own() bool {
	if i.typ == typeLoopback {
		return false
	}
	for _, prefix := range []string{"docker", "veth", "virbr", "tap", "fwbr", "fwln", "fwpr", "vnet", "lxc", "cni", "flannel", "cali"} {
		if strings.HasPrefix(i.name, prefix) {
			return false
		}
	}
	// Docker's own bridges are br- and twelve hexadecimal digits; br-lan is somebody's LAN.
	id, ok := strings.CutPrefix(i.name, "br-")
	return !ok || len(id) != 12 || strings.Trim(id, "0123456789abcdef") != ""
}

// macs are the device's own Ethernet addresses, each once, in the order of the interfaces.
func macs(all []*iface) []string {
	var list []string
	for _, i := range all {
		if ethernet(i.typ) && i.mac != "" && i.own() && !slices.Contains(list, i.mac) {
			list = append(list, i.mac)
		}
	}
	return list
}

// readAddresses reads the IPv4 addresses of ipAddrTable, by interface index. The address is taken from the row's index:
// many agents leave the first column out.
func readAddresses(s *session) (map[netip.Addr]string, error) {
	walked, err := s.walk([]string{".1.3.6.1.2.1.4.20.1.2"})
	if err != nil {
		return nil, err
	}
	found := map[netip.Addr]string{}
	for _, c := range walked[0] {
		if a, ok := indexAddress(c.index); ok && useful(a) {
			n, _ := integer(c.value)
			found[a] = formatIndex(n)
		}
	}
	return found, nil
}

// interfaceReadings makes readings of the interfaces, with rates since an earlier sample where there is one.
func interfaceReadings(all []*iface, before *sample, now time.Time) []device.Reading {
	list := make([]device.Reading, 0, 8*len(all))
	for _, i := range all {
		if i.typ == typeLoopback {
			continue
		}
		component := "port:" + i.name
		add := func(quantity string, value float64, unit string) {
			list = append(list, device.Reading{Component: component, Quantity: quantity, Value: value, Unit: unit})
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
		if before == nil {
			continue
		}
		was := before.ifaces[i.index]
		if was == nil || was.name != i.name || was.discontinuity != i.discontinuity {
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

// rate is a counter's growth a second. A 32-bit counter that went back has wrapped if the growth is one that the link
// can carry; anything else that went back was reset, and says nothing.
func rate(before, after count, elapsed time.Duration, speed float64, isOctets bool) (float64, bool) {
	seconds := elapsed.Seconds()
	if before.bits == 0 || before.bits != after.bits || seconds <= 0 {
		return 0, false
	}
	if after.value >= before.value {
		return float64(after.value-before.value) / seconds, true
	}
	if after.bits != 32 || before.value > math.MaxUint32 || speed <= 0 {
		return 0, false
	}
	grown := float64(after.value + 1<<32 - before.value)
	most := speed * 1.1 / 8 * seconds // octets on a full link
	if !isOctets {
		most /= 64 // and no more packets than of the smallest size
	}
	return grown / seconds, grown <= most
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

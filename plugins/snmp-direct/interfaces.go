package snmpdirect

import (
	"time"

	"github.com/quorate/quorate/device"
)

// The columns that are read of ifTable and ifXTable: what moves, and from ifDescr on what stays as long as the agent
// lives.
const (
	ifAdmin = iota
	ifOper
	ifInDiscards
	ifInErrors
	ifOutDiscards
	ifOutErrors
	ifHCIn
	ifHCOut
	ifHighSpeed
	ifDiscontinuity
	ifDescr
	ifType
	ifSpeed
	ifPhysAddress
	ifName
	ifAlias
)

// interfaceColumns are the names of the columns above, in their order.
func interfaceColumns() []string {
	const table, ext = ".1.3.6.1.2.1.2.2.1.", ".1.3.6.1.2.1.31.1.1.1."
	return []string{
		table + "7", table + "8", table + "13", table + "14", table + "19", table + "20", ext + "6", ext + "10", ext + "15", ext + "19",
		table + "2", table + "3", table + "5", table + "6", ext + "1", ext + "18",
	}
}

// octetColumns are the 32-bit counters of octets, for interfaces without 64-bit ones.
func octetColumns() []string { return []string{".1.3.6.1.2.1.2.2.1.10", ".1.3.6.1.2.1.2.2.1.16"} }

const (
	typeLoopback = 24
	statusUp     = 1
	// countable is the value of ifSpeed that stands for "this or more".
	countable = 1<<32 - 1
)

// ethernet reports whether an interface type has a MAC address: a port or a radio, or a VLAN, a bundle or a bridge over
// ports. The address that neighbours see of a switch is that of a VLAN; access points call their radios "other".
func ethernet(typ int64) bool {
	switch typ {
	case 1, 6, 53, 71, 135, 136, 161, 209: // other, ethernetCsmacd, propVirtual, ieee80211, l2vlan, l3ipvlan, ieee8023adLag, bridge
		return true
	}
	return false
}

// iface is one row of both interface tables.
type iface struct {
	index         string
	descr, alias  string
	name          string // ifName, else ifDescr, else the index; no other interface of the device has it
	component     string // "port:" and the name
	typ           int64
	mac           string
	admin, oper   int64
	slowSpeed     float64 // ifSpeed
	speed         float64 // bit/s; 0 is unknown
	discontinuity int64
	counters      [counterCount]count
}

// ifaceTable collects the rows of walked columns.
type ifaceTable struct {
	rows  map[string]*iface
	order []*iface
	known map[string]*iface // rows of an earlier walk whose names still hold
	fresh bool              // a row was not among the known ones
}

// row finds or makes the row of an index; hint is its likely place, since columns mostly have the same rows in the same
// order.
func (t *ifaceTable) row(index string, hint int) *iface {
	if hint < len(t.order) && t.order[hint].index == index {
		return t.order[hint]
	}
	i := t.rows[index]
	if i != nil {
		return i
	}
	i = &iface{index: index}
	if was := t.known[index]; was != nil {
		*i = iface{
			index: index, descr: was.descr, alias: was.alias, name: was.name, component: was.component, typ: was.typ, mac: was.mac, slowSpeed: was.slowSpeed,
		}
	} else {
		t.fresh = true
	}
	t.rows[index] = i
	t.order = append(t.order, i)
	return i
}

// take sorts a column's cells into the rows.
func (t *ifaceTable) take(column int, cells []cell, names map[string]string) {
	for hint, c := range cells {
		i := t.row(c.index, hint)
		n, _ := integer(c.value)
		switch column {
		case ifDescr:
			i.descr = text(c.value)
		case ifName:
			names[c.index] = text(c.value)
		case ifAlias:
			i.alias = text(c.value)
		case ifType:
			i.typ = n
		case ifSpeed:
			i.slowSpeed = float64(n)
		case ifPhysAddress:
			i.mac = hardware(c.value)
		case ifAdmin:
			i.admin = n
		case ifOper:
			i.oper = n
		case ifHighSpeed:
			i.speed = float64(n) * 1e6
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

// readInterfaces walks both tables. Known are the interfaces of an earlier walk in the same life of the agent, of which
// only what moves is asked for; nil asks for everything, and so does an interface that was not among them.
func readInterfaces(s *session, known []*iface) ([]*iface, error) {
	t := &ifaceTable{rows: make(map[string]*iface, len(known)), known: make(map[string]*iface, len(known))}
	columns := interfaceColumns()
	if known != nil {
		columns = columns[:ifDescr]
		for _, i := range known {
			t.known[i.index] = i
		}
	}
	walked, err := s.walk(columns)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for column, cells := range walked {
		t.take(column, cells, names)
	}
	if known != nil && (t.fresh || len(t.order) != len(known)) {
		return readInterfaces(s, nil)
	}
	if known == nil {
		nameInterfaces(t.order, names)
	}
	for _, i := range t.order {
		i.settleSpeed()
	}
	return t.order, t.countOctets(s)
}

// settleSpeed prefers ifSpeed, which is exact, as long as it does not end at its largest value. An agent that fills in
// neither says 0 in both.
func (i *iface) settleSpeed() {
	if i.speed < countable && i.slowSpeed > 0 && i.slowSpeed < countable && sameMegabits(i.slowSpeed, i.speed) {
		i.speed = i.slowSpeed
	}
	if i.speed == 0 && i.slowSpeed < countable {
		i.speed = i.slowSpeed
	}
}

// sameMegabits reports whether high is low in rounded Mbit/s: a link's speed may have changed since ifSpeed was read.
func sameMegabits(low, high float64) bool { return high == 0 || low-high < 1e6 && high-low < 1e6 }

// countOctets reads the 32-bit counters where an interface that should have 64-bit ones has none: old agents, and
// those that count slow interfaces in 32 bits only.
func (t *ifaceTable) countOctets(s *session) error {
	lacking := false
	for _, i := range t.order {
		lacking = lacking || i.typ != typeLoopback && (i.counters[countIn].bits == 0 || i.counters[countOut].bits == 0)
	}
	if !lacking {
		return nil
	}
	walked, err := s.walk(octetColumns())
	if err != nil {
		return err
	}
	for which, cells := range walked {
		for _, c := range cells {
			if i := t.rows[c.index]; i != nil && i.counters[countIn+which].bits == 0 {
				i.count(countIn+which, c.value, 32)
			}
		}
	}
	return nil
}

func (i *iface) count(which int, v any, bits uint8) {
	if n, ok := counter(v); ok {
		i.counters[which] = count{n, bits}
	}
}

// nameInterfaces gives every interface a name of its own: ifName, else ifDescr, else the index. A name that several
// bear is made longer by the index.
func nameInterfaces(all []*iface, names map[string]string) {
	uses := map[string]int{}
	for _, i := range all {
		i.name = names[i.index]
		if i.name == "" {
			i.name = i.descr
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
		i.component = "port:" + i.name
	}
}

// readInterfaces reads states and counters, names where they are due, and makes readings of them.
func (t *target) readInterfaces(s *session) ([]device.Reading, error) {
	at := t.now()
	t.watchRestart(at)
	hint := t.hints[markInterfaces]
	known := t.ifaces
	if t.schedule.due(groupNames, at, hint) {
		known = nil
	}
	all, err := readInterfaces(s, known)
	if err != nil {
		return nil, err
	}
	if known == nil {
		t.schedule.done(groupNames, at, hint)
	}
	return t.measure(all, at), nil
}

// watchRestart forgets what rates are measured from, and hastens what is read seldom, if the agent has started anew since
// the last sample.
func (t *target) watchRestart(at time.Time) {
	if t.before != nil && restarted(t.before.system, t.system, at.Sub(t.before.at)) {
		t.before = nil
		t.schedule.hasten()
	}
}

// measure makes readings of the interfaces, and the sample of the next ones.
func (t *target) measure(all []*iface, at time.Time) []device.Reading {
	t.ifaces = all
	readings := interfaceReadings(all, t.before, at)
	if t.before == nil || at.Sub(t.before.at) >= shortest {
		t.before = newSample(at, t.system, all)
	}
	return readings
}

// indexes are the names of the interfaces by their index.
func indexes(all []*iface) map[string]string {
	names := make(map[string]string, len(all))
	for _, i := range all {
		names[i.index] = i.name
	}
	return names
}

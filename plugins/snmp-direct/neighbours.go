package snmpdirect

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// Subtypes of chassis identifiers in LLDP.
const (
	chassisMAC     = 4
	chassisNetwork = 5
)

// Subtypes of port identifiers in LLDP.
const (
	portAlias = 1
	portMAC   = 3
)

// neighbour is one device that LLDP sees behind a port.
type neighbour struct {
	link device.Link
	// told is what the device calls itself and its port: a device whose table holds it twice, at two times, is one.
	told string
}

// readNeighbours reads LLDP's remote table. LLDP lies below 1.0.8802, outside of what a walk of the internet tree sees.
func readNeighbours(s *session, ifaces []*iface) ([]device.Link, error) {
	const remote, local, manage = ".1.0.8802.1.1.2.1.4.1.1.", ".1.0.8802.1.1.2.1.3.7.1.", ".1.0.8802.1.1.2.1.4.2.1.3"
	walked, err := s.walk([]string{remote + "5", remote + "4", remote + "6", remote + "7", remote + "9", manage, local + "2", local + "3", local + "4", oidBasePort})
	if err != nil || len(walked[0]) == 0 {
		return nil, err
	}
	subtypes, portSubtypes, names := numbers(walked[1]), numbers(walked[2]), texts(walked[4])
	portIDs := raws(walked[3])
	addresses := managementAddresses(walked[5])
	ports := &localPorts{
		ifaces: ifaces, subtypes: numbers(walked[6]), ids: raws(walked[7]), descr: texts(walked[8]), base: basePorts(walked[9], ifaces),
	}
	byKey := map[string]*neighbour{}
	var order []*neighbour
	for _, c := range walked[0] {
		arcs := strings.Split(c.index, ".") // time mark, local port, a number of the agent's
		chassis, ok := c.value.([]byte)
		if len(arcs) != 3 || !ok {
			continue
		}
		n := &neighbour{told: arcs[1] + "\x00" + string(chassis) + "\x00" + string(portIDs[c.index])}
		n.link = device.Link{Component: ports.component(arcs[1]), Name: names[c.index], Address: addresses[c.index], Kind: "lldp"}
		switch subtypes[c.index] {
		case chassisMAC:
			n.link.MAC = hardware(chassis)
		case chassisNetwork:
			n.link.Address = cmp.Or(n.link.Address, networkAddress(chassis))
		}
		if n.link.MAC == "" && portSubtypes[c.index] == portMAC {
			n.link.MAC = hardware(portIDs[c.index])
		}
		if was := byKey[n.told]; was != nil {
			was.link.Name = cmp.Or(was.link.Name, n.link.Name)
			was.link.Address = cmp.Or(was.link.Address, n.link.Address)
			continue
		}
		byKey[n.told] = n
		order = append(order, n)
	}
	var links []device.Link
	for _, n := range order {
		if n.link.MAC != "" || n.link.Name != "" || n.link.Address != "" {
			links = append(links, n.link)
		}
	}
	sortLinks(links)
	return links[:min(len(links), maxLinks)], nil
}

// raws are the octets of text cells by their index.
func raws(cells []cell) map[string][]byte {
	m := make(map[string][]byte, len(cells))
	for _, c := range cells {
		if b, ok := c.value.([]byte); ok {
			m[c.index] = b
		}
	}
	return m
}

// managementAddresses reads the addresses in the indexes of lldpRemManAddrTable: those of the remote row, then family,
// mostly the length, and the octets. IPv4 goes before IPv6, else the first one stands.
func managementAddresses(cells []cell) map[string]string {
	found := map[string]netip.Addr{}
	for _, c := range cells {
		arcs := strings.SplitN(c.index, ".", 4)
		if len(arcs) != 4 {
			continue
		}
		a, rest, ok := typedAddress(arcs[3])
		if !ok {
			family, octets, _ := strings.Cut(arcs[3], ".") // an agent that leaves the length out
			a, rest, ok = typedAddress(family + "." + map[string]string{"1": "4", "2": "16"}[family] + "." + octets)
		}
		row := strings.Join(arcs[:3], ".")
		if was, known := found[row]; ok && rest == "" && useful(a) && (!known || was.Is6() && a.Is4()) {
			found[row] = a
		}
	}
	texts := make(map[string]string, len(found))
	for row, a := range found {
		texts[row] = a.String()
	}
	return texts
}

// networkAddress reads an address as LLDP's identifiers hold it: the family, and the octets.
func networkAddress(b []byte) string {
	if len(b) == 5 && b[0] == 1 || len(b) == 17 && b[0] == 2 {
		if a, ok := netip.AddrFromSlice(b[1:]); ok && useful(a) {
			return a.Unmap().String()
		}
	}
	return ""
}

// localPorts says which interface an LLDP port is.
type localPorts struct {
	ifaces   []*iface
	subtypes map[string]float64
	ids      map[string][]byte
	descr    map[string]string
	base     map[int]string
}

// component is the interface of an LLDP port number. The number may be anything: what the device calls the port by it
// goes first, then the number of the bridge's port, then the interface's index.
func (l *localPorts) component(number string) string {
	id := text(l.ids[number])
	switch l.subtypes[number] {
	case portMAC:
		if i := l.only(func(i *iface) bool { return i.mac != "" && i.mac == hardware(l.ids[number]) }); i != nil {
			return i.component
		}
		id = ""
	case portAlias:
		if i := l.only(func(i *iface) bool { return id != "" && i.alias == id }); i != nil {
			return i.component
		}
	}
	for _, word := range []string{id, l.descr[number]} {
		if word == "" {
			continue
		}
		if i := portOf(l.ifaces, word); i != nil {
			return i.component
		}
		if i := l.only(func(i *iface) bool { return i.descr == word }); i != nil {
			return i.component
		}
	}
	if n, ok := portNumber(number); ok && l.base[n] != "" {
		return l.base[n]
	}
	if i := l.only(func(i *iface) bool { return i.index == number }); i != nil {
		return i.component
	}
	return "port:" + cmp.Or(id, number)
}

// only is the one interface that fits, or nil.
func (l *localPorts) only(fits func(*iface) bool) *iface {
	var found *iface
	for _, i := range l.ifaces {
		if fits(i) {
			if found != nil {
				return nil
			}
			found = i
		}
	}
	return found
}

func sortLinks(links []device.Link) {
	slices.SortFunc(links, func(a, b device.Link) int {
		return cmp.Or(device.CompareNames(a.Component, b.Component), cmp.Compare(a.MAC, b.MAC), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Address, b.Address))
	})
}

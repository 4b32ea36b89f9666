package snmpdirect

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

const (
	subtypeMAC     = 4
	subtypeNetwork = 5

	maxLinks = 256
	// edgeMACs is how many addresses behind a port still say what hangs on it; more come through another switch.
	edgeMACs = 4
	// learntMemory bridges a bridge's forgetting: it drops an address after five idle minutes.
	learntMemory = 24 * time.Hour
)

// readNeighbours reads LLDP's remote table. LLDP lies below 1.0.8802, outside of what a walk of the internet tree sees.
func readNeighbours(s *session, ifaces []*iface) ([]device.Link, error) {
	const remote, local = ".1.0.8802.1.1.2.1.4.1.1.", ".1.0.8802.1.1.2.1.3.7.1."
	walked, err := s.walk([]string{remote + "4", remote + "5", remote + "9", ".1.0.8802.1.1.2.1.4.2.1.3", local + "3"})
	if err != nil || len(walked[0]) == 0 {
		return nil, err
	}
	ports := texts(walked[4])
	names := texts(walked[2])
	subtypes := numbers(walked[0])
	addresses := map[string]string{}
	for _, c := range walked[3] {
		// timeMark.localPort.index, then subtype 1 (IPv4), length 4 and the address.
		arcs := strings.Split(c.index, ".")
		if len(arcs) != 9 || arcs[3] != "1" || arcs[4] != "4" {
			continue
		}
		if a, ok := indexAddress(c.index); ok && useful(a) {
			addresses[strings.Join(arcs[:3], ".")] = a.String()
		}
	}
	var links []device.Link
	for _, c := range walked[1] {
		arcs := strings.Split(c.index, ".")
		if len(arcs) != 3 {
			continue
		}
		l := device.Link{Component: "port:" + localPort(ifaces, arcs[1], ports[arcs[1]]), Name: names[c.index], Address: addresses[c.index], Kind: "lldp"}
		switch subtypes[c.index] {
		case subtypeMAC:
			l.MAC = hardware(c.value)
		case subtypeNetwork:
			if b, ok := c.value.([]byte); ok && len(b) == 5 && b[0] == 1 && l.Address == "" {
				if a, ok := netip.AddrFromSlice(b[1:]); ok && useful(a) {
					l.Address = a.String()
				}
			}
		}
		// The time mark in the index makes one neighbour show twice.
		if (l.MAC != "" || l.Name != "" || l.Address != "") && !slices.Contains(links, l) && len(links) < maxLinks {
			links = append(links, l)
		}
	}
	sortLinks(links)
	return links, nil
}

// localPort is the name of the interface behind an LLDP port number: the port's id is its name, else the number is the
// interface's index.
func localPort(ifaces []*iface, number, id string) string {
	if i := portOf(ifaces, id); i != nil && id != "" {
		return i.name
	}
	for _, i := range ifaces {
		if i.index == number {
			return i.name
		}
	}
	if id != "" {
		return id
	}
	return number
}

// learnt is a MAC address behind a port, and when the bridge last knew it.
type learnt struct {
	port string
	at   time.Time
}

// readForwarding reads the bridge's tables and updates what is known to be behind each port.
func readForwarding(s *session, ifaces []*iface, known map[string]learnt, now time.Time) error {
	const bridge = ".1.3.6.1.2.1.17."
	walked, err := s.walk([]string{bridge + "1.4.1.2", bridge + "4.3.1.2", bridge + "7.1.2.2.1.2"})
	if err != nil {
		return err
	}
	index := map[int64]string{} // interface index by bridge port
	for _, c := range walked[0] {
		port, err := strconv.ParseInt(c.index, 10, 64)
		if n, ok := integer(c.value); ok && err == nil {
			index[port] = formatIndex(n)
		}
	}
	names := map[string]string{}
	for _, i := range ifaces {
		names[i.index] = i.name
	}
	for _, cells := range walked[1:] {
		for _, c := range cells {
			port, ok := integer(c.value)
			mac := indexHardware(c.index)
			if !ok || port == 0 || mac == "" { // port 0 is the bridge itself, or unknown
				continue
			}
			if name := names[index[port]]; name != "" {
				known[mac] = learnt{name, now}
			}
		}
	}
	for mac, l := range known {
		if now.Sub(l.at) > learntMemory {
			delete(known, mac)
		}
	}
	return nil
}

// edgeLinks are the addresses behind ports that lead to one device or a few, and to no neighbour that told its name.
func edgeLinks(known map[string]learnt, neighbours []device.Link) []device.Link {
	behind := map[string]int{}
	for _, l := range known {
		behind["port:"+l.port]++
	}
	for _, l := range neighbours {
		behind[l.Component] = edgeMACs + 1
	}
	var links []device.Link
	for mac, l := range known {
		hw, err := net.ParseMAC(mac)
		if err != nil || hw[0]&1 != 0 || behind["port:"+l.port] > edgeMACs {
			continue
		}
		links = append(links, device.Link{Component: "port:" + l.port, MAC: mac, Kind: "fdb"})
	}
	sortLinks(links)
	return links[:min(len(links), maxLinks)]
}

func sortLinks(links []device.Link) {
	slices.SortFunc(links, func(a, b device.Link) int {
		return cmp.Or(device.CompareNames(a.Component, b.Component), cmp.Compare(a.MAC, b.MAC), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Address, b.Address))
	})
}

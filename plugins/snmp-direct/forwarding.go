package snmpdirect

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

const (
	statusLearned = 3

	// maxLinks bounds the links of a device, maxBehind those of one port: what hangs on an uplink is the rest of the
	// network.
	maxLinks  = 512
	maxBehind = 128
	// learntMemory bridges a bridge's forgetting: it drops an address after five idle minutes.
	learntMemory = 24 * time.Hour
	// maxLearnt bounds what is remembered of a device's forwarding table.
	maxLearnt = 16_384
)

// learnt is the component behind which a MAC address is, and when the bridge last knew it.
type learnt struct {
	port string
	at   time.Time
}

// readForwarding reads the bridge's tables and updates what is known to be behind each port. The VLAN's table is indexed
// by a filtering database, which need not have the number of its VLAN; the port is what counts.
func readForwarding(s *session, ifaces []*iface, known map[string]learnt, now time.Time) error {
	const plain, vlan = ".1.3.6.1.2.1.17.4.3.1.", ".1.3.6.1.2.1.17.7.1.2.2.1."
	walked, err := s.walk([]string{oidBasePort, plain + "2", plain + "3", vlan + "2", vlan + "3"})
	if err != nil {
		return err
	}
	ports := basePorts(walked[0], ifaces)
	full := false
	for _, table := range [][][]cell{walked[1:3], walked[3:5]} {
		statuses := numbers(table[1])
		for _, c := range table[0] {
			port, ok := integer(c.value)
			mac := indexHardware(c.index)
			status, told := statuses[c.index]
			// Port 0 is the bridge itself, or unknown.
			if !ok || port <= 0 || mac == "" || multicast(mac) || told && status != statusLearned {
				continue
			}
			component := ports[int(port)]
			_, have := known[mac]
			switch {
			case component == "":
			case have || len(known) < maxLearnt:
				known[mac] = learnt{component, now}
			default:
				full = true
			}
		}
	}
	for mac, l := range known {
		// What is full of old addresses makes room for those of the next reading.
		if now.Sub(l.at) > learntMemory || full && l.at.Before(now) {
			delete(known, mac)
		}
	}
	return nil
}

// forwardingLinks are the addresses behind each port, with what is known of them. All of a port are told, up to a limit:
// the many behind an uplink say where the rest of the network is. Beyond the limit those go first that belong to this
// machine or to a target, then those with a known address: the gateway is among them. MACs that a device has made up are
// told only with an address, as they are no evidence of who it is.
func forwardingLinks(known map[string]learnt, who map[string]acquaintance) []device.Link {
	behind := map[string][]string{}
	for mac, l := range known {
		if who[mac].address != "" || !madeUp(mac) {
			behind[l.port] = append(behind[l.port], mac)
		}
	}
	rank := func(mac string) int {
		switch k := who[mac]; {
		case k.ours:
			return 0
		case k.address != "":
			return 1
		}
		return 2
	}
	// The ports with the fewest come first: they say most of what hangs on them.
	ports := slices.SortedFunc(maps.Keys(behind), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(behind[a]), len(behind[b])), device.CompareNames(a, b))
	})
	var links []device.Link
	for _, port := range ports {
		macs := behind[port]
		slices.SortFunc(macs, func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) })
		for _, mac := range macs[:min(len(macs), maxBehind, maxLinks-len(links))] {
			links = append(links, device.Link{Component: port, MAC: mac, Address: who[mac].address, Kind: "fdb"})
		}
	}
	sortLinks(links)
	return links
}

// links are the neighbours and what is behind each port. They are worked out anew when a table was read, or when another
// device has told an address.
func (t *target) links() []device.Link {
	if v := t.neighbourhood.current(); !t.linked || v != t.linkedAt {
		who, version := t.neighbourhood.acquaintances(slices.Collect(maps.Keys(t.learnt)))
		t.behind, t.linked, t.linkedAt = forwardingLinks(t.learnt, who), true, version
	}
	return slices.Concat(t.neighbours, t.behind)
}

// multicast and madeUp read the two flags in the first octet of a MAC address.
func multicast(mac string) bool { return firstOctet(mac)&1 != 0 }

func madeUp(mac string) bool { return firstOctet(mac)&2 != 0 }

func firstOctet(mac string) uint64 {
	octet, _, _ := strings.Cut(mac, ":")
	n, _ := strconv.ParseUint(octet, 16, 8)
	return n
}

func portNumber(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil
}

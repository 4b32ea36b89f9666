package snmpdirect

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// maxAddressesOf is how many addresses one MAC may have: what has more answers for others.
	maxAddressesOf = 4
	// maxNeighbourhood bounds the MACs with an address that are remembered.
	maxNeighbourhood = 16_384
	// addressSweep is how often addresses that were not heard of for learntMemory are forgotten.
	addressSweep = time.Hour
)

// neighbourhood is what the devices of a source know of each other: a switch knows behind which port a MAC is, and a
// router, or any host, which address it has. It is shared by all targets.
type neighbourhood struct {
	mu      sync.Mutex
	homes   map[netip.Addr]home // guarded by mu, as all that follows
	byMAC   map[string][]netip.Addr
	targets map[string][]string // the MACs of targets, by their ref
	ours    map[string]int      // how many of targets and this machine have a MAC
	swept   time.Time           // when old addresses were forgotten last
	version int
}

// home is who has an address, and when that was heard last.
type home struct {
	mac string
	at  time.Time
}

// newNeighbourhood returns one that knows the MACs of this machine and nothing else.
func newNeighbourhood(here []string) *neighbourhood {
	n := &neighbourhood{homes: map[netip.Addr]home{}, byMAC: map[string][]netip.Addr{}, targets: map[string][]string{}, ours: map[string]int{}}
	for _, mac := range here {
		n.ours[mac]++
	}
	return n
}

// localMACs are the MACs of this machine. Without them only the order changes in which a port with many addresses is
// told.
func localMACs() []string {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var list []string
	for _, i := range interfaces {
		if mac := hardware([]byte(i.HardwareAddr)); mac != "" {
			list = append(list, mac)
		}
	}
	return list
}

// learn takes the MACs of a target and the addresses that it knows of others.
func (n *neighbourhood) learn(ref string, macs []string, addresses map[netip.Addr]string, now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if was := n.targets[ref]; !slices.Equal(was, macs) {
		for _, mac := range was {
			if n.ours[mac]--; n.ours[mac] == 0 {
				delete(n.ours, mac)
			}
		}
		for _, mac := range macs {
			n.ours[mac]++
		}
		n.targets[ref] = macs
		n.version++
	}
	for a, mac := range addresses {
		if was, known := n.homes[a]; known || len(n.homes) < maxNeighbourhood {
			n.homes[a] = home{mac, now}
			n.move(a, was.mac, mac)
		}
	}
	if now.Sub(n.swept) < addressSweep {
		return
	}
	n.swept = now
	for a, h := range n.homes {
		if now.Sub(h.at) > learntMemory {
			delete(n.homes, a)
			n.move(a, h.mac, "")
		}
	}
}

// move takes an address from one MAC and gives it to another; empty is none.
func (n *neighbourhood) move(a netip.Addr, from, to string) {
	if from == to {
		return
	}
	n.version++
	if from != "" {
		if left := slices.DeleteFunc(n.byMAC[from], func(b netip.Addr) bool { return a == b }); len(left) > 0 {
			n.byMAC[from] = left
		} else {
			delete(n.byMAC, from)
		}
	}
	if to != "" {
		at, _ := slices.BinarySearchFunc(n.byMAC[to], a, netip.Addr.Compare) // IPv4 goes before IPv6
		n.byMAC[to] = slices.Insert(n.byMAC[to], at, a)
	}
}

// acquaintance is what is known of a MAC: the address it has, and whether it belongs to this machine or to a target.
type acquaintance struct {
	address string
	ours    bool
}

// acquaintances answers for many MACs, with the version of the answer.
func (n *neighbourhood) acquaintances(macs []string) (map[string]acquaintance, int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	known := make(map[string]acquaintance, len(macs))
	for _, mac := range macs {
		k := acquaintance{ours: n.ours[mac] > 0}
		if list := n.byMAC[mac]; len(list) > 0 && len(list) <= maxAddressesOf {
			k.address = list[0].String()
		}
		known[mac] = k
	}
	return known, n.version
}

func (n *neighbourhood) current() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.version
}

// readARP reads who has which address on the device's own networks: ipNetToMedia, and ipNetToPhysical, which has IPv6.
// What is behind container bridges is nobody's neighbour.
func readARP(s *session, ifaces []*iface) (map[netip.Addr]string, error) {
	walked, err := s.walk([]string{".1.3.6.1.2.1.4.22.1.2", ".1.3.6.1.2.1.4.35.1.4"})
	if err != nil {
		return nil, err
	}
	foreign := map[string]bool{}
	for _, i := range ifaces {
		foreign[i.index] = !i.own()
	}
	found := map[netip.Addr]string{}
	for table, cells := range walked {
		for _, c := range cells {
			index, rest, _ := strings.Cut(c.index, ".")
			if table == 0 {
				rest = "1.4." + rest
			}
			mac := hardware(c.value)
			if a, after, ok := typedAddress(rest); ok && after == "" && useful(a) && mac != "" && !foreign[index] {
				found[a] = mac
			}
		}
	}
	return found, nil
}

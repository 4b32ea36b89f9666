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
)

// neighbourhood is what the devices of a source know of each other: a switch knows behind which port a MAC is, and a
// router, or any host, which address it has. It is shared by all targets.
type neighbourhood struct {
	mu      sync.Mutex
	homes   map[netip.Addr]home // guarded by mu, as all that follows
	byMAC   map[string][]netip.Addr
	targets map[string][]string // the MACs of targets, by their ref
	here    []string            // the MACs of this machine
	version int
}

// home is who has an address, and when that was heard last.
type home struct {
	mac string
	at  time.Time
}

// newNeighbourhood returns one that knows the MACs of this machine and nothing else.
func newNeighbourhood(here []string) *neighbourhood {
	return &neighbourhood{homes: map[netip.Addr]home{}, byMAC: map[string][]netip.Addr{}, targets: map[string][]string{}, here: here}
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
	changed := !slices.Equal(n.targets[ref], macs)
	n.targets[ref] = macs
	for a, mac := range addresses {
		was, known := n.homes[a]
		if !known && len(n.homes) >= maxNeighbourhood {
			continue
		}
		changed = changed || was.mac != mac
		n.homes[a] = home{mac, now}
	}
	for a, h := range n.homes {
		if now.Sub(h.at) > learntMemory {
			delete(n.homes, a)
			changed = true
		}
	}
	if !changed {
		return
	}
	n.version++
	clear(n.byMAC)
	for a, h := range n.homes {
		n.byMAC[h.mac] = append(n.byMAC[h.mac], a)
	}
	for _, list := range n.byMAC {
		slices.SortFunc(list, netip.Addr.Compare) // IPv4 goes before IPv6
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
	ours := map[string]bool{}
	for _, mac := range n.here {
		ours[mac] = true
	}
	for _, list := range n.targets {
		for _, mac := range list {
			ours[mac] = true
		}
	}
	known := make(map[string]acquaintance, len(macs))
	for _, mac := range macs {
		k := acquaintance{ours: ours[mac]}
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

package librenms

import "slices"

// nameplate are the MAC addresses that say who a device is: that of its first Ethernet port, and the one that others see
// at the address at which it is polled. Zero is none.
type nameplate struct {
	first hardware
	seen  neighbour
}

// nameplates finds them for all devices. A MAC address that two devices have, or that is seen at the addresses of two,
// names neither: it is copied, moved, or that of a router that answers for others.
func nameplates(p *ports, seen map[string]neighbour) map[string]nameplate {
	owner := make(map[hardware]int64, len(p.list))
	for _, x := range p.list {
		if id, ok := owner[x.mac]; ok && id != x.device {
			owner[x.mac] = 0
		} else {
			owner[x.mac] = x.device
		}
	}
	plates := make(map[string]nameplate, len(p.of))
	for id, s := range p.of {
		for _, x := range p.list[s.from:s.to] {
			if x.ethernet && x.own && x.mac.names() && owner[x.mac] == x.device {
				plates[id] = nameplate{first: x.mac}
				break
			}
		}
	}
	at := make(map[hardware]int, len(seen))
	for _, n := range seen {
		at[n.mac]++
	}
	for id, n := range seen {
		whose, ported := owner[n.mac]
		if n.mac.names() && at[n.mac] == 1 && (!ported || decimal(whose) == id) {
			plate := plates[id]
			plate.seen = n
			plates[id] = plate
		}
	}
	return plates
}

// macs are those of the device; the one that was seen counts while the device has the address that it was seen at.
func (n nameplate) macs(d seen) []string {
	var list []string
	if n.first != 0 {
		list = append(list, n.first.String())
	}
	if n.seen.mac != 0 && n.seen.mac != n.first && slices.Contains(d.addresses, n.seen.address) {
		list = append(list, n.seen.mac.String())
	}
	return list
}

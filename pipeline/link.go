package pipeline

import (
	"net/netip"
	"slices"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// fdb is the kind of a link that a forwarding table shows; any other is of a neighbour.
const fdb = "fdb"

// link finds the devices to which links lead, as of the last commit. What a forwarding table holds beside them is left out
// of the record: it changes with every frame, and nobody is concerned.
func (s *snap) link(v *View) {
	for j, o := range s.obs {
		if len(o.Links) == 0 {
			continue
		}
		var found []consensus.Link
		kept := make([]device.Link, 0, len(o.Links))
		for i := range o.Links {
			l := &o.Links[i]
			id, ok := v.leadsTo(l)
			if ok || l.Kind != fdb {
				kept = append(kept, *l)
			}
			if ok && id != s.assigned[j].Device {
				found = append(found, consensus.Link{Port: l.Component, Device: id, Neighbour: l.Kind != fdb, Gateway: v.isGateway(id)})
			}
		}
		if len(kept) < len(o.Links) {
			reduced := *o
			reduced.Links = kept
			s.obs[j] = &reduced
		}
		if len(found) == 0 {
			continue
		}
		slices.SortFunc(found, func(a, b consensus.Link) int {
			if c := consensus.CompareLinks(a, b); c != 0 || a.Neighbour == b.Neighbour {
				return c
			}
			if a.Neighbour {
				return -1
			}
			return 1
		})
		if s.links == nil {
			s.links = map[int][]consensus.Link{}
		}
		s.links[j] = slices.CompactFunc(found, func(a, b consensus.Link) bool { return consensus.CompareLinks(a, b) == 0 })
	}
}

// leadsTo returns the device behind a link, consensus.AtHome for the agent's own host.
func (v *View) leadsTo(l *device.Link) (device.ID, bool) {
	home := &v.cfg.Consensus.Home
	for _, mac := range home.MACs {
		if l.MAC != "" && identity.SameMAC(mac, l.MAC) {
			return consensus.AtHome, true
		}
	}
	if l.Address != "" && slices.Contains(home.Addresses, l.Address) {
		return consensus.AtHome, true
	}
	return v.identity.Linked(l)
}

func (v *View) isGateway(id device.ID) bool {
	for _, s := range v.cfg.Consensus.Gateways {
		if a, err := netip.ParseAddr(s); err == nil {
			if of, ok := v.identity.ByAddress(a); ok && of == id {
				return true
			}
		}
	}
	return false
}

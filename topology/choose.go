package topology

import (
	"cmp"
	"slices"

	"github.com/quorate/quorate/device"
)

// candidate is a parent that a device may have. Gone says that it is no longer seen there.
type candidate struct {
	Parent
	gone bool
}

// choose returns the only parent among the candidates. One that is seen there stands before those where it was seen once;
// of several that are as good the present one stays.
func choose(found []candidate, now Parent) (Parent, bool) {
	if slices.ContainsFunc(found, func(c candidate) bool { return !c.gone }) {
		found = slices.DeleteFunc(found, func(c candidate) bool { return c.gone })
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(rank(a.Why), rank(b.Why)), cmp.Compare(a.On, b.On), cmp.Compare(a.Port, b.Port))
	})
	found = slices.CompactFunc(found, func(a, b candidate) bool { return a.Device == b.Device })
	if len(found) == 1 {
		return found[0].Parent, true
	}
	for _, c := range found {
		if c.Device == now.Device {
			return c.Parent, true
		}
	}
	return Parent{}, false
}

func rank(w Why) int { return slices.Index([]Why{WhyNeighbour, WhyPort, WhyBetween}, w) }

// aboveEnd returns what a device may hang on that reports no links: behind whose port it is, with nothing known between.
func (n *network) aboveEnd(id device.ID) []candidate {
	var found []candidate
	for _, on := range n.ids {
		r := n.of[on]
		p := r.port(id)
		if p == nil || p == r.up || n.leadsUp(p) || n.rooted && !r.knows() {
			continue // where the root is known at all, only those speak who know in which direction
		}
		c := candidate{Parent: Parent{Device: on, On: on, Port: p.name, Why: WhyPort}, gone: p.gone[id]}
		reporters, neighbours := n.others(p, id)
		switch {
		case p.neighbours[id]:
			if slices.ContainsFunc(reporters, func(o device.ID) bool { return n.of[o].below(id) != nil }) {
				continue // one behind the port has it behind a port of its own
			}
			c.Why = WhyNeighbour
		case !r.knows() && len(p.behind) > Crowd:
			continue
		case len(reporters) == 0 && len(neighbours) == 0:
		case len(neighbours) == 1 && (len(reporters) == 0 || len(reporters) == 1 && reporters[0] == neighbours[0]):
			between := neighbours[0]
			if o := n.of[between]; o != nil && len(o.at[id]) > 0 {
				continue // it says itself where
			}
			c.Device, c.Why = between, WhyBetween
		default:
			continue
		}
		found = append(found, c)
	}
	return found
}

// leadsUp reports whether a root is behind a port.
func (n *network) leadsUp(p *port) bool {
	for id := range n.roots {
		if p.behind[id] {
			return true
		}
	}
	return false
}

// others returns the reporters and the neighbours behind a port, but for one device.
func (n *network) others(p *port, id device.ID) (reporters, neighbours []device.ID) {
	for other := range p.behind {
		if other == id {
			continue
		}
		if n.of[other] != nil {
			reporters = append(reporters, other)
		}
		if p.neighbours[other] {
			neighbours = append(neighbours, other)
		}
	}
	return reporters, neighbours
}

// aboveReporter returns what a device may hang on that reports links: the nearest one that has it behind a port away from
// the root.
func (n *network) aboveReporter(id device.ID) []candidate {
	self := n.of[id]
	if self.top {
		return nil
	}
	var found []candidate
	for _, on := range n.ids {
		r := n.of[on]
		p := r.below(id)
		if p == nil {
			continue
		}
		if back := self.port(on); back != nil && self.up != nil && back != self.up {
			continue // each has the other further down
		}
		nearest := true
		for other := range p.behind {
			o := n.of[other]
			if o == nil || other == id {
				continue
			}
			switch at := o.port(id); {
			case at == nil:
				nearest = nearest && p.neighbours[id] && !p.neighbours[other]
			case !o.knows() || at != o.up:
				nearest = false
			}
		}
		if !nearest {
			continue
		}
		why := WhyPort
		if p.neighbours[id] {
			why = WhyNeighbour
		}
		found = append(found, candidate{Parent: Parent{Device: on, On: on, Port: p.name, Why: why}, gone: p.gone[id]})
	}
	return found
}

package topology

import (
	"slices"

	"github.com/quorate/quorate/device"
)

// Sight is one device behind one port of another, as that one reports it.
type Sight struct {
	On     device.ID
	Port   string
	Behind device.ID
	// Neighbour says that the two speak to each other, as by LLDP; otherwise frames of the one have come in at that port
	// of the other.
	Neighbour bool
	// Gone says that it was seen, and no longer is.
	Gone bool
}

// Parent is the device that another one hangs on, the port that it hangs on, and how that is known. Port is that of Seen
// on, which is the parent itself or, where the parent stands between the two, the device further up.
type Parent struct {
	Device device.ID `json:"device"`
	On     device.ID `json:"on"`
	Port   string    `json:"port"`
	Why    Why       `json:"why"`
}

// Why is how a parent is known.
type Why string

// The ways to know a parent, the surest first.
const (
	WhyNeighbour Why = "neighbour" // the parent speaks to the device behind its port
	WhyPort      Why = "port"      // frames of the device come in at the port, and nothing that is known stands between
	WhyBetween   Why = "between"   // the parent is the only neighbour at the port where frames of the device come in
)

// Crowd is how many known devices may be behind a port of a device of which nobody knows where its uplink is. With more
// of them it may be the uplink itself, and all the rest of the network behind it.
const Crowd = 8

// network is what Parents works with.
type network struct {
	roots map[device.ID]bool
	ids   []device.ID // of those that report links, in order
	of    map[device.ID]*reporter
	// rooted says that any of them knows where the root is.
	rooted bool
}

// reporter is a device that reports what is behind its ports.
type reporter struct {
	id    device.ID
	ports map[string]*port
	// at are the ports behind which each device is: one of them, unless the reporter contradicts itself.
	at map[device.ID][]*port
	// up is the port that leads to the root, where it is known which one that is; top says that the device is the root.
	up  *port
	top bool
}

type port struct {
	name       string
	behind     map[device.ID]bool
	neighbours map[device.ID]bool
	gone       map[device.ID]bool
}

// Parents returns the parent of each device that has one without doubt. roots are where everything is looked at from; a
// device that reports no links has none if it is one of them. The order of sights does not matter. A device for which two
// parents are as good has the one of now, where that is among them, else none.
func Parents(sights []Sight, roots []device.ID, now map[device.ID]Parent) map[device.ID]Parent {
	n := build(sights, roots)
	n.findUplinks()
	for _, r := range n.of {
		n.rooted = n.rooted || r.knows()
	}
	out := map[device.ID]Parent{}
	for id := range n.devices() {
		var found []candidate
		if n.of[id] != nil {
			found = n.aboveReporter(id)
		} else if !n.roots[id] {
			found = n.aboveEnd(id)
		}
		if p, ok := choose(found, now[id]); ok {
			out[id] = p
		}
	}
	return out
}

func build(sights []Sight, roots []device.ID) *network {
	n := &network{roots: map[device.ID]bool{}, of: map[device.ID]*reporter{}}
	for _, id := range roots {
		n.roots[id] = true
	}
	for _, s := range sights {
		if s.On == s.Behind {
			continue
		}
		r := n.of[s.On]
		if r == nil {
			r = &reporter{id: s.On, ports: map[string]*port{}, at: map[device.ID][]*port{}, top: n.roots[s.On]}
			n.of[s.On] = r
			n.ids = append(n.ids, s.On)
		}
		p := r.ports[s.Port]
		if p == nil {
			p = &port{name: s.Port, behind: map[device.ID]bool{}, neighbours: map[device.ID]bool{}, gone: map[device.ID]bool{}}
			r.ports[s.Port] = p
		}
		if seen := p.behind[s.Behind]; !seen {
			r.at[s.Behind] = append(r.at[s.Behind], p)
			p.gone[s.Behind] = s.Gone
		}
		p.behind[s.Behind] = true
		p.neighbours[s.Behind] = p.neighbours[s.Behind] || s.Neighbour
		p.gone[s.Behind] = p.gone[s.Behind] && s.Gone
	}
	slices.Sort(n.ids)
	return n
}

// devices are all that are behind a port.
func (n *network) devices() map[device.ID]bool {
	all := map[device.ID]bool{}
	for _, r := range n.of {
		for id := range r.at {
			all[id] = true
		}
	}
	return all
}

// port returns the one port of r behind which a device is, nil where it is behind none or several.
func (r *reporter) port(id device.ID) *port {
	if at := r.at[id]; len(at) == 1 {
		return at[0]
	}
	return nil
}

// findUplinks finds the port of each reporter that leads to the root: where a root itself is behind it, else where a
// reporter is behind it that has the root further up.
func (n *network) findUplinks() {
	for _, r := range n.of {
		if r.top {
			continue
		}
		var up *port
		clear := true
		for id := range n.roots {
			for _, p := range r.at[id] {
				clear = clear && (up == nil || up == p)
				up = p
			}
		}
		if clear {
			r.up = up
		}
	}
	for range n.ids {
		found := map[*reporter]*port{}
		for _, id := range n.ids {
			r := n.of[id]
			if r.knows() || n.seesRoot(r) {
				continue
			}
			var up *port
			clear := true
			for _, other := range n.ids {
				o := n.of[other]
				mine, theirs := r.port(other), o.port(id)
				if !o.knows() || mine == nil || theirs == nil || theirs == o.up {
					continue
				}
				clear = clear && (up == nil || up == mine)
				up = mine
			}
			if up != nil && clear {
				found[r] = up
			}
		}
		for r, p := range found {
			r.up = p
		}
		if len(found) == 0 {
			return
		}
	}
}

// knows reports whether it is known where the root is from r.
func (r *reporter) knows() bool { return r.top || r.up != nil }

// seesRoot reports whether a root is behind any port of r.
func (n *network) seesRoot(r *reporter) bool {
	for id := range n.roots {
		if len(r.at[id]) > 0 {
			return true
		}
	}
	return false
}

// below returns the port of r, away from the root, behind which a device is; nil where that is not known.
func (r *reporter) below(id device.ID) *port {
	p := r.port(id)
	if p == nil || !r.knows() || p == r.up {
		return nil
	}
	return p
}

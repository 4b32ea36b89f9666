package consensus

import (
	"cmp"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/topology"
)

// AtHome stands for the agent's own host in Link.Device.
const AtHome device.ID = "home"

// Link is a device that is seen behind a port.
type Link struct {
	Port   string    `json:"port"`
	Device device.ID `json:"device"`
	// Neighbour says that the two speak to each other; otherwise frames of the device have come in at the port.
	Neighbour bool `json:"neighbour,omitempty"`
	// Gateway says that the device is the agent's gateway.
	Gateway bool `json:"gateway,omitempty"`
	// Seen is when it was seen last, in whole hours, and Gone says that the newest observation came without it.
	Seen time.Time `json:"seen,omitzero"`
	Gone bool      `json:"gone,omitempty"`
}

// Found is a parent that links show, and since when.
type Found struct {
	topology.Parent
	Since time.Time `json:"since"`
}

// keepLinks is how long a link is kept that is no longer seen. Forwarding tables forget within minutes what falls silent,
// and a device that is down is as silent as one that has moved.
const keepLinks = 24 * time.Hour

// CompareLinks orders links by device, then port.
func CompareLinks(a, b Link) int { return cmp.Or(compare(a.Device, b.Device), compare(a.Port, b.Port)) }

// linksOf are the links of a report after an observation: those that it has, and those that it had and does not
// contradict, for a day; of a device that is down for longer. One that names none at all says nothing of them.
func (j *judge) linksOf(old []Link, b *Bound) []Link {
	if len(b.Links) == 0 && len(old) == 0 {
		return nil
	}
	hour := j.at.Truncate(time.Hour)
	next := make([]Link, 0, max(len(b.Links), len(old)))
	for _, l := range b.Links {
		l.Seen = hour
		next = append(next, l)
	}
	for _, l := range old {
		if _, again := slices.BinarySearchFunc(b.Links, l.Device, func(x Link, id device.ID) int { return compare(x.Device, id) }); again {
			continue // seen again, there or elsewhere
		}
		if j.at.Sub(l.Seen) > keepLinks+time.Hour && !j.isDown(l.Device) {
			continue
		}
		l.Gone = l.Gone || len(b.Links) > 0
		next = append(next, l)
	}
	slices.SortFunc(next, CompareLinks)
	if !slices.EqualFunc(old, next, sameLink) {
		j.linked = true
	}
	return next
}

func (j *judge) isDown(id device.ID) bool {
	d := j.glance(id)
	return d != nil && d.Reach.State == device.StateDown
}

// sameLink reports whether two links show the same, whenever they were seen.
func sameLink(a, b Link) bool {
	a.Seen, b.Seen = time.Time{}, time.Time{}
	return a == b
}

// sameLinks reports whether an observation at at has the links that are held, dated by the same hour.
func sameLinks(held, now []Link, at time.Time) bool {
	if len(now) == 0 {
		return len(held) == 0
	}
	hour, n := at.Truncate(time.Hour), 0
	for i := range held {
		l := &held[i]
		if l.Gone {
			continue
		}
		if n == len(now) || !sameLink(*l, now[n]) || !l.Seen.Equal(hour) {
			return false
		}
		n++
	}
	return n == len(now)
}

// relink puts one device in the place of another, or of none, in a list of links.
func relink(links []Link, old, by device.ID) ([]Link, bool) {
	if !slices.ContainsFunc(links, func(l Link) bool { return l.Device == old }) {
		return links, false
	}
	next := make([]Link, 0, len(links))
	for _, l := range links {
		if l.Device == old {
			l.Device = by
		}
		if l.Device != "" {
			next = append(next, l)
		}
	}
	slices.SortStableFunc(next, CompareLinks)
	return slices.CompactFunc(next, func(a, b Link) bool { return CompareLinks(a, b) == 0 }), true
}

func (j *judge) linkAgain(id device.ID, i int, links []Link) {
	d := j.edit(id)
	d.Reports = slices.Clone(d.Reports)
	d.Reports[i].Links = links
	j.linked = true
}

// with is f with another parent, nil for none.
func (f *Found) with(parent device.ID) *Found {
	if parent == "" {
		return nil
	}
	n := *f
	n.Device = parent
	return &n
}

// findParents works out anew which device hangs on which, where links have changed. What is down keeps its parent, for the
// links to it are kept.
func (j *judge) findParents() {
	if !j.linked && !j.all {
		return
	}
	var sights []topology.Sight
	var gateways []device.ID
	home := false
	now := map[device.ID]topology.Parent{}
	j.each(func(id device.ID, d *Device) {
		if d.Found != nil {
			now[id] = d.Found.Parent
		}
		r := j.mapper(d)
		if r == nil {
			return
		}
		for _, l := range r.Links {
			sights = append(sights, topology.Sight{On: id, Port: l.Port, Behind: l.Device, Neighbour: l.Neighbour, Gone: l.Gone})
			home = home || l.Device == AtHome
			if l.Gateway {
				gateways = append(gateways, l.Device)
			}
		}
	})
	if len(sights) == 0 && len(now) == 0 {
		return
	}
	found := topology.Parents(sights, j.roots(home, gateways), now)
	j.each(func(id device.ID, d *Device) {
		p, ok := found[id]
		switch {
		case !ok && d.Found != nil:
			j.edit(id).Found = nil
		case ok && (d.Found == nil || d.Found.Parent != p):
			f := &Found{Parent: p, Since: j.at}
			if d.Found != nil && d.Found.Device == p.Device {
				f.Since = d.Found.Since
			}
			j.edit(id).Found = f
		}
	})
}

// roots are from where the network is looked at: the devices that the configuration names, else the agent's own host where
// any device has seen it, else its gateways.
func (j *judge) roots(home bool, gateways []device.ID) []device.ID {
	var named []device.ID
	for _, name := range j.cfg.Roots {
		if id, ok := j.byName(name); ok {
			named = append(named, id)
		}
	}
	switch {
	case len(named) > 0:
		return named
	case home:
		return []device.ID{AtHome}
	}
	return gateways
}

// mapper is the report of d whose links count: two sources call the ports of one device by two names. One that has read
// its forwarding table goes before one that knows neighbours alone.
func (j *judge) mapper(d *Device) *Report {
	var best *Report
	table := func(r *Report) bool { return slices.ContainsFunc(r.Links, func(l Link) bool { return !l.Neighbour }) }
	for i := range d.Reports {
		r := &d.Reports[i]
		if len(r.Links) == 0 || j.seat(r.Source) == nil {
			continue
		}
		if best == nil || table(r) && !table(best) {
			best = r
		}
	}
	return best
}

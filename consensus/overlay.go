package consensus

import (
	"cmp"
	"slices"

	"github.com/quorate/quorate/device"
)

// overlay works out which devices that are down are only unreachable, behind which dead parent.
func (j *judge) overlay() {
	if len(j.downs) == 0 {
		return
	}
	g := j.ancestry(j.downs)
	for _, id := range j.downs {
		because := device.ID("")
		if !j.hasUnknownParent(id) {
			because = j.blocker(g[id])
		}
		if was := j.glance(id).Because; was != because {
			j.edit(id).Because = because
			if because == "" {
				j.notes[id] = append(j.notes[id], note{kind: device.EventUnreachableEnded, behind: was})
			}
		}
	}
}

// hasUnknownParent reports whether a configured parent is a device that nobody has ever heard of: then nobody knows that
// it is down.
func (j *judge) hasUnknownParent(id device.ID) bool {
	return slices.ContainsFunc(j.cfg.Parents[j.glance(id).Name], func(name string) bool {
		_, known := j.byName(name)
		return !known
	})
}

// blocker is the dead parent that stands for all of them, if every parent is down: the one that went down first.
func (j *judge) blocker(parents []device.ID) device.ID {
	var best device.ID
	for _, p := range parents {
		d := j.glance(p)
		if d.Reach.State != device.StateDown {
			return ""
		}
		if best == "" {
			best = p
			continue
		}
		b := j.glance(best)
		if c := d.Reach.Since.Compare(b.Reach.Since); c < 0 || c == 0 && j.order(p, best) < 0 {
			best = p
		}
	}
	return best
}

// link is one device hanging on another.
type link struct {
	child, parent device.ID
	found         bool // discovered, not configured
	since         int64
}

// ancestry returns the parents of the given devices and of their parents in turn. Configured parents come first;
// then discovered links from the oldest on, leaving out each that would close a cycle.
func (j *judge) ancestry(of []device.ID) map[device.ID][]device.ID {
	var links []link
	seen := map[device.ID]bool{}
	todo := slices.Clone(of)
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[id] {
			continue
		}
		seen[id] = true
		for _, l := range j.links(id) {
			links = append(links, l)
			todo = append(todo, l.parent)
		}
	}
	slices.SortFunc(links, func(a, b link) int {
		switch {
		case a.found != b.found && !a.found:
			return -1
		case a.found != b.found:
			return 1
		}
		return cmp.Or(cmp.Compare(a.since, b.since), compare(a.child, b.child), compare(a.parent, b.parent))
	})
	g := make(map[device.ID][]device.ID, len(links))
	for _, l := range links {
		if slices.Contains(g[l.child], l.parent) || reaches(g, l.parent, l.child) {
			continue
		}
		g[l.child] = append(g[l.child], l.parent)
	}
	return g
}

// links are the parents of one device that are known devices: the configured ones, those that its sources name, and, where
// none is configured, the one that links show.
func (j *judge) links(id device.ID) []link {
	d := j.glance(id)
	var links []link
	for _, name := range j.cfg.Parents[d.Name] {
		if p, ok := j.byName(name); ok && p != id {
			links = append(links, link{child: id, parent: p})
		}
	}
	if len(j.cfg.Parents[d.Name]) == 0 && d.Found != nil && d.Found.Device != id && j.glance(d.Found.Device) != nil {
		links = append(links, link{child: id, parent: d.Found.Device, found: true, since: d.Found.Since.UnixNano()})
	}
	for i := range d.Reports {
		r := &d.Reports[i]
		if j.seat(r.Source) == nil {
			continue
		}
		for _, parent := range r.Parents {
			if p, ok := j.find(device.SourceRef{Source: r.Source, Ref: parent.Ref}); ok && p != id {
				links = append(links, link{child: id, parent: p, found: true, since: parent.Since.UnixNano()})
			}
		}
	}
	return links
}

// reaches reports whether to is from or one of its ancestors.
func reaches(g map[device.ID][]device.ID, from, to device.ID) bool {
	if from == to {
		return true
	}
	for _, p := range g[from] {
		if reaches(g, p, to) {
			return true
		}
	}
	return false
}

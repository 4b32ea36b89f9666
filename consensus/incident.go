package consensus

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// The kinds of incidents.
const (
	IncidentDown    = "down"
	IncidentSuspect = "suspect"
)

// grouping is the work on the incidents of one instant.
type grouping struct {
	j    *judge
	open []*incidentWork
	// placed are the devices that were in an incident before; of is where one that is not up belongs now.
	placed map[device.ID]bool
	of     map[device.ID]*incidentWork // where a device that is down belongs
}

// incidentWork is an open incident with what happens to it at this instant.
type incidentWork struct {
	Incident
	ids             []device.ID // of its devices, the root first
	opened, changed bool
	closed          string // why, where it ended
}

// group keeps the incidents: one for each root that is down with all that hangs on it, one for each suspect source.
func (j *judge) group() {
	g := &grouping{j: j, placed: map[device.ID]bool{}, of: map[device.ID]*incidentWork{}}
	placed := g.placed
	for _, in := range j.global.Incidents {
		w := &incidentWork{Incident: in, opened: j.kept[in.ID]}
		for _, n := range in.Devices {
			if in.Kind == IncidentDown && placed[n.ID] {
				continue // two that had one each are one device now
			}
			placed[n.ID] = placed[n.ID] || in.Kind == IncidentDown
			w.ids = append(w.ids, n.ID)
		}
		g.open = append(g.open, w)
	}
	g.suspects()
	g.recovered()
	g.absorb()
	for _, id := range j.downs {
		g.join(id)
	}
	g.finish()
}

// suspects opens, widens and closes the incidents of suspect sources.
func (g *grouping) suspects() {
	j := g.j
	told := map[string]bool{}
	for _, w := range g.open {
		if w.Kind != IncidentSuspect {
			continue
		}
		told[w.Source] = true
		s := j.seat(w.Source)
		if s == nil || !s.mass {
			w.closed = w.Source + " is suspect no longer"
			continue
		}
		// The incident lists its devices by name, the set by first turn: only who is in it counts.
		ids := slices.Clone(j.source(w.Source).Mass.Devices)
		if !slices.Equal(slices.Sorted(slices.Values(ids)), slices.Sorted(slices.Values(w.ids))) {
			w.ids, w.changed = ids, true
		}
	}
	for _, name := range j.seated {
		if !j.seat(name).mass || told[name] {
			continue
		}
		w := &incidentWork{Incident: Incident{Incident: device.Incident{
			ID: incidentID(device.SourceRef{Source: name}, j.at), OpenedAt: j.at, Kind: IncidentSuspect, Source: name,
		}}, opened: true}
		w.ids = slices.Clone(j.source(name).Mass.Devices)
		g.open = append(g.open, w)
	}
}

// recovered takes devices that are up again, merged or forgotten out of their incidents. Unknown is no recovery. What
// is still down 5 minutes after its root came back has a problem of its own.
func (g *grouping) recovered() {
	j := g.j
	for _, w := range g.open {
		if w.Kind != IncidentDown {
			continue
		}
		before := len(w.ids)
		w.ids = slices.DeleteFunc(w.ids, func(id device.ID) bool {
			d := j.glance(id)
			return d == nil || d.Reach.State == device.StateUp || j.unmade(&w.Incident, id)
		})
		root := j.glance(w.Root.ID)
		if root != nil && root.Reach.State == device.StateDown && !g.placed[w.Root.ID] {
			w.ids = append(w.ids, w.Root.ID) // down again before the others were up
		}
		w.changed = w.changed || len(w.ids) != before
		switch {
		case len(w.ids) == 0:
			w.closed = w.Root.Name + " is up again"
			switch {
			case j.unmade(&w.Incident, w.Root.ID):
				w.closed = "the merge that led to it is undone"
			case root == nil || root.Reach.State != device.StateUp:
				w.closed = w.Root.Name + " is gone" // merged or forgotten
			}
			continue
		case root != nil && root.Reach.State != device.StateUp:
			w.RootUpAt = time.Time{}
		case w.RootUpAt.IsZero():
			w.RootUpAt = j.at
		case j.at.Sub(w.RootUpAt) >= j.rules.GroupWaitMax:
			w.closed = w.Root.Name + " is up again, and what is still down is down for itself"
			continue
		}
		for _, id := range w.ids {
			g.of[id] = w
		}
	}
}

// absorb hands an incident to another one behind whose root its own root turned out to be.
func (g *grouping) absorb() {
	for _, w := range g.open {
		if w.Kind != IncidentDown || w.closed != "" {
			continue
		}
		d := g.j.glance(w.Root.ID)
		if d == nil || d.Reach.State != device.StateDown {
			continue
		}
		root := g.root(w.Root.ID)
		into, ok := g.of[root]
		if !ok {
			if root == w.Root.ID {
				continue
			}
			// The first that finds the new root takes it as its own.
			w.ids = append(w.ids, root)
			w.Root, w.changed = g.j.name(root), true
			g.of[root] = w
			continue
		}
		if into == w {
			continue
		}
		for _, id := range w.ids {
			into.ids = append(into.ids, id)
			g.of[id] = into
		}
		into.changed = true
		w.closed = "it is part of the incident of " + into.Root.Name
	}
}

// join puts a device that is down into the incident of its root, and opens one where there is none. A device does
// not open one of its own while a parent may be about to be found down, for at most 5 minutes.
func (g *grouping) join(id device.ID) {
	if g.of[id] != nil {
		return
	}
	root := g.root(id)
	if w := g.of[root]; w != nil {
		w.ids = append(w.ids, id)
		w.changed = true
		g.of[id] = w
		return
	}
	if root != id {
		g.join(root)
		if g.of[root] != nil {
			g.join(id)
		}
		return
	}
	j := g.j
	if j.at.Sub(j.glance(id).Reach.DecidedAt) < j.rules.GroupWaitMax && j.parentPending(id) {
		return
	}
	w := &incidentWork{Incident: Incident{Incident: device.Incident{
		ID: incidentID(device.SourceRef{Ref: string(id)}, j.at), Root: j.name(id), OpenedAt: j.at, Kind: IncidentDown,
	}}, ids: []device.ID{id}, opened: true}
	g.open = append(g.open, w)
	g.of[id] = w
}

// root is the device whose incident a device belongs to: itself, or the root of the dead parent it is behind, unless
// it was down before that.
func (g *grouping) root(id device.ID) device.ID {
	j := g.j
	for range len(j.downs) + 1 {
		d := j.glance(id)
		if d == nil || d.Because == "" {
			return id
		}
		// A parent was still seen up when the child was down already: no parent's end explains that.
		before := func(p device.ID) bool { return !d.Reach.Since.After(j.glance(p).LastUp) }
		if slices.ContainsFunc(j.ancestry([]device.ID{id})[id], before) {
			return id
		}
		id = d.Because
	}
	return id
}

// parentPending reports whether any parent of a device, near or far, may be about to be found down.
func (j *judge) parentPending(id device.ID) bool {
	for _, parents := range j.ancestry([]device.ID{id}) {
		for _, p := range parents {
			f := &j.glance(p).Reach
			if f.State != device.StateDown && f.Pending != "" && f.Pending != Proposal(device.StateUp) {
				return true
			}
		}
	}
	return false
}

// finish stores what is open and tells what happened.
func (g *grouping) finish() {
	j := g.j
	var open []Incident
	for _, w := range g.open {
		rest := slices.DeleteFunc(slices.Clone(w.ids), func(id device.ID) bool { return id == w.Root.ID })
		slices.SortFunc(rest, g.byName)
		w.Devices = nil
		if slices.Contains(w.ids, w.Root.ID) {
			w.Devices = append(w.Devices, j.name(w.Root.ID))
		}
		for _, id := range slices.Compact(rest) {
			w.Devices = append(w.Devices, j.name(id))
		}
		if w.closed != "" {
			w.ClosedAt = j.at
		} else {
			open = append(open, w.Incident)
		}
	}
	j.global.Incidents = open
	slices.SortStableFunc(g.open, func(a, b *incidentWork) int {
		return cmp.Or(compare(a.Root.Name, b.Root.Name), compare(a.Source, b.Source), compare(a.ID, b.ID))
	})
	for _, w := range g.open {
		g.tell(w)
	}
}

func (g *grouping) byName(a, b device.ID) int {
	x, y := g.j.name(a), g.j.name(b)
	return cmp.Or(compare(x.Name, y.Name), compare(x.ID, y.ID))
}

func (g *grouping) tell(w *incidentWork) {
	e := device.Event{
		At: g.j.at, Incident: w.ID, Source: w.Source, Since: w.OpenedAt, Reason: w.Kind,
	}
	if w.Kind == IncidentDown {
		root := w.Root
		e.Because, e.Device = &root, &root
	}
	e.Devices = w.Devices
	switch {
	case w.closed != "":
		e.Type, e.Text = device.EventIncidentClosed, fmt.Sprintf("the incident is over after %s: %s", span(g.j.at.Sub(w.OpenedAt)), w.closed)
	case w.opened:
		e.Type, e.Text = device.EventIncidentOpened, g.text(w)
		e.NotifyAt = g.notifyAt(w)
	case w.changed:
		e.Type, e.Text = device.EventIncidentChanged, g.text(w)
	default:
		return
	}
	g.j.groupTold = append(g.j.groupTold, e)
}

// notifyAt is how long a notifier waits with a new incident: a device that has parents may be found to be behind one of
// them. That a parent is about to be found down has held the incident back already.
func (g *grouping) notifyAt(w *incidentWork) time.Time {
	d := g.j.device(w.Root.ID)
	if w.Kind != IncidentDown || d == nil || len(g.j.links(w.Root.ID)) == 0 {
		return time.Time{}
	}
	if at := d.Reach.DecidedAt.Add(g.j.rules.GroupWait); at.After(g.j.at) {
		return at
	}
	return time.Time{}
}

func (g *grouping) text(w *incidentWork) string {
	if w.Kind == IncidentSuspect {
		return fmt.Sprintf("%s is not believed on %s", w.Source, plural(len(w.Devices), "device"))
	}
	if !slices.Contains(w.ids, w.Root.ID) {
		return fmt.Sprintf("%s is up again, %s behind it not yet", w.Root.Name, plural(len(w.Devices), "device"))
	}
	switch behind := len(w.Devices) - 1; behind {
	case 0:
		return w.Root.Name + " is down"
	case 1:
		return w.Root.Name + " is down, 1 device behind it is unreachable"
	default:
		return fmt.Sprintf("%s is down, %d devices behind it are unreachable", w.Root.Name, behind)
	}
}

// incidentID derives the id of an incident from its root and its first instant.
func incidentID(root device.SourceRef, at time.Time) string {
	return "i_" + strings.TrimPrefix(string(device.NewID("incident", root, at)), "d_")
}

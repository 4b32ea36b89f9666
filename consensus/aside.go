package consensus

import (
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// Aside is a device that another one has taken in, and both as they were then: when a person takes the merge back and
// nothing was heard in between, it is as if nothing had happened.
type Aside struct {
	ID   device.ID `json:"id"`
	Into device.ID `json:"into"`
	At   time.Time `json:"at"`
	// Own is the device, Was the one that took it in, that one without the devices it had put aside before.
	Own *Device `json:"own"`
	Was *Device `json:"was"`
	// Marks are where sources remembered either of them, Incidents the open ones that had either, and Open the ids of
	// all that were open, in their order.
	Marks     []Mark     `json:"marks,omitempty"`
	Incidents []Incident `json:"incidents,omitempty"`
	Open      []string   `json:"open,omitempty"`
}

// Mark is what a source remembered of one device when it was put aside.
type Mark struct {
	Source string    `json:"source"`
	Device device.ID `json:"device"`
	// Polled is the source's latest poll without error then.
	Polled  time.Time   `json:"polled,omitzero"`
	Mass    bool        `json:"mass,omitempty"`
	AllDown bool        `json:"all_down,omitempty"`
	Turns   []time.Time `json:"turns,omitempty"`
}

// aside is how from and into stand before they become one.
func (j *judge) aside(from, into device.ID) Aside {
	a := Aside{ID: from, Into: into, At: j.at, Own: j.device(from).copied(), Was: j.device(into).copied()}
	a.Was.Aside = nil
	for _, name := range j.sourceNames() {
		s := j.source(name)
		for _, id := range []device.ID{from, into} {
			m := Mark{Source: name, Device: id, Polled: s.LastSuccess, Mass: s.Mass != nil && slices.Contains(s.Mass.Devices, id), AllDown: slices.Contains(s.AllDown, id)}
			for _, t := range s.Turns {
				if t.Device == id {
					m.Turns = append(m.Turns, t.At)
				}
			}
			if m.Mass || m.AllDown || m.Turns != nil {
				a.Marks = append(a.Marks, m)
			}
		}
	}
	for _, in := range j.global.Incidents {
		a.Open = append(a.Open, in.ID)
		if in.Kind == IncidentDown && (in.has(from) || in.has(into)) {
			in.Devices = slices.Clone(in.Devices)
			a.Incidents = append(a.Incidents, in)
		}
	}
	return a
}

func (in *Incident) has(id device.ID) bool {
	return in.Root.ID == id || slices.ContainsFunc(in.Devices, func(n device.Name) bool { return n.ID == id })
}

// copied is d with reports of its own.
func (d *Device) copied() *Device {
	c := *d
	c.Reports = slices.Clone(d.Reports)
	for i := range c.Reports {
		c.Reports[i].Health = slices.Clone(c.Reports[i].Health)
	}
	return &c
}

// sourceNames are all that are known at this instant, in order.
func (j *judge) sourceNames() []string {
	names := slices.Collect(maps.Keys(j.prev.Sources))
	for name := range j.sources {
		if _, known := j.prev.Sources[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// pluck takes the device that was put aside out of a list, also from within another one that was.
func pluck(list []Aside, id device.ID) ([]Aside, *Aside) {
	for i := range list {
		if list[i].ID == id {
			a := list[i]
			return slices.Delete(slices.Clone(list), i, i+1), &a
		}
		if rest, a := pluck(list[i].Own.Aside, id); a != nil {
			own := *list[i].Own
			own.Aside = rest
			list = slices.Clone(list)
			list[i].Own = &own
			return list, a
		}
	}
	return list, nil
}

// revive brings a device back from the one that had taken it in, with the reports that it takes along. Where nothing
// was heard of either since, both are as they were. Otherwise the one that comes back goes on from where it stood with
// what its sources have said since, and the other one keeps what it holds.
func (j *judge) revive(in DeviceInfo) {
	var holder device.ID
	var rest []Aside
	var a *Aside
	j.each(func(id device.ID, d *Device) {
		if left, found := pluck(d.Aside, in.ID); found != nil {
			holder, rest, a = id, left, found
		}
	})
	if a == nil {
		j.ensure(in.ID, in.Name)
		j.hand(in.ID, in.Takes)
		return
	}
	exact := holder == a.Into && a.untouched(j.device(holder), in.Takes) && !j.strayed(a)
	held := *j.edit(holder)
	d := j.edit(holder)
	d.Aside = rest

	back := *a.Own
	back.Reports = nil
	back.Mutes, d.Mutes = unmix(d.Mutes, a)
	j.devices[in.ID] = &back
	delete(j.removed, in.ID)
	j.rename(in.ID, "", back.Name)
	j.ensure(in.ID, in.Name)
	if !exact {
		j.hand(in.ID, in.Takes)
		return
	}
	// For the sake of the sources' counts.
	for i := range a.Own.Reports {
		r := a.Own.Reports[i]
		if k, found := findReport(j.device(holder).Reports, r.Source, r.Ref); found {
			r = j.take(holder, k)
		}
		j.put(in.ID, r)
	}
	for i := range a.Was.Reports {
		if r := a.Was.Reports[i]; !hasReport(j.device(holder).Reports, &r) {
			j.put(holder, r)
		}
	}
	j.devices[in.ID].Reports = a.Own.copied().Reports
	was := a.Was.copied()
	was.Name, was.Aside, was.Mutes = held.Name, rest, j.device(holder).Mutes
	*j.edit(holder) = *was
	if j.restored == nil {
		j.restored, j.kept = map[device.ID]*Device{}, map[string]bool{}
	}
	j.restored[holder] = &held
	j.remark(holder, a)
	j.reopen(a)
}

// unmix tells what lies over two devices that were one: back comes along what the device that comes back had brought
// and what has not ended since; all else stays.
func unmix(now []device.Mute, a *Aside) (back, stays []device.Mute) {
	had := func(list []device.Mute, m *device.Mute) bool {
		return slices.ContainsFunc(list, func(x device.Mute) bool { return x.Kind == m.Kind && x.Name == m.Name })
	}
	for i := range now {
		m := &now[i]
		own := had(a.Own.Mutes, m)
		if own {
			back = append(back, *m)
		}
		if !own || had(a.Was.Mutes, m) {
			stays = append(stays, *m)
		}
	}
	return back, stays
}

// untouched reports whether nothing was heard of the two devices that are one, d, since they were merged, and refs are
// those that the one put aside had.
func (a *Aside) untouched(d *Device, refs []device.SourceRef) bool {
	now := 0
	for i := range d.Reports {
		if r := &d.Reports[i]; r.Follows == "" || !hasReport(a.Own.Reports, r) && !hasReport(a.Was.Reports, r) {
			now++
		}
	}
	then := 0
	same := func(reports []Report, own bool) bool {
		for i := range reports {
			old := &reports[i]
			k, found := findReport(d.Reports, old.Source, old.Ref)
			if old.Follows != "" && !found {
				continue // it had spoken once too often
			}
			if old.Follows == "" {
				then++
			}
			if !found || old.Follows == "" && slices.Contains(refs, old.key()) != own {
				return false
			}
			if r := &d.Reports[k]; !r.Seen.Equal(old.Seen) || !r.Newest.Equal(old.Newest) || r.Missed != old.Missed {
				return false
			}
		}
		return true
	}
	return same(a.Own.Reports, true) && same(a.Was.Reports, false) && now == then
}

// remark has sources remember two devices again where they remember the one that had taken in the other.
func (j *judge) remark(holder device.ID, a *Aside) {
	marks := map[string][]Mark{}
	for _, m := range a.Marks {
		marks[m.Source] = append(marks[m.Source], m)
	}
	for name, list := range marks {
		s := j.editSource(name)
		if s.Mass != nil && slices.Contains(s.Mass.Devices, holder) {
			m := *s.Mass
			m.Devices = reset(m.Devices, holder, list, func(m *Mark) bool { return m.Mass })
			s.Mass = &m
		}
		if slices.Contains(s.AllDown, holder) && s.LastSuccess.Equal(list[0].Polled) {
			s.AllDown = reset(s.AllDown, holder, list, func(m *Mark) bool { return m.AllDown })
		}
		var turns []Turn
		for _, t := range s.Turns {
			whose := 0
			for _, m := range list {
				if t.Device == holder && slices.ContainsFunc(m.Turns, t.At.Equal) {
					turns = append(turns, Turn{Device: m.Device, At: t.At})
					whose++
				}
			}
			if whose == 0 {
				turns = append(turns, t)
			}
		}
		slices.SortFunc(turns, compareTurns)
		s.Turns = turns
	}
}

// reset replaces holder in ids by the devices whose marks say so.
func reset(ids []device.ID, holder device.ID, marks []Mark, marked func(*Mark) bool) []device.ID {
	out := slices.DeleteFunc(slices.Clone(ids), func(id device.ID) bool { return id == holder })
	for i := range marks {
		if marked(&marks[i]) {
			out = append(out, marks[i].Device)
		}
	}
	if len(out) < len(ids) {
		out = append(out, holder) // it came in since
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// reopen puts the incidents back that had one of the two devices; the rules that follow close what is over.
func (j *judge) reopen(a *Aside) {
	j.global.Incidents = slices.Clone(j.global.Incidents)
	for _, old := range a.Incidents {
		old.Devices = slices.Clone(old.Devices)
		j.kept[old.ID] = false
		i := slices.IndexFunc(j.global.Incidents, func(in Incident) bool { return in.ID == old.ID })
		if i >= 0 {
			j.global.Incidents[i] = old
			continue
		}
		j.global.Incidents = append(j.global.Incidents, old)
		j.kept[old.ID] = true
	}
	place := func(in *Incident) int {
		if i := slices.Index(a.Open, in.ID); i >= 0 {
			return i
		}
		return len(a.Open)
	}
	slices.SortStableFunc(j.global.Incidents, func(x, y Incident) int { return place(&x) - place(&y) })
}

// unmade reports whether a device is in an incident only for a merge that is undone: it was not down before.
func (j *judge) unmade(in *Incident, id device.ID) bool {
	if j.restored[id] == nil || j.device(id).Reach.State == device.StateDown {
		return false
	}
	_, kept := j.kept[in.ID]
	return !kept
}

// hand gives a device the reports of refs, wherever they are. What sources remember of the device that had them goes
// along where it was about these refs.
func (j *judge) hand(to device.ID, refs []device.SourceRef) {
	for _, ref := range refs {
		from, found := j.find(ref)
		if !found || from == to {
			continue
		}
		i, _ := findReport(j.device(from).Reports, ref.Source, ref.Ref)
		r := j.take(from, i)
		j.put(to, r)
		j.follow(from, to, &r)
	}
}

// follow has the source of r remember the device that the report went to, and forget the one that it came from where
// nothing of the source is left there.
func (j *judge) follow(from, to device.ID, r *Report) {
	s := j.editSource(r.Source)
	stays := hasSource(j.device(from).Reports, r.Source)
	down := r.Abstain == "" && r.Reach.State == device.StateDown
	whose := func(ids []device.ID) []device.ID {
		if !slices.Contains(ids, from) {
			return ids
		}
		out := slices.Clone(ids)
		if !stays {
			out = slices.DeleteFunc(out, func(id device.ID) bool { return id == from })
		}
		if down || !stays {
			out = append(out, to)
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	s.AllDown = whose(s.AllDown)
	if s.Mass != nil {
		m := *s.Mass
		m.Devices = whose(m.Devices)
		s.Mass = &m
	}
	if stays {
		return
	}
	turns := slices.Clone(s.Turns)
	for i := range turns {
		if turns[i].Device == from {
			turns[i].Device = to
		}
	}
	slices.SortFunc(turns, compareTurns)
	s.Turns = slices.Compact(turns)
}

// recall lets the changes that are told of a device which is as it was before a merge begin at what was held until now.
func (h *hearing) recall(held, d *Device) {
	note := func(facet device.Facet, key string, from, to device.State) {
		i := slices.IndexFunc(h.changes, func(c change) bool { return c.facet == facet && c.key == key })
		switch {
		case i < 0 && from != to:
			h.changes = append(h.changes, change{facet: facet, key: key, from: from, to: to})
		case i >= 0 && from == to:
			h.changes = slices.Delete(h.changes, i, i+1)
		case i >= 0:
			h.changes[i].from = from
		}
	}
	note(device.FacetReach, "", held.Reach.State, d.Reach.State)
	note(device.FacetMgmt, "", held.Mgmt.State, d.Mgmt.State)
	for i := range d.Components {
		c := &d.Components[i]
		from := c.State // a part that is there again has not changed
		if k, found := findComponent(held.Components, c.Key); found {
			from = held.Components[k].State
		}
		note(device.FacetHealth, c.Key, from, c.State)
	}
}

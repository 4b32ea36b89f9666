package consensus

import (
	"maps"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// meet takes in devices that are new, renamed, back, merged or forgotten. Names come first and mergers after, so that
// the order in which they are listed does not matter.
func (j *judge) meet(infos []DeviceInfo) {
	if len(infos) == 0 {
		return
	}
	j.linked = true
	infos = slices.SortedFunc(slices.Values(infos), func(a, b DeviceInfo) int { return compare(a.ID, b.ID) })
	for _, in := range infos {
		switch {
		case in.MergedInto != "" || in.Forget:
		case in.Back && j.device(in.ID) == nil:
			j.revive(in)
		default:
			j.ensure(in.ID, in.Name)
			j.hand(in.ID, in.Takes)
		}
	}
	for _, in := range infos {
		switch {
		case in.MergedInto != "":
			j.merge(in.ID, in.MergedInto)
		case in.Forget:
			j.forget(in.ID)
		}
	}
}

// ensure makes the device if it is new, and gives it its name; an empty name leaves the one it has.
func (j *judge) ensure(id device.ID, name string) *Device {
	d := j.device(id)
	if d == nil {
		if name == "" {
			name = string(id)
		}
		d = newDevice(name)
		j.devices[id] = d
		delete(j.removed, id)
		j.rename(id, "", name)
		return d
	}
	d = j.edit(id)
	if name != "" && name != d.Name {
		j.rename(id, d.Name, name)
		d.Name = name
	}
	return d
}

func (j *judge) rename(id device.ID, from, to string) {
	if j.names == nil {
		j.names = maps.Clone(j.prev.index.names)
	}
	if j.names[from] == id {
		delete(j.names, from)
	}
	if to == "" {
		return
	}
	if other, taken := j.names[to]; !taken || id < other || j.device(other) == nil {
		j.names[to] = id
	}
}

// merge hands the reports of one device to the survivor, which keeps its own state and pending run.
func (j *judge) merge(from, into device.ID) {
	if j.device(from) == nil || from == into {
		return
	}
	j.ensure(into, "")
	put := j.aside(from, into)
	for len(j.device(from).Reports) > 0 {
		j.put(into, j.take(from, 0))
	}
	j.speakOnce(into)
	if mutes := j.device(from).Mutes; len(mutes) > 0 {
		d := j.edit(into)
		d.Mutes = inherit(d.Mutes, mutes)
	}
	j.replace(from, into)
	j.drop(from)
	d := j.edit(into)
	d.Aside = append(slices.Clone(d.Aside), put)
}

func (j *judge) forget(id device.ID) {
	if j.device(id) == nil {
		return
	}
	for len(j.device(id).Reports) > 0 {
		j.take(id, 0)
	}
	j.replace(id, "")
	j.drop(id)
}

func (j *judge) drop(id device.ID) {
	j.rename(id, j.device(id).Name, "")
	delete(j.devices, id)
	if _, known := j.prev.Devices[id]; known {
		j.removed[id] = true
	}
}

// take removes report i of a device and keeps its source's counts right.
func (j *judge) take(id device.ID, i int) Report {
	d := j.edit(id)
	r := d.Reports[i]
	d.Reports = slices.Delete(slices.Clone(d.Reports), i, i+1)
	j.linked = j.linked || len(r.Links) > 0
	s := j.editSource(r.Source)
	s.Refs--
	if !hasSource(d.Reports, r.Source) {
		s.Devices--
	}
	return r
}

// put adds a report to a device that has none under its ref, and returns its place.
func (j *judge) put(id device.ID, r Report) int {
	d := j.edit(id)
	s := j.editSource(r.Source)
	s.Refs++
	if !hasSource(d.Reports, r.Source) {
		s.Devices++
	}
	i, _ := findReport(d.Reports, r.Source, r.Ref)
	d.Reports = slices.Insert(slices.Clone(d.Reports), i, r)
	j.bound[r.key()] = id
	return i
}

// replace puts one device in the place of another, or of none, wherever sources and incidents remember it.
func (j *judge) replace(old, by device.ID) {
	names := maps.Clone(j.prev.Sources)
	for name := range j.sources {
		names[name] = nil
	}
	for name := range names {
		s := j.source(name)
		inMass := s.Mass != nil && slices.Contains(s.Mass.Devices, old)
		inTurns := slices.ContainsFunc(s.Turns, func(t Turn) bool { return t.Device == old })
		if !inMass && !inTurns && !slices.Contains(s.AllDown, old) {
			continue
		}
		s = j.editSource(name)
		if inMass {
			m := *s.Mass
			m.Devices = swap(m.Devices, old, by)
			s.Mass = &m
		}
		s.AllDown = swap(s.AllDown, old, by)
		var turns []Turn
		for _, t := range s.Turns {
			if t.Device == old {
				t.Device = by
			}
			if t.Device != "" {
				turns = append(turns, t)
			}
		}
		slices.SortFunc(turns, compareTurns)
		s.Turns = slices.Compact(turns)
	}
	j.global.Incidents = slices.Clone(j.global.Incidents)
	for i := range j.global.Incidents {
		in := &j.global.Incidents[i]
		if k := slices.IndexFunc(in.Devices, func(n device.Name) bool { return n.ID == old }); k >= 0 && by != "" {
			in.Devices = slices.Clone(in.Devices)
			in.Devices[k] = j.name(by)
		}
		if in.Root.ID == old && by != "" {
			in.Root = j.name(by)
		}
	}
	j.each(func(id device.ID, d *Device) {
		if d.Because == old {
			j.edit(id).Because = by
		}
		if d.Found != nil && d.Found.Device == old {
			j.edit(id).Found = d.Found.with(by)
		}
		for i := range d.Reports {
			if links, changed := relink(d.Reports[i].Links, old, by); changed {
				j.linkAgain(id, i, links)
			}
		}
	})
}

func swap(ids []device.ID, old, by device.ID) []device.ID {
	var out []device.ID
	for _, id := range ids {
		if id == old {
			id = by
		}
		if id != "" {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func compareTurns(a, b Turn) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	return compare(a.Device, b.Device)
}

func compare[T ~string](a, b T) int { return strings.Compare(string(a), string(b)) }

package identity

import (
	"slices"

	"github.com/quorate/quorate/device"
)

// Profile returns all that is known of who a device is; false where there is none. Lists are never nil.
func (s *State) Profile(id device.ID) (device.Profile, bool) {
	idx := s.indexFor(nil)
	d := s.Devices[id]
	if d == nil || d.Gone() {
		return device.Profile{}, false
	}
	p := device.Profile{
		ID: d.ID, Name: d.Name, Created: d.Created, Fields: s.Fields(id), Aliases: []device.Name{}, Refs: []device.Bond{},
		Apart: []device.Name{}, Conflicts: []device.Conflict{}, Repairs: []device.Repair{},
	}
	for _, o := range s.Devices {
		if living, _ := s.Living(o.ID); o.MergedInto != "" && living == id {
			p.Aliases = append(p.Aliases, device.Name{ID: o.ID, Name: o.Name})
		}
		for _, apart := range o.Apart {
			x, _ := s.Living(o.ID)
			y, _ := s.Living(apart)
			switch {
			case x == y:
			case x == id:
				p.Apart = append(p.Apart, s.name(y))
			case y == id:
				p.Apart = append(p.Apart, s.name(x))
			}
		}
	}
	byID := func(a, b device.Name) int { return compareIDs(a.ID, b.ID) }
	slices.SortFunc(p.Aliases, byID)
	slices.SortFunc(p.Apart, byID)
	p.Apart = slices.Compact(p.Apart)
	for _, e := range idx.bonded(id) {
		p.Refs = append(p.Refs, device.Bond{
			SourceRef: e.SourceRef(), By: e.By, Since: e.Since, Weak: e.Weak, Held: e.Held, AbsentSince: e.AbsentSince,
			Addresses: listed(e.keys.Addresses), Hostnames: listed(e.fullNames(idx.rules)), MACs: listed(e.keys.MACs), Serial: e.keys.Serial,
			EngineID: e.keys.EngineID,
		})
	}
	for i := range d.Conflicts {
		c := &d.Conflicts[i]
		x := device.Conflict{At: c.At, Key: string(c.Key), Reason: c.Reason}
		if c.Other != "" {
			name := s.name(c.Other)
			x.Other = &name
		}
		p.Conflicts = append(p.Conflicts, x)
	}
	for i := range d.Repairs {
		c := &d.Repairs[i]
		x := device.Repair{At: c.At, Kind: string(c.Kind), By: c.By, Refs: c.Refs, UndoneAt: c.UndoneAt}
		if c.Other != "" {
			name := s.name(c.Other)
			x.Other = &name
		}
		p.Repairs = append(p.Repairs, x)
	}
	return p, true
}

// name is a device's; that of one which is not known is its id.
func (s *State) name(id device.ID) device.Name {
	if d := s.Devices[id]; d != nil {
		return device.Name{ID: id, Name: d.Name}
	}
	return device.Name{ID: id, Name: string(id)}
}

func listed(list []string) []string {
	if list == nil {
		return []string{}
	}
	return slices.Clone(list)
}

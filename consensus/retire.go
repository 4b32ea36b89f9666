package consensus

import "github.com/quorate/quorate/device"

// retire looks for devices that a believed complete poll came without, seen being the refs that it has. After 7 days
// of such polls the source no longer counts as one that could speak for the device.
func (j *judge) retire(name string, s *SourceState, seen int) {
	if seen == s.Refs {
		return
	}
	missing := map[device.ID]struct{}{}
	for ref, k := range j.prev.index.lane(name).slots {
		if k.moved == j.round {
			continue
		}
		id := k.node.id
		if other, ok := j.bound[device.SourceRef{Source: name, Ref: ref}]; ok {
			id = other
		}
		d := j.glance(id)
		if d == nil {
			continue
		}
		i, found := findReport(d.Reports, name, ref)
		if !found {
			continue
		}
		if r := &d.Reports[i]; !r.Seen.Equal(j.at) && (!r.Missed || s.Covered-r.MissedAt >= j.rules.RetireAfter) {
			missing[id] = struct{}{}
		}
	}
	for id := range missing {
		j.miss(id, name, s)
	}
}

func (j *judge) miss(id device.ID, name string, s *SourceState) {
	d := j.edit(id)
	reports := make([]Report, 0, len(d.Reports))
	for _, r := range d.Reports {
		if r.Source == name && !r.Seen.Equal(j.at) {
			switch {
			case !r.Missed:
				r.Missed, r.MissedAt = true, s.Covered
			case s.Covered-r.MissedAt >= j.rules.RetireAfter:
				s.Refs--
				continue
			}
		}
		reports = append(reports, r)
	}
	had := hasSource(d.Reports, name)
	if kept(d.Reports) && !kept(reports) {
		j.deserted = append(j.deserted, id)
	}
	d.Reports = reports
	if had && !hasSource(reports, name) {
		s.Devices--
	}
}

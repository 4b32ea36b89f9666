package prtg

// places are what the tables said when they were last read, for a tree to be laid beside.
type places struct {
	// devices by object. What the tables do not list is no device.
	devices map[int64]place
	// sensors is how many sensors those devices had.
	sensors int
}

// place is what only the tables tell of a device: the tree has no location, and below a root it may lack the probe.
type place struct {
	group, probe, location string
	total                  int // sensors that PRTG counts; -1 where it does not say
}

func placesOf(p *picture) places {
	ps := places{devices: make(map[int64]place, len(p.devices))}
	for i := range p.devices {
		d := &p.devices[i]
		ps.devices[d.id] = place{group: d.group, probe: d.probe, location: d.location, total: d.total}
		ps.sensors += len(p.of(d.id))
	}
	return ps
}

func (ps places) isDevice(id int64) bool {
	_, known := ps.devices[id]
	return known
}

// settle completes the devices of a tree, as they were when the tables were read. It reports false where the tree has
// others, or another number of sensors, or a device below another probe: then the tables must be read again.
func (ps places) settle(tree *picture) bool {
	if len(tree.devices) != len(ps.devices) || len(tree.sensors) != ps.sensors {
		return false
	}
	for i := range tree.devices {
		d := &tree.devices[i]
		p, known := ps.devices[d.id]
		if !known || d.probe != "" && d.probe != p.probe {
			return false
		}
		d.group, d.probe, d.location, d.total = p.group, p.probe, p.location, p.total
	}
	return true
}

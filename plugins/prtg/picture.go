package prtg

import (
	"cmp"
	"slices"
	"time"
)

// picture is what one poll read of PRTG, whichever way it was read: the tables and the tree of one server make the same
// picture. A large server has 100,000 sensors, so what is kept of each is little.
type picture struct {
	devices []node   // by id
	sensors []sensor // by device, then id
	// tree says that it comes from the tree, where what only the tables tell is older.
	tree bool
	// took is what it took to read it.
	took reading
}

func (p *picture) add(r reading) {
	p.took.bytes += r.bytes
	p.took.rejected.join(r.rejected)
	p.took.version = cmp.Or(p.took.version, r.version)
}

// counted is how many sensors PRTG counts for all devices.
func (p *picture) counted() int {
	n := 0
	for i := range p.devices {
		n += max(p.devices[i].total, 0)
	}
	return n
}

// node is a device of PRTG.
type node struct {
	id       int64
	name     string
	host     string // as typed
	group    string
	probe    string // name of the probe that asks it
	location string
	status   int // its own, which tells pauses alone
	// total is how many sensors PRTG counts for it; -1 where it does not say.
	total int
}

// sensor is what is kept of one sensor.
type sensor struct {
	id, device int64
	name       string
	kind       string // in lower case
	message    string // of one that has something to report
	checked    instant
	up         instant
	interval   time.Duration
	value      float64 // in the unit of measure
	measure    *measure
	role       role
	status     int
}

// of returns the sensors of one device.
func (p *picture) of(id int64) []sensor {
	byDevice := func(s sensor, id int64) int { return cmp.Compare(s.device, id) }
	from, _ := slices.BinarySearchFunc(p.sensors, id, byDevice)
	to, _ := slices.BinarySearchFunc(p.sensors, id+1, byDevice)
	return p.sensors[from:to]
}

package prtg

import (
	"cmp"
	"slices"
	"sync"
)

// sensorIndex tells which device a sensor belongs to, as of the last poll. It is safe for concurrent use: pushes come
// while a poll runs.
type sensorIndex struct {
	mu      sync.Mutex
	entries []sensorEntry // by sensor
}

type sensorEntry struct{ sensor, device int64 }

func (x *sensorIndex) set(sensors []sensor) {
	entries := make([]sensorEntry, len(sensors))
	for i := range sensors {
		entries[i] = sensorEntry{sensors[i].id, sensors[i].device}
	}
	slices.SortFunc(entries, func(a, b sensorEntry) int { return cmp.Compare(a.sensor, b.sensor) })
	x.mu.Lock()
	defer x.mu.Unlock()
	x.entries = entries
}

// device returns the device of a sensor.
func (x *sensorIndex) device(sensor int64) (int64, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	i, found := slices.BinarySearchFunc(x.entries, sensor, func(e sensorEntry, id int64) int { return cmp.Compare(e.sensor, id) })
	if !found {
		return 0, false
	}
	return x.entries[i].device, true
}

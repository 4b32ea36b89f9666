package identity

import (
	"time"

	"github.com/quorate/quorate/device"
)

// Life is a stretch of time in which one device was what an id stands for.
type Life struct {
	ID device.ID
	// Until is when another device took it in; zero for the one that the id leads to now.
	Until time.Time
}

// Lives returns what an id has stood for, the oldest first: a device that was merged, then the one that took it in, and
// so on. It is empty for an unknown id.
func (s *State) Lives(id device.ID) []Life {
	var out []Life
	for range len(s.Devices) {
		d := s.Devices[id]
		if d == nil {
			break
		}
		if d.MergedInto == "" {
			return append(out, Life{ID: id})
		}
		out = append(out, Life{ID: id, Until: d.MergedAt})
		id = d.MergedInto
	}
	return out
}

// LivedAs returns the device that an id stood for at a time; the id itself where it is unknown.
func (s *State) LivedAs(id device.ID, at time.Time) device.ID {
	for _, l := range s.Lives(id) {
		if l.Until.IsZero() || at.Before(l.Until) {
			return l.ID
		}
	}
	return id
}

package snmpdirect

import (
	"hash/fnv"
	"time"
)

const (
	// defaultSlow is how often what hardly changes is read: addresses, serial numbers, VLANs, neighbours.
	defaultSlow = 5 * time.Minute
	// leastSlow and mostSlow bound the attribute slow_interval.
	leastSlow = 10 * time.Second
	mostSlow  = 24 * time.Hour
	// hurried is the part of the slow interval that passes at least between two readings, however often a device hints
	// that something has changed: a table that changes all the time would be read with every poll.
	hurried = 5
)

// schedule says which of a device's slow groups are due. The first poll reads all of them, so that the first observation
// is whole; the second reading is spread over the interval by the device's name and the group's, so that after a start
// devices do not go on reading their slow tables in the same poll.
type schedule struct {
	device string
	every  time.Duration
	paces  map[string]*pace
}

// pace is the state of one group.
type pace struct {
	read time.Time // the last time that it was read to its end; zero before
	due  time.Time
	hint int64 // the device's own mark of change at that time
}

func newSchedule(device string, every time.Duration) *schedule {
	return &schedule{device: device, every: every, paces: map[string]*pace{}}
}

// due reports whether a group is to be read at now. The hint is the device's own mark of when the group changed last, 0
// where it has none.
func (s *schedule) due(group string, now time.Time, hint int64) bool {
	p := s.paces[group]
	switch {
	case p == nil || !now.Before(p.due):
		return true
	case hint != p.hint:
		return now.Sub(p.read) >= s.every/hurried
	}
	return false
}

// fresh reports whether a group was never read to its end.
func (s *schedule) fresh(group string) bool {
	return s.paces[group] == nil || s.paces[group].read.IsZero()
}

// done notes that a group was read at now.
func (s *schedule) done(group string, now time.Time, hint int64) {
	p := s.paces[group]
	if p == nil {
		p = &pace{due: now.Add(s.offset(group) - s.every)}
		s.paces[group] = p
	}
	p.read, p.hint = now, hint
	// The group keeps its place in the interval, unless it has lost it.
	if p.due = p.due.Add(s.every); !p.due.After(now) {
		p.due = now.Add(s.every)
	}
}

// failed notes that a group could not be read: it is tried again before its time, and not with every poll.
func (s *schedule) failed(group string, now time.Time) {
	p := s.paces[group]
	if p == nil {
		p = &pace{}
		s.paces[group] = p
	}
	p.due = now.Add(s.every / hurried)
}

// putOff notes that there was no time for a group that is due at now. It stays due.
func (s *schedule) putOff(group string, now time.Time) {
	if s.paces[group] == nil {
		s.paces[group] = &pace{due: now}
	}
}

// overdue reports whether a group has waited for a whole interval beyond its time.
func (s *schedule) overdue(group string, now time.Time) bool {
	p := s.paces[group]
	return p != nil && now.Sub(p.due) > s.every
}

// hasten makes every group due: the device may have become another.
func (s *schedule) hasten() { clear(s.paces) }

// offset is the group's place in the interval, above 0 and at most the interval.
func (s *schedule) offset(group string) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s.device + "\x00" + group))
	const steps = 1 << 16
	return s.every / steps * time.Duration(1+h.Sum64()%steps)
}

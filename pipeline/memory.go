package pipeline

import (
	"time"

	"github.com/quorate/quorate/device"
)

// memory is what dedupe knows of the observations committed so far. It belongs to the committer.
type memory struct {
	sources map[string]*sourceMemory
}

type sourceMemory struct {
	refs map[string]*seen
	// order is the newest snapshot's: a guess at the next one's.
	order []*seen
}

// seen is the newest observation of one ref.
type seen struct {
	ref   string
	print uint64
	// newest is its time, in the agent's clock; zero where a restart has forgotten it.
	newest time.Time
	// lateAt and latePrint are those of the newest late observation, so that one that is repeated is recorded once.
	lateAt    time.Time
	latePrint uint64
}

func newMemory(prints map[device.SourceRef]uint64) *memory {
	m := &memory{sources: map[string]*sourceMemory{}}
	for ref, p := range prints {
		m.source(ref.Source).refs[ref.Ref] = &seen{ref: ref.Ref, print: p}
	}
	return m
}

func (m *memory) source(name string) *sourceMemory {
	s := m.sources[name]
	if s == nil {
		s = &sourceMemory{refs: map[string]*seen{}}
		m.sources[name] = s
	}
	return s
}

// find returns what is known of a ref, nil for an unknown one. i is its place in the snapshot.
func (s *sourceMemory) find(i int, ref string) *seen {
	if i < len(s.order) && s.order[i].ref == ref {
		return s.order[i]
	}
	return s.refs[ref]
}

// remember takes over an instant that is committed.
func (m *memory) remember(in *instant) {
	for i := range in.snaps {
		sn := &in.snaps[i]
		src := m.source(sn.Source)
		straight := len(src.order) == len(sn.seen)
		for j := range sn.seen {
			s := sn.seen[j]
			if s == nil {
				// The same new ref can come twice in one snapshot.
				ref := sn.Observations[j].Ref
				if s = src.refs[ref]; s == nil {
					s = &seen{ref: ref, print: sn.prints[j]}
					src.refs[ref] = s
				}
				sn.seen[j] = s
			}
			switch {
			case sn.novelty[j] == Late:
				s.lateAt, s.latePrint = sn.times[j], sn.prints[j]
			case !sn.times[j].Before(s.newest):
				s.newest, s.print = sn.times[j], sn.prints[j]
			}
			straight = straight && src.order[j] == s
		}
		if !straight && len(sn.seen) > 1 {
			src.order = sn.seen
		}
	}
}

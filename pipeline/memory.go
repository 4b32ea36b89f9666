package pipeline

import (
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

// memory is what dedupe knows of the observations committed so far. It belongs to the committer.
type memory struct {
	sources map[string]*sourceMemory
	// alerts are the problems that the newest word on a ref reports, in the order of their refs, of those that report
	// any. They are those of the newest row: what only their texts say otherwise makes none.
	alerts map[*seen]reported
}

// reported is what a ref reports. Gone says that the newest believed complete answer came without it: its alerts ended,
// until it is there again.
type reported struct {
	list []device.Alert
	gone bool
}

type sourceMemory struct {
	refs map[string]*seen
	// order is the newest snapshot's, which had no ref twice: a guess at the next one's.
	order []*seen
}

// seen is the newest observation of one ref.
type seen struct {
	ref string
	// print is that of the newest row in the journal that is not late; known says that there is one.
	print uint64
	known bool
	// said is the fingerprint of its claims; zero where a restart has forgotten it.
	said uint64
	// newest is the newest date heard, in the agent's clock.
	newest time.Time
	// lateAt and latePrint are those of the newest late row, so that one that is repeated is recorded once.
	lateAt    time.Time
	latePrint uint64
}

// newMemory remembers what a journal holds: the prints of its newest rows, the dates that the reports have, and the
// alerts of the rows.
func newMemory(prints map[device.SourceRef]uint64, alerts map[device.SourceRef][]device.Alert, reports *consensus.State) *memory {
	m := &memory{sources: map[string]*sourceMemory{}, alerts: map[*seen]reported{}}
	for _, d := range reports.Devices {
		for i := range d.Reports {
			r := &d.Reports[i]
			k := m.source(r.Source).add(r.Ref)
			k.newest = r.Newest
			if list := alerts[device.SourceRef{Source: r.Source, Ref: r.Ref}]; len(list) > 0 {
				m.report(k, problems(list), r.Missed)
			}
		}
	}
	for ref, p := range prints {
		s := m.source(ref.Source).add(ref.Ref)
		s.print, s.known = p, true
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

// add returns what is known of a ref, nothing where it is new.
func (s *sourceMemory) add(ref string) *seen {
	k := s.refs[ref]
	if k == nil {
		k = &seen{ref: ref}
		s.refs[ref] = k
	}
	return k
}

// of returns what is known of a ref, nil for an unknown one, as of a source that nothing is known of.
func (s *sourceMemory) of(ref string) *seen {
	if s == nil {
		return nil
	}
	return s.refs[ref]
}

// report keeps what a ref reports from now on.
func (m *memory) report(k *seen, list []device.Alert, gone bool) {
	if len(list) == 0 {
		delete(m.alerts, k)
		return
	}
	m.alerts[k] = reported{list, gone}
}

// open returns what a ref reports of a device that is there.
func (m *memory) open(k *seen) []device.Alert {
	if r := m.alerts[k]; !r.gone {
		return r.list
	}
	return nil
}

// allAlerts is what all refs report, as a journal loads it.
func (m *memory) allAlerts() map[device.SourceRef][]device.Alert {
	all := map[device.SourceRef][]device.Alert{}
	for source, s := range m.sources {
		for ref, k := range s.refs {
			if r := m.alerts[k]; r.list != nil {
				all[device.SourceRef{Source: source, Ref: ref}] = r.list
			}
		}
	}
	return all
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
				s = src.add(sn.obs[j].Ref) // the same new ref can come twice in one snapshot
				sn.seen[j] = s
			}
			switch sn.novelty[j] {
			case Repeat, lateAgain:
			case Late:
				s.lateAt, s.latePrint = sn.times[j], sn.prints[j]
			default:
				s.print, s.known, s.said = sn.prints[j], true, sn.said[j]
			}
			if sn.times[j].After(s.newest) {
				s.newest = sn.times[j]
			}
			if list, told := sn.alerts[j]; told {
				m.report(s, list, false)
			}
			straight = straight && src.order[j] == s
		}
		if !straight && len(sn.seen) > 1 && len(sn.twice) == 0 {
			src.order = sn.seen
		}
	}
	for _, k := range in.missed {
		m.report(k, m.alerts[k].list, true)
	}
	for _, k := range in.forgotten {
		m.report(k, nil, false)
	}
}

package consensus

import (
	"fmt"

	"github.com/quorate/quorate/device"
)

// shrunk reports whether a complete snapshot of size devices is not believed because it has too few of the devices that
// the source had. Devices count by the source's refs.
func (j *judge) shrunk(name string, s *SourceState, size, have int) bool {
	had := s.BaseCount
	short := had > 0 && have == 0 ||
		had >= j.rules.ShortMin && float64(have) < j.rules.ShortShare*float64(had)-tolerance
	switch {
	case !short:
		j.endShort(name, s, "its answers are whole")
	case s.Short == 0:
		s.Short, s.ShortSize = 1, size
		j.tellSource(device.Event{
			Type: device.EventSourceSuspect, Source: name, Reason: "shrunk",
			Text: fmt.Sprintf("%s is not believed: its answer has %d of the %d devices it had", name, have, had),
		})
	case size == s.ShortSize:
		s.Short++
		if s.Short >= j.rules.ShortBelieve {
			j.endShort(name, s, fmt.Sprintf("%d times the same answer", s.Short))
			short = false
		}
	default:
		s.Short, s.ShortSize = 1, size
	}
	if !short {
		s.BaseCount = size
	}
	return short
}

// inBase reports whether the report was in the latest believed complete snapshot of its source.
func (r *Report) inBase(s *SourceState) bool { return !r.Base.IsZero() && r.Base.Equal(s.BaseAt) }

// overlap counts the devices of a snapshot after its observations were taken in, and those of them that were in the
// latest believed complete one.
func (j *judge) overlap(sn *Snapshot, s *SourceState) (size, have int) {
	seen := make(map[string]struct{}, len(sn.Observations))
	for i := range sn.Observations {
		b := &sn.Observations[i]
		if b.Observation == nil {
			continue
		}
		if _, again := seen[b.Observation.Ref]; again {
			continue
		}
		seen[b.Observation.Ref] = struct{}{}
		d := j.devices[b.Device]
		if k, ok := findReport(d.Reports, sn.Source, b.Observation.Ref); ok && d.Reports[k].inBase(s) {
			have++
		}
	}
	return len(seen), have
}

// setBase marks all that is in a believed complete snapshot.
func (j *judge) setBase(l *listener, sn *Snapshot) {
	set := func(id device.ID, ref string) {
		// Observing made the reports this instant's own.
		d := j.devices[id]
		if k, ok := findReport(d.Reports, sn.Source, ref); ok {
			d.Reports[k].Base = j.at
		}
	}
	if l.lane == nil {
		for i := range sn.Observations {
			if b := &sn.Observations[i]; b.Observation != nil {
				set(b.Device, b.Observation.Ref)
			}
		}
		return
	}
	l.moves.based = true
	for _, i := range l.news {
		b := &sn.Observations[i]
		set(b.Device, b.Observation.Ref)
	}
	for _, s := range l.moves.folded {
		set(s.node.id, s.ref)
	}
}

func (j *judge) endShort(name string, s *SourceState, why string) {
	if s.Short == 0 {
		return
	}
	s.Short, s.ShortSize = 0, 0
	j.tellSource(device.Event{
		Type: device.EventSourceRecovered, Source: name, From: string(device.HealthSuspect), Reason: "shrunk",
		Text: fmt.Sprintf("%s is believed again: %s", name, why),
	})
}

// believe takes a person's word that shrunken answers of these sources are right: the next one is the new measure.
func (j *judge) believe(names []string) {
	for _, name := range names {
		if _, ok := j.cfg.Sources[name]; !ok || j.source(name).Short == 0 {
			continue
		}
		s := j.editSource(name)
		j.endShort(name, s, "so a person says")
		s.BaseCount = 0
	}
}

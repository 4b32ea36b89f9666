package consensus

import (
	"fmt"

	"github.com/quorate/quorate/device"
)

// shrunk reports whether a complete snapshot is not believed because too few of the devices that the source had are
// in it. It must be asked before the observations are taken in.
func (j *judge) shrunk(sn *Snapshot, s *SourceState) bool {
	size, have := j.overlap(sn, s)
	had := s.BaseCount
	short := had > 0 && have == 0 ||
		had >= j.rules.ShortMin && float64(have) < j.rules.ShortShare*float64(had)-tolerance
	switch {
	case !short:
		j.endShort(sn.Source, s)
	case s.Short == 0:
		s.Short, s.ShortSize = 1, size
		j.tellSource(device.Event{
			Type: device.EventSourceSuspect, Source: sn.Source, Reason: "shrunk",
			Text: fmt.Sprintf("%s is not believed: its answer has %d of the %d devices it had", sn.Source, have, had),
		})
	case size == s.ShortSize:
		s.Short++
		if s.Short >= j.rules.ShortBelieve {
			j.endShort(sn.Source, s)
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

// overlap counts the devices of a snapshot, and those of them that were in the latest believed complete one.
func (j *judge) overlap(sn *Snapshot, s *SourceState) (size, have int) {
	seen := make(map[device.ID]struct{}, len(sn.Observations))
	for i := range sn.Observations {
		id := sn.Observations[i].Device
		if _, again := seen[id]; again {
			continue
		}
		seen[id] = struct{}{}
		if d := j.device(id); d != nil && !s.BaseAt.IsZero() && inBase(d.Reports, sn.Source, s) {
			have++
		}
	}
	return len(seen), have
}

func inBase(reports []Report, source string, s *SourceState) bool {
	for i := range reports {
		if reports[i].Source == source && reports[i].Base.Equal(s.BaseAt) {
			return true
		}
	}
	return false
}

func (j *judge) endShort(name string, s *SourceState) {
	if s.Short == 0 {
		return
	}
	s.Short, s.ShortSize = 0, 0
	j.tellSource(device.Event{
		Type: device.EventSourceRecovered, Source: name, From: string(device.HealthSuspect), Reason: "shrunk",
		Text: name + " is believed again: its answers are whole",
	})
}

// believe takes a person's word that shrunken answers of these sources are right: the next one is the new measure.
func (j *judge) believe(names []string) {
	for _, name := range names {
		if _, ok := j.cfg.Sources[name]; !ok || j.source(name).Short == 0 {
			continue
		}
		s := j.editSource(name)
		j.endShort(name, s)
		s.BaseCount = 0
	}
}

package consensus

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// hear takes in the snapshots of this instant: the poll itself first, then every observation.
func (j *judge) hear(snapshots []Snapshot) {
	order := make([]*Snapshot, 0, len(snapshots))
	for i := range snapshots {
		// A source that is not configured changes nothing.
		if _, ok := j.cfg.Sources[snapshots[i].Source]; ok {
			order = append(order, &snapshots[i])
		}
	}
	slices.SortStableFunc(order, func(a, b *Snapshot) int {
		if c := strings.Compare(a.Source, b.Source); c != 0 {
			return c
		}
		return strings.Compare(fingerprint(a), fingerprint(b))
	})
	for _, sn := range order {
		switch {
		case sn.Probe:
			j.hearProbe(sn)
		case sn.Err != "":
			j.hearFailure(sn)
		default:
			j.hearPoll(sn)
		}
	}
	j.desert()
}

// fingerprint orders several snapshots of one source at one instant by what is in them, in whatever order they list it.
func fingerprint(sn *Snapshot) string {
	head := *sn
	head.Observations = nil
	lines := make([]string, 0, len(sn.Observations)+1)
	for i := range sn.Observations {
		lines = append(lines, encoded(&sn.Observations[i]))
	}
	slices.Sort(lines)
	return strings.Join(append(lines, encoded(&head)), "\n")
}

func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func (j *judge) hearProbe(sn *Snapshot) {
	if sn.Err != "" {
		return
	}
	dating, _ := j.dating(sn)
	var turns []Turn
	for i := range sn.Observations {
		b := &sn.Observations[i]
		if b.Observation != nil && j.observe(sn.Source, b, dating).turned {
			turns = append(turns, Turn{Device: b.Device, At: j.at})
		}
	}
	j.turn(sn.Source, j.editSource(sn.Source), turns)
}

func (j *judge) hearFailure(sn *Snapshot) {
	s := j.editSource(sn.Source)
	j.polled[sn.Source] = true
	s.LastPoll = j.at
	s.LastError = brief(sn.Err)
	s.Complete = false
	s.Failures++ // before the check: blind means two failed polls, this one included
	if s.Failures >= j.rules.BlindAfter && !s.Blind {
		s.Blind = true
		j.tellSource(device.Event{
			Type: device.EventSourceBlind, Source: sn.Source, Reason: s.LastError,
			Text: fmt.Sprintf("%s is blind: %s failed: %s", sn.Source, inARow(s.Failures), s.LastError),
		})
	}
}

func inARow(n int) string {
	if n == 1 {
		return "1 poll"
	}
	return fmt.Sprintf("%d polls in a row", n)
}

func (j *judge) hearPoll(sn *Snapshot) {
	s := j.editSource(sn.Source)
	// Another snapshot of this source may have come with the same time: then what was seen at it is no measure.
	again := j.polled[sn.Source] || j.prev.Global.LastInstant.Equal(j.at)
	j.polled[sn.Source] = true
	j.recover(sn.Source, s)
	s.LastPoll, s.LastSuccess = j.at, j.at
	dating, skew := j.dating(sn)
	j.skew(sn.Source, s, skew)

	complete := !sn.Partial
	if complete && s.Complete {
		s.Covered += j.at.Sub(s.BaseAt)
	}
	allDown := true
	var downs []device.ID
	var refs []string // of the claims in downs
	var turns []Turn
	ear := j.listener(sn, s, dating, again)
	size, have := 0, 0 // devices, and those of them that were in the latest believed complete snapshot
	for i := range sn.Observations {
		b := &sn.Observations[i]
		if b.Observation == nil {
			continue
		}
		h := ear.hear(i, b)
		if h.first {
			size++
			if h.based {
				have++
			}
		}
		if h.reach != "" {
			allDown = allDown && h.reach == device.StateDown
			if allDown {
				downs, refs = append(downs, b.Device), append(refs, b.Observation.Ref)
			}
		}
		if h.turned {
			turns = append(turns, Turn{Device: b.Device, At: j.at})
		}
	}
	s.AllDown = nil
	slices.Sort(refs)
	if allDown && len(slices.Compact(refs)) >= j.rules.LostMin { // a word that is said three times is one claim
		slices.Sort(downs)
		s.AllDown = slices.Compact(downs)
	}
	j.turn(sn.Source, s, turns)
	if !complete {
		return
	}
	if again {
		size, have = j.overlap(sn, s)
	}
	ear.end(sn, size)
	if s.Complete = !j.shrunk(sn.Source, s, size, have); s.Complete {
		j.setBase(&ear, sn)
		s.BaseAt = j.at
		j.retire(sn.Source, s, size)
	}
}

// recover ends a source's blindness, and greets it the first time.
func (j *judge) recover(name string, s *SourceState) {
	switch {
	case s.Blind:
		j.tellSource(device.Event{
			Type: device.EventSourceRecovered, Source: name, From: string(device.HealthBlind),
			Text: fmt.Sprintf("%s answers again after %d failed polls", name, s.Failures),
		})
	case s.LastSuccess.IsZero():
		j.tellSource(device.Event{Type: device.EventSourceUp, Source: name, Text: name + " answers"})
	}
	s.Blind, s.Failures, s.LastError = false, 0, ""
}

// dating dates the times of one snapshot. A time that the source gives is shifted where its clock is off by more than
// 2 s, and is never ahead of the instant.
type dating struct {
	at    time.Time
	shift time.Duration
}

func (d *dating) date(t time.Time) time.Time {
	if t.IsZero() {
		return d.at
	}
	t = utc(t).Add(d.shift)
	if t.After(d.at) {
		return d.at
	}
	return t
}

// dating returns what dates this snapshot's times, and by how much the source's clock is behind.
func (j *judge) dating(sn *Snapshot) (dating, time.Duration) {
	d := dating{at: j.at}
	var skew time.Duration
	if !sn.SourceClock.IsZero() {
		skew = j.at.Sub(utc(sn.SourceClock))
		if skew.Abs() > j.rules.SkewAfter {
			d.shift = skew
		}
	}
	return d, skew
}

// skew tells once that a source's clock went off.
func (j *judge) skew(name string, s *SourceState, skew time.Duration) {
	off := skew.Abs() > j.rules.SkewAfter
	if off && !s.Skewed {
		way := "behind"
		if skew < 0 {
			way = "ahead"
		}
		j.tellSource(device.Event{
			Type: device.EventSourceSkewed, Source: name,
			Text: fmt.Sprintf("the clock of %s is %s %s: its times are corrected", name, span(skew.Abs()), way),
		})
	}
	s.Skewed = off
}

func (j *judge) tellSource(e device.Event) {
	e.At = j.at
	j.sourceTold = append(j.sourceTold, e)
}

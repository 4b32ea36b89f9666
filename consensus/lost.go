package consensus

import (
	"github.com/quorate/quorate/device"
)

// anchorsDown reports whether a source's own fresh claims on all of its anchors are down.
func (j *judge) anchorsDown(s *seat) bool {
	for _, name := range s.anchors {
		id, ok := j.byName(name)
		if !ok || !j.freshDown(j.device(id), s) {
			return false
		}
	}
	return len(s.anchors) > 0
}

func (j *judge) freshDown(d *Device, s *seat) bool {
	down := false
	for i := range d.Reports {
		r := &d.Reports[i]
		if r.Source != s.name || !j.speaks(r, s) {
			continue
		}
		if r.Reach.State != device.StateDown {
			return false
		}
		down = true
	}
	return down
}

// aloneDown reports whether the source's latest snapshot calls everything down and nobody else, since one of its
// intervals before, calls any of that down: then it is more likely that the source sees nothing at all.
func (j *judge) aloneDown(s *seat) bool {
	st := j.source(s.name)
	if len(st.AllDown) == 0 {
		return false
	}
	since := st.LastSuccess.Add(-s.interval)
	for _, id := range st.AllDown {
		d := j.device(id)
		if d == nil {
			continue
		}
		for i := range d.Reports {
			r := &d.Reports[i]
			v := j.seat(r.Source)
			if v == nil || v.domain == s.domain || r.Reach.State != device.StateDown || r.Reach.ObservedAt.Before(since) {
				continue
			}
			if j.speaks(r, v) && !v.silencesAsSuspect(&r.Reach) && !v.lost {
				return false
			}
		}
	}
	return true
}

// lose records whether the source has lost its own network. It is told once it has lasted for two of its snapshots:
// the other monitors of a real outage may only be a moment later.
func (j *judge) lose(s *seat, lost bool) {
	const toldAfter = 2
	st := j.source(s.name)
	told := st.LostPolls >= toldAfter
	switch {
	case lost && (!st.Lost || j.answered(s.name) && !told && !s.mass):
		st = j.editSource(s.name)
		st.Lost = true
		if j.answered(s.name) {
			st.LostPolls++
		}
		if st.LostPolls >= toldAfter {
			j.tellSource(device.Event{
				Type: device.EventSourceBlind, Source: s.name, Reason: "own_network_lost",
				Text: s.name + " is blind: it has lost its own network and sees no device",
			})
		}
	case !lost && st.Lost:
		st = j.editSource(s.name)
		st.Lost, st.LostPolls = false, 0
		if told {
			j.tellSource(device.Event{
				Type: device.EventSourceRecovered, Source: s.name, From: string(device.HealthBlind), Reason: "own_network_lost",
				Text: s.name + " sees devices again",
			})
		}
	}
	s.lost = lost
}

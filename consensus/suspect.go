package consensus

import (
	"fmt"
	"slices"

	"github.com/quorate/quorate/device"
)

// doubt works out which sources are not believed at this instant. A suspect source's down is no evidence that
// another's network still stands, and what a source with a lost network calls down contradicts nobody who calls it up.
// Each rests on the other: lost networks are looked at with the suspects of before, then mass changes, then lost
// networks for good.
func (j *judge) doubt() {
	for _, s := range j.seats {
		s.believe(j.source(s.name))
		s.lost = j.anchorsDown(s)
	}
	for _, s := range j.seats {
		s.alone = j.aloneDown(s)
	}
	for _, s := range j.seats {
		j.massChange(s)
	}
	lost := make([]bool, len(j.seats))
	for i, s := range j.seats {
		lost[i] = s.lost || j.aloneDown(s)
	}
	for i, s := range j.seats {
		j.lose(s, lost[i])
		var before seat
		if old := j.prev.Sources[s.name]; old != nil {
			before.believe(old)
		}
		j.all = j.all || s.mass != before.mass || s.short != before.short || s.lost != before.lost
	}
	j.waited()
}

// turn remembers that devices turned down in a source's words, and forms or widens its mass change.
func (j *judge) turn(name string, s *SourceState, turns []Turn) {
	slices.SortFunc(turns, compareTurns)
	turns = slices.Compact(turns)
	if len(turns) == 0 && len(s.Turns) == 0 {
		return
	}
	window := intervals(j.rules.MassWindow, j.seat(name).interval)
	all := make([]Turn, 0, len(s.Turns)+len(turns))
	for _, t := range s.Turns {
		if j.at.Sub(t.At) <= window {
			all = append(all, t)
		}
	}
	all = append(all, turns...)
	slices.SortFunc(all, compareTurns)
	s.Turns = slices.Compact(all)
	if len(turns) == 0 {
		return
	}
	first := s.Turns[0].At
	if s.Mass == nil {
		devices := devicesOf(s.Turns)
		if len(devices) >= j.rules.MassMin && float64(len(devices)) >= j.rules.MassShare*float64(s.Devices)-tolerance {
			s.Mass = &Mass{At: first, Devices: devices}
		}
		return
	}
	m := *s.Mass
	devices := slices.Concat(m.Devices, devicesOf(turns))
	slices.Sort(devices)
	if devices = slices.Compact(devices); len(devices) > len(m.Devices) {
		m.Devices, m.At = devices, first
		s.Mass = &m
	}
}

func devicesOf(turns []Turn) []device.ID {
	ids := make([]device.ID, 0, len(turns))
	for _, t := range turns {
		ids = append(ids, t.Device)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// opinion is what others say of the devices of a mass change that its source still calls down.
type opinion struct {
	called  []device.ID // still called down
	spoken  int         // of them, those of which others speak
	up      []device.ID // of them, those of which more others say up than down
	sources []string    // the ones that say so

	// heard and down are those of which anybody speaks and of which more say down than up, sources that may have lost
	// their own network included: an outage may be so large that each of two monitors sees only itself.
	heard, down int
}

// contradicts reports whether others say up of at least two, and of a majority of those spoken for.
func (o *opinion) contradicts() bool { return len(o.up) >= 2 && 2*len(o.up) > o.spoken }

// agrees reports whether others call at least two, and a majority of those spoken for, down: the outage is real.
func (o *opinion) agrees() bool { return o.down >= 2 && 2*o.down > o.heard }

// massChange decides whether the source is suspect for a mass change at this instant.
func (j *judge) massChange(s *seat) {
	m := j.source(s.name).Mass
	if m == nil {
		return
	}
	o := j.others(s, m)
	switch {
	case len(o.called) == 0:
		j.acquit(s, false, "it calls none of them down any more")
	case o.agrees():
		j.acquit(s, true, "others call the devices down too")
	case o.contradicts():
		if m.Calm != 0 || !m.Suspect {
			n := *m
			n.Calm, n.Suspect = 0, true
			j.editSource(s.name).Mass = &n
		}
		s.mass = true
		j.blame(s.name, o.up)
		if !m.Suspect {
			j.tellSource(device.Event{
				Type: device.EventSourceSuspect, Source: s.name, Reason: "mass_change", Since: m.At,
				Text: fmt.Sprintf("%s is not believed: %s contradicted by %s", s.name, plural(len(o.up), "down"), list(o.sources)),
			})
		}
	case m.Suspect && j.answered(s.name):
		n := *m
		n.Calm++
		if o.spoken == 0 {
			n.Calm = 0
		}
		if n.Calm >= j.rules.MassBelieve {
			j.acquit(s, false, "others contradict it no longer")
			return
		}
		if n.Calm != m.Calm {
			j.editSource(s.name).Mass = &n
		}
	}
}

// answered reports whether the source ended a poll without error at this instant.
func (j *judge) answered(name string) bool {
	return j.polled[name] && j.source(name).LastSuccess.Equal(j.at)
}

// others asks what other witnesses say of the devices of a mass change, with claims since it began. Claims of suspect
// sources speak too: else two liars could silence each other for good.
func (j *judge) others(s *seat, m *Mass) opinion {
	var o opinion
	for _, id := range m.Devices {
		d := j.device(id)
		if d == nil || !callsDown(d, s.name) {
			continue
		}
		o.called = append(o.called, id)
		var ups []string
		spoken, downs, alone := 0, 0, 0
		for i := range d.Reports {
			r := &d.Reports[i]
			v := j.seat(r.Source)
			if v == nil || v.domain == s.domain || !j.speaks(r, v) || r.Reach.ObservedAt.Before(m.At) {
				continue
			}
			switch down := r.Reach.State == device.StateDown; {
			case down && v.lost:
				continue // it abstains
			case down && v.alone:
				alone++
				continue
			case down:
				downs++
			case r.Reach.State == device.StateUp:
				ups = append(ups, r.Source)
			}
			spoken++
		}
		if spoken > 0 {
			o.spoken++
		}
		if spoken+alone > 0 {
			o.heard++
		}
		if len(ups) > downs {
			o.up = append(o.up, id)
			o.sources = append(o.sources, ups...)
		}
		if downs+alone > len(ups) {
			o.down++
		}
	}
	slices.Sort(o.sources)
	o.sources = slices.Compact(o.sources)
	return o
}

// callsDown reports whether the source's word on the device is down, however old.
func callsDown(d *Device, source string) bool {
	for i := range d.Reports {
		r := &d.Reports[i]
		if r.Source == source && r.Abstain == "" && r.Reach.State == device.StateDown {
			return true
		}
	}
	return false
}

// acquit forgets the mass change, with the turns of its devices where it was real, and believes the source again.
func (j *judge) acquit(s *seat, proved bool, why string) {
	st := j.editSource(s.name)
	m := st.Mass
	st.Mass = nil
	s.mass = false
	if proved {
		var left []Turn
		for _, t := range st.Turns {
			if !slices.Contains(m.Devices, t.Device) {
				left = append(left, t)
			}
		}
		st.Turns = left
	}
	if m.Suspect {
		j.tellSource(device.Event{
			Type: device.EventSourceRecovered, Source: s.name, From: string(device.HealthSuspect), Reason: "mass_change",
			Text: fmt.Sprintf("%s is believed again: %s", s.name, why),
		})
	}
}

package seeded

import (
	"io"
	"time"

	"github.com/quorate/quorate/device"
)

// Tick is how often the clock moves without a snapshot. The agent does so every 10 s; a lab is judged by fewer.
const Tick = 30 * time.Second

// Play gives what a lab's monitors say to the agent, in the order of time. It has one user.
type Play struct {
	lab                     *Lab
	sources                 []*source
	tick                    time.Time
	restarts                Spans // of the agent, those to come
	checkLost, checkLostAir float64
}

// source is a monitor while it is played.
type source struct {
	*Monitor
	sights []sight
	polls  int
	next   time.Time // the end of its next poll
	dice   dice
	// held is the answer that a cache gives again, until it forgets it.
	held  []device.Observation
	until time.Time
}

// Play starts the lab.
func (l *Lab) Play() *Play {
	p := &Play{
		lab: l, tick: l.Start, restarts: l.AgentDown,
		checkLost: l.share(checkLost), checkLostAir: l.share(checkLostAir),
	}
	for i := range l.Monitors {
		m := &l.Monitors[i]
		s := &source{Monitor: m, dice: l.dice("polls", i)}
		for k, dev := range m.Watches {
			sg := sight{watched: &m.devices[k], dev: dev, dice: l.dice("checks", i, dev)}
			// Monitors have been running for a while.
			sg.next = l.Start.Add(sg.offset - m.Step)
			s.sights = append(s.sights, sg)
		}
		s.schedule(l.Start)
		p.sources = append(p.sources, s)
	}
	return p
}

// schedule sets the end of the next poll: on its beat, and up to 3 s late.
func (s *source) schedule(start time.Time) {
	late := time.Duration(s.dice.IntN(3000)) * time.Millisecond
	s.next = start.Add(s.phase + time.Duration(s.polls)*s.Poll + late)
	s.polls++
}

// Next returns the next snapshot or clock instant, and io.EOF at the end of the lab and whenever the agent is stopped:
// see Resume.
func (p *Play) Next() (device.Snapshot, error) {
	for {
		at, s := p.tick, (*source)(nil)
		for _, o := range p.sources {
			if o.next.Before(at) {
				at, s = o.next, o
			}
		}
		if !at.Before(p.lab.End) {
			return device.Snapshot{}, io.EOF
		}
		stopped := false
		if len(p.restarts) > 0 && !at.Before(p.restarts[0].From) {
			if stopped = at.Before(p.restarts[0].To); !stopped {
				return device.Snapshot{}, io.EOF
			}
		}
		if s == nil {
			p.tick = p.tick.Add(Tick)
			if !stopped {
				return device.Snapshot{At: at}, nil
			}
			continue
		}
		s.schedule(p.lab.Start)
		if s.Sort != SNMP || !stopped {
			p.measure(s, at)
		}
		if !stopped {
			return p.poll(s, at), nil
		}
	}
}

// Resume reports whether the agent is started again after io.EOF: Next then goes on.
func (p *Play) Resume() bool {
	if len(p.restarts) == 0 || !p.restarts[0].To.Before(p.lab.End) {
		return false
	}
	p.restarts = p.restarts[1:]
	return true
}

// measure makes all checks that were due up to now.
func (p *Play) measure(s *source, now time.Time) {
	for i := range s.sights {
		sg := &s.sights[i]
		if s.Step == 0 {
			p.check(s.Monitor, sg, now)
			continue
		}
		for !sg.next.After(now) {
			at, step := sg.next, s.Step
			if s.slow.Has(at) {
				step = s.Step * 9 / 5 // 540 s for LibreNMS' 300 s
			}
			sg.next = at.Add(step)
			if !s.dead.Has(at) && !s.frozen.Has(at) && !sg.paused.Has(at) {
				p.check(s.Monitor, sg, at)
			}
		}
	}
}

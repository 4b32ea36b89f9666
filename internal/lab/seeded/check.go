package seeded

import (
	"math"
	"time"

	"github.com/quorate/quorate/device"
)

// sight is how a monitor has seen one device so far.
type sight struct {
	*watched
	dev  int
	dice dice
	next time.Time // of its next check

	at     time.Time    // of its newest check, zero before the first
	state  device.State // what the monitor holds: up or down
	failed int          // checks in a row
	agent  device.State // the same of its SNMP agent; empty where that was not asked
	words  []Word
}

// check looks at a device, as a monitor does once in each of its steps.
func (p *Play) check(m *Monitor, s *sight, at time.Time) {
	dev := &p.lab.Devices[s.dev]
	seen := !dev.Down.Has(at) || s.missed.Has(at)
	blocked := m.lost.Has(at) || p.lab.cut[m.host].Has(at) || s.down.Has(at) || s.byAddress && dev.moves.Has(at)
	answers, agent := p.answers(m, dev, s, at)
	s.at = at
	s.agent = ""
	if dev.managed() && m.Sort != Kuma {
		s.agent = stateOf(seen && !blocked && agent)
	}
	ok := seen && !blocked && answers
	if m.Sort == SNMP {
		ok = s.agent == device.StateUp
	}
	if !ok {
		s.failed++
		if s.failed < m.Confirm && s.state != device.StateDown {
			return // it waits for another check before it says so
		}
	} else {
		s.failed = 0
	}
	state := stateOf(ok)
	if s.state != state {
		s.state = state
		s.words = append(s.words, Word{at, state})
	}
}

func stateOf(up bool) device.State {
	if up {
		return device.StateUp
	}
	return device.StateDown
}

// answers reports whether a device that is up and in sight answers the pings of one check, and whether its SNMP agent
// answers in time. Both always cost the same chance.
func (p *Play) answers(m *Monitor, dev *Device, s *sight, at time.Time) (ping, agent bool) {
	chance, agentChance, flap := s.dice.Float64(), s.dice.Float64(), s.dice.Float64()
	lost := 0.0
	for _, l := range dev.loss {
		if !at.Before(l.From) && at.Before(l.To) {
			lost = l.part
		}
	}
	all := p.checkLost
	if dev.Wireless {
		all = p.checkLostAir
	}
	pings, fails := 3.0, 0.0
	if m.Sort == PRTG {
		pings = 5
	}
	if lost > 0 {
		fails = math.Pow(lost, pings)
	}
	ping = chance >= all+fails
	// A request and its answer must both arrive, in one of three attempts.
	agentFails := all
	if lost > 0 {
		attempt := 1 - (1-lost)*(1-lost)
		agentFails += attempt * attempt * attempt
	}
	if dev.busy.Has(at) {
		agentFails += 0.6
	}
	agent = agentChance >= agentFails && !dev.silent.Has(at)
	if s.flaps.Has(at) && flap < 0.5 {
		return false, false
	}
	return ping, agent
}

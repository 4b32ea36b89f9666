package seeded

import (
	"cmp"
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
	off := dev.Down.Has(at) && !s.missed.Has(at)
	hidden := p.hidden(m, s, at)
	pingFails, agentFails := p.answers(m, dev, s, at)
	s.at = at
	s.agent = ""
	if dev.managed() && m.Sort != Kuma {
		s.agent = stateOf(!off && hidden == "" && agentFails == "")
	}
	fails := pingFails
	if m.Sort == SNMP {
		fails = agentFails
	}
	why := cmp.Or(hidden, fails)
	state := stateOf(!off && why == "")
	if state == device.StateDown {
		s.failed++
		if s.failed < m.Confirm && s.state != device.StateDown {
			return // it waits for another check before it says so
		}
	} else {
		s.failed = 0
	}
	if dev.Down.Has(at) {
		why = ""
	}
	if s.state != state {
		s.state = state
		s.words = append(s.words, Word{at, state, why})
	}
}

// hidden is why a monitor cannot see a device that is up.
func (p *Play) hidden(m *Monitor, s *sight, at time.Time) Fault {
	switch {
	case p.lab.cut[m.host].Has(at):
		return hostNetwork
	case m.lost.Has(at):
		return ownNetwork
	case s.down.Has(at):
		return falseDown
	case s.byAddress && p.lab.Devices[s.dev].moves.Has(at):
		return moved
	}
	return ""
}

func stateOf(up bool) device.State {
	if up {
		return device.StateUp
	}
	return device.StateDown
}

// answers is why a device that is up and in sight does not answer the pings of one check, and why its SNMP agent does
// not answer in time; empty where it does. Both always cost the same chance.
func (p *Play) answers(m *Monitor, dev *Device, s *sight, at time.Time) (ping, agent Fault) {
	chance, agentChance, flap := s.dice.Float64(), s.dice.Float64(), s.dice.Float64()
	if s.flaps.Has(at) && flap < 0.5 {
		return flapping, flapping
	}
	burst, inAir := p.checkLost, checkLost
	if dev.Wireless {
		burst, inAir = p.checkLostAir, checkLostAir
	}
	part := dev.losing(at)
	switch {
	case chance < burst:
		ping = inAir
	case chance < burst+math.Pow(part, m.pings()):
		ping = lossy
	}
	// A request and its answer must both arrive, in one of three attempts.
	attempt := 1 - (1-part)*(1-part)
	unheard := burst + attempt*attempt*attempt
	switch {
	case dev.silent.Has(at):
		agent = agentHung
	case agentChance < burst:
		agent = inAir
	case agentChance < unheard:
		agent = lossy
	case dev.busy.Has(at) && agentChance < unheard+0.6:
		agent = busy
	}
	return ping, agent
}

// losing is the part of all packets that is lost on the way to the device.
func (d *Device) losing(at time.Time) float64 {
	for _, l := range d.loss {
		if !at.Before(l.From) && at.Before(l.To) {
			return l.part
		}
	}
	return 0
}

// pings is how many pings a check has; one answer is enough.
func (m *Monitor) pings() float64 {
	if m.Sort == PRTG {
		return 5
	}
	return 3
}

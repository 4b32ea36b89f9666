package seeded

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// poll is what the agent hears when it asks a monitor.
func (p *Play) poll(s *source, at time.Time) device.Snapshot {
	sn := device.Snapshot{At: at, Source: s.Name}
	l := p.lab
	failed := s.dice.share(l.share(pollFailed))
	if s.Sort == SNMP {
		sn.Observations = p.observe(s, at, len(s.sights))
		return sn
	}
	elsewhere := s.host != l.agentHost
	switch {
	case s.dead.Has(at):
		sn.Err = "503 Service Unavailable"
	case elsewhere && (l.cut[s.host].Has(at) || l.cut[l.agentHost].Has(at)):
		sn.Err = "connect: no route to host"
	case failed:
		sn.Err = "connection reset by peer"
	case s.Sort == LibreNMS && p.silentFor(s, at) > 3*s.Step:
		sn.Err = "nothing was measured for three rounds: its poller is dead"
	}
	if !s.hidesClock {
		sn.SourceClock = at.Add(s.skew).Truncate(time.Second)
	}
	if sn.Err != "" {
		return sn
	}
	if !at.Before(s.until) {
		s.held = nil
	}
	if c, ok := s.cached.at(at); ok && s.held != nil {
		s.until = c.To
		sn.Observations = s.held
		return sn
	}
	keeps := len(s.sights)
	for _, sh := range s.shrunken {
		if !at.Before(sh.From) && at.Before(sh.To) {
			keeps = sh.keeps
		}
	}
	sn.Observations = p.observe(s, at, keeps)
	s.held, s.until = sn.Observations, at.Add(2*s.Poll)
	if s.doubled.Has(at) {
		sn.Observations = slices.Concat(sn.Observations, sn.Observations)
	}
	return sn
}

// silentFor is how long ago the monitor measured anything.
func (p *Play) silentFor(s *source, at time.Time) time.Duration {
	var newest time.Time
	for i := range s.sights {
		if s.sights[i].at.After(newest) {
			newest = s.sights[i].at
		}
	}
	return at.Sub(newest)
}

// observe is what the monitor says of its first devices.
func (p *Play) observe(s *source, at time.Time, devices int) []device.Observation {
	out := make([]device.Observation, 0, devices)
	unplugged := s.Sort == PRTG && s.frozen.Has(at)
	for i := range s.sights[:devices] {
		sg := &s.sights[i]
		o := device.Observation{Identity: sg.identity}
		p.relocate(&o, sg, at)
		switch {
		case sg.paused.Has(at):
			o.Abstain = device.AbstainPaused
			if s.Sort == LibreNMS {
				o.Abstain = device.AbstainExcluded
			}
		case unplugged:
			o.Abstain = device.AbstainProbeDisconnected
		case sg.at.IsZero():
			o.Abstain = device.AbstainNeverPolled
		case sg.failed > 0 && sg.state != device.StateDown:
			// The first failed check is a warning in PRTG and pending in Uptime Kuma.
			o.Abstain, o.ObservedAt = device.AbstainUnknown, sg.at.Add(s.skew)
		default:
			o.ObservedAt = sg.at.Add(s.skew)
			o.Claims = p.claims(s, sg, at)
		}
		out = append(out, o)
	}
	return out
}

// relocate gives a device that has moved its new address, where the monitor has noticed: one that has it by name at
// once, one that has it by its address when its owner did, with the end of the move.
func (p *Play) relocate(o *device.Observation, sg *sight, at time.Time) {
	dev := &p.lab.Devices[sg.dev]
	for k, m := range dev.moves {
		if len(o.Addresses) > 0 && (!at.Before(m.To) || !sg.byAddress && !at.Before(m.From)) {
			o.Addresses = []string{dev.moved[k]}
		}
	}
}

func (p *Play) claims(s *source, sg *sight, at time.Time) []device.Claim {
	claims := make([]device.Claim, 0, 3)
	every := device.Duration(s.Step)
	reach := device.Claim{Facet: device.FacetReach, State: sg.state, Interval: every}
	if s.Sort == SNMP && sg.state == device.StateDown {
		// Silence may also be a filter or a wrong community.
		half := 0.5
		reach.Confidence = &half
	}
	claims = append(claims, reach)
	if sg.agent != "" {
		claims = append(claims, device.Claim{Facet: device.FacetMgmt, State: sg.agent, Interval: every})
	}
	if dev := &p.lab.Devices[sg.dev]; dev.Kind == NAS && sg.agent == device.StateUp {
		disk := device.Claim{Facet: device.FacetHealth, Component: "disk:1", State: device.StateOK, Interval: every}
		if dev.bad.Has(at) {
			disk.State = device.StateWarning
		}
		claims = append(claims, disk)
	}
	return claims
}

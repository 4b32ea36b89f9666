package prtg

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

// claims derives a device's claims from its sensors; the table is in the README.
func claims(sensors []sensor, parts []string) []device.Claim {
	var all []device.Claim
	reach, hasReach := reachOf(sensors)
	if hasReach {
		all = append(all, reach)
	}
	mgmt, hasMgmt := mgmtOf(sensors)
	if hasMgmt {
		all = append(all, mgmt)
	}
	return append(all, healthOf(sensors, parts, hasReach && reach.State == device.StateDown, hasMgmt && mgmt.State == device.StateDown)...)
}

// reachOf asks the pings, and where no ping has a word every sensor that talks to the device. One such sensor that is
// down may be down for its own sake; several are half a witness.
func reachOf(sensors []sensor) (device.Claim, bool) {
	if c, ok := vote(device.FacetReach, pick(sensors, func(s *sensor) bool { return s.role == rolePing })); ok {
		return c, true
	}
	others := pick(sensors, func(s *sensor) bool { return s.role.talks() && s.role != rolePing })
	c, ok := vote(device.FacetReach, others)
	if !ok || c.State == device.StateUp {
		return c, ok
	}
	if c.State == device.StateDown && len(others) < 2 {
		return c, false
	}
	doubt := 0.5
	c.Confidence = &doubt
	return c, true
}

// mgmtOf asks the uptime sensor, and where it has no word all others that ask the agent. One of them that is down may
// be down for a broken limit or a port that is unplugged.
func mgmtOf(sensors []sensor) (device.Claim, bool) {
	if c, ok := vote(device.FacetMgmt, pick(sensors, func(s *sensor) bool { return s.role == roleUptime })); ok {
		return c, true
	}
	agents := pick(sensors, func(s *sensor) bool { return s.role == roleAgent })
	c, ok := vote(device.FacetMgmt, agents)
	return c, ok && (c.State != device.StateDown || len(agents) >= 2)
}

// pick returns the sensors of the kind that is asked for and that have a word.
func pick(sensors []sensor, is func(*sensor) bool) []*sensor {
	var picked []*sensor
	for i := range sensors {
		if s := &sensors[i]; is(s) && s.answers() != silent {
			picked = append(picked, s)
		}
	}
	return picked
}

// vote is what sensors with a word say together: one answer is an answer; down is said by all.
func vote(facet device.Facet, sensors []*sensor) (device.Claim, bool) {
	if len(sensors) == 0 {
		return device.Claim{}, false
	}
	side, state := no, device.StateDown
	for _, s := range sensors {
		switch s.answers() {
		case yes:
			side, state = yes, device.StateUp
		case partly:
			if side == no {
				side, state = partly, device.StateSplit
			}
		}
	}
	c := device.Claim{Facet: facet, State: state, Raw: raw(sensors)}
	for _, s := range sensors {
		if s.answers() == side {
			date(&c, s)
		}
	}
	return c, true
}

// date dates a claim by the newest of the checks behind it, and gives it that sensor's interval.
func date(c *device.Claim, s *sensor) {
	interval := device.Duration(s.interval)
	if at := s.checked.time(); at.After(c.ObservedAt) || at.Equal(c.ObservedAt) && interval < c.Interval {
		c.ObservedAt, c.Interval = at, interval
	}
}

// raw lists the sensors behind a claim with PRTG's own numbers, and no measured value: equal words, equal claims.
func raw(sensors []*sensor) string {
	const most = 4
	var words []string
	for _, s := range sensors[:min(len(sensors), most)] {
		words = append(words, s.raw())
	}
	if more := len(sensors) - most; more > 0 {
		words = append(words, fmt.Sprintf("%d more", more))
	}
	return strings.Join(words, ", ")
}

func (s *sensor) raw() string {
	w := fmt.Sprintf("%s: status=%d", sourcehttp.Cut(s.name, 60), s.status)
	if s.status == statusAcknowledged {
		w += " (acknowledged)"
	}
	return w
}

package snmpdirect

import (
	"time"

	"github.com/gosnmp/gosnmp"
)

// system is what a device says of itself in the system group and its engine.
type system struct {
	descr, rawDescr string // for display; as it was sent, for patterns
	object          string // sysObjectID without a leading dot
	name, location  string
	engineID        string
	uptime          time.Duration // of the agent: sysUpTime
	hasUptime       bool
	hostUptime      time.Duration // of the host: hrSystemUptime
	hasHostUptime   bool
	boots           int64
	hasBoots        bool
	engineTime      time.Duration // since the engine's last boot; it does not wrap
	hasEngineTime   bool
}

const (
	oidDescr       = ".1.3.6.1.2.1.1.1.0"
	oidObject      = ".1.3.6.1.2.1.1.2.0"
	oidUptime      = ".1.3.6.1.2.1.1.3.0"
	oidName        = ".1.3.6.1.2.1.1.5.0"
	oidLocation    = ".1.3.6.1.2.1.1.6.0"
	oidHostUptime  = ".1.3.6.1.2.1.25.1.1.0"
	oidEngineID    = ".1.3.6.1.6.3.10.2.1.1.0"
	oidEngineBoots = ".1.3.6.1.6.3.10.2.1.2.0"
	oidEngineTime  = ".1.3.6.1.6.3.10.2.1.3.0"
)

// readSystem reads the system group, and the marks of change that the device is known to have. An agent that refuses the
// whole question is asked for the first objects alone.
func readSystem(s *session, marks hints) (*system, error) {
	names := []string{
		oidDescr, oidObject, oidUptime, oidName, oidLocation, oidHostUptime, oidEngineID, oidEngineBoots, oidEngineTime,
	}
	few := names[:4]
	got, err := s.get(append(names, marks.known()...))
	if err != nil && !ended(err) && asFailure(err).class == classStatus {
		got, err = s.get(few)
	}
	if err != nil {
		return nil, err
	}
	var sys system
	usable := false
	for _, v := range got {
		if !present(v.Type) {
			continue
		}
		usable = true
		switch v.Name {
		case oidDescr:
			sys.descr = text(v.Value)
			if b, ok := v.Value.([]byte); ok {
				sys.rawDescr = string(b)
			}
		case oidObject:
			sys.object = object(v.Value)
		case oidUptime:
			sys.uptime, sys.hasUptime = ticks(v)
		case oidName:
			sys.name = text(v.Value)
		case oidLocation:
			sys.location = text(v.Value)
		case oidHostUptime:
			sys.hostUptime, sys.hasHostUptime = ticks(v)
		case oidEngineID:
			sys.engineID = octets(v.Value)
		case oidEngineBoots:
			sys.boots, sys.hasBoots = integer(v.Value)
		case oidEngineTime:
			n, ok := integer(v.Value)
			sys.engineTime, sys.hasEngineTime = time.Duration(n)*time.Second, ok
		default:
			if n, ok := integer(v.Value); ok {
				marks[v.Name] = n
			}
		}
	}
	if !usable {
		return nil, &failure{class: classEmpty}
	}
	if sys.engineID == "" {
		sys.engineID = s.engineID() // known of a v3 session, whether the agent shows the object or not
	}
	return &sys, nil
}

func ticks(v gosnmp.SnmpPDU) (time.Duration, bool) {
	n, ok := integer(v.Value)
	return time.Duration(n) * 10 * time.Millisecond, ok && v.Type == gosnmp.TimeTicks
}

// tickWrap is when TimeTicks begin again at zero: after 497 days.
const tickWrap = (1 << 32) * 10 * time.Millisecond

// restarted reports whether the agent has started anew between two polls that are elapsed apart, so that counters and
// indexes may mean something else. An uptime that went on over its wrap is no restart, if the engine's time, which does
// not wrap, and the host's uptime say nothing else.
func restarted(before, after *system, elapsed time.Duration) bool {
	if before.hasBoots && after.hasBoots && before.boots != after.boots {
		return true
	}
	if before.hasEngineTime && after.hasEngineTime && after.engineTime < before.engineTime {
		return true
	}
	wentBack := func(had, has bool, was, is time.Duration) bool {
		if !had || !has || is >= was {
			return false
		}
		slack := elapsed/10 + 10*time.Second
		return (is - (was + elapsed - tickWrap)).Abs() > slack
	}
	return wentBack(before.hasUptime, after.hasUptime, before.uptime, after.uptime) ||
		wentBack(before.hasHostUptime, after.hasHostUptime, before.hostUptime, after.hostUptime)
}

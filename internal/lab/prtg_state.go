package lab

import (
	"fmt"
	"time"
)

// PRTG's sensor states.
const (
	prtgNone         = 0
	prtgCollecting   = 2
	prtgUp           = 3
	prtgWarning      = 4
	prtgDown         = 5
	prtgNoProbe      = 6
	prtgPaused       = 7
	prtgDependency   = 8
	prtgUnusual      = 10
	prtgAcknowledged = 13
	prtgPartial      = 14
)

// prtgStatusName is the text of a state. 9, 11 and 12 are further reasons to be paused; a number that is new is unknown.
func prtgStatusName(status int) string {
	switch status {
	case prtgNone:
		return "None"
	case prtgCollecting:
		return "Collecting"
	case prtgUp:
		return "Up"
	case prtgWarning:
		return "Warning"
	case prtgDown:
		return "Down"
	case prtgNoProbe:
		return "No Probe"
	case prtgPaused:
		return "Paused  (paused)"
	case prtgDependency:
		return "Paused  (paused by dependency)"
	case 9:
		return "Paused  (paused by schedule)"
	case prtgUnusual:
		return "Unusual"
	case 11:
		return "Paused  (paused by license)"
	case 12:
		return "Paused  (paused until)"
	case prtgAcknowledged:
		return "Down (Acknowledged)"
	case prtgPartial:
		return "Down (Partial)"
	}
	return "Unknown"
}

// statusOf is the state that PRTG shows: a pause covers what the sensor last measured, and so does what a person did.
func (p *PRTG) statusOf(e *prtgEntry, s *prtgSensor) int {
	switch {
	case e.paused || s.paused:
		return prtgPaused
	case s.show:
		return s.shown
	case p.stopped[e.device.PRTG.Probe] && p.before(20):
		return prtgNoProbe // newer cores leave the states as they were
	case s.status == prtgDown && s.ack != "":
		return prtgAcknowledged
	}
	return s.status
}

// textOf is the text beside statusOf.
func (p *PRTG) textOf(e *prtgEntry, s *prtgSensor) string {
	if e.paused {
		return p.text("Paused  (paused by parent)")
	}
	return p.statusText(p.statusOf(e, s))
}

// messageOf is the sensor's last message.
func (p *PRTG) messageOf(e *prtgEntry, s *prtgSensor) string {
	switch {
	case e.paused:
		return p.text("Paused by parent")
	case s.show:
		return s.shownMessage
	case s.ack != "":
		return s.message + " " + s.ack
	}
	return s.message
}

// buckets are PRTG's own counters, in the order of the summary in the tree.
func buckets() []string {
	return []string{"undefinedsens", "upsens", "warnsens", "downsens", "downacksens", "unusualsens", "pausedsens", "partialdownsens"}
}

// bucket is the counter that a state goes into, as an index of buckets. PRTG counts a sensor that collects as up.
func bucket(status int) int {
	switch status {
	case prtgUp, prtgCollecting:
		return 1
	case prtgWarning:
		return 2
	case prtgDown:
		return 3
	case prtgAcknowledged:
		return 4
	case prtgUnusual:
		return 5
	case prtgPaused, prtgDependency, 9, 11, 12:
		return 6
	case prtgPartial:
		return 7
	}
	return 0
}

// counts are the sensors of a device by buckets.
func (p *PRTG) counts(e *prtgEntry) (n [8]int) {
	for _, s := range e.sensors {
		n[bucket(p.statusOf(e, s))]++
	}
	return n
}

// each calls do with the named sensors of a device, all of them where sensor is "".
func (p *PRTG) each(name, sensor string, do func(e *prtgEntry, s *prtgSensor)) {
	p.world.inspect(func(time.Time) {
		for _, e := range p.entries {
			for _, s := range e.sensors {
				if e.device.Name == name && (sensor == "" || s.Name == sensor) {
					do(e, s)
				}
			}
		}
	})
}

// Show has the named sensor of a device, or all of them where sensor is "", in a state with a message, whatever it
// measures: 14 is down for a part of a cluster, 10 unusual, 12 paused for some time, and so on. A status below 0 lets
// the sensors show what they measure again.
func (p *PRTG) Show(name, sensor string, status int, message string) {
	p.each(name, sensor, func(_ *prtgEntry, s *prtgSensor) {
		s.show, s.shown, s.shownMessage = status >= 0, max(status, 0), message
	})
}

// Acknowledge has a person take those sensors of a device for known that are down.
func (p *PRTG) Acknowledge(name, note string) {
	p.each(name, "", func(e *prtgEntry, s *prtgSensor) { p.acknowledge(e, s, note, p.world.now()) })
}

func (p *PRTG) acknowledge(e *prtgEntry, s *prtgSensor, note string, now time.Time) {
	if s.status == prtgDown && s.ack == "" {
		s.ack = fmt.Sprintf("(Acknowledged by Operator on %s: %s)", p.dateText(now), note)
		p.messages = append(p.messages, prtgMessage{at: now, entry: e, sensor: s, status: prtgAcknowledged, code: 619})
	}
}

// before reports whether the core is older than the major release.
func (p *PRTG) before(major int) bool {
	n := 0
	_, _ = fmt.Sscanf(p.opt.Version, "%d", &n) // what is no number is taken for old
	return n < major
}

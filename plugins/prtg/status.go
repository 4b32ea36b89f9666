package prtg

import "github.com/quorate/quorate/device"

// PRTG's status numbers, of sensors. A device has 3 and 7 alone.
const (
	statusNone         = 0
	statusUnknown      = 1
	statusCollecting   = 2
	statusUp           = 3
	statusWarning      = 4
	statusDown         = 5
	statusNoProbe      = 6
	statusPaused       = 7 // by a person, or by what is above it
	statusDependency   = 8
	statusSchedule     = 9
	statusUnusual      = 10
	statusLicence      = 11
	statusUntil        = 12
	statusAcknowledged = 13
	statusPartial      = 14 // down for some nodes of a cluster
)

// word is what a sensor's status says.
type word int

const (
	silent word = iota // paused, unknown, collecting, not checked yet, a number that is new
	yes
	no
	partly
)

// says is the sensor's word. Without a time of measurement it has none.
func (s *sensor) says() word {
	if s.checked.never() {
		return silent
	}
	switch s.status {
	case statusUp, statusWarning, statusUnusual:
		return yes
	case statusDown, statusAcknowledged:
		return no
	case statusPartial:
		return partly
	}
	return silent
}

// answers is the sensor's word on whether its device answers. PRTG may show the first failed check as a warning, so a
// warning with nothing good since proves no life.
func (s *sensor) answers() word {
	if s.status == statusWarning && s.checked > s.up {
		return silent
	}
	return s.says()
}

func (s *sensor) paused() bool {
	switch s.status {
	case statusPaused, statusDependency, statusSchedule, statusLicence, statusUntil:
		return true
	}
	return false
}

// condition is what a status says of a part's health. It is asked only of sensors that have a word.
func condition(status int) device.State {
	switch status {
	case statusUp:
		return device.StateOK
	case statusDown, statusAcknowledged:
		return device.StateCritical
	}
	return device.StateWarning
}

func badness(s device.State) int {
	switch s {
	case device.StateCritical:
		return 2
	case device.StateWarning:
		return 1
	}
	return 0
}

// reasonToAbstain is why none of a device's sensors has a word: its own status tells pauses alone.
func reasonToAbstain(d *node, sensors []sensor) device.Abstention {
	switch {
	case d.status == statusPaused:
		return device.AbstainPaused
	case len(sensors) == 0 && d.total > 0:
		return device.AbstainUnknown // It has sensors that this account may not see.
	}
	paused, noProbe, checked := 0, 0, 0
	for i := range sensors {
		s := &sensors[i]
		if s.paused() {
			paused++
		}
		if s.status == statusNoProbe {
			noProbe++
		}
		if !s.checked.never() {
			checked++
		}
	}
	switch {
	case len(sensors) > 0 && paused == len(sensors):
		return device.AbstainPaused
	case len(sensors) > 0 && noProbe == len(sensors):
		return device.AbstainProbeDisconnected
	case checked == 0:
		return device.AbstainNeverPolled
	}
	return device.AbstainUnknown
}

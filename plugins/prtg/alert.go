package prtg

import (
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
)

// The states of an alert.
const (
	alertFiring       = "firing"
	alertAcknowledged = "acknowledged"
	alertPartial      = "partial"
)

// maxAlerts bounds what one device's observation holds.
const maxAlerts = 500

// reports says whether the sensor has something to report: a pause and a state between states are none of it.
func (s *sensor) reports() bool {
	switch s.status {
	case statusWarning, statusDown, statusUnusual, statusAcknowledged, statusPartial:
		return true
	}
	return false
}

// alerts are what the sensors of a device report, the critical ones first and then by number. Parts are the sensors'
// components.
func alerts(sensors []sensor, parts []string) []device.Alert {
	var all, rest []device.Alert
	for i := range sensors {
		s := &sensors[i]
		if !s.reports() {
			continue
		}
		if a := s.alert(parts[i]); a.Severity == severityCritical {
			all = append(all, a)
		} else {
			rest = append(rest, a)
		}
	}
	all = all[:min(len(all), maxAlerts)]
	return append(all, rest[:min(len(rest), maxAlerts-len(all))]...)
}

const (
	severityCritical = "critical"
	severityWarning  = "warning"
)

// alert is what the sensor reports. It began when the sensor was last up; when a warning began only the tree would
// tell, so it is left out: both ways to read PRTG must say the same.
func (s *sensor) alert(part string) device.Alert {
	a := device.Alert{
		Ref: strconv.FormatInt(s.id, 10), Component: part, Class: s.class(part), Severity: severityWarning, State: alertFiring,
		Text: strings.TrimSuffix(s.name+": "+s.message, ": "),
	}
	switch s.status {
	case statusDown:
		a.Severity = severityCritical
	case statusAcknowledged:
		a.Severity, a.State = severityCritical, alertAcknowledged
	case statusPartial:
		a.State = alertPartial
	}
	if s.says() != yes || s.checked > s.up {
		a.Since = s.up.time()
	}
	return a
}

// class is what kind of trouble the sensor reports, which looks at that component.
func (s *sensor) class(part string) string {
	switch s.role {
	case rolePing:
		return "reachability"
	case roleUptime:
		return "management"
	case roleService:
		return "service"
	}
	kind, _, _ := strings.Cut(part, ":")
	if c, ok := classes[kind]; ok {
		return c
	}
	return "other"
}

// classes by the kind of the component.
var classes = map[string]string{
	"port": "interface", "disk": "storage", "raid": "storage", "volume": "storage", "fan": "environment", "temperature": "environment",
	"psu": "power", "ups": "power", "cpu": "compute", "memory": "compute",
}

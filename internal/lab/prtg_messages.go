package lab

import (
	"net/url"
	"strconv"
	"time"
)

// prtgMessage is an entry of PRTG's log, about a sensor or, where that is nil, about a probe or a device.
type prtgMessage struct {
	at     time.Time
	entry  *prtgEntry
	sensor *prtgSensor
	status int
	code   int    // in the log's own numbers; 0 follows from status
	probe  string // where the message is about one
}

// number is the state in the log's own numbers.
func (m prtgMessage) number() int {
	if m.code != 0 {
		return m.code
	}
	switch m.status {
	case prtgDown:
		return 608
	case prtgWarning:
		return 609
	}
	return 607
}

// object is the id of what the message is about.
func (m prtgMessage) object() int {
	switch {
	case m.sensor != nil:
		return m.sensor.ID
	case m.entry != nil:
		return m.entry.device.PRTG.ID
	}
	return probeID(m.probe)
}

func (m prtgMessage) name() string {
	switch {
	case m.sensor != nil:
		return m.sensor.Name
	case m.entry != nil:
		return m.entry.device.PRTG.Name
	}
	return m.probe
}

// within reports whether the message is about an object below one of that id.
func (m prtgMessage) within(below func(ids ...int) bool) bool {
	if m.entry == nil {
		return below(probeID(m.probe))
	}
	d := m.entry.device.PRTG
	return below(m.object(), d.ID, probeID(d.Probe), groupID(d.Group))
}

// inTime applies the filters that bound the log.
func (m prtgMessage) inTime(q url.Values, now time.Time) bool {
	days := map[string]int{"yesterday": 2, "7days": 7, "30days": 30, "6months": 183, "12months": 365}
	switch rel := q.Get("filter_drel"); {
	case rel == "today":
		y, mo, d := now.In(prtgZone()).Date()
		if m.at.Before(time.Date(y, mo, d, 0, 0, 0, 0, prtgZone())) {
			return false
		}
	case days[rel] > 0:
		if m.at.Before(now.AddDate(0, 0, -days[rel])) {
			return false
		}
	}
	if from, err := prtgDate(q.Get("filter_dstart")); err == nil && m.at.Before(from) {
		return false
	}
	to, err := prtgDate(q.Get("filter_dend"))
	return err != nil || m.at.Before(to)
}

// prtgDate reads a date of a query: 2026-01-15-11-00-00 in the user's zone.
func prtgDate(s string) (time.Time, error) {
	return time.ParseInLocation("2006-01-02-15-04-05", s, prtgZone())
}

// byID reads an object's number.
func byID(q url.Values) int {
	n, err := strconv.Atoi(q.Get("id"))
	if err != nil {
		return -1
	}
	return n
}

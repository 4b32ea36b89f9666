package lab

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// done is what PRTG says when it has done something.
const done = `<HTML><BODY class="no-content"><B class="no-content">OK</B></BODY></HTML>`

// written runs do with every device and sensor that the ids of a query name, and answers that it is done. What does not
// exist is told by a redirect, as everything is that goes wrong on these calls.
func (p *PRTG) written(q url.Values, do func(e *prtgEntry, s *prtgSensor)) (string, any) {
	for text := range strings.SplitSeq(q.Get("id"), ",") {
		id, err := strconv.Atoi(strings.TrimSpace(text))
		if e := p.deviceByID(id); err == nil && e != nil {
			do(e, nil)
			continue
		}
		e, s := p.sensorByID(id)
		if err != nil || s == nil {
			return typeHTML, redirect("/error.htm?errormsg=" + url.QueryEscape("Object not found<br/><ul><li>"+text+"</li></ul>") + "&errorurl=%2Fapi%2F")
		}
		do(e, s)
	}
	return typeHTML, done
}

// pauseObject pauses with action=0 and resumes with action=1, which also ends a test alarm.
func (p *PRTG) pauseObject(q url.Values, now time.Time) (string, any) {
	paused := q.Get("action") == "0"
	return p.written(q, func(e *prtgEntry, s *prtgSensor) {
		code := 602
		if paused {
			code = 604
		}
		p.messages = append(p.messages, prtgMessage{at: now, entry: e, sensor: s, status: prtgPaused, code: code})
		if s == nil {
			e.paused = paused
			return
		}
		s.paused, s.show = paused, s.show && paused
	})
}

func (p *PRTG) pauseFor(q url.Values, now time.Time) (string, any) {
	q.Set("action", "0")
	return p.pauseObject(q, now)
}

func (p *PRTG) acknowledgeAlarm(q url.Values, now time.Time) (string, any) {
	return p.written(q, func(e *prtgEntry, s *prtgSensor) {
		for _, each := range e.sensors {
			if s == nil || each == s {
				p.acknowledge(e, each, q.Get("ackmsg"), now)
			}
		}
	})
}

// simulate is a test alarm: the sensor is down until it is resumed.
func (p *PRTG) simulate(q url.Values, _ time.Time) (string, any) {
	return p.written(q, func(_ *prtgEntry, s *prtgSensor) {
		if s != nil {
			s.show, s.shown, s.shownMessage = true, prtgDown, "Simulated error"
		}
	})
}

// scanNow measures at once.
func (p *PRTG) scanNow(q url.Values, now time.Time) (string, any) {
	return p.written(q, func(e *prtgEntry, s *prtgSensor) {
		pinged := !p.lost && p.world.answersAt(e.device, e.given.at)
		for _, each := range e.sensors {
			if (s == nil || each == s) && !e.paused && !p.stopped[e.device.PRTG.Probe] {
				p.scan(e, each, pinged, now, now)
			}
		}
	})
}

// rename gives an object another name.
func (p *PRTG) rename(q url.Values, _ time.Time) (string, any) {
	return p.written(q, func(e *prtgEntry, s *prtgSensor) {
		if s != nil {
			s.Name = q.Get("value")
			return
		}
		entry := *e.device.PRTG
		entry.Name = q.Get("value")
		e.device.PRTG = &entry
	})
}

// nothing answers a call that changes nothing here.
func (p *PRTG) nothing(q url.Values, _ time.Time) (string, any) {
	return p.written(q, func(*prtgEntry, *prtgSensor) {})
}

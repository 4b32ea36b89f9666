package lab

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// PRTG tries three times and then forgets.
const (
	prtgPushTries   = 3
	prtgPushTimeout = 30 * time.Second
)

// ExecuteHTTPAction sends what a notification template of PRTG does with each sensor that goes down or comes back. The
// template is form data with placeholders such as %sensorid, and their values are put into it as they are: a message
// with & and = in it tears the form apart. A placeholder that this PRTG does not know stays.
func (p *PRTG) ExecuteHTTPAction(address, template string) *Pusher {
	action := &Pusher{tries: prtgPushTries, timeout: prtgPushTimeout, url: address, kind: "application/x-www-form-urlencoded"}
	seen, down := 0, map[*prtgSensor]bool{}
	p.world.inspect(func(time.Time) { seen = len(p.messages) })
	action.due = func() ([]string, error) {
		var bodies []string
		p.world.inspect(func(time.Time) {
			for _, m := range p.messages[seen:] {
				if m.code != 0 {
					continue // what people did triggers nothing
				}
				// The trigger is "down", and its end; a sensor that was merely paused until now ends nothing.
				was, is := down[m.sensor], m.status == prtgDown
				down[m.sensor] = is
				if was == is {
					continue
				}
				values := p.placeholders(m)
				bodies = append(bodies, placeholder.ReplaceAllStringFunc(template, func(name string) string {
					if v, ok := values[name]; ok {
						return v
					}
					return name
				}))
			}
			seen = len(p.messages)
		})
		return bodies, nil
	}
	return action
}

var placeholder = regexp.MustCompile(`%[a-z]+`)

// placeholders are what PRTG knows of a change. Its texts are for people, in the language of the template's owner.
func (p *PRTG) placeholders(m prtgMessage) map[string]string {
	d := m.entry.device.PRTG
	status, message := strings.TrimSpace(p.statusText(m.status))+" (was: "+p.text("Down")+")", "OK"
	if m.status == prtgDown {
		status, message = p.text("Down")+" ESCALATION", m.sensor.message+" [code=17 & retry=2, 50% done]"
	}
	since := m.at.In(prtgZone()).Format("1/2/2006 3:04:05 PM")
	if p.opt.German {
		since = m.at.In(prtgZone()).Format("02.01.2006 15:04:05")
	}
	v := map[string]string{
		"%sensorid": strconv.Itoa(m.sensor.ID), "%deviceid": strconv.Itoa(d.ID), "%host": d.Host, "%device": d.Name, "%sensor": m.sensor.Name,
		"%group": d.Group, "%probe": d.Probe, "%status": status, "%statesince": since, "%lastmessage": message, "%priority": "3", "%sitename": "PRTG Network Monitor",
	}
	for alias, name := range map[string]string{"%server": "%device", "%name": "%sensor", "%state": "%status", "%since": "%statesince", "%message": "%lastmessage", "%prio": "%priority"} {
		v[alias] = v[name]
	}
	return v
}

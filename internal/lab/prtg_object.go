package lab

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (p *PRTG) getPasshash(url.Values, time.Time) (string, any) { return "text/plain", p.opt.Passhash }

// sensorDetails packs times as a number and a distance in one text.
func (p *PRTG) sensorDetails(q url.Values, now time.Time) (string, any) {
	if q.Get("id") == "0" {
		return typeJSON, object{{"prtgversion", p.opt.Version}, {"sensordata", object{{"name", "Root"}, {"statusid", "3"}}}}
	}
	e, s := p.sensorByID(byID(q))
	if s == nil {
		return p.refuse("Sorry, the selected object cannot be used here.")
	}
	ago := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return fmt.Sprintf("%s [%d s ago]", ole(t), int(now.Sub(t).Seconds()))
	}
	d := e.device.PRTG
	return typeJSON, object{{"prtgversion", p.opt.Version}, {"sensordata", object{
		{"name", s.Name}, {"sensortype", s.Type}, {"interval", fmt.Sprintf("%d s", p.stated(s))}, {"probename", d.Probe},
		{"parentgroupname", d.Group}, {"parentdevicename", d.Name}, {"parentdeviceid", strconv.Itoa(d.ID)},
		{"lastvalue", p.value(s)}, {"lastmessage", p.messageOf(e, s)}, {"favorite", ""}, {"statustext", p.textOf(e, s)},
		{"statusid", strconv.Itoa(p.statusOf(e, s))}, {"lastup", ago(s.lastUp)}, {"lastdown", ago(s.lastDown)},
		{"lastcheck", ago(s.scanned)}, {"uptime", "100.0000%"}, {"uptimetime", "26 d 1 h"}, {"downtime", "0.0000%"}, {"downtimetime", "0 s"},
		{"updownsince", "26 d 1 h"}, {"info", ""},
	}}}
}

// objectProperty answers one property of an object as XML. What is a credential is a canary.
func (p *PRTG) objectProperty(q url.Values, _ time.Time) (string, any) {
	values, found := p.properties(byID(q))
	if !found {
		return p.refuse("Sorry, the selected object cannot be used here.")
	}
	name := strings.ToLower(q.Get("name"))
	value, known := values[name]
	switch {
	case slices.ContainsFunc([]string{"password", "community", "passphrase", "privatekey"}, func(part string) bool { return strings.Contains(name, part) }):
		value = Canary + "-" + name
	case !known:
		value = "(Property not found)"
	}
	return typeXML, fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<prtg><version>%s</version><result>%s</result></prtg>\n", p.opt.Version, xmlText(value))
}

// properties are those of a device or a sensor.
func (p *PRTG) properties(id int) (map[string]string, bool) {
	if e := p.deviceByID(id); e != nil {
		d := e.device.PRTG
		return map[string]string{"name": d.Name, "host": d.Host, "tags": d.Tags, "priority": "3", "location": e.device.Location, "comments": "",
			"status": p.statusText(prtgUp), "interval": strconv.Itoa(int(p.opt.Interval.Seconds()))}, true
	}
	if e, s := p.sensorByID(id); s != nil {
		return map[string]string{"name": s.Name, "tags": s.Tags, "priority": "3", "status": p.textOf(e, s), "message": p.messageOf(e, s),
			"lastvalue": p.value(s), "interval": strconv.Itoa(p.stated(s)), "sensorkind": s.treeKind()}, true
	}
	return nil, id == 0
}

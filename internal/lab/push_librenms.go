package lab

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// LibreNMS gives up on an answer after this long, and tries once.
const librenmsPushTimeout = 2 * time.Second

// LibreNMSTransport is an alert transport of the fake LibreNMS.
type LibreNMSTransport struct {
	*Pusher
	l      *LibreNMS
	render func(transportAlert) (string, error)
}

// AlertmanagerTransport sends alerts and recoveries as LibreNMS' transport for Alertmanager does. Options are the lines
// of its settings, which add labels.
func (l *LibreNMS) AlertmanagerTransport(address, options string) *LibreNMSTransport {
	return l.transport(address+"/api/v2/alerts", "application/json", func(a transportAlert) (string, error) { return a.alertmanager(options) })
}

// APITransport sends alerts and recoveries as LibreNMS' API transport does with "Send as form" switched on. Body is that
// of its settings: a field a line, with variables as in "device_id={{ $device_id }}".
func (l *LibreNMS) APITransport(address, body string) *LibreNMSTransport {
	// What the address holds as a query is dropped.
	address, _, _ = strings.Cut(address, "?")
	return l.transport(address, "application/x-www-form-urlencoded", func(a transportAlert) (string, error) { return a.form(body) })
}

func (l *LibreNMS) transport(address, kind string, render func(transportAlert) (string, error)) *LibreNMSTransport {
	t := &LibreNMSTransport{l: l, render: render, Pusher: &Pusher{tries: 1, timeout: librenmsPushTimeout, url: address, kind: kind}}
	seen := 0
	l.world.inspect(func(time.Time) { seen = len(l.changes) })
	t.due = func() ([]string, error) {
		var bodies []string
		var errs []error
		l.world.inspect(func(now time.Time) {
			for i, c := range l.changes[seen:] {
				b, err := render(l.notice(c, l.logID(1, seen+i), now))
				bodies, errs = append(bodies, b), append(errs, err)
			}
			seen = len(l.changes)
		})
		return bodies, errors.Join(errs...)
	}
	return t
}

// PressTest sends what the transport's test button does: an alert of a device that exists, by a rule that does not.
func (t *LibreNMSTransport) PressTest(ctx context.Context) error {
	var body string
	var err error
	t.l.world.inspect(func(now time.Time) {
		a := t.l.notice(alertChange{alert: &librenmsAlert{entry: t.l.entries[0], rule: alertRules()[0]}, state: alertActive, at: now}, 0, now)
		a.vars["alert_id"], a.vars["rule_id"], a.vars["name"], a.vars["rule"] = "000", "000", "Test-Rule", "Test-Rule"
		a.vars["title"], a.vars["msg"] = "Testing transport from LibreNMS", "This is a test alert"
		body, err = t.render(a)
	})
	if err != nil {
		return fmt.Errorf("push: %w", err)
	}
	_, err = t.sendAll(ctx, []string{body})
	return err
}

// transportAlert is what a transport is given.
type transportAlert struct {
	vars     map[string]string
	recovery bool
	now      time.Time // with the server's offset
}

// notice is what a change of an alert gives the transports. Uid is its row of the alert log.
func (l *LibreNMS) notice(c alertChange, uid int, now time.Time) transportAlert {
	e, rule := c.alert.entry, c.alert.rule
	d := e.device
	a := transportAlert{recovery: c.state == alertClear, now: now.In(l.opt.Zone)}
	title := "Alert for device " + d.LibreNMS.Hostname + " - " + rule.name
	if a.recovery {
		title = "Device " + d.LibreNMS.Hostname + " recovered from " + rule.name
	}
	at := c.at.In(l.opt.Zone).Format(librenmsTime)
	a.vars = map[string]string{
		"alert_id": strconv.Itoa(c.alert.id), "device_id": strconv.Itoa(d.LibreNMS.ID), "rule_id": strconv.Itoa(rule.id),
		"id": strconv.Itoa(uid), "uid": strconv.Itoa(uid), "state": strconv.Itoa(c.state), "severity": rule.severity,
		"hostname": d.LibreNMS.Hostname, "sysName": l.sysName(d), "display": d.LibreNMS.Display, "os": d.LibreNMS.OS, "type": d.LibreNMS.Type,
		"ip": e.polledAt().String(), "sysDescr": "Linux " + d.Name + " 6.1.0 \"stable\"\nsecond line", "status": strconv.Itoa(number(e.up)),
		"status_reason": e.reason, "name": rule.name, "rule": rule.name, "title": title, "timestamp": at,
		"msg": title + "\nSeverity: " + rule.severity + "\nTimestamp: " + at + "\nRule: " + rule.name + "\nFaults:\n  #1: hostname = " + d.LibreNMS.Hostname + "; status = 0;\n",
	}
	return a
}

// alertmanager writes an array of one alert. A recovery has an end and no start, and both mean now.
func (a transportAlert) alertmanager(options string) (string, error) {
	when := "startsAt"
	if a.recovery {
		when = "endsAt"
	}
	b, err := appendJSON(nil, []object{{
		{when, a.now.Format(time.RFC3339)}, {"generatorURL", "https://librenms.example.net/device/" + a.vars["device_id"]},
		{"annotations", object{{"summary", a.vars["name"]}, {"title", a.vars["title"]}, {"description", tags.ReplaceAllString(a.vars["msg"], "")}}},
		{"labels", a.labels(options)},
	}})
	return string(b), err
}

// labels reads the lines "label=variable": with dyn_ left out where there is no such variable, with stc_ never looked
// up, with neither the text itself where there is none.
func (a transportAlert) labels(options string) object {
	labels := object{{"alertname", a.vars["name"]}, {"severity", a.vars["severity"]}, {"instance", a.vars["hostname"]}}
	for line := range strings.Lines(options) {
		label, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok {
			continue
		}
		found, known := a.vars[value]
		static, isStatic := strings.CutPrefix(label, "stc_")
		switch {
		case isStatic:
			labels.add(static, value)
		case known:
			labels.add(label, tags.ReplaceAllString(found, ""))
		case !strings.HasPrefix(label, "dyn_"):
			labels.add(label, value)
		}
	}
	return labels
}

// form fills the variables in and then reads lines, which is why a value must not hold a line end.
func (a transportAlert) form(body string) (string, error) {
	filled := variables.ReplaceAllStringFunc(body, func(v string) string { return a.vars[variables.FindStringSubmatch(v)[1]] })
	fields := url.Values{}
	for line := range strings.Lines(filled) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			fields.Set(k, v)
		}
	}
	return fields.Encode(), nil
}

var (
	tags      = regexp.MustCompile(`<[^>]*>`)
	variables = regexp.MustCompile(`\{\{ *\$([a-zA-Z_]+) *\}\}`)
)

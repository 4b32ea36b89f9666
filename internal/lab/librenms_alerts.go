package lab

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The states of an alert.
const (
	alertClear        = 0
	alertActive       = 1
	alertAcknowledged = 2
	alertWorse        = 3
	alertBetter       = 4
	alertChanged      = 5
)

// librenmsAlert is one row of the alerts: there is one for a device and a rule, and it stays after the recovery.
type librenmsAlert struct {
	id     int
	entry  *librenmsEntry
	rule   alertRule
	state  int
	at     time.Time // of the last change of state
	faults []string
	note   any
	// loud is an acknowledgement that a worse state ends.
	loud bool
}

// alertChange is a row of the alert log.
type alertChange struct {
	alert  *librenmsAlert
	state  int
	at     time.Time
	faults []string
}

// judge runs the rules over a device that was just polled.
func (l *LibreNMS) judge(e *librenmsEntry, at time.Time) {
	if e.up && len(e.broken) == 0 && len(e.alerts) == 0 {
		return
	}
	for _, rule := range alertRules() {
		i := slices.IndexFunc(e.alerts, func(a *librenmsAlert) bool { return a.rule.id == rule.id })
		faults := rule.faults(e)
		if i < 0 {
			if len(faults) == 0 {
				continue
			}
			l.alerted++
			e.alerts = append(e.alerts, &librenmsAlert{id: 40 + l.alerted, entry: e, rule: rule})
			i = len(e.alerts) - 1
		}
		a := e.alerts[i]
		if next := a.next(faults); next != a.state || !slices.Equal(faults, a.faults) {
			a.faults = faults
			if next != a.state || next == alertWorse || next == alertBetter || next == alertChanged {
				l.change(a, next, at)
			}
		}
	}
}

// next is the state that the faults of a poll lead to.
func (a *librenmsAlert) next(faults []string) int {
	switch {
	case len(faults) == 0:
		return alertClear
	case a.state == alertClear:
		return alertActive
	case slices.Equal(faults, a.faults):
		return a.state
	case a.state == alertAcknowledged && !a.loud:
		return alertAcknowledged
	case len(faults) > len(a.faults):
		return alertWorse
	case len(faults) < len(a.faults):
		return alertBetter
	}
	return alertChanged
}

func (l *LibreNMS) change(a *librenmsAlert, state int, at time.Time) {
	a.state, a.at = state, at
	if state == alertClear {
		a.note = nil
	}
	l.changes = append(l.changes, alertChange{a, state, at, slices.Clone(a.faults)})
}

// alertOrder is an order that LibreNMS takes: a column and a direction.
var alertOrder = regexp.MustCompile(`^(\w+) (asc|desc|ASC|DESC)$`)

// alerts answers active ones unless other states are asked for, which is what makes acknowledged ones vanish.
func (l *LibreNMS) alerts(r *http.Request, _ time.Time) reply {
	q := r.URL.Query()
	states := strings.Split(orElse(q.Get("state"), "1"), ",")
	order := alertOrder.FindStringSubmatch(orElse(q.Get("order"), "timestamp desc"))
	if order == nil {
		return failed(http.StatusBadRequest, "Invalid order: "+q.Get("order"))
	}
	var all []*librenmsAlert
	for _, e := range l.entries {
		if e.mark.Missing {
			continue
		}
		for _, a := range e.alerts {
			id, severity, rule := r.PathValue("alert"), q.Get("severity"), q.Get("alert_rule")
			if slices.Contains(states, strconv.Itoa(a.state)) && (id == "" || id == strconv.Itoa(a.id)) &&
				(severity == "" || severity == a.rule.severity) && (rule == "" || rule == strconv.Itoa(a.rule.id)) {
				all = append(all, a)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *librenmsAlert) int {
		var c int
		switch order[1] {
		case "id":
			c = cmp.Compare(a.id, b.id)
		case "device_id":
			c = cmp.Compare(a.entry.device.LibreNMS.ID, b.entry.device.LibreNMS.ID)
		case "severity":
			c = cmp.Compare(a.rule.severity, b.rule.severity)
		default:
			c = a.at.Compare(b.at)
		}
		if strings.EqualFold(order[2], "desc") {
			return -c
		}
		return c
	})
	rows := make([]object, len(all))
	for i, a := range all {
		rows[i] = l.alertRow(a)
	}
	return good("alerts", rows, true)
}

func (l *LibreNMS) alertRow(a *librenmsAlert) object {
	d := a.entry.device.LibreNMS
	info := ""
	if a.loud {
		info = `{"until_clear":false}`
	}
	return object{{"hostname", d.Hostname}, {"id", a.id}, {"device_id", d.ID}, {"rule_id", a.rule.id}, {"state", a.state}, {"alerted", a.state},
		{"open", 0}, {"note", a.note}, {"timestamp", l.naive(a.at)}, {"info", info}, {"severity", a.rule.severity}, {"name", a.rule.name}, {"proc", nil},
		{"notes", nil}}
}

// acknowledge takes an alert for known: PUT /alerts/ID with a note. An id that does not exist is told with 200.
func (l *LibreNMS) acknowledge(r *http.Request, now time.Time) reply {
	note, untilClear := noteOf(r)
	return l.onAlert(r, "No Alert by that ID", "Alert has been acknowledged", func(a *librenmsAlert) {
		a.note, a.loud = fmt.Sprintf("%s - Ack (operator) %s", l.naive(now), note), !untilClear
		l.change(a, alertAcknowledged, now)
	})
}

// unmute takes the acknowledgement back.
func (l *LibreNMS) unmute(r *http.Request, now time.Time) reply {
	note, _ := noteOf(r)
	return l.onAlert(r, "No alert by that ID", "Alert has been unmuted", func(a *librenmsAlert) {
		a.note, a.loud = fmt.Sprintf("%s - Ack cancelled (operator) %s", l.naive(now), note), false
		l.change(a, alertActive, now)
	})
}

func (l *LibreNMS) onAlert(r *http.Request, none, done string, do func(a *librenmsAlert)) reply {
	for _, e := range l.entries {
		for _, a := range e.alerts {
			if strconv.Itoa(a.id) == r.PathValue("alert") && a.state != alertClear {
				do(a)
				return reply{http.StatusOK, object{{"status", "ok"}, {"message", done}}}
			}
		}
	}
	return reply{http.StatusOK, object{{"status", "ok"}, {"message", none}}}
}

func noteOf(r *http.Request) (note string, untilClear bool) {
	var body struct {
		Note       string `json:"note"`
		UntilClear *bool  `json:"until_clear"`
	}
	if json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&body) != nil {
		return "", true
	}
	return body.Note, body.UntilClear == nil || *body.UntilClear
}

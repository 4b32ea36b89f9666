package lab

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/quorate/quorate/device"
)

// alertRule is one of LibreNMS' rules, reduced to what it finds in a device.
type alertRule struct {
	id             int
	name, severity string
	query          string
	// faults names what fits, in order; none is no alert.
	faults func(e *librenmsEntry) []string
}

// The rules' numbers.
const (
	ruleICMP     = 1
	ruleSNMP     = 3
	ruleCritical = 8
	ruleWarning  = 9
)

const librenmsRuleName = "Device Down! Due to no ICMP response."

func alertRules() []alertRule {
	down := func(reasons ...string) func(*librenmsEntry) []string {
		return func(e *librenmsEntry) []string {
			if !e.up && slices.Contains(reasons, e.reason) {
				return []string{"status"}
			}
			return nil
		}
	}
	parts := func(state device.State) func(*librenmsEntry) []string {
		return func(e *librenmsEntry) []string {
			var names []string
			for component, s := range e.broken {
				if s == state {
					names = append(names, component)
				}
			}
			slices.Sort(names)
			return names
		}
	}
	return []alertRule{
		{ruleICMP, librenmsRuleName, "critical", "SELECT * FROM devices WHERE devices.status = 0 AND devices.status_reason = \"icmp\"",
			down("icmp", librenmsNewReason)},
		{ruleSNMP, "Device Down (SNMP unreachable)", "critical", "SELECT * FROM devices WHERE devices.status = 0 AND devices.status_reason = \"snmp\"", down("snmp")},
		{ruleCritical, "State Sensor Critical", "critical", "SELECT * FROM devices,sensors WHERE sensors.sensor_alert = 1", parts(device.StateCritical)},
		{ruleWarning, "State Sensor Warning", "warning", "SELECT * FROM devices,sensors WHERE sensors.sensor_alert = 1", parts(device.StateWarning)},
	}
}

// rules answers the rules, with JSON in strings.
func (l *LibreNMS) rules(r *http.Request, _ time.Time) reply {
	var rows []object
	for _, rule := range alertRules() {
		if only := r.PathValue("rule"); only != "" && only != strconv.Itoa(rule.id) {
			continue
		}
		row := object{{"id", rule.id}, {"name", rule.name}, {"severity", rule.severity}, {"disabled", 0}, {"extra", `{"mute":false,"count":"-1"}`},
			{"builder", "{}"}, {"query", rule.query}, {"proc", nil}, {"notes", nil}, {"invert_map", 0}, {"devices", []int{}}, {"groups", []int{}},
			{"locations", []int{}}}
		if !l.before("26.1") {
			row = append(row, object{{"alert_operation_id", nil}, {"operations", []int{}}}...)
		}
		rows = append(rows, row)
	}
	return goodOr404("rules", rows, true, "Alert rule not found")
}

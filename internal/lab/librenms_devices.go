package lab

import (
	"cmp"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// orderPattern is what LibreNMS lets pass as an order. What does not fit it is replaced by the host name.
var orderPattern = regexp.MustCompile(`^[a-z_]+( (desc|asc))?$`)

// devices answers the list, with the filters that say what kind of device is wanted. An unknown type means all, and an
// order by a column that does not exist fails in the database, which LibreNMS answers with no device at all.
func (l *LibreNMS) devices(r *http.Request, now time.Time) reply {
	q := r.URL.Query()
	kind, query := q.Get("type"), q.Get("query")
	var all []*librenmsEntry
	for _, e := range l.entries {
		if !e.mark.Missing && l.wanted(e, kind, query, now) {
			all = append(all, e)
		}
	}
	column, direction := "hostname", ""
	if order := q.Get("order"); orderPattern.MatchString(order) {
		column, direction, _ = strings.Cut(order, " ")
	}
	if len(all) > 0 && all[0].column(l, column, now) == nil && !slices.Contains(nullable, column) {
		return goodList("devices", list{}, true)
	}
	slices.SortStableFunc(all, func(a, b *librenmsEntry) int {
		c := compareValues(a.column(l, column, now), b.column(l, column, now))
		if direction == "desc" {
			return -c
		}
		return c
	})
	all = oneOfEachName(all)
	byPort := kind == "mac" || kind == "ipv4" || kind == "ipv6"
	return goodList("devices", list{len(all), func(i int) object {
		row := l.deviceRow(all[i], now)
		for n := range row {
			// These filters join the ports, whose columns of the same name win.
			if name := row[n].name; byPort && (name == "ignore" || name == "disabled") {
				row[n].value = 0
			}
		}
		return row
	}}, true)
}

// nullable are the columns that may be null in the first row.
var nullable = []string{"display_template", "features", "purpose", "lat", "lng", "last_polled", "last_ping", "last_poll_attempted",
	"dependency_parent_id", "dependency_parent_hostname"}

// column is a value of the device's row, nil where it has no such column.
func (e *librenmsEntry) column(l *LibreNMS, name string, now time.Time) any {
	switch name { // the usual ones, without making the row
	case "hostname":
		return e.device.LibreNMS.Hostname
	case "device_id":
		return e.device.LibreNMS.ID
	}
	for _, f := range l.deviceRow(e, now) {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

func compareValues(a, b any) int {
	switch a := a.(type) {
	case int:
		n, _ := b.(int)
		return cmp.Compare(a, n)
	case float64:
		n, _ := b.(float64)
		return cmp.Compare(a, n)
	case string:
		s, _ := b.(string)
		return cmp.Compare(a, s)
	}
	return 0
}

// oneOfEachName leaves the first of several devices with one host name: the list groups by it.
func oneOfEachName(all []*librenmsEntry) []*librenmsEntry {
	seen := make(map[string]bool, len(all))
	return slices.DeleteFunc(all, func(e *librenmsEntry) bool {
		name := e.device.LibreNMS.Hostname
		again := seen[name]
		seen[name] = true
		return again
	})
}

// wanted applies the filter. Names and places fit by a part of them, everything else as a whole.
func (l *LibreNMS) wanted(e *librenmsEntry, kind, query string, now time.Time) bool {
	d := e.device
	switch kind {
	case "active":
		return !e.mark.Disabled && !e.mark.Ignored
	case "ignored":
		return e.mark.Ignored && !e.mark.Disabled
	case "disabled":
		return e.mark.Disabled
	case "up":
		return e.up && !e.mark.Disabled && !e.mark.Ignored
	case "down":
		return !e.up && !e.mark.Disabled && !e.mark.Ignored
	case "hostname", "sysName", "display", "location":
		text, _ := e.column(l, kind, now).(string)
		return strings.Contains(strings.ToLower(text), strings.ToLower(query))
	case "device_id", "location_id":
		n, _ := e.column(l, kind, now).(int)
		return strconv.Itoa(n) == query
	case "os", "type", "serial", "version", "hardware", "features":
		text, _ := e.column(l, kind, now).(string)
		return text == query
	case "mac":
		// Whoever has seen the MAC, which is not whoever owns it.
		return l.sees(e, strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "").Replace(query)))
	case "ipv4", "ipv6":
		return e.address.Is4() == (kind == "ipv4") && (e.address.String() == query || e.address.StringExpanded() == query) ||
			slices.ContainsFunc(d.Shared, func(at netip.Addr) bool { return at.String() == query })
	}
	return true
}

func (l *LibreNMS) oneDevice(r *http.Request, now time.Time) reply {
	e, missing := l.find(r)
	switch {
	case missing != nil:
		return *missing
	case e.mark.Guest:
		// The code merges the host, an object, as if it were a list.
		return reply{http.StatusInternalServerError, object{{"message", "Server Error"}}}
	}
	return good("devices", []object{l.singleRow(e, now)}, true)
}

func (l *LibreNMS) availability(r *http.Request, now time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	var rows []object
	for _, span := range []int{86400, 604800, 2592000, 31536000} {
		down := time.Duration(0)
		for _, o := range e.outages {
			end := o.up
			if end.IsZero() {
				end = now
			}
			down += end.Sub(o.down)
		}
		share := 100 - 100*down.Seconds()/float64(span)
		rows = append(rows, object{{"duration", span}, {"availability_perc", strconv.FormatFloat(max(share, 0), 'f', 6, 64)}})
	}
	return good("availability", rows, false)
}

func (l *LibreNMS) outages(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	var rows []object
	for _, o := range slices.Backward(e.outages) {
		row := object{{"going_down", o.down.Unix()}, {"up_again", nil}}
		if !o.up.IsZero() {
			row[1].value = o.up.Unix()
		}
		rows = append(rows, row)
	}
	return good("outages", rows, false)
}

func (l *LibreNMS) maintenance(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	return reply{http.StatusOK, object{{"status", "ok"}, {"is_under_maintenance", e.mark.Maintenance}}}
}

package lab

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// places are the locations of the listed devices, each once.
func (l *LibreNMS) places() []string {
	var all []string
	for _, e := range l.entries {
		if at := e.device.Location; at != "" && !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	return all
}

// locationID numbers the places from 1 in the order in which devices came to them, which is that of racks and rooms in
// the lab; a device without a place has 0.
func (l *LibreNMS) locationID(place string) int { return l.placeIDs[place] }

func (l *LibreNMS) locations(r *http.Request, _ time.Time) reply {
	only := r.PathValue("place")
	var rows []object
	for i, at := range l.places() {
		if only == "" || only == at || only == strconv.Itoa(i+1) {
			rows = append(rows, object{{"id", i + 1}, {"location", at}, {"lat", nil}, {"lng", nil}, {"timestamp", l.naive(l.startedAt)},
				{"fixed_coordinates", 0}})
		}
	}
	return goodOr404("locations", rows, true, "Locations do not exist")
}

// groupsOf are the device groups: one for each of LibreNMS' types of devices.
func (l *LibreNMS) groupsOf() []string {
	var all []string
	for _, e := range l.entries {
		if kind := e.device.LibreNMS.Type; kind != "" && !e.mark.Missing && !slices.Contains(all, kind) {
			all = append(all, kind)
		}
	}
	slices.Sort(all)
	return all
}

func (l *LibreNMS) groupRow(i int, name string) object {
	return object{{"id", i + 1}, {"name", name}, {"desc", "All devices of the type " + name}, {"type", "dynamic"},
		{"rules", fmt.Sprintf(`{"condition":"AND","rules":[{"id":"devices.type","operator":"equal","value":%q}]}`, name)},
		{"pattern", fmt.Sprintf("devices.type = %q", name)}}
}

func (l *LibreNMS) groups(_ *http.Request, _ time.Time) reply {
	var rows []object
	for i, name := range l.groupsOf() {
		rows = append(rows, l.groupRow(i, name))
	}
	return goodOr404("groups", rows, true, "No device groups found")
}

// group answers the members of a group, as their numbers or as whole rows, which hold the secrets again.
func (l *LibreNMS) group(r *http.Request, now time.Time) reply {
	name := r.PathValue("name")
	i := slices.IndexFunc(l.groupsOf(), func(g string) bool { return strings.EqualFold(g, name) })
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(l.groupsOf()) {
		i = n - 1
	}
	if i < 0 {
		return failed(http.StatusNotFound, "Device group not found")
	}
	kind := l.groupsOf()[i]
	var rows []object
	for _, e := range l.entries {
		switch {
		case e.mark.Missing || e.device.LibreNMS.Type != kind:
		case r.URL.Query().Get("full") != "":
			rows = append(rows, l.deviceRow(e, now))
		default:
			rows = append(rows, object{{"device_id", e.device.LibreNMS.ID}})
		}
	}
	return goodOr404("devices", rows, true, "No devices found in group "+kind)
}

func (l *LibreNMS) groupsOfDevice(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	i := slices.Index(l.groupsOf(), e.device.LibreNMS.Type)
	if i < 0 {
		return failed(http.StatusNotFound, "Device "+r.PathValue("id")+" is not a member of any group")
	}
	return good("groups", []object{l.groupRow(i, e.device.LibreNMS.Type)}, true)
}

// inventory answers the chassis, which is all that most devices of a lab tell.
func (l *LibreNMS) inventory(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	d := e.device
	return good("inventory", []object{{{"entPhysical_id", d.LibreNMS.ID}, {"device_id", d.LibreNMS.ID}, {"entPhysicalIndex", 1},
		{"entPhysicalDescr", d.Vendor + " " + d.Model}, {"entPhysicalClass", "chassis"}, {"entPhysicalName", d.Name}, {"entPhysicalModelName", d.Model},
		{"entPhysicalSerialNum", d.Serial}, {"entPhysicalContainedIn", 0}, {"entPhysicalParentRelPos", -1}, {"entPhysicalMfgName", d.Vendor},
		{"entPhysicalSoftwareRev", d.Version}, {"ifIndex", nil}}}, true)
}

// services has a list in its list. A check's parameters may hold a password, and do here.
func (l *LibreNMS) services(r *http.Request, _ time.Time) reply {
	id := r.PathValue("id")
	if id != "" {
		if _, missing := l.find(r); missing != nil {
			return *missing
		}
	}
	rows := []object{}
	for _, e := range l.entries {
		if e.mark.Missing || !e.is(id) || e.device.Kind != KindHypervisor {
			continue
		}
		rows = append(rows, object{{"service_id", 1}, {"device_id", e.device.LibreNMS.ID}, {"service_ip", e.polledAt().String()}, {"service_type", "http"},
			{"service_desc", "Web UI"}, {"service_param", fmt.Sprintf("-p 8006 -a user:%s-service-%d", Canary, e.device.LibreNMS.ID)}, {"service_ignore", 0},
			{"service_status", 2 * number(!e.up)}, {"service_changed", e.changedAt.Unix()}, {"service_message", "HTTP OK"}, {"service_disabled", 0},
			{"service_ds", `{"time":"s"}`}, {"service_template_id", 0}, {"service_name", "Web UI"}})
	}
	return reply{http.StatusOK, object{{"status", "ok"}, {"services", [][]object{rows}}, {"count", 1}}}
}

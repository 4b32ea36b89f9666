package lab

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// portRef is one port of one device.
type portRef struct {
	entry *librenmsEntry
	index int // from 0
}

// ports is how many a device has: 48 on the switch, one elsewhere.
func (e *librenmsEntry) ports() int {
	if e.device.Kind == KindSwitch {
		return 48
	}
	return 1
}

// portID is the port's number in LibreNMS. A device has fewer than a hundred.
func (p portRef) id() int { return p.entry.device.LibreNMS.ID*100 + p.index }

func (p portRef) name() string {
	if p.entry.ports() == 1 {
		return "eth0"
	}
	return fmt.Sprint(p.index + 1)
}

// mac is written as LibreNMS writes MACs: digits alone.
func (p portRef) mac() string {
	if p.entry.ports() == 1 {
		return strings.ReplaceAll(p.entry.device.MAC, ":", "")
	}
	return fmt.Sprintf("00005e0053%02x", switchMAC+p.index+1)
}

// up reports whether something is plugged in.
func (p portRef) up() bool { return p.index < 30 }

func (p portRef) row() object {
	oper, speed := "up", 1_000_000_000
	if !p.up() {
		oper, speed = "down", 0
	}
	name := p.name()
	return object{
		{"port_id", p.id()}, {"device_id", p.entry.device.LibreNMS.ID}, {"ifIndex", p.index + 1}, {"ifName", name}, {"ifDescr", name}, {"ifAlias", name},
		{"ifOperStatus", oper}, {"ifAdminStatus", "up"}, {"ifSpeed", speed}, {"ifType", "ethernetCsmacd"}, {"ifPhysAddress", p.mac()},
		{"ifLastChange", 0}, {"ifInErrors_delta", 0}, {"ifOutErrors_delta", 0}, {"ifInOctets_rate", 41230 + p.index}, {"ifOutOctets_rate", 39111 + p.index},
		{"ignore", 0}, {"disabled", 0}, {"deleted", 0}, {"poll_time", p.entry.lastPolled.Unix()},
		{"poll_period", int(p.entry.step.Seconds())},
	}
}

// allPorts are the ports of every device that is listed.
func (l *LibreNMS) allPorts() []portRef {
	var all []portRef
	for _, e := range l.entries {
		if !e.mark.Missing {
			all = append(all, e.allPorts()...)
		}
	}
	return all
}

func (e *librenmsEntry) allPorts() []portRef {
	all := make([]portRef, e.ports())
	for i := range all {
		all[i] = portRef{e, i}
	}
	return all
}

func (l *LibreNMS) ports(r *http.Request, _ time.Time) reply {
	return columns(r, "ports", l.allPorts(), "port_id", "ifName")
}

// devicePorts answers one device's ports, by default with their names alone. None is a 404 here.
func (l *LibreNMS) devicePorts(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	if e.ports() == 0 {
		return failed(http.StatusNotFound, "No ports found")
	}
	return columns(r, "ports", e.allPorts(), "ifName")
}

// portByName answers a port of a device by its ifName.
func (l *LibreNMS) portByName(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	for _, p := range e.allPorts() {
		if p.name() == r.PathValue("name") {
			return reply{http.StatusOK, object{{"status", "ok"}, {"port", p.row()}}}
		}
	}
	return failed(http.StatusNotFound, "Port "+r.PathValue("name")+" does not exist")
}

// onePort answers a port by its number, with what else is asked for.
func (l *LibreNMS) onePort(r *http.Request, now time.Time) reply {
	for _, p := range l.allPorts() {
		if strconv.Itoa(p.id()) != r.PathValue("port") {
			continue
		}
		row := p.row()
		for with := range strings.SplitSeq(r.URL.Query().Get("with"), ",") {
			switch with {
			case "vlans":
				row.add("vlans", []object{{{"vlan", p.entry.device.VLAN}, {"state", "forwarding"}}})
			case "device":
				row.add("device", l.singleRow(p.entry, now)) // secrets included
			case "statistics":
				row.add("statistics", object{{"port_id", p.id()}, {"ifInNUcastPkts", 0}, {"ifOutNUcastPkts", 0}})
			}
		}
		return good("port", []object{row}, true)
	}
	return failed(http.StatusNotFound, "Port "+r.PathValue("port")+" does not exist")
}

// portsOfMAC answers the ports that have learned a MAC. The first one asked for alone is where the device is plugged in.
func (l *LibreNMS) portsOfMAC(r *http.Request, _ time.Time) reply {
	var rows []object
	mac := digitsOfMAC(r.PathValue("mac"))
	for _, f := range l.forwarding() {
		if f.mac == mac {
			rows = append(rows, f.port.row())
		}
	}
	if r.URL.Query().Get("filter") == "first" && len(rows) > 1 {
		rows = rows[:1]
	}
	return goodOr404("ports", rows, true, "No port found for mac address "+mac)
}

// columns keeps what was asked for. One column that does not exist fails the whole request.
func columns(r *http.Request, name string, ports []portRef, standard ...string) reply {
	want := standard
	if c := r.URL.Query().Get("columns"); c != "" {
		want = strings.Split(c, ",")
	}
	var at []int
	known := portRef{&librenmsEntry{device: &Device{LibreNMS: &LibreNMSEntry{}}}, 0}.row()
	for _, c := range want {
		i := slices.IndexFunc(known, func(f field) bool { return f.name == c })
		if i < 0 {
			return failed(http.StatusBadRequest, "Invalid columns: "+c)
		}
		at = append(at, i)
	}
	return goodList(name, list{len(ports), func(n int) object {
		row := ports[n].row()
		o := make(object, len(at))
		for i, c := range at {
			o[i] = row[c]
		}
		return o
	}}, false)
}

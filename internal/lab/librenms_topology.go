package lab

import (
	"net/http"
	"strconv"
	"time"
)

// forward is a row of the switch's forwarding table: on which port it has learned a MAC.
type forward struct {
	id   int
	port portRef
	mac  string
	of   *Device
}

// core is the switch that everything hangs behind, nil in a lab without it.
func (l *LibreNMS) core() *librenmsEntry {
	for _, e := range l.entries {
		if e.device.Kind == KindSwitch {
			return e
		}
	}
	return nil
}

// forwarding is the forwarding table of the core switch: the devices behind it, each on a port of its own, in the order
// that the switch itself gives by SNMP: who speaks LLDP from port 2 on, everybody else from port 20 on.
func (l *LibreNMS) forwarding() []forward {
	core := l.core()
	if core == nil {
		return nil
	}
	var all []forward
	neighbours, hosts := 2, 20
	for _, d := range l.world.behind(core.device.Name) {
		port := &hosts
		if d.speaksLLDP() {
			port = &neighbours
		}
		all = append(all, forward{len(all) + 1, portRef{core, *port - 1}, digitsOfMAC(d.MAC), d})
		*port++
	}
	return all
}

// speaksLLDP reports whether a switch learns by LLDP who is at the other end of the cable.
func (d *Device) speaksLLDP() bool {
	return d.Kind == KindAP || d.Kind == KindSynology || d.Kind == KindWD
}

// fdb answers the forwarding table: of all devices, of one, or of one MAC.
func (l *LibreNMS) fdb(r *http.Request, _ time.Time) reply {
	if r.PathValue("id") != "" {
		if _, missing := l.find(r); missing != nil {
			return *missing
		}
	}
	var rows []object
	for _, f := range l.forwarding() {
		if mac := r.PathValue("mac"); mac != "" && digitsOfMAC(mac) != f.mac || !f.port.entry.is(r.PathValue("id")) {
			continue
		}
		rows = append(rows, l.forwardRow(f))
	}
	return goodOr404("ports_fdb", rows, false, "No fdb entries found")
}

// is reports whether a path's {id} means e; "" means every device.
func (e *librenmsEntry) is(id string) bool {
	return id == "" || id == strconv.Itoa(e.device.LibreNMS.ID) || id == e.device.LibreNMS.Hostname
}

func (l *LibreNMS) forwardRow(f forward) object {
	return object{{"ports_fdb_id", f.id}, {"port_id", f.port.id()}, {"mac_address", f.mac}, {"vlan_id", f.of.VLAN},
		{"device_id", f.port.entry.device.LibreNMS.ID}, {"created_at", l.naive(l.startedAt)}, {"updated_at", l.naive(l.tick)}}
}

// fdbDetail names the port and the device in words.
func (l *LibreNMS) fdbDetail(r *http.Request, _ time.Time) reply {
	mac := digitsOfMAC(r.PathValue("mac"))
	var rows []object
	for _, f := range l.forwarding() {
		if f.mac == mac {
			rows = append(rows, object{{"hostname", f.port.entry.device.LibreNMS.Hostname}, {"ifName", f.port.name()}, {"mac_address", mac},
				{"last_seen", "1 minute ago"}, {"updated_at", l.naive(l.tick)}})
		}
	}
	return goodOr404("mac_address_details", rows, false, "No fdb entries found")
}

// links answers what LLDP has told: of all devices, of one, or one link.
func (l *LibreNMS) links(r *http.Request, _ time.Time) reply {
	if r.PathValue("id") != "" {
		if _, missing := l.find(r); missing != nil {
			return *missing
		}
	}
	var rows []object
	for _, f := range l.forwarding() {
		if !f.of.speaksLLDP() || !f.port.entry.is(r.PathValue("id")) || r.PathValue("link") != "" && r.PathValue("link") != strconv.Itoa(f.id) {
			continue
		}
		remote := 0 // a neighbour that is no device of LibreNMS
		if f.of.LibreNMS != nil {
			remote = f.of.LibreNMS.ID
		}
		rows = append(rows, object{{"id", f.id}, {"local_port_id", f.port.id()}, {"local_device_id", f.port.entry.device.LibreNMS.ID},
			{"remote_port_id", nil}, {"active", 1}, {"protocol", "lldp"}, {"remote_hostname", f.of.Name}, {"remote_device_id", remote},
			{"remote_port", "eth0"}, {"remote_platform", f.of.Vendor + " " + f.of.Model}, {"remote_version", f.of.Version}})
	}
	return goodOr404("links", rows, true, "No links found")
}

// vlans answers the switch's VLANs.
func (l *LibreNMS) vlans(r *http.Request, _ time.Time) reply {
	id := orElse(r.PathValue("id"), r.URL.Query().Get("hostname"))
	core := l.core()
	if core == nil || !core.is(id) {
		return failed(http.StatusNotFound, "No VLANs found")
	}
	var rows []object
	seen := map[int]bool{}
	for _, d := range l.world.devices {
		if !seen[d.VLAN] {
			seen[d.VLAN] = true
			rows = append(rows, object{{"vlan_id", len(rows) + 1}, {"device_id", core.device.LibreNMS.ID}, {"vlan_vlan", d.VLAN}, {"vlan_domain", 1},
				{"vlan_name", "VLAN " + strconv.Itoa(d.VLAN)}, {"vlan_type", "static"}, {"vlan_state", 1}})
		}
	}
	return good("vlans", rows, true)
}

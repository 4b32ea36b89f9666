package lab

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// Canary is in every secret that the fakes send: a test can look for it in whatever must not hold one.
const Canary = "CANARY"

const librenmsTime = "2006-01-02 15:04:05"

// naive writes a time as lists do: in the database's zone, without saying which.
func (l *LibreNMS) naive(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.In(l.opt.Zone).Format(librenmsTime)
}

// single writes the same time as the call for one device does.
func single(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}

func (l *LibreNMS) insertedAt(d *Device) time.Time {
	return time.Date(2025, 3, 2, 8, 15, 0, 0, time.UTC).Add(time.Duration(d.LibreNMS.ID) * 37 * time.Minute)
}

// timetaken is how long a poll of the device takes: always a small part of the step.
func (l *LibreNMS) timetaken(d *Device) float64 {
	return float64(20+hash(d.Name)%60) / 4000 * l.opt.Step.Seconds()
}

func (l *LibreNMS) deviceRow(e *librenmsEntry, now time.Time) object {
	d := e.device
	secret := func(what string) string { return fmt.Sprintf("%s-%s-%d", Canary, what, d.LibreNMS.ID) }
	sysName := d.Name
	if strings.Contains(d.LibreNMS.Hostname, ".example.net") {
		sysName = d.LibreNMS.Hostname
	}
	row := object{
		{"device_id", d.LibreNMS.ID}, {"inserted", l.naive(l.insertedAt(d))}, {"hostname", d.LibreNMS.Hostname}, {"sysName", sysName},
		{"display", orElse(d.LibreNMS.Display, d.Name)}, {"display_template", nil}, {"ip", d.Address.String()}, {"overwrite_ip", ""},
		{"community", secret("community")}, {"authlevel", "authPriv"}, {"authname", secret("authname")}, {"authpass", secret("authpass")},
		{"authalgo", "SHA"}, {"cryptopass", secret("cryptopass")}, {"cryptoalgo", "AES"}, {"snmpver", "v2c"}, {"port", 161},
		{"transport", "udp"}, {"timeout", nil}, {"retries", nil}, {"snmp_disable", number(e.snmpOff)}, {"bgpLocalAs", nil},
		{"sysObjectID", d.LibreNMS.ObjectID}, {"snmpEngineID", engineID(d)}, {"sysDescr", d.Vendor + " " + d.Model + ", revision " + d.Version},
		{"sysContact", secret("contact") + "@example.net"}, {"version", d.Version}, {"hardware", d.Model}, {"features", nil}, {"location_id", 1},
		{"os", d.LibreNMS.OS}, {"status", number(e.up)}, {"status_reason", e.reason}, {"ignore", number(e.ignored)}, {"disabled", number(e.disabled)},
		{"uptime", int(e.uptime.Seconds())}, {"agent_uptime", 0}, {"last_polled", l.naive(e.lastPolled)}, {"last_poll_attempted", nil},
		{"last_polled_timetaken", l.timetaken(d)}, {"last_discovered_timetaken", 31.02},
		{"last_discovered", l.naive(now.Truncate(6 * time.Hour).Add(33*time.Minute - 6*time.Hour))}, {"last_ping", l.naive(e.lastPing)},
		{"last_ping_timetaken", 0.41}, {"purpose", nil}, {"type", d.LibreNMS.Type}, {"serial", d.Serial}, {"icon", d.LibreNMS.OS + ".svg"},
		{"poller_group", 0}, {"override_sysLocation", 0}, {"notes", secret("notes")}, {"port_association_mode", 1}, {"max_depth", 1},
		{"disable_notify", 0}, {"ignore_status", 0}, {"mtu_status", 1}, {"dependency_parent_id", nil}, {"dependency_parent_hostname", nil},
		{"location", orElse(d.Location, "<null>")}, {"lat", nil}, {"lng", nil},
	}
	if parent := l.world.byName[d.Parent]; parent != nil && parent.LibreNMS != nil {
		for i := range row {
			switch row[i].name {
			case "dependency_parent_id":
				row[i].value = strconv.Itoa(parent.LibreNMS.ID)
			case "dependency_parent_hostname":
				row[i].value = parent.LibreNMS.Hostname
			}
		}
	}
	return row
}

// singleRow is the row of the call for one device, with its other types.
func (l *LibreNMS) singleRow(e *librenmsEntry, now time.Time) object {
	row := slices.Clone(l.deviceRow(e, now))
	for i := range row {
		switch row[i].name {
		case "status", "ignore", "disabled", "snmp_disable", "disable_notify", "ignore_status":
			row[i].value = row[i].value == 1
		case "inserted":
			row[i].value = single(l.insertedAt(e.device))
		case "last_polled":
			row[i].value = single(e.lastPolled)
		case "last_ping":
			row[i].value = single(e.lastPing)
		case "last_discovered":
			row[i].value = single(now.Truncate(6 * time.Hour).Add(33*time.Minute - 6*time.Hour))
		case "icon":
			row[i].value = "images/os/" + e.device.LibreNMS.OS + ".svg"
		case "location":
			row[i].value = object{{"id", 1}, {"location", e.device.Location}, {"lat", nil}, {"lng", nil},
				{"timestamp", single(l.insertedAt(e.device))}, {"fixed_coordinates", false}}
		}
	}
	return row
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// engineID is as the server sends it: spaced octets with a line break where sixteen would be full.
func engineID(d *Device) string {
	var b strings.Builder
	for i, octet := range engine(d) {
		if i > 0 {
			b.WriteByte(" \n"[number(i%8 == 0)])
		}
		fmt.Fprintf(&b, "%02X", octet)
	}
	return b.String()
}

// engine is a device's SNMP engine id as RFC 3411 makes it: its maker's number and its MAC.
func engine(d *Device) []byte {
	maker := uint32(8072)
	if d.Kind == KindSwitch {
		maker = 11
	}
	mac, err := net.ParseMAC(d.MAC)
	if err != nil {
		return nil
	}
	return append(append(binary.BigEndian.AppendUint32(nil, maker|1<<31), 3), mac...)
}

// portRows are the ports of a device: 48 on the switch, one elsewhere.
func (l *LibreNMS) portRows(e *librenmsEntry) []object {
	d := e.device
	n := 1
	if d.Kind == KindSwitch {
		n = 48
	}
	var rows []object
	for i := range n {
		name, mac := fmt.Sprintf("%d", i+1), fmt.Sprintf("00005e0053%02x", switchMAC+i+1)
		if n == 1 {
			name, mac = "eth0", strings.ReplaceAll(d.MAC, ":", "")
		}
		oper, speed := "up", 1_000_000_000
		if n > 1 && i >= 30 {
			oper, speed = "down", 0
		}
		rows = append(rows, object{
			{"port_id", d.LibreNMS.ID*100 + i}, {"device_id", d.LibreNMS.ID}, {"ifIndex", i + 1}, {"ifName", name}, {"ifDescr", name}, {"ifAlias", name},
			{"ifOperStatus", oper}, {"ifAdminStatus", "up"}, {"ifSpeed", speed}, {"ifType", "ethernetCsmacd"}, {"ifPhysAddress", mac},
			{"ifLastChange", 0}, {"ifInErrors_delta", 0}, {"ifOutErrors_delta", 0}, {"ifInOctets_rate", 41230 + i}, {"ifOutOctets_rate", 39111 + i},
			{"ignore", 0}, {"disabled", 0}, {"deleted", 0}, {"poll_time", e.lastPolled.Unix()},
		})
	}
	return rows
}

func (l *LibreNMS) ports(r *http.Request, _ time.Time) reply {
	var rows []object
	for _, e := range l.entries {
		if !e.missing {
			rows = append(rows, l.portRows(e)...)
		}
	}
	return columns(r, "ports", rows, "port_id", "ifName")
}

func (l *LibreNMS) devicePorts(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	return columns(r, "ports", l.portRows(e), "ifName")
}

// columns keeps what was asked for. One column that does not exist fails the whole request.
func columns(r *http.Request, name string, rows []object, standard ...string) reply {
	want := standard
	if c := r.URL.Query().Get("columns"); c != "" {
		want = strings.Split(c, ",")
	}
	kept := make([]object, 0, len(rows))
	for _, row := range rows {
		var o object
		for _, c := range want {
			i := slices.IndexFunc(row, func(f field) bool { return f.name == c })
			if i < 0 {
				return failed(http.StatusBadRequest, "Invalid columns: "+c)
			}
			o = append(o, row[i])
		}
		kept = append(kept, o)
	}
	return good(name, kept, false)
}

func (l *LibreNMS) addresses(_ *http.Request, _ time.Time) reply {
	var rows []object
	for _, e := range l.entries {
		if !e.missing {
			rows = append(rows, addressRow(e.device))
		}
	}
	return good("ip_addresses", rows, true)
}

func (l *LibreNMS) deviceAddresses(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	return good("addresses", []object{addressRow(e.device)}, true)
}

func addressRow(d *Device) object {
	return object{{"ipv4_address_id", 500 + d.LibreNMS.ID}, {"ipv4_address", d.Address.String()}, {"ipv4_prefixlen", 24},
		{"ipv4_network_id", fmt.Sprint(d.VLAN)}, {"port_id", d.LibreNMS.ID * 100}, {"context_name", ""}}
}

func (l *LibreNMS) arp(_ *http.Request, _ time.Time) reply {
	var rows []object
	for i, d := range l.world.devices {
		rows = append(rows, object{{"id", i + 1}, {"port_id", 100}, {"device_id", 1}, {"mac_address", strings.ReplaceAll(d.MAC, ":", "")},
			{"ipv4_address", d.Address.String()}, {"context_name", ""}})
	}
	return good("arp", rows, false)
}

func (l *LibreNMS) links(_ *http.Request, _ time.Time) reply {
	var rows []object
	parent := l.world.byName[coreSwitch]
	for i, d := range l.world.devices {
		if parent != nil && parent.LibreNMS != nil && d.Parent == coreSwitch && d.LibreNMS != nil {
			rows = append(rows, object{{"id", i + 1}, {"local_device_id", parent.LibreNMS.ID}, {"local_port_id", parent.LibreNMS.ID*100 + i},
				{"remote_hostname", d.Name}, {"remote_port", "eth0"}, {"remote_device_id", d.LibreNMS.ID}, {"protocol", "lldp"}, {"active", 1}})
		}
	}
	if rows == nil {
		return failed(http.StatusNotFound, "No links found")
	}
	return good("links", rows, true)
}

// part is a component as one of LibreNMS' sensors shows it.
type part struct {
	component, class, table, name string
	good, warning, bad            int
}

func partsOf(k Kind) []part {
	switch k {
	case KindSwitch:
		return []part{{"fan:1", "state", "hpicfFanState", "Fan 1", 5, 4, 3}, {"psu:1", "state", "hpicfPsState", "Power supply 1", 3, 5, 4},
			{"temperature:chassis", "temperature", "procurve", "Chassis", 31, 46, 60}}
	case KindSynology:
		p := []part{{"raid:Volume 1", "state", "raidStatusState", "Volume 1", 1, 2, 12}, {"system:", "state", "systemStatusState", "System status", 1, 1, 2},
			{"temperature:system", "temperature", "dsm", "System temperature", 38, 62, 75}}
		for n := 1; n <= 4; n++ {
			p = append(p, part{fmt.Sprintf("disk:%d", n), "state", "diskStatusState", fmt.Sprintf("Disk %d", n), 1, 2, 5})
		}
		return p
	}
	return []part{{"temperature:cpu", "temperature", "linux", "CPU", 44, 72, 90}}
}

func (l *LibreNMS) sensors(_ *http.Request, _ time.Time) reply {
	var rows []object
	for _, e := range l.entries {
		if e.missing {
			continue
		}
		for i, p := range partsOf(e.device.Kind) {
			rows = append(rows, l.sensorRow(e, i, p))
		}
	}
	if len(rows) == 0 {
		return failed(http.StatusNotFound, "Sensors do not exist")
	}
	// One that was deleted and is listed all the same, in a state that would alarm whoever believed it.
	ghost := slices.Clone(rows[0])
	for i := range ghost {
		switch ghost[i].name {
		case "sensor_id":
			ghost[i].value = 99999
		case "sensor_deleted":
			ghost[i].value = 1
		case "sensor_current":
			ghost[i].value = 9999
		}
	}
	return good("sensors", append(rows, ghost), false)
}

func (l *LibreNMS) sensorRow(e *librenmsEntry, i int, p part) object {
	value := p.good
	switch e.parts[p.component] {
	case device.StateWarning:
		value = p.warning
	case device.StateCritical:
		value = p.bad
	}
	var limit, warn any
	if p.class == "temperature" {
		limit, warn = p.bad-3, p.warning-3
	}
	return object{
		{"sensor_id", e.device.LibreNMS.ID*100 + i}, {"sensor_deleted", 0}, {"sensor_class", p.class}, {"device_id", e.device.LibreNMS.ID},
		{"poller_type", "snmp"}, {"sensor_oid", e.device.LibreNMS.ObjectID + "." + strconv.Itoa(i)}, {"sensor_index", strconv.Itoa(i)},
		{"sensor_type", p.table}, {"sensor_descr", p.name}, {"group", nil}, {"sensor_divisor", 1}, {"sensor_multiplier", 1},
		{"sensor_current", value}, {"sensor_limit", limit}, {"sensor_limit_warn", warn}, {"sensor_limit_low", nil}, {"sensor_limit_low_warn", nil},
		{"sensor_alert", 1}, {"sensor_custom", "No"}, {"entPhysicalIndex", nil}, {"lastupdate", l.naive(e.lastPolled)}, {"sensor_prev", value},
		{"user_func", nil}, {"rrd_type", "GAUGE"},
	}
}

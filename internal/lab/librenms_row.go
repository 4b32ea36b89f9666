package lab

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

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

func discoveredAt(now time.Time) time.Time {
	return now.Truncate(6 * time.Hour).Add(33*time.Minute - 6*time.Hour)
}

// timetaken is how long a poll of the device takes: always a small part of the step.
func (l *LibreNMS) timetaken(d *Device) float64 {
	return float64(20+hash(d.Name)%60) / 4000 * l.opt.Step.Seconds()
}

// deviceRow is the row of the list of devices: the whole row of the database, secrets included.
func (l *LibreNMS) deviceRow(e *librenmsEntry, now time.Time) object {
	d := e.device
	id := d.LibreNMS.ID
	parentID, parentName := l.dependsOn(d)
	row := object{
		{"device_id", id}, {"inserted", l.naive(l.insertedAt(d))}, {"hostname", d.LibreNMS.Hostname}, {"sysName", l.sysName(d)},
		{"display", l.display(d)}, {"display_template", nil}, {"ip", e.polledAt().String()}, {"overwrite_ip", ""},
	}
	for _, name := range SecretFields() {
		row.add(name, secret(name, id))
	}
	row = append(row, object{
		{"snmp_disable", number(e.mark.SNMPDisabled)}, {"bgpLocalAs", nil},
		{"sysObjectID", d.LibreNMS.ObjectID}, {"snmpEngineID", engineID(d)}, {"sysDescr", d.Vendor + " " + d.Model + ", revision " + d.Version},
		{"sysContact", fmt.Sprintf("%s-contact-%d@example.net", Canary, id)}, {"version", d.Version}, {"hardware", d.Model}, {"features", nil},
		{"location_id", l.locationID(d.Location)}, {"os", d.LibreNMS.OS}, {"status", number(e.up)}, {"status_reason", e.reason},
		{"ignore", number(e.mark.Ignored)}, {"disabled", number(e.mark.Disabled)}, {"uptime", int(e.uptime.Seconds())}, {"agent_uptime", 0},
		{"last_polled", l.naive(e.lastPolled)}, {"last_poll_attempted", nil}, {"last_polled_timetaken", l.timetaken(d)},
		{"last_discovered_timetaken", 31.02}, {"last_discovered", l.naive(discoveredAt(now))}, {"last_ping", l.naive(e.lastPing)},
		{"last_ping_timetaken", 0.41}, {"purpose", nil}, {"type", d.LibreNMS.Type}, {"serial", d.Serial}, {"icon", d.LibreNMS.OS + ".svg"},
		{"poller_group", 0}, {"override_sysLocation", 0}, {"notes", fmt.Sprintf("%s-notes-%d", Canary, id)}, {"port_association_mode", 1},
		{"max_depth", 1}, {"disable_notify", 0}, {"ignore_status", 0}, {"mtu_status", 1}, {"dependency_parent_id", parentID},
		{"dependency_parent_hostname", parentName}, {"location", orElse(d.Location, "<null>")}, {"lat", nil}, {"lng", nil},
	}...)
	if l.before("26") {
		row = slices.DeleteFunc(row, func(f field) bool { return f.name == "snmpEngineID" || f.name == "mtu_status" })
	}
	if e.mark.Guest {
		row.add("parent_id", l.entries[0].device.LibreNMS.ID)
	}
	return row
}

// dependsOn is the device that d hangs behind, as far as LibreNMS knows it, in the two forms that the row has.
func (l *LibreNMS) dependsOn(d *Device) (id, name any) {
	if parent := l.world.byName[d.Parent]; parent != nil && parent.LibreNMS != nil {
		return strconv.Itoa(parent.LibreNMS.ID), parent.LibreNMS.Hostname
	}
	return nil, nil
}

// singleRow is the row of the call for one device, with its other types. They came with releases: the status became a
// boolean first, the other switches in 25.8, and the location an object in 26.5.
func (l *LibreNMS) singleRow(e *librenmsEntry, now time.Time) object {
	row := l.deviceRow(e, now)
	for i := range row {
		f := &row[i]
		switch f.name {
		case "status":
			f.value = f.value == 1
		case "ignore", "disabled", "snmp_disable", "disable_notify", "ignore_status":
			if !l.before("25.8") {
				f.value = f.value == 1
			}
		case "inserted":
			f.value = single(l.insertedAt(e.device))
		case "last_polled":
			f.value = single(e.lastPolled)
		case "last_ping":
			f.value = single(e.lastPing)
		case "last_discovered":
			f.value = single(discoveredAt(now))
		case "icon":
			f.value = "images/os/" + e.device.LibreNMS.OS + ".svg"
		case "location":
			if !l.before("26.5") {
				f.value = object{{"id", l.locationID(e.device.Location)}, {"location", e.device.Location}, {"lat", nil}, {"lng", nil},
					{"timestamp", single(l.insertedAt(e.device))}, {"fixed_coordinates", false}}
			}
		}
	}
	return row
}

// display is the name for people. It was null before 2026.
func (l *LibreNMS) display(d *Device) any {
	if l.before("26") && d.LibreNMS.Display == "" {
		return nil
	}
	return orElse(d.LibreNMS.Display, d.Name)
}

// sysName is what the device calls itself.
func (l *LibreNMS) sysName(d *Device) string {
	if d.HostName == "" && strings.Contains(d.LibreNMS.Hostname, ".example.net") {
		return d.LibreNMS.Hostname
	}
	return orElse(d.HostName, d.Name)
}

// polledAt is the address that a host name stands for now, or else the one that was typed.
func (e *librenmsEntry) polledAt() netip.Addr {
	if e.given.at.IsValid() {
		return e.given.at
	}
	return e.device.Address
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

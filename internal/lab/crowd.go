package lab

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// Crowd is a lab that is only large: that many devices, which LibreNMS and PRTG both see, with that many sensors each
// in each of the two. It is the same in every run. IPv4 has no range for documentation that would hold it, so its
// devices have addresses of 2001:db8::/32.
func Crowd(devices, sensorsEach int) []Device {
	parts, sensors := crowdParts(sensorsEach), crowdSensors(sensorsEach)
	all := make([]Device, devices)
	for i := range all {
		d := &all[i]
		*d = Device{
			Name: fmt.Sprintf("host-%05d", i+1), Kind: KindClient, Address: crowdAddress(i), MAC: crowdMAC(i), VLAN: vlanClients,
			Vendor: "Dell", Model: "PowerEdge R250", OS: "Debian 13", Version: "13.1", Serial: fmt.Sprintf("SIM-%05d", i+1),
			Location: fmt.Sprintf("Rack %d", i/40+1),
		}
		d.LibreNMS = &LibreNMSEntry{ID: i + 1, Hostname: d.Name + ".example.net", OS: "linux", Type: "server", ObjectID: ".1.3.6.1.4.1.8072.3.2.10", parts: parts}
		own := make([]Sensor, len(sensors))
		for n, s := range sensors {
			s.ID = 10_000_000 + i*len(sensors) + n
			own[n] = s
		}
		d.PRTG = &PRTGEntry{ID: 1_000_000 + i, Name: d.Name, Host: d.Address.String(), Group: "Servers", Probe: localProbe, Icon: "A_Server_1.png",
			Tags: "server", Sensors: own}
	}
	return all
}

func crowdAddress(i int) netip.Addr {
	at := netip.MustParseAddr("2001:db8::1:0:0").As16()
	binary.BigEndian.PutUint32(at[12:], uint32(i+1))
	return netip.AddrFrom16(at)
}

// crowdMAC is locally administered, which no real device's own is: the range for documentation holds 256.
func crowdMAC(i int) string {
	n := i + 1
	return fmt.Sprintf("02:00:5e:%02x:%02x:%02x", n>>16&0xff, n>>8&0xff, n&0xff)
}

// crowdParts are sensors of many classes.
func crowdParts(n int) []part {
	kinds := []part{
		{"", "temperature", "linux", "Core", 44, 72, 90}, {"", "fanspeed", "ipmi", "Fan", 4200, 900, 300}, {"", "voltage", "ipmi", "Rail", 12, 13, 14},
		{"", "power", "ipmi", "Supply", 180, 400, 500}, {"", "current", "ipmi", "Feed", 2, 8, 10}, {"", "state", "raidStatusState", "Volume", 1, 2, 12},
		{"", "dbm", "transceiver", "Laser", -3, -12, -20}, {"", "humidity", "linux", "Humidity", 41, 70, 80}, {"", "load", "linux", "Load", 12, 80, 95},
		{"", "runtime", "apc", "Battery", 35, 10, 5},
	}
	all := make([]part, n)
	for i := range all {
		all[i] = kinds[i%len(kinds)]
		all[i].name = fmt.Sprintf("%s %d", all[i].name, i/len(kinds)+1)
		all[i].component = fmt.Sprintf("part:%d", i+1)
	}
	return all
}

// crowdSensors are a ping, the usual ones of a host, and its ports.
func crowdSensors(n int) []Sensor {
	all := []Sensor{{Name: "Ping", Kind: "ping", Type: "Ping", Tags: "pingsensor", Value: 3, Unit: "msec"}, uptime(), cpu(), memory(), diskFree("/")}
	for i := len(all); i < n; i++ {
		all = append(all, traffic(fmt.Sprintf("eth%d", i), i))
	}
	for i := range all {
		all[i].Factor = max(all[i].Factor, 1)
	}
	return all[:n:n]
}

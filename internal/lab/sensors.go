package lab

import "fmt"

// PRTG's two probes: the second one watches the VLANs of the smart home and the clients.
const (
	localProbe  = "Local Probe"
	remoteProbe = "Remote Probe"
)

// sensorsOf returns the PRTG sensors that an auto-discovery would have made for a device of this kind.
func sensorsOf(d *Device) []Sensor {
	s := []Sensor{{Name: "Ping", Kind: "ping", Type: "Ping", Tags: "pingsensor", Value: 1 + float64(hash(d.Name)%9), Unit: "msec"}}
	switch d.Kind {
	case KindGateway:
		s = append(s, uptime(), cpu(), memory(), traffic("WAN", 1), traffic("LAN", 2), service("HTTPS", "http", "HTTP"), service("DNS", "dns", "DNS"))
	case KindSwitch:
		s = append(s, uptime(), cpu(), custom("Fan 1", "fan:1"), custom("Power supply 1", "psu:1"))
		for port := range 48 {
			s = append(s, traffic(fmt.Sprintf("%d", port+1), port+1))
		}
	case KindHypervisor:
		s = append(s, uptime(), cpu(), memory(), diskFree("/"), traffic("vmbr0", 4), service("Web UI", "http", "HTTP"), service("SSH", "port", "Port"),
			certificate())
	case KindAP:
		s = append(s, uptime(), custom("Clients", ""), traffic("eth0", 1))
	case KindSynology:
		s = append(s, uptime(), cpu(), memory())
		for disk := range 4 {
			s = append(s, synology(fmt.Sprintf("Disk %d", disk+1), "physicaldisk", fmt.Sprintf("disk:%d", disk+1)))
		}
		s = append(s, synology("Volume 1", "logicaldisk", "raid:Volume 1"), synology("System Health", "systemhealth", "system:"),
			traffic("eth0", 2), service("DSM", "http", "HTTP"))
	case KindWD:
		s = append(s, uptime(), cpu(), custom("Disk 1", "disk:1"), custom("Disk 2", "disk:2"), service("SMB", "port", "Port"), service("Web UI", "http", "HTTP"))
	case KindCamera:
		s = append(s, service("Web UI", "http", "HTTP"), service("RTSP", "port", "Port"))
	case KindAppliance:
		s = append(s, service("Web UI", "http", "HTTP"), service("Port 80", "port", "Port"))
	case KindSmart:
		s = append(s, service("Web UI", "http", "HTTP"), service("MQTT", "port", "Port"), certificate())
	case KindClient:
		s = append(s, uptime(), cpu(), diskFree("C:"), service("SMB", "port", "Port"))
	}
	for i := range s {
		s[i].Factor = max(s[i].Factor, 1)
	}
	return s
}

func uptime() Sensor {
	return Sensor{Name: "System Uptime", Kind: "snmpuptime", Type: "SNMP System Uptime", Tags: "snmp snmpuptimesensor", Unit: "d"}
}

func cpu() Sensor {
	return Sensor{Name: "CPU Load", Kind: "snmpcpu", Type: "SNMP CPU Load", Tags: "snmp cpu cpuloadsensor", Component: "cpu:", Value: 12, Unit: "%"}
}

func memory() Sensor {
	return Sensor{Name: "Memory", Kind: "snmpmemory", Type: "SNMP Memory", Tags: "snmp memory memorysensor", Component: "memory:", Value: 48, Unit: "%"}
}

func traffic(port string, index int) Sensor {
	return Sensor{Name: fmt.Sprintf("(%03d) %s Traffic", index, port), Kind: "snmptraffic", Type: "SNMP Traffic",
		Tags: "snmp bandwidthsensor snmptrafficsensor", Component: "port:" + port, Value: 409585.25, Unit: "Mbit/s"}
}

func diskFree(name string) Sensor {
	return Sensor{Name: "Disk Free: " + name, Kind: "snmpdiskfree", Type: "SNMP Disk Free", Tags: "snmp snmpdiskfreesensor", Factor: 5,
		Component: "volume:" + name, Value: 61, Unit: "%"}
}

func custom(name, component string) Sensor {
	return Sensor{Name: name, Kind: "snmpcustom", Type: "SNMP Custom", Tags: "snmp snmpcustomsensor", Component: component, Value: 4, Unit: "#"}
}

func synology(name, kind, component string) Sensor {
	return Sensor{Name: name, Kind: "snmpsynology" + kind, Type: "SNMP Synology", Tags: "snmpsynology synology " + kind, Factor: 5, Component: component,
		Value: 36, Unit: "°C"}
}

func service(name, kind, text string) Sensor {
	return Sensor{Name: name, Kind: kind, Type: text, Tags: kind + "sensor", Component: "service:" + kind, Value: 25, Unit: "msec"}
}

func certificate() Sensor {
	return Sensor{Name: "SSL Certificate", Kind: "sslcertificate", Type: "SSL Certificate", Tags: "sslcertificatesensor", Factor: 5,
		Component: "service:sslcertificate", Value: 71, Unit: "#"}
}

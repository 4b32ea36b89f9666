package prtg

import "strings"

// role is what a sensor can say about its device.
type role int

const (
	rolePart    role = iota // one part or service alone
	rolePing                // does it answer at all
	roleUptime              // the plainest question to its agent
	roleAgent               // asks its agent for some value
	roleService             // talks to one of its services
	roleApart               // not about the device: receivers, sums, PRTG's own health
)

// talks reports whether a good answer proves that the device is there.
func (r role) talks() bool {
	return r == rolePing || r == roleUptime || r == roleAgent || r == roleService
}

func (r role) agent() bool { return r == roleUptime || r == roleAgent }

// roles by the beginning of the kind, in order: the first that fits counts.
var roles = []struct {
	prefix string
	role   role
}{
	{"pingjitter", rolePart}, {"pingcloud", roleApart}, {"ping", rolePing},
	{"snmpuptime", roleUptime}, {"snmptrap", roleApart}, {"snmp", roleAgent},
	{"wmiremoteping", roleApart}, {"wmi", roleAgent}, {"sshremoteping", roleApart}, {"ssh", roleAgent}, {"paessler.", roleAgent},
	{"http", roleService}, {"portrange", roleService}, {"port", roleService}, {"dns", roleService}, {"smtp", roleService},
	{"ftp", roleService}, {"sftp", roleService}, {"imap", roleService}, {"pop3", roleService}, {"ldap", roleService},
	{"remotedesktop", roleService}, {"sslcertificate", roleService}, {"ssl", roleService}, {"telnet", roleService},
	{"udpsyslog", roleApart}, {"udptrap", roleApart}, {"netflow", roleApart}, {"sflow", roleApart}, {"jflow", roleApart},
	{"ipfix", roleApart}, {"sniffer", roleApart}, {"aggregation", roleApart}, {"businessprocess", roleApart}, {"cloud", roleApart},
	{"corestate", roleApart}, {"probestate", roleApart}, {"systemstate", roleApart}, {"ipsla", roleApart}, {"sntp", roleApart},
}

// roleOf tells by the kind, or by the tags that PRTG itself sets where a version sends no kind.
func roleOf(kind, tags string) role {
	if kind != "" {
		for _, r := range roles {
			if strings.HasPrefix(kind, r.prefix) {
				return r.role
			}
		}
		return rolePart
	}
	for tag := range strings.FieldsSeq(strings.ToLower(tags)) {
		switch {
		case tag == "pingsensor":
			return rolePing
		case tag == "snmpuptimesensor":
			return roleUptime
		case strings.HasPrefix(tag, "snmp"), strings.HasPrefix(tag, "wmi"), strings.HasPrefix(tag, "ssh"):
			return roleAgent
		case tag == "httpsensor", tag == "portsensor", tag == "dnssensor":
			return roleService
		}
	}
	return rolePart
}

// partKinds are the kinds of component that agent sensors look at, by what the name of their own kind holds.
var partKinds = []struct{ holds, part string }{
	{"traffic", "port"}, {"rmon", "port"}, {"physicaldisk", "disk"}, {"hddhealth", "disk"}, {"smart", "disk"},
	{"logicaldisk", "volume"}, {"diskfree", "volume"}, {"diskspace", "volume"}, {"volume", "volume"}, {"storage", "volume"},
	{"raid", "raid"}, {"memory", "memory"}, {"cpu", "cpu"}, {"processor", "cpu"}, {"loadavg", "cpu"}, {"snmpups", "ups"}, {"snmpapc", "ups"},
	{"fan", "fan"}, {"temperature", "temperature"}, {"powersupply", "psu"},
}

// component names what a sensor looks at.
func component(r role, kind, name string) string {
	if r == roleService && kind != "" {
		return "service:" + kind
	}
	if r.agent() {
		for _, p := range partKinds {
			if strings.Contains(kind, p.holds) {
				return p.part + ":" + label(p.part, name)
			}
		}
	}
	return "service:" + name
}

// label takes from a sensor's name what PRTG adds to the device's own word: "(012) uplink Traffic" is port uplink.
func label(part, name string) string {
	l := name
	switch part {
	case "port":
		if strings.HasPrefix(l, "(") {
			if _, rest, ok := strings.Cut(l, ") "); ok {
				l = rest
			}
		}
		l = strings.TrimSuffix(l, " Traffic")
	case "volume":
		l = strings.TrimPrefix(l, "Disk Free: ")
	}
	if l = strings.TrimSpace(l); l == "" {
		return name
	}
	return l
}

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
		r, _ := roleOfKind(kind)
		return r
	}
	if strings.Contains(strings.ToLower(tags), "remoteping") {
		return roleApart // The device itself pings something else.
	}
	best := rolePart
	for tag := range strings.FieldsSeq(strings.ToLower(tags)) {
		switch {
		case tag == "pingsensor":
			return rolePing
		case tag == "snmpuptimesensor":
			best = roleUptime
		case best != rolePart:
		case strings.HasPrefix(tag, "snmp"), strings.HasPrefix(tag, "wmi"), strings.HasPrefix(tag, "ssh"):
			best = roleAgent
		case tag == "httpsensor", tag == "portsensor", tag == "dnssensor":
			best = roleService
		}
	}
	return best
}

func roleOfKind(kind string) (r role, known bool) {
	for _, r := range roles {
		if strings.HasPrefix(kind, r.prefix) {
			return r.role, true
		}
	}
	return rolePart, false
}

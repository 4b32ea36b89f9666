package prtg

import (
	"strings"
	"testing"
	"time"
)

// TestKinds is what each kind of sensor can say about its device.
func TestKinds(t *testing.T) {
	for role, kinds := range map[role][]string{
		rolePing:   {"ping"},
		roleUptime: {"snmpuptime"},
		roleAgent: {
			"snmptraffic", "snmpcpu", "snmpmemory", "snmpdiskfree", "snmpcustom", "snmpsynologyphysicaldisk", "wmiprocessor", "wmilogicaldiskv2",
			"sshdiskfree", "sshloadavg", "paessler.hpe3par.volume",
		},
		roleService: {"http", "httpadvanced", "port", "portrange", "dns", "smtp", "ftp", "sslcertificate", "imap", "remotedesktop"},
		roleApart: {
			"udpsyslog", "udptrap", "snmptrap", "netflowheader", "netflow9header", "snifferheader", "aggregation", "businessprocess", "cloudhttp",
			"cloudping", "corestate", "corestateonprobe", "probestate", "systemstate", "ipsla", "sntp", "wmiremoteping",
		},
		rolePart: {"exe", "xen6hostsensor", "pingjitter", "a kind that is new"},
	} {
		for _, k := range kinds {
			if got := roleOf(k, "pingsensor snmpuptimesensor"); got != role {
				t.Errorf("%s: %v, want %v", k, got, role)
			}
		}
	}
	for tags, want := range map[string]role{
		"pingsensor": rolePing, "snmp SNMPUptimeSensor": roleUptime, "bandwidthsensor snmptrafficsensor": roleAgent, "wmicpuloadsensor": roleAgent,
		"pingsensor wmisensor wmipingsensor remotepingsensor": roleApart, "httpsensor": roleService, "": rolePart, "my own": rolePart,
	} {
		if got := roleOf("", tags); got != want {
			t.Errorf("tags %q: %v, want %v", tags, got, want)
		}
	}
}

// TestStatuses is what each number says.
func TestStatuses(t *testing.T) {
	now := clock(t, "testdata/whole")
	want := map[int]word{3: yes, 4: yes, 10: yes, 5: no, 13: no, 14: partly}
	for status := -1; status < 30; status++ {
		s := sensor{status: status, checked: instantOf(now), up: instantOf(now)}
		if got := s.says(); got != want[status] {
			t.Errorf("status %d: %v, want %v", status, got, want[status])
		}
		s.up = s.up.add(-24 * time.Hour)
		if got := s.answers(); status == 4 && got != silent || status != 4 && got != want[status] {
			t.Errorf("status %d, nothing good since: %v", status, got)
		}
		if s = (sensor{status: status}); s.says() != silent {
			t.Errorf("status %d, never checked: %v", status, s.says())
		}
	}
}

// TestMessages is that no markup is left of a message, and nothing else is lost.
func TestMessages(t *testing.T) {
	for in, want := range map[string]string{
		`<div class="status">OK<div class="moreicon"></div></div>`: "OK",
		`No response (check: firewalls) (SNMP error # -2003)`:      "No response (check: firewalls) (SNMP error # -2003)",
		`Can&#39;t &amp; won&#39;t — twice`:                        "Can't & won't — twice",
		`5 < 6 and 7 > 6`:                                          "5 < 6 and 7 > 6",
		`&lt;script&gt;alert(1)&lt;/script&gt;`:                    "alert(1)",
		`a<br/>b<BR>c`:                                             "a b c",
		"two\nlines\tand\x00more\x1b[31m":                          "two lines andmore[31m",
		"bad \xff octet":                                           "bad � octet",
		"":                                                         "",
	} {
		if got := plain(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := len([]rune(plain(strings.Repeat("ä", 2000)))); got != maxMessage {
		t.Errorf("%d characters", got)
	}
}

package snmpagent_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// TestLoadWalk reads what snmpwalk -On prints, in every form that net-snmp has for a value.
func TestLoadWalk(t *testing.T) {
	const text = `.1.3.6.1.2.1.1.1.0 = STRING: "a box, \"quoted\" \\ and
in two lines"
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.8072.3.2.10
.1.3.6.1.2.1.1.3.0 = Timeticks: (4711) 0:00:47.11
.1.3.6.1.2.1.1.4.0 = ""
.1.3.6.1.2.1.1.5.0 = STRING: without quotes
.1.3.6.1.2.1.1.7.0 = INTEGER: 72
.1.3.6.1.2.1.2.2.1.6.1 = Hex-STRING: 00 00 5E 00
53 01
.1.3.6.1.2.1.2.2.1.8.1 = INTEGER: up(1)
.1.3.6.1.2.1.2.2.1.10.1 = Counter32: 4294967295
iso.3.6.1.2.1.2.2.1.5.1 = Gauge32: 1000000000
.1.3.6.1.2.1.2.2.1.22.1 = OID: iso.3
.1.3.6.1.2.1.4.20.1.1.192.0.2.1 = IpAddress: 192.0.2.1
.1.3.6.1.2.1.4.20.1.3.192.0.2.1 = Network Address: FF:FF:FF:00
.1.3.6.1.2.1.25.1.7.0 = INTEGER: -5 minutes
.1.3.6.1.2.1.31.1.1.1.6.1 = Counter64: 18446744073709551615
.1.3.6.1.4.1.2021.10.1.6.1 = Opaque: Float: 0.310000
.1.3.6.1.4.1.2021.10.1.7.1 = Opaque: Double: 0.500000
.1.3.6.1.2.1.88.1.1.0 = BITS: 80 4C first(0) second(9)
.1.3.6.1.2.1.88.1.2.0 = NULL
.1.3.6.1.2.1.88.1.3.0 = Wrong Type (should be INTEGER): Gauge32: 7
.1.3.6.1.2.1.1.5.0 = STRING: "a duplicate"
.1.3.6.1.2.1.88.1.4.0 = 12
.1.3.6.1.2.1.88.1.5.0 = Mystery: 12
SNMPv2-MIB::sysName.0 = STRING: "box"
.1.3.6.1.2.1.88.1.6.0 = No more variables left in this MIB View (It is past the end of the MIB tree)
`
	const want = `1.3.6.1.2.1.1.1.0|4x|6120626f782c202271756f74656422205c20616e640a696e2074776f206c696e6573
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.8072.3.2.10
1.3.6.1.2.1.1.3.0|67|4711
1.3.6.1.2.1.1.4.0|4|
1.3.6.1.2.1.1.5.0|4|without quotes
1.3.6.1.2.1.1.7.0|2|72
1.3.6.1.2.1.2.2.1.5.1|66|1000000000
1.3.6.1.2.1.2.2.1.6.1|4x|00005e005301
1.3.6.1.2.1.2.2.1.8.1|2|1
1.3.6.1.2.1.2.2.1.10.1|65|4294967295
1.3.6.1.2.1.2.2.1.22.1|6|1.3
1.3.6.1.2.1.4.20.1.1.192.0.2.1|64|192.0.2.1
1.3.6.1.2.1.4.20.1.3.192.0.2.1|64|255.255.255.0
1.3.6.1.2.1.25.1.7.0|2|-5
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
1.3.6.1.2.1.88.1.1.0|4x|804c
1.3.6.1.2.1.88.1.2.0|5|
1.3.6.1.2.1.88.1.3.0|66|7
1.3.6.1.4.1.2021.10.1.6.1|68x|9f78043e9eb852
1.3.6.1.4.1.2021.10.1.7.1|68x|9f79083fe0000000000000
`
	for name, ends := range map[string]string{"LF": "\n", "CRLF": "\r\n"} {
		rec := load(t, "# snmpwalk -v2c -On\n"+strings.ReplaceAll(text, "\n", ends))
		if d := cmp.Diff(want, dump(t, rec)); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
		skipped := rec.Skipped()
		if len(skipped) != 3 || !strings.Contains(skipped[0], "without its type") || !strings.Contains(skipped[1], "Mystery") || !strings.Contains(skipped[2], "snmpwalk -On") {
			t.Errorf("%s: skipped: %q", name, skipped)
		}
	}
}

// TestLoadRealWalk lets net-snmp walk an agent, and replays what it printed: the same objects come back.
func TestLoadRealWalk(t *testing.T) {
	walk := tool(t, "snmpwalk")
	rec := snmpagent.SwitchRecording(switchParams())
	_, addr := start(t, rec, snmpagent.Options{Clock: fixedClock})
	var text strings.Builder
	for _, root := range []string{".1.0", ".1.3"} {
		text.WriteString(output(t, exec.Command(walk, "-m", "", "-On", "-v2c", "-c", "public", addr, root)))
	}
	back := load(t, text.String())
	if d := cmp.Diff(dump(t, rec), dump(t, back)); d != "" || len(back.Skipped()) > 0 {
		t.Errorf("skipped %q, -want +got\n%s", back.Skipped(), d)
	}
}

func TestLoadNamesOnly(t *testing.T) {
	rec := load(t, "SNMPv2-MIB::sysDescr.0 = STRING: a box\nIF-MIB::ifDescr.1 = STRING: eth0\n")
	if rec.Len() != 0 || len(rec.Skipped()) != 2 {
		t.Errorf("%d objects, skipped %q", rec.Len(), rec.Skipped())
	}
}

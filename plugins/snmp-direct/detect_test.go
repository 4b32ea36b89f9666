package snmpdirect

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// TestDetect recognises devices by what they say of themselves alone, each by a recording of its system group.
func TestDetect(t *testing.T) {
	const enterprises = "1.3.6.1.4.1."
	for _, tt := range []struct {
		name, descr, object string
		more                map[string]string // further objects, by OID
		want                string
	}{
		{name: "AOS-S", descr: "HP J0000A Switch, revision XX.01", object: "11.2.3.7.11.99", want: "hp-aos-s"},
		{name: "AOS-S stack", descr: "HP Stack, revision KA.00", object: "11.2.3.7.8.5.2", want: "hp-aos-s"},
		{name: "HP printer", descr: "HP ETHERNET MULTI-ENVIRONMENT", object: "11.2.3.9.1", want: "generic"},
		{name: "Comware", descr: "HPE Comware Platform Software", object: "25506.11.1.1", want: "comware"},
		{name: "CX", descr: "Aruba switch", object: "47196.4.1.1.1.1", want: "aruba-cx"},
		{name: "Aruba controller", descr: "ArubaOS", object: "14823.1.1.9", want: "aruba-controller"},
		{name: "Aruba instant AP", descr: "ArubaOS", object: "14823.1.2.9", want: "generic"},
		{name: "ClearPass", descr: "Linux clearpass", object: "14823.1.6.1", want: "host"},
		{name: "Unleashed", descr: "Ruckus Wireless", object: "25053.3.1.5.20", want: "ruckus-unleashed"},
		{name: "Unleashed with a ZoneDirector's model elsewhere", descr: "Ruckus Wireless", object: "25053.3.1.5.15",
			more: map[string]string{enterprises + "25053.1.2.1.1.1.1.9.0": "R550"}, want: "ruckus-unleashed"},
		{name: "ZoneDirector with Unleashed's number", descr: "Ruckus Wireless", object: "25053.3.1.5.15",
			more: map[string]string{enterprises + "25053.1.2.1.1.1.1.9.0": "ZD1200"}, want: "ruckus-zonedirector"},
		{name: "SmartZone", descr: "SmartZone", object: "25053.3.1.11.1", want: "ruckus-smartzone"},
		{name: "virtual SmartZone", descr: "SmartZone", object: "25053.3.1.10", want: "ruckus-smartzone"},
		{name: "a number that only begins like SmartZone's", descr: "x", object: "25053.3.1.101", want: "generic"},
		{name: "access point", descr: "Ruckus", object: "25053.3.1.4.1", want: "ruckus-ap"},
		{name: "ICX by number", descr: "x", object: "1991.1.3.60.1", want: "icx"},
		{name: "ICX by words", descr: "Foundry Networks, IronWare Version 07", object: "1991.1.4.1", want: "icx"},
		{name: "Synology", descr: "Linux nas 4.4", object: "8072.3.2.10", more: map[string]string{enterprises + "6574.1.1.0": "1"}, want: "synology"},
		{name: "Synology whose own objects are hidden", descr: "Linux nas 4.4", object: "8072.3.2.10",
			more: map[string]string{"1.3.6.1.2.1.25.1.4.0": "root=/dev/md0 syno_hw_version=DS000"}, want: "synology"},
		{name: "QNAP", descr: "Linux nas 5.10.60-qnap", object: "24681", want: "qnap"},
		{name: "QNAP by words and maker", descr: "Linux TS-000 2.6.33.2", object: "8072.3.2.10",
			more: map[string]string{"1.3.6.1.2.1.47.1.1.1.1.12.1": "QNAP Systems, Inc."}, want: "qnap"},
		{name: "a host that is only called as a QNAP", descr: "Linux TS-000 6.1", object: "8072.3.2.10", want: "host"},
		{name: "APC", descr: "anything", object: "318.1.3.27", want: "apc"},
		{name: "APC by words", descr: "APC Web/SNMP Management Card (MB:v1)", object: "32473.1", want: "apc"},
		{name: "an APC that is no UPS", descr: "APC Web/SNMP Management Card (MB:v1)", object: "318.1.3.4.9", want: "generic"},
		{name: "UPS-MIB", descr: "UPS card", object: "32473.9", more: map[string]string{"1.3.6.1.2.1.33.1.4.1.0": "3"}, want: "ups-rfc1628"},
		{name: "a host with a UPS", descr: "Linux box 6.1", object: "8072.3.2.10", more: map[string]string{"1.3.6.1.2.1.33.1.4.1.0": "3"}, want: "host"},
		{name: "Proxmox VE", descr: "Linux pve1 6.8.4-2-pve #1 SMP PREEMPT_DYNAMIC PMX 6.8.4-2 x86_64", object: "8072.3.2.10", want: "proxmox"},
		{name: "older Proxmox VE", descr: "Linux node1 5.4.100-1-x #1 SMP PVE 5.4.100-1 x86_64", object: "8072.3.2.10", want: "proxmox"},
		{name: "a Debian that is only called pve", descr: "Linux pve 6.1.0-18-amd64 #1 SMP Debian x86_64", object: "8072.3.2.10", want: "host"},
		{name: "OPNsense by words", descr: "OPNsense fw1 24.1", object: "32473.2", want: "opnsense"},
		{name: "OPNsense by an extension", descr: "FreeBSD fw1 13.2-RELEASE", object: "8072.3.2.8",
			more: map[string]string{enterprises + "8072.1.3.2.3.1.2.7.118.101.114.115.105.111.110": "OPNsense 24.1"}, want: "opnsense"},
		{name: "OPNsense by its kernel's branch", descr: "FreeBSD fw1 13.2-RELEASE-p9 stable/23.7-n25 SMP amd64", object: "8072.3.2.8", want: "opnsense"},
		{name: "FreeBSD of a stable branch", descr: "FreeBSD box 13.2-STABLE stable/13-n25 GENERIC amd64", object: "8072.3.2.8", want: "freebsd"},
		{name: "pfSense", descr: "pfSense fw1 2.7.2-RELEASE FreeBSD 14.0 amd64", object: "12325.1.1.2.1.1", want: "pfsense"},
		{name: "FreeBSD's own agent", descr: "box 1234 FreeBSD 14.0-RELEASE", object: "12325.1.1.2.1.1", want: "freebsd"},
		{name: "TrueNAS", descr: "TrueNAS-13.0-U5.3. Software: FreeBSD 13.1", object: "8072.3.2.8", want: "truenas"},
		{name: "TrueNAS on Linux", descr: "Linux nas 6.1.50-production+truenas #1 SMP x86_64", object: "8072.3.2.10", want: "truenas"},
		{name: "WD", descr: "Linux nas 4.14", object: "5127.1.1.1.6", want: "wd-mycloud"},
		{name: "Linux", descr: "Linux box 6.1", object: "8072.3.2.10", want: "host"},
		{name: "unknown", descr: "anything", object: "32473.1", want: "generic"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rec := snmpagent.NewRecording()
			add := func(oid string, v snmpagent.Value) {
				if err := rec.Add(oid, v); err != nil {
					t.Fatal(err)
				}
			}
			object, err := snmpagent.ParseOID(enterprises + tt.object)
			if err != nil {
				t.Fatal(err)
			}
			add("1.3.6.1.2.1.1.1.0", snmpagent.Text(tt.descr))
			add("1.3.6.1.2.1.1.2.0", snmpagent.Object(object))
			for oid, v := range tt.more {
				add(oid, snmpagent.Text(v))
			}
			b := newBench(t, rec)
			b.poll()
			if got := b.source.targets[0].profile.Name; got != tt.want {
				t.Errorf("recognised as %q, want %q", got, tt.want)
			}
		})
	}
}

// TestDetectCost holds the promise of one GET beside the system group's, however many profiles there are.
func TestDetectCost(t *testing.T) {
	b := newBench(t, smallSwitch())
	profiles, err := loadProfiles("")
	if err != nil {
		t.Fatal(err)
	}
	target := b.source.targets[0]
	s, sys, err := target.connect(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	// A device that every rule with a further object could be about asks for the most.
	sys.rawDescr, sys.object = "Linux TS-x64", "1.3.6.1.4.1.25053.3.1.5.15"
	before := b.agent.Requests()
	if _, err := detect(s, sys, profiles); err != nil {
		t.Fatal(err)
	}
	if n := b.agent.Requests() - before; n > 1 {
		t.Errorf("recognition asked %d times, want at most once", n)
	}
}

// TestProfileOrder finds a profile that nobody would ever be recognised by.
func TestProfileOrder(t *testing.T) {
	files, err := fs.Glob(profileFiles, "profiles/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	order := profileOrder()
	if len(files) != len(order) {
		t.Errorf("%d files, %d in the order of detection", len(files), len(order))
	}
	for _, f := range files {
		if name := strings.TrimSuffix(strings.TrimPrefix(f, "profiles/"), ".yaml"); !slices.Contains(order, name) {
			t.Errorf("%s is not in the order of detection", f)
		}
	}
	if order[len(order)-1] != genericProfile {
		t.Errorf("the last one is %s, and it fits everything that no other does", order[len(order)-1])
	}
}

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

package snmpagent_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// tool is a net-snmp command, or the end of the test where it is missing.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	const why = "SKIPPED: needs %s (Debian package snmp): generated walks are not checked with independent tools"
	if os.Getenv("QUORATE_CI") == "1" {
		t.Fatalf(why, name)
	}
	t.Skipf(why, name)
	return ""
}

// TestNetSNMP lets net-snmp's own tools read every generated walk: an encoder that only gosnmp understands is wrong.
func TestNetSNMP(t *testing.T) {
	bulkwalk, walk := tool(t, "snmpbulkwalk"), tool(t, "snmpwalk")
	fixed := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, rec := range map[string]*snmpagent.Recording{
		"switch": snmpagent.SwitchRecording(switchParams()),
		"nas":    snmpagent.NASRecording(snmpagent.NASParams{}),
		"wd":     snmpagent.WDRecording(snmpagent.WDParams{}),
		"host":   snmpagent.HostRecording(snmpagent.HostParams{Serial: "EXAMPLE-1"}),
	} {
		t.Run(name, func(t *testing.T) {
			_, addr := start(t, rec, snmpagent.Options{Clock: func() time.Time { return fixed }})
			// -Cc would switch the check for increasing OIDs off: it stays on.
			args := []string{"-m", "", "-On", "-Oe", "-OU", "-c", "public", "-v2c", "-Cr25", addr}
			var names []string
			for _, root := range []string{".1.0", ".1.3"} {
				names = append(names, oids(t, exec.Command(bulkwalk, append(args, root)...))...)
			}
			if d := cmp.Diff(recorded(t, rec, true), names); d != "" {
				t.Errorf("v2c: -want +got\n%s", d)
			}
			names = nil
			for _, root := range []string{".1.0", ".1.3"} {
				names = append(names, oids(t, exec.Command(walk, "-m", "", "-On", "-c", "public", "-v1", addr, root))...)
			}
			if d := cmp.Diff(recorded(t, rec, false), names); d != "" {
				t.Errorf("v1: -want +got\n%s", d)
			}
		})
	}
}

// recorded lists the OIDs of a recording, without those that v1 has no type for unless counter64 is set.
func recorded(t *testing.T, rec *snmpagent.Recording, counter64 bool) []string {
	t.Helper()
	var names []string
	for line := range strings.Lines(dump(t, rec)) {
		name, rest, _ := strings.Cut(line, "|")
		if counter64 || !strings.HasPrefix(rest, "70|") {
			names = append(names, "."+name)
		}
	}
	return names
}

// oids runs a walk and lists the OIDs that it printed. Anything on stderr is a complaint about the agent.
func oids(t *testing.T, cmd *exec.Cmd) []string {
	t.Helper()
	var out, errs bytes.Buffer
	home := t.TempDir() // net-snmp would create folders under /var/lib and read the host's configuration
	cmd.Env = append(os.Environ(), "HOME="+home, "SNMP_PERSISTENT_DIR="+home, "SNMPCONFPATH="+home)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	complaints := strings.TrimSpace(errs.String())
	if strings.HasPrefix(complaints, "Created directory: "+home) && !strings.Contains(complaints, "\n") {
		complaints = ""
	}
	if err != nil || complaints != "" {
		t.Fatalf("%v: %v %s", cmd.Args, err, complaints)
	}
	var names []string
	for line := range strings.Lines(out.String()) {
		name, rest, ok := strings.Cut(line, " = ")
		if ok && strings.HasPrefix(name, ".1.") && !strings.HasPrefix(rest, "No ") {
			names = append(names, name)
		}
	}
	return names
}

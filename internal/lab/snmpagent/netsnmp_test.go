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

// fixedClock stands still.
func fixedClock() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// oids runs a walk and lists the OIDs that it printed.
func oids(t *testing.T, cmd *exec.Cmd) []string {
	t.Helper()
	var names []string
	for line := range strings.Lines(output(t, cmd)) {
		name, rest, ok := strings.Cut(line, " = ")
		if ok && strings.HasPrefix(name, ".1.") && !strings.HasPrefix(rest, "No ") {
			names = append(names, name)
		}
	}
	return names
}

// output runs a tool that must end well. Anything on stderr is a complaint about the agent.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, complaints, err := ran(t, cmd)
	if err != nil || complaints != "" {
		t.Fatalf("%v: %v %s", cmd.Args, err, complaints)
	}
	return out
}

func ran(t *testing.T, cmd *exec.Cmd) (out, complaints string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	home := t.TempDir() // net-snmp would create folders under /var/lib and read the host's configuration
	cmd.Env = append(os.Environ(), "HOME="+home, "SNMP_PERSISTENT_DIR="+home, "SNMPCONFPATH="+home)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	complaints = strings.TrimSpace(stderr.String())
	if strings.HasPrefix(complaints, "Created directory: "+home) {
		_, complaints, _ = strings.Cut(complaints, "\n")
	}
	return stdout.String(), complaints, err
}

// TestNetSNMPRequests lets net-snmp's tools ask what a walk does not: the rules of each version, and errors.
func TestNetSNMPRequests(t *testing.T) {
	tool(t, "snmpget")
	_, addr := start(t, load(t, small), snmpagent.Options{Clock: fixedClock, EngineID: []byte("\x80\x00\x1f\x88\x04lab")})
	tests := []struct {
		name string
		args []string // the address follows those before "--"
		oids []string
		want string
	}{
		{"get v1, an object that is not there", []string{"snmpget", "-v1"}, []string{".1.3.6.1.2.1.1.5.0", ".1.3.6.1.2.1.1.6.0"}, "(noSuchName)"},
		{"get v1, which of them", []string{"snmpget", "-v1"}, []string{".1.3.6.1.2.1.1.5.0", ".1.3.6.1.2.1.1.6.0"}, "Failed object: .1.3.6.1.2.1.1.6.0"},
		{"get v1, a Counter64", []string{"snmpget", "-v1"}, []string{".1.3.6.1.2.1.31.1.1.1.6.1"}, "(noSuchName)"},
		{"get v2c, an object that is not there", []string{"snmpget", "-v2c"}, []string{".1.3.6.1.2.1.1.6.0"}, "No Such Instance"},
		{"get v2c, a Counter64", []string{"snmpget", "-v2c"}, []string{".1.3.6.1.2.1.31.1.1.1.6.1"}, "Counter64: 18446744073709551610"},
		{"next v2c, at the end", []string{"snmpgetnext", "-v2c"}, []string{".1.3.6.1.6.3.10.2.1.2.0"}, "No more variables left"},
		{"bulk, one non-repeater and two repeaters", []string{"snmpbulkget", "-v2c", "-Cn1", "-Cr2"},
			[]string{".1.3.6.1.2.1.1.5", ".1.3.6.1.2.1.2.2.1.10", ".1.3.6.1.2.1.2.2.1.11"},
			`.1.3.6.1.2.1.1.5.0 = STRING: "box"
.1.3.6.1.2.1.2.2.1.10.1 = Counter32: 4294967290
.1.3.6.1.2.1.2.2.1.11.1 = Counter32: 1
.1.3.6.1.2.1.2.2.1.10.2 = Counter32: 7
.1.3.6.1.2.1.2.2.1.11.2 = Counter32: 2
`},
		{"set v2c", []string{"snmpset", "-v2c"}, []string{".1.3.6.1.2.1.1.5.0", "s", "x"}, "notWritable"},
		{"set v1", []string{"snmpset", "-v1"}, []string{".1.3.6.1.2.1.1.5.0", "s", "x"}, "(noSuchName)"},
		{"v3, no user is known", []string{"snmpget", "-v3", "-u", "nobody", "-l", "noAuthNoPriv"}, []string{".1.3.6.1.2.1.1.5.0"}, "snmpget"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args := append(tt.args[1:], "-m", "", "-On", "-c", "public", "-t", "1", "-r", "0", addr)
			out, complaints, _ := ran(t, exec.Command(tool(t, tt.args[0]), append(args, tt.oids...)...))
			if !strings.Contains(out+complaints, tt.want) {
				t.Errorf("%s%s\nwant %s", out, complaints, tt.want)
			}
			if strings.Contains(out+complaints, "Timeout") {
				t.Errorf("the agent is silent")
			}
		})
	}
}

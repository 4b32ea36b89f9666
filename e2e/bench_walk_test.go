package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

// statusColumns are the columns of the interface tables that move; wholeColumns are all that the plugin reads of them.
func statusColumns() []string {
	const table, ext = ".1.3.6.1.2.1.2.2.1.", ".1.3.6.1.2.1.31.1.1.1."
	return []string{table + "7", table + "8", table + "13", table + "14", table + "19", table + "20", ext + "6", ext + "10", ext + "15", ext + "19"}
}

func wholeColumns() []string {
	const table, ext = ".1.3.6.1.2.1.2.2.1.", ".1.3.6.1.2.1.31.1.1.1."
	return append(statusColumns(), table+"2", table+"3", table+"5", table+"6", ext+"1", ext+"18")
}

// walkAll walks columns of all devices with bare gosnmp, and returns the processor time of this process.
func walkAll(b *testing.B, addresses, columns []string) (spent time.Duration, varbinds int) {
	b.Helper()
	before := ownTime(b)
	for _, address := range addresses {
		at := netip.MustParseAddrPort(address)
		g := &gosnmp.GoSNMP{
			Target: at.Addr().String(), Port: at.Port(), Community: "public", Version: gosnmp.Version2c, Timeout: 5 * time.Second, Retries: 2, MaxOids: gosnmp.MaxOids,
		}
		if err := g.Connect(); err != nil {
			b.Fatal(err)
		}
		for _, root := range columns {
			if err := g.BulkWalk(root, func(gosnmp.SnmpPDU) error { varbinds++; return nil }); err != nil {
				b.Fatal(err)
			}
		}
		_ = g.Close()
	}
	return ownTime(b) - before, varbinds
}

func ownTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// load is the machine's load over the last minute, so that nobody takes a busy machine's figures for a quiet one's.
func load(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		b.Fatal(err)
	}
	n, err := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// exporter has Debian's snmp_exporter read the same columns of all devices, twice, and returns the processor time of one
// round; 0 where it is not installed.
func exporter(b *testing.B, addresses []string) time.Duration {
	b.Helper()
	binary, err := exec.LookPath("prometheus-snmp-exporter")
	if err != nil {
		b.Log("SKIPPED: the peer snmp_exporter: needs Debian's package prometheus-snmp-exporter")
		return 0
	}
	var module strings.Builder
	module.WriteString("if_mib:\n  version: 2\n  max_repetitions: 25\n  auth:\n    community: public\n  walk:\n")
	for _, c := range wholeColumns() {
		fmt.Fprintf(&module, "    - %s\n", c[1:])
	}
	module.WriteString("  metrics:\n")
	for i, c := range statusColumns() {
		fmt.Fprintf(&module, "    - {name: column%d, oid: %s, type: gauge, indexes: [{labelname: ifIndex, type: gauge}], ", i, c[1:])
		fmt.Fprintf(&module, "lookups: [{labels: [ifIndex], labelname: ifName, oid: 1.3.6.1.2.1.31.1.1.1.1, type: DisplayString}]}\n")
	}
	file := filepath.Join(b.TempDir(), "snmp.yml")
	if err := os.WriteFile(file, []byte(module.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	listen := l.Addr().String()
	_ = l.Close()
	cmd := exec.Command(binary, "--config.file="+file, "--web.listen-address="+listen)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	scrape := func(address string) error {
		resp, err := http.Get(fmt.Sprintf("http://%s/snmp?module=if_mib&target=%s", listen, address))
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		if err == nil && !bytes.Contains(body, []byte("column0{")) {
			err = fmt.Errorf("%s: %.200s", resp.Status, body)
		}
		return err
	}
	for until := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		if err := scrape(addresses[0]); err == nil {
			break
		} else if time.Now().After(until) {
			b.Fatalf("snmp_exporter: %v\n%s", err, stderr.String())
		}
	}
	const rounds = 2
	before := processorTime(b, cmd.Process.Pid)
	for range rounds {
		for _, a := range addresses {
			if err := scrape(a); err != nil {
				b.Fatalf("snmp_exporter: %v", err)
			}
		}
	}
	return (processorTime(b, cmd.Process.Pid) - before) / rounds
}

package snmpdirect

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// agentEnv makes this test binary an agent of a 48-port switch: benchmarks count the CPU time of their own process, and
// the agent's must not be in it.
const agentEnv = "SNMPDIRECT_TEST_AGENT"

func serveAgent() int {
	a := snmpagent.New(bigSwitch(), snmpagent.Options{})
	addr, err := a.Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(addr)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent is done
	_ = a.Close()
	return 0
}

func bigSwitch() *snmpagent.Recording {
	up := make([]int, 48)
	for i := range up {
		up[i] = i + 1
	}
	return snmpagent.SwitchRecording(snmpagent.SwitchParams{
		Name: "switch", Up: up, Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.2/24")},
	})
}

func agentProcess(b *testing.B) string {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), agentEnv+"=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
		cancel()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// cpu is the time that this process has spent on a CPU.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkInterfaces reads the interface tables of a 48-port switch, whole and states and counters alone, and, in turns,
// walks the same columns of the whole with bare gosnmp. The budget of the ratio of CPU times is 2. Whole-poll is a poll as
// the agent asks for it, most of which read no names; for each a session is opened.
func BenchmarkInterfaces(b *testing.B) {
	addr := agentProcess(b)
	s := newSource(time.Now)
	config := fmt.Sprintf(`{"credential": [{"version": "v2c", "name": "c", "community": "public"}], "target": [{"name": "a", "address": %q}]}`, addr)
	if err := s.Configure(b.Context(), []byte(config)); err != nil {
		b.Fatal(err)
	}
	t := s.targets[0]
	at := netip.MustParseAddrPort(addr)
	var bare, ours, status, whole time.Duration
	varbinds := 0
	poll(b, s)
	read := func(known []*iface) {
		session, err := open(b.Context(), t.ways[0].access, &t.peer, nil)
		if err != nil {
			b.Fatal(err)
		}
		defer session.close()
		if t.system, err = readSystem(session, hints{}); err != nil {
			b.Fatal(err)
		}
		all, err := readInterfaces(session, known)
		if err != nil || len(t.measure(all, time.Now())) == 0 {
			b.Fatal("no readings", err)
		}
	}
	b.ResetTimer()
	for b.Loop() {
		before := cpu(b)
		varbinds = 0
		g := &gosnmp.GoSNMP{
			Target: at.Addr().String(), Port: at.Port(), Community: "public", Version: gosnmp.Version2c, Timeout: 2 * time.Second, MaxOids: gosnmp.MaxOids,
		}
		if err := g.Connect(); err != nil {
			b.Fatal(err)
		}
		for _, root := range interfaceColumns() {
			if err := g.BulkWalk(root, func(gosnmp.SnmpPDU) error { varbinds++; return nil }); err != nil {
				b.Fatal(err)
			}
		}
		_ = g.Close()
		walked := cpu(b)
		read(nil)
		full := cpu(b)
		read(t.ifaces)
		moving := cpu(b)
		poll(b, s)
		bare, ours, status, whole = bare+walked-before, ours+full-walked, status+moving-full, whole+cpu(b)-moving
	}
	n := float64(b.N)
	b.ReportMetric(float64(varbinds), "varbinds")
	b.ReportMetric(bare.Seconds()*1e3/n, "bare-cpu-ms")
	b.ReportMetric(ours.Seconds()*1e3/n, "interfaces-cpu-ms")
	b.ReportMetric(status.Seconds()*1e3/n, "status-cpu-ms")
	b.ReportMetric(whole.Seconds()*1e3/n, "whole-poll-cpu-ms")
	b.ReportMetric(float64(ours)/float64(bare), "ratio")
	b.ReportMetric(float64(status)/float64(bare), "status-ratio")
}

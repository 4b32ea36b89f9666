package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
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

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// crowdEnv makes this test binary a process of simulated devices, "SWITCHES HOSTS": their CPU time is not to be counted
// with that of those who ask them.
const crowdEnv = "QUORATE_E2E_DEVICES"

// serveDevices runs simulated devices until its standard input ends, and prints an address a line.
func serveDevices() int {
	var switches, hosts int
	if _, err := fmt.Sscan(os.Getenv(crowdEnv), &switches, &hosts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for i := range switches + hosts {
		name, mac := fmt.Sprintf("device-%d", i), net.HardwareAddr{0, 0, 0x5e, byte(0x10 + i>>8), byte(i), 0}
		rec := snmpagent.HostRecording(snmpagent.HostParams{Name: name, MAC: mac, Serial: name})
		if i < switches {
			rec = bigSwitch(name, mac, i)
		}
		addr, err := snmpagent.New(rec, snmpagent.Options{}).Start()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println(addr)
	}
	fmt.Println()
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent is done
	return 0
}

// bigSwitch is a switch of 48 copper and 4 fibre ports with traffic on all, and 60 learnt addresses.
func bigSwitch(name string, mac net.HardwareAddr, i int) *snmpagent.Recording {
	p := snmpagent.SwitchParams{Name: name, MAC: mac, Serial: name}
	if i < 250 {
		p.Addresses = []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}), 24)}
	}
	for port := range 48 {
		p.Up = append(p.Up, port+1)
	}
	for n := range 60 {
		p.Hosts = append(p.Hosts, snmpagent.Host{Port: 1 + n%50, MAC: net.HardwareAddr{0, 0, 0x5e, 0x20, byte(i), byte(n)}})
	}
	return snmpagent.SwitchRecording(p)
}

// devices starts the process of simulated devices and returns their addresses.
func devices(b *testing.B, switches, hosts int) []string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d", crowdEnv, switches, hosts))
	cmd.Stderr = os.Stderr
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
	})
	var addresses []string
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && lines.Text() != "" {
		addresses = append(addresses, lines.Text())
	}
	if len(addresses) != switches+hosts {
		b.Fatalf("%d of %d devices run", len(addresses), switches+hosts)
	}
	return addresses
}

// BenchmarkSwitches has the stripped binary poll 200 simulated switches of 48 ports every ten seconds, walks the columns
// that a status poll and a whole one read with bare gosnmp, and has snmp_exporter, where it is installed, read them too.
// All of it is in one run, each side a process of its own: the devices are another, and this one is the bare walk.
//
// plugin-ms and agent-ms are the processor time of a poll of one switch, what is read every slow interval included at the
// rate of the defaults, a fifth; the agent's is that of the record, too. bare-ms is a walk of both interface tables'
// columns, bare-status-ms one of the columns that move. ratio is plugin and agent to bare-ms.
func BenchmarkSwitches(b *testing.B) {
	const switches, polls = 200, 6
	binary := stripped(b)
	addresses := devices(b, switches, 0)
	for b.Loop() {
		var bare, status time.Duration
		varbinds := 0
		run := runSNMP(b, binary, addresses, 10*time.Second, 50*time.Second, polls, func() {
			// After each poll, so that both sides meet the same load of the machine.
			whole, n := walkAll(b, addresses, wholeColumns())
			moving, _ := walkAll(b, addresses, statusColumns())
			bare, status, varbinds = bare+whole, status+moving, n
		})
		each := float64(switches * polls)
		b.ReportMetric(0, "ns/op") // says nothing here
		b.ReportMetric(run.plugin.Seconds()*1e3/each, "plugin-ms")
		b.ReportMetric(run.agent.Seconds()*1e3/each, "agent-ms")
		b.ReportMetric(bare.Seconds()*1e3/each, "bare-ms")
		b.ReportMetric(status.Seconds()*1e3/each, "bare-status-ms")
		b.ReportMetric(float64(varbinds)/switches, "varbinds")
		b.ReportMetric((run.plugin+run.agent).Seconds()/bare.Seconds(), "ratio")
		b.ReportMetric(run.plugin.Seconds()/bare.Seconds(), "plugin-ratio")
		b.ReportMetric(load(b), "load")
		if peer := exporter(b, addresses); peer > 0 {
			b.ReportMetric(peer.Seconds()*1e3/switches, "snmp_exporter-ms")
			b.ReportMetric(peer.Seconds()*polls/bare.Seconds(), "snmp_exporter-ratio")
		}
	}
}

// BenchmarkThousandDevices has the stripped binary poll 100 switches of 48 ports and 900 hosts every 60 s.
//
// cpu-s is the processor time of plugin and agent in a minute, first-s that up to the end of the first poll, which reads
// everything. The peaks are the most resident memory (VmHWM) of each process.
func BenchmarkThousandDevices(b *testing.B) {
	const polls = 3
	binary := stripped(b)
	addresses := devices(b, 100, 900)
	for b.Loop() {
		run := runSNMP(b, binary, addresses, time.Minute, 5*time.Minute, polls, func() {})
		b.ReportMetric(0, "ns/op") // says nothing here
		b.ReportMetric(run.first.Seconds(), "first-s")
		b.ReportMetric(run.plugin.Seconds()/polls, "plugin-cpu-s")
		b.ReportMetric(run.agent.Seconds()/polls, "agent-cpu-s")
		b.ReportMetric(run.pluginPeak, "plugin-peak-MiB")
		b.ReportMetric(run.agentPeak, "agent-peak-MiB")
		b.ReportMetric(load(b), "load")
	}
}

func stripped(b *testing.B) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "quorate")
	if out, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", binary, "..").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// snmpRun is what agent and plugin took from the end of the first poll over some more.
type snmpRun struct {
	first                 time.Duration // of both, up to the end of the first poll
	plugin, agent         time.Duration
	pluginPeak, agentPeak float64 // MiB
}

// runSNMP runs the agent, and calls after behind each poll that is measured.
func runSNMP(b *testing.B, binary string, addresses []string, interval, slow time.Duration, polls int, after func()) snmpRun {
	b.Helper()
	dir := b.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	var config strings.Builder
	fmt.Fprintf(&config, "agent {\n  data_dir = %q\n  listen = %q\n}\n", filepath.Join(dir, "data"), address)
	fmt.Fprintf(&config, "source \"snmp-direct\" \"snmp\" {\n  interval = %q\n  timeout = %q\n  config {\n", interval, interval-time.Second)
	fmt.Fprintf(&config, "    slow_interval = %q\n    credential \"v2c\" \"lab\" {\n      community = env(\"COMMUNITY\")\n    }\n", slow)
	for i, a := range addresses {
		fmt.Fprintf(&config, "    target \"t%d\" {\n      address = %q\n    }\n", i, a)
	}
	config.WriteString("  }\n}\n")
	file := filepath.Join(dir, "quorate.hcl")
	if err := os.WriteFile(file, []byte(config.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(binary, "agent", "--config", file, "--log-level", "warn")
	cmd.Env = cleanEnv(dir, "COMMUNITY=public")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			b.Errorf("the agent ended with %v\n%s", err, stderr.String())
		}
	}()
	agent := cmd.Process.Pid
	last := time.Time{}
	next := func() { // waits for the end of the next poll
		for until := time.Now().Add(3*interval + limit); ; time.Sleep(500 * time.Millisecond) {
			if at := lastSuccess("http://" + address); at.After(last) {
				last = at
				return
			}
			if time.Now().After(until) {
				b.Fatalf("no poll was a success\n%s", stderr.String())
			}
		}
	}
	next()
	plugins := children(agent)
	if len(plugins) != 1 {
		b.Fatalf("%d plugin processes", len(plugins))
	}
	agentBefore, pluginBefore := processorTime(b, agent), processorTime(b, plugins[0])
	for range polls {
		next()
		after()
	}
	return snmpRun{
		first: agentBefore + pluginBefore, agent: processorTime(b, agent) - agentBefore, plugin: processorTime(b, plugins[0]) - pluginBefore,
		agentPeak: memoryOf(b, agent, "VmHWM"), pluginPeak: memoryOf(b, plugins[0], "VmHWM"),
	}
}

// lastSuccess is the end of the only source's last poll; zero before the first.
func lastSuccess(base string) time.Time {
	resp, err := http.Get(base + "/api/v1/sources")
	if err != nil {
		return time.Time{}
	}
	defer func() { _ = resp.Body.Close() }()
	var page struct {
		Items []struct {
			LastSuccess time.Time `json:"last_success"`
		}
	}
	if json.NewDecoder(resp.Body).Decode(&page) != nil || len(page.Items) != 1 {
		return time.Time{}
	}
	return page.Items[0].LastSuccess
}

// processorTime is what a process has spent on processors, in user and system mode.
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	// The name of the program, in parentheses, may hold blanks. Ticks are hundredths of a second on every Linux.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var ticks int
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

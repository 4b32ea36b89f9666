package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/examples"
	"github.com/quorate/quorate/internal/lab"
)

// BenchmarkDemoLab runs the stripped binary on the simulated lab: 68 devices under LibreNMS, PRTG and direct SNMP, each
// asked every half second to four seconds. The lab is another process, this one.
//
// to-68-verdicts-ms is from the start of the agent to a verdict for each device (budget 3,000), agent-RSS-MiB its
// resident memory after 20 s of that (budget 48, at intervals a hundred times as long), plugins-RSS-MiB that of its
// three plugin processes together, of which most is the binary's shared pages, and binary-MB the file (budget 30).
func BenchmarkDemoLab(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "quorate")
	if out, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", binary, "..").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	var toVerdicts time.Duration
	var agent, plugins float64
	for b.Loop() {
		toVerdicts, agent, plugins = runOnLab(b, binary)
	}
	b.ReportMetric(float64(toVerdicts.Milliseconds()), "to-68-verdicts-ms")
	b.ReportMetric(agent, "agent-RSS-MiB")
	b.ReportMetric(plugins, "plugins-RSS-MiB")
	b.ReportMetric(float64(info.Size())/1e6, "binary-MB")
}

func runOnLab(b *testing.B, binary string) (toVerdicts time.Duration, agent, plugins float64) {
	b.Helper()
	dir := b.TempDir()
	running, err := lab.Start(b.Context(), lab.Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = running.Close() })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	running.Env[lab.EnvListen] = address
	config := filepath.Join(dir, "demo.hcl")
	if err := os.WriteFile(config, examples.Demo, 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(binary, "agent", "--config", config)
	cmd.Env = running.Environ()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			b.Errorf("the agent ended with %v\n%s", err, stderr.String())
		}
	}()
	for verdicts("http://"+address) < len(lab.Home()) {
		if time.Since(began) > limit {
			b.Fatalf("not every device has a verdict\n%s", stderr.String())
		}
		time.Sleep(5 * time.Millisecond)
	}
	toVerdicts = time.Since(began)
	time.Sleep(20 * time.Second) // the memory of a working agent, not of a starting one
	agent = resident(cmd.Process.Pid)
	for _, child := range children(cmd.Process.Pid) {
		plugins += resident(child)
	}
	return toVerdicts, agent, plugins
}

// verdicts counts the devices that are not unknown; 0 while the agent does not answer.
func verdicts(base string) int {
	resp, err := http.Get(base + "/api/v1/devices?limit=200")
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	var page struct{ Items []device.Current }
	if json.NewDecoder(resp.Body).Decode(&page) != nil {
		return 0
	}
	n := 0
	for _, d := range page.Items {
		if d.Status != device.StatusUnknown {
			n++
		}
	}
	return n
}

// resident is the resident memory of a process in MiB.
func resident(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kb) / 1024
		}
	}
	return 0
}

func children(pid int) []int {
	var pids []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, t := range tasks {
		b, _ := os.ReadFile(t)
		for f := range strings.FieldsSeq(string(b)) {
			if n, err := strconv.Atoi(f); err == nil {
				pids = append(pids, n)
			}
		}
	}
	return pids
}

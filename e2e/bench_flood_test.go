package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

// flood is what the plugin writes to stdout, and again to stderr.
const flood = 100 << 20

// BenchmarkFlood lets a plugin write 100 MB to stdout and 100 MB to stderr, while it is polled twice a second.
//
// agent-growth-MiB is by how much the agent's peak of resident memory (VmHWM) grew from before to after, over five agents:
// the least, the median and the most (budget 16). MB/s is how fast both were taken: a plugin that is not read blocks.
func BenchmarkFlood(b *testing.B) {
	for _, c := range []struct{ name, line string }{
		{"lines", `{"time":"2026-01-01T00:00:00Z","level":"INFO","msg":"something happened again","device":"nas-1","n":4711}`},
		{"no line ends", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			var growth, speed []float64
			for b.Loop() {
				for range 5 {
					g, s := runFlood(b, c.line)
					growth, speed = append(growth, g), append(speed, s)
				}
			}
			slices.Sort(growth)
			slices.Sort(speed)
			b.ReportMetric(growth[0], "agent-growth-MiB-min")
			b.ReportMetric(growth[len(growth)/2], "agent-growth-MiB-median")
			b.ReportMetric(growth[len(growth)-1], "agent-growth-MiB-max")
			b.ReportMetric(speed[len(speed)/2], "MB/s")
		})
	}
}

func runFlood(b *testing.B, line string) (growth, speed float64) {
	b.Helper()
	dir := b.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
			b.Fatal(err)
		}
		return path
	}
	plugin := filepath.Join(dir, "quorate-source-tcp")
	if out, err := exec.Command("go", "build", "-o", plugin, "../examples/plugins/quorate-source-tcp").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	begin, end := filepath.Join(dir, "begin"), filepath.Join(dir, "end")
	pour := fmt.Sprintf("head -c %d /dev/zero | tr '\\0' x", flood)
	if line != "" {
		pour = fmt.Sprintf("yes '%s' | head -c %d", line, flood)
	}
	// A child of the plugin writes to the plugin's own outputs.
	script := file("plugin.sh", fmt.Sprintf("#!/bin/sh\nPATH=/usr/bin:/bin\n(while [ ! -e %s ]; do sleep 0.05; done; %s; %s >&2; : > %s) &\nexec %s\n", begin, pour, pour, end, plugin))
	config := file("quorate.hcl", fmt.Sprintf("agent {\n  data_dir = \"data\"\n  listen   = \"127.0.0.1:0\"\n}\nsource \"tcp\" \"doors\" {\n  interval = \"500ms\"\n  timeout  = \"20s\"\n  command  = %q\n  sha256   = %q\n  config {\n    target \"nas1\" {\n      address = \"127.0.0.1:1\"\n    }\n  }\n}\n", script, checksum(b, script)))
	if err := os.Chmod(config, 0o600); err != nil {
		b.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(quorate, "agent", "--config", config)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = cleanEnv(dir), dir, log, log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}()
	status := func() device.PluginStatus {
		text, err := os.ReadFile(log.Name())
		if err != nil {
			b.Fatal(err)
		}
		m := pageAddress.FindStringSubmatch(string(text))
		if m == nil {
			return device.PluginStatus{}
		}
		return pluginStatus(m[1])
	}
	waitFor := func(what string, ok func() bool) {
		for began := time.Now(); !ok(); time.Sleep(10 * time.Millisecond) {
			if time.Since(began) > limit {
				text, _ := os.ReadFile(log.Name())
				b.Fatalf("never came true: %s\n%.2000s", what, text)
			}
		}
	}
	waitFor("a plugin that runs", func() bool { return status().State == device.PluginRunning })
	time.Sleep(3 * time.Second) // the peak of an agent at work
	before := peak(b, cmd.Process.Pid)
	began := time.Now()
	if err := os.WriteFile(begin, nil, 0o600); err != nil {
		b.Fatal(err)
	}
	waitFor("the end of the flood", func() bool { _, err := os.Stat(end); return err == nil })
	took := time.Since(began)
	waitFor("all of stdout is counted", func() bool { return status().StdoutDropped >= flood })
	if s := status(); s.Restarts != 0 || line != "" && s.LogDropped < 100_000 {
		b.Errorf("%+v", s)
	}
	return peak(b, cmd.Process.Pid) - before, 2 * flood / 1e6 / took.Seconds()
}

func checksum(b testing.TB, path string) string {
	b.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// pluginStatus asks an agent how its only plugin does; a zero one where it does not say.
func pluginStatus(url string) device.PluginStatus {
	r, err := http.Get(url + "/api/v1/sources")
	if err != nil {
		return device.PluginStatus{}
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	var answer struct{ Items []device.SourceStatus }
	if err != nil || json.Unmarshal(body, &answer) != nil || len(answer.Items) != 1 || answer.Items[0].Plugin == nil {
		return device.PluginStatus{}
	}
	return *answer.Items[0].Plugin
}

// peak is the most memory that a process has held, in MiB.
func peak(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	var kib float64
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			if _, err := fmt.Sscan(rest, &kib); err != nil {
				b.Fatal(err)
			}
		}
	}
	return kib / 1024
}

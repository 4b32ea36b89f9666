package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkStorm runs the stripped binary with two sources of a third party's plugin, which are asked ten times a second
// and say the same devices to turn, one in ten with each poll. Nominal is somewhat under 1,000 observations a second,
// storm ten times that, for QUORATE_STORM (60 s).
//
// obs/s is what was acknowledged as durable, polls/s that in polls of both sources, of which 20 were asked for: the rest
// is back-pressure. p50 and p99 are from the end of a poll in the plugin to its acknowledgement there, beside a bare
// fsync of 4 KiB in the same folder. peak-MiB is the agent's most resident memory (VmHWM), lost the polls that were
// acknowledged and are not on record after the end.
func BenchmarkStorm(b *testing.B) {
	dir := b.TempDir()
	binary, plugin := filepath.Join(dir, "quorate"), filepath.Join(dir, "quorate-source-storm")
	for out, pkg := range map[string]string{binary: "..", plugin: "./quorate-source-storm"} {
		if text, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", out, pkg).CombinedOutput(); err != nil {
			b.Fatalf("build: %v\n%s", err, text)
		}
	}
	long := 60 * time.Second
	if text := os.Getenv("QUORATE_STORM"); text != "" {
		var err error
		if long, err = time.ParseDuration(text); err != nil {
			b.Fatalf("QUORATE_STORM: %v", err)
		}
	}
	for _, c := range []struct {
		name    string
		devices int
		lasts   time.Duration
	}{{"nominal", 55, 20 * time.Second}, {"storm", 750, long}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				runStorm(b, binary, plugin, c.devices, c.lasts)
			}
		})
	}
}

const stormConfig = `agent {
  data_dir = %q
  listen   = "127.0.0.1:0"
}
`

const stormSource = `
source "storm" %q {
  interval = "100ms"
  command  = %q
  sha256   = %q
  config {
    devices = %d
    change  = 10
    ledger  = %q
  }
}
`

func runStorm(b *testing.B, binary, plugin string, devices int, lasts time.Duration) {
	b.Helper()
	dir := b.TempDir()
	data := filepath.Join(dir, "data")
	sum, err := exec.Command("sha256sum", plugin).Output()
	if err != nil {
		b.Fatal(err)
	}
	sources := []string{"one", "two"}
	config := fmt.Sprintf(stormConfig, data)
	for _, name := range sources {
		config += fmt.Sprintf(stormSource, name, plugin, strings.Fields(string(sum))[0], devices, filepath.Join(dir, name))
	}
	file := filepath.Join(dir, "quorate.hcl")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(binary, "agent", "--config", file, "--log-level", "warn")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	var fsyncs []time.Duration
	for until := time.Now().Add(lasts); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(data); err == nil {
			fsyncs = append(fsyncs, bareSync(b, dir))
		}
	}
	peak := memoryOf(b, cmd.Process.Pid, "VmHWM")
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		b.Fatalf("the agent ended with %v\n%s", err, stderr.String())
	}
	var waits []time.Duration
	polls, lost := 0, 0
	for _, name := range sources {
		acked, w := ledger(b, filepath.Join(dir, name))
		recorded := recordedPolls(b, binary, file, name)
		for _, number := range acked {
			if !recorded[number] {
				lost++
			}
		}
		polls += len(acked)
		waits = append(waits, w...)
	}
	if lost > 0 || polls == 0 {
		b.Errorf("%d of %d acknowledged polls are not on record\n%s", lost, polls, stderr.String())
	}
	b.ReportMetric(0, "ns/op") // says nothing here
	b.ReportMetric(float64(polls*devices)/lasts.Seconds(), "obs/s")
	b.ReportMetric(float64(polls)/lasts.Seconds(), "polls/s")
	b.ReportMetric(ms(percentile(waits, 50)), "p50-ms")
	b.ReportMetric(ms(percentile(waits, 99)), "p99-ms")
	b.ReportMetric(ms(percentile(fsyncs, 99)), "fsync-p99-ms")
	b.ReportMetric(peak, "peak-MiB")
	b.ReportMetric(float64(lost), "lost")
}

// ledger reads which polls were acknowledged, and how long after their end.
func ledger(b *testing.B, path string) (numbers []uint64, waits []time.Duration) {
	b.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var number uint64
		var micros int64
		if _, err := fmt.Sscan(line, &number, &micros); err != nil {
			b.Fatalf("%s: %q: %v", path, line, err)
		}
		numbers, waits = append(numbers, number), append(waits, time.Duration(micros)*time.Microsecond)
	}
	slices.Sort(numbers)
	return numbers, waits
}

// recordedPolls are the numbers of a source's polls on record.
func recordedPolls(b *testing.B, binary, config, source string) map[uint64]bool {
	b.Helper()
	cmd := exec.Command(binary, "export", "--config", config, "--what", "polls", "--source", source)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	numbers := map[uint64]bool{}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var p struct{ Poll uint64 }
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			b.Fatal(err)
		}
		numbers[p.Poll] = true
	}
	if err := cmd.Wait(); err != nil || lines.Err() != nil {
		b.Fatal(err, lines.Err())
	}
	return numbers
}

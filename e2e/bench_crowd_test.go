package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/internal/lab"
)

// BenchmarkCrowd has the stripped binary's own plugin processes poll fakes of 5,000 devices with 20 sensors each, which
// is 100,000 sensors. The fakes are another process, this one.
//
// first-s is a plugin's first poll, which asks for everything, again-s the one after it, which may know some of that
// still. peak-MiB is the plugin process's most resident memory (VmHWM) over both, settled-MiB its resident memory 15 s
// later; both hold about 30 MiB of the binary's pages, which all plugins share. requests are those of the first poll,
// requests-500 those that 500 devices took; MB-body is what the first poll read.
func BenchmarkCrowd(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "quorate")
	if out, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", binary, "..").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	const few, many, each = 500, 5000, 20
	for _, kind := range []string{"librenms", "prtg"} {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				small := pollCrowd(b, binary, kind, few, each, false)
				large := pollCrowd(b, binary, kind, many, each, true)
				b.ReportMetric(0, "ns/op") // says nothing here
				b.ReportMetric(large.first.Seconds(), "first-s")
				b.ReportMetric(large.again.Seconds(), "again-s")
				b.ReportMetric(large.peak, "peak-MiB")
				b.ReportMetric(large.settled, "settled-MiB")
				b.ReportMetric(float64(large.requests), "requests")
				b.ReportMetric(float64(small.requests), "requests-500")
				b.ReportMetric(float64(large.bytes)/1e6, "MB-body")
			}
		})
	}
}

// crowdPoll is what it took to poll a fake.
type crowdPoll struct {
	first, again    time.Duration
	peak, settled   float64 // MiB
	requests, bytes int64
}

func pollCrowd(b *testing.B, binary, kind string, devices, each int, settle bool) crowdPoll {
	b.Helper()
	world, err := lab.NewWorld(lab.Crowd(devices, each), nil)
	if err != nil {
		b.Fatal(err)
	}
	const secret = "benchmark"
	config := map[string]any{"token": secret}
	var fake http.Handler = lab.NewLibreNMS(world, lab.LibreNMSOptions{Token: secret})
	if kind == "prtg" {
		config = map[string]any{"api_token": secret}
		fake = lab.NewPRTG(world, lab.PRTGOptions{APIToken: secret})
	}
	var requests, sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		fake.ServeHTTP(&counter{w, &sent}, r)
	}))
	defer server.Close()
	config["url"] = server.URL
	encoded, err := json.Marshal(config)
	if err != nil {
		b.Fatal(err)
	}

	h, err := host.New(host.Options{Self: binary, RunDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := h.Close(context.WithoutCancel(b.Context())); err != nil {
			b.Error(err)
		}
	}()
	source, err := h.Start(b.Context(), host.Spec{Name: kind, Type: kind, Config: encoded})
	if err != nil {
		b.Fatal(err)
	}
	poll := func() time.Duration {
		ctx, cancel := context.WithTimeout(b.Context(), 3*time.Minute)
		defer cancel()
		began := time.Now()
		if s := source.Poll(ctx); s.Err != "" || len(s.Observations) != devices {
			b.Fatalf("%d of %d devices: %s", len(s.Observations), devices, s.Err)
		}
		return time.Since(began)
	}
	p := crowdPoll{first: poll()}
	p.requests, p.bytes = requests.Load(), sent.Load()
	p.again = poll()
	pid := source.Status().PID
	p.peak = memoryOf(b, pid, "VmHWM")
	if settle {
		time.Sleep(15 * time.Second) // memory goes back to the system little by little
	}
	p.settled = memoryOf(b, pid, "VmRSS")
	return p
}

// counter counts the octets of bodies.
type counter struct {
	http.ResponseWriter
	sent *atomic.Int64
}

func (c *counter) Write(body []byte) (int, error) {
	n, err := c.ResponseWriter.Write(body)
	c.sent.Add(int64(n))
	return n, err
}

// memoryOf is one of the figures that the kernel keeps of a process, in MiB.
func memoryOf(b testing.TB, pid int, name string) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kb) / 1024
		}
	}
	b.Fatalf("process %d has no %s", pid, name)
	return 0
}

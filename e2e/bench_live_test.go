package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/api"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

const (
	liveRate   = 50 // events a second
	liveEvents = 20 * liveRate
)

// BenchmarkLive commits 50 events a second, of 4 KiB each, and measures from the commit to a client of the live stream:
// one client, 54, and 64 of which 10 never read. Memory is that of the whole process, of which the clients are a part.
func BenchmarkLive(b *testing.B) {
	for _, tt := range []struct {
		name          string
		reading, deaf int
	}{{"one client", 1, 0}, {"54 clients", 54, 0}, {"64 clients of which 10 never read", 54, 10}} {
		b.Run(tt.name, func(b *testing.B) {
			for b.Loop() {
				l := startLive(b)
				delays, grown := l.follow(b, tt.reading, tt.deaf)
				b.ReportMetric(ms(percentile(delays, 50)), "p50-ms")
				b.ReportMetric(ms(percentile(delays, 99)), "p99-ms")
				b.ReportMetric(float64(grown)/(1<<20), "growth-MiB")
				b.ReportMetric(float64(l.drops.n), "drops")
				l.stop()
			}
		})
	}
}

type live struct {
	pipe  *pipeline.Pipeline
	url   string
	drops *liveDrops
	stop  func()
}

type liveDrops struct {
	mu sync.Mutex
	n  int
}

func (*liveDrops) Request(string, int) {}
func (*liveDrops) Clients(string, int) {}
func (d *liveDrops) Dropped(_, reason string) {
	if reason == "slow" {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.n++
	}
}

func startLive(b *testing.B) *live {
	b.Helper()
	st, err := store.Open(b.Context(), b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	p, err := pipeline.New(pipeline.Config{}, pipeline.Options{Journal: st})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if err := p.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	<-p.Ready()
	l := &live{pipe: p, drops: &liveDrops{}}
	server, err := api.New(api.Config{}, api.Options{Read: &streamView{pipe: p, store: st}, Subscribe: p.Subscribe, Meter: l.drops})
	if err != nil {
		b.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	l.url = "http://" + listener.Addr().String()
	all.Go(func() {
		if err := server.Serve(ctx, listener); err != nil {
			b.Error(err)
		}
	})
	l.stop = func() {
		cancel()
		all.Wait()
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	}
	return l
}

// follow has clients listen while events are committed, and returns the delays of those that read and how much the
// process grew.
func (l *live) follow(b *testing.B, reading, deaf int) (delays []time.Duration, grown int64) {
	b.Helper()
	var arrived [liveEvents][]time.Time
	var mu sync.Mutex
	var readers sync.WaitGroup
	for range reading {
		in, done := l.open(b)
		readers.Go(func() {
			defer done()
			for n := 0; n < liveEvents && in.Scan(); {
				if !strings.HasPrefix(in.Text(), "data: ") {
					continue
				}
				mu.Lock()
				arrived[n] = append(arrived[n], time.Now())
				mu.Unlock()
				n++
			}
		})
	}
	for range deaf {
		_, done := l.open(b)
		defer done()
	}
	runtime.GC()
	before, most := residentBytes(b), int64(0)
	var committed [liveEvents]time.Time
	tick := time.NewTicker(time.Second / liveRate)
	defer tick.Stop()
	filler := strings.Repeat("said ", 800)
	for i := range liveEvents {
		<-tick.C
		if err := l.pipe.AddEvents(b.Context(), []device.Event{{Type: device.EventSourceSkewed, Source: "lab", Text: fmt.Sprint(i, filler)}}); err != nil {
			b.Fatal(err)
		}
		committed[i] = time.Now()
		if i%liveRate == 0 {
			most = max(most, residentBytes(b))
		}
	}
	readers.Wait()
	for i := range arrived {
		for _, at := range arrived[i] {
			delays = append(delays, max(0, at.Sub(committed[i])))
		}
	}
	if want := reading * liveEvents; len(delays) != want {
		b.Fatalf("%d events came, want %d", len(delays), want)
	}
	return delays, most - before
}

// open begins a stream.
func (l *live) open(b *testing.B) (in *bufio.Scanner, done func()) {
	b.Helper()
	transport := &http.Transport{}
	resp, err := (&http.Client{Transport: transport}).Get(l.url + "/api/v1/stream")
	if err != nil {
		b.Fatal(err)
	}
	return bufio.NewScanner(resp.Body), func() {
		_ = resp.Body.Close()
		transport.CloseIdleConnections()
	}
}

func residentBytes(b *testing.B) int64 {
	b.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", "self", "statm"))
	if err != nil {
		b.Fatal(err)
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		b.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

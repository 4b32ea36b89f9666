package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/api"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/pipeline"
)

// BenchmarkStreamDelay measures from the end of a poll to its event at a reader of the live stream, over HTTP, with
// the real store: 100 polls of 100 observations, ten a second, in each of which one device turns. A bare fsync in the
// same folder is timed after each poll. The budget is p99 <= 10 ms + 3 x the p99 of the bare fsync.
func BenchmarkStreamDelay(b *testing.B) {
	dir := b.TempDir()
	st, err := store.Open(b.Context(), dir, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	cfg := pipeline.Config{Consensus: consensus.Config{Sources: map[string]consensus.Source{"lab": {Name: "lab", Interval: 100 * time.Millisecond}}, Defaults: consensus.Rules{Confirm: 1}}}
	p, err := pipeline.New(cfg, pipeline.Options{Journal: st})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	<-p.Ready()
	server, err := api.New(api.Config{}, api.Options{Read: &streamView{pipe: p, store: st}, Subscribe: p.Subscribe})
	if err != nil {
		b.Fatal(err)
	}
	srv := httptest.NewServer(server.Handler())
	b.Cleanup(srv.Close)
	heard := listen(b, srv.URL)

	var delays, fsyncs []time.Duration
	for b.Loop() {
		delays, fsyncs = nil, nil
		for poll := range 100 {
			began := time.Now()
			if err := p.Publish(ctx, turned(poll)); err != nil {
				b.Fatal(err)
			}
			if at, ok := waitFor(heard, fmt.Sprintf("dev%d", poll)); ok && poll > 0 {
				delays = append(delays, at.Sub(began))
			}
			fsyncs = append(fsyncs, bareSync(b, dir))
			time.Sleep(max(0, 100*time.Millisecond-time.Since(began)))
		}
	}
	b.ReportMetric(ms(percentile(delays, 50)), "p50-ms")
	b.ReportMetric(ms(percentile(delays, 99)), "p99-ms")
	b.ReportMetric(ms(percentile(fsyncs, 99)), "fsync-p99-ms")
	b.ReportMetric(ms(10*time.Millisecond+3*percentile(fsyncs, 99)), "budget-ms")
}

// streamView is as much of the agent as a stream needs.
type streamView struct {
	view.Reader
	pipe  *pipeline.Pipeline
	store *store.Store
}

func (v *streamView) LastSeq() int64 { return v.pipe.LastSeq() }

func (v *streamView) Events(ctx context.Context, after int64, limit int) ([]device.Event, error) {
	return v.store.Events(ctx, after, limit)
}

// turned is a poll of 100 devices in which device number n has turned since the poll before.
func turned(n int) device.Snapshot {
	s := device.Snapshot{Source: "lab", Started: time.Now()}
	for i := range 100 {
		state := device.StateUp
		if i == n {
			state = device.StateDown
		}
		s.Observations = append(s.Observations, device.Observation{
			Identity: device.Identity{Ref: fmt.Sprint(i), Name: fmt.Sprintf("dev%d", i)}, Claims: []device.Claim{{Facet: device.FacetReach, State: state}},
		})
	}
	return s
}

type arrival struct {
	name string
	at   time.Time
}

// listen reads verdicts from the live stream until the benchmark ends.
func listen(b *testing.B, base string) <-chan arrival {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/v1/stream?after=0", nil)
	if err != nil {
		b.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	out, done := make(chan arrival, 1<<16), make(chan struct{})
	go func() {
		defer close(done)
		for sc := bufio.NewScanner(resp.Body); sc.Scan(); {
			data, ok := strings.CutPrefix(sc.Text(), "data: ")
			if !ok {
				continue
			}
			var e device.Event
			if json.Unmarshal([]byte(data), &e) == nil && e.Type == device.EventVerdictChanged && e.To == string(device.StatusDown) {
				out <- arrival{e.Device.Name, time.Now()}
			}
		}
	}()
	b.Cleanup(func() {
		cancel()
		_ = resp.Body.Close()
		<-done
	})
	return out
}

func waitFor(heard <-chan arrival, name string) (time.Time, bool) {
	deadline := time.After(2 * time.Second)
	for {
		select {
		case a := <-heard:
			if a.name == name {
				return a.at, true
			}
		case <-deadline:
			return time.Time{}, false
		}
	}
}

// bareSync times one write of a page and its fsync.
func bareSync(b *testing.B, dir string) time.Duration {
	b.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "probe"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	began := time.Now()
	if _, err := f.Write(make([]byte, 4096)); err != nil {
		b.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func percentile(ds []time.Duration, p int) time.Duration {
	if len(ds) == 0 {
		return 0
	}
	slices.Sort(ds)
	return ds[min(len(ds)-1, len(ds)*p/100)]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

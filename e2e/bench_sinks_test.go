package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
	"github.com/quorate/quorate/sinks/webhook"
)

const (
	// tick is how often events arrive while is measured: each commit has its share of them.
	tick = 50 * time.Millisecond
	// calm is how long the other sink is measured alone.
	calm = 10 * time.Second
)

// BenchmarkDeadSink lets a webhook be dead while events are recorded and then come back, while more arrive and go to another
// webhook as well: 500,000 missed and 1,000 a second for one that takes batches, 20,000 and 100 a second for one that
// takes one event a request. Record, pipeline, sinks and HTTP are the real ones; all of it, the receivers too, is one
// process on the same cores.
//
// catch-up-events/s is how many the dead one gets in a second until it has them all, times-arrival that against the
// events that arrive (budget 5). before-p99-ms and during-p99-ms are from handing an event to the pipeline to the other
// webhook's receiver, alone and while the dead one catches up, during-to-before their ratio (goal 1.1). commit-p99-ms is
// how much of during had passed when the event was on disk.
func BenchmarkDeadSink(b *testing.B) {
	b.Run("batches", func(b *testing.B) {
		for b.Loop() {
			deadSink(b, 500_000, 1000, true)
		}
	})
	b.Run("singly", func(b *testing.B) {
		for b.Loop() {
			deadSink(b, 20_000, 100, false)
		}
	})
}

func deadSink(b *testing.B, missed, arriving int, batch bool) {
	b.Helper()
	st, err := store.Open(b.Context(), b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	dead, other := newMeter(b), newMeter(b)
	dead.refuse.Store(true)
	p, err := pipeline.New(pipeline.Config{Consensus: consensus.Config{}}, pipeline.Options{Journal: st, Routes: []pipeline.Route{
		{Sink: dead.sink(b, "dead", batch), Most: 2 * time.Second}, {Sink: other.sink(b, "other", true)},
	}})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := p.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	running.Go(func() { _ = st.Maintain(ctx) })
	defer func() {
		cancel()
		running.Wait()
	}()
	<-p.Ready()
	l := &arrivals{b: b, p: p, other: other, each: arriving * int(tick) / int(time.Second)}
	for l.n < missed {
		l.record(5000)
	}
	other.waitFor(b, l.n)

	l.during(func(started time.Time) bool { return time.Since(started) < calm })
	other.waitFor(b, l.n)
	before, _ := l.p99()

	dead.refuse.Store(false)
	for dead.got.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	started := time.Now()
	l.during(func(time.Time) bool { return dead.got.Load() < int64(l.n) })
	took := time.Since(started)
	other.waitFor(b, l.n)
	during, commit := l.p99()
	rate := float64(dead.got.Load()) / took.Seconds()
	b.ReportMetric(rate, "catch-up-events/s")
	b.ReportMetric(rate/float64(arriving), "times-arrival")
	b.ReportMetric(before.Seconds()*1000, "before-p99-ms")
	b.ReportMetric(during.Seconds()*1000, "during-p99-ms")
	b.ReportMetric(commit.Seconds()*1000, "commit-p99-ms")
	b.ReportMetric(float64(during)/float64(before), "during-to-before")
	b.ReportMetric(0, "ns/op")
}

// arrivals are the events of one run.
type arrivals struct {
	b     *testing.B
	p     *pipeline.Pipeline
	other *meter
	n     int
	each  int // arrive at a tick
	// commits are the times of each commit of the last phase, marks the first event of each and when it was handed over.
	commits []time.Duration
	marks   []mark
}

type mark struct {
	event int
	at    time.Time
}

// record has n events recorded.
func (l *arrivals) record(n int) {
	l.b.Helper()
	events := make([]device.Event, n)
	at := time.Now().UTC()
	for i := range events {
		events[i] = device.Event{
			Type: device.EventVerdictChanged, At: at, Since: at, Device: &device.Name{ID: "d_7f3k2m5q", Name: "nas1"}, From: "up", To: "down",
			Standing: device.StandingConfirmed, Text: "#" + strconv.Itoa(l.n+i) + "#",
			Votes: []device.Vote{
				{Source: "librenms", Ref: "12", Facet: device.FacetReach, State: device.StateDown, Weight: 1, Raw: "status=0 icmp"},
				{Source: "prtg", Ref: "2003", Facet: device.FacetReach, State: device.StateDown, Weight: 1, Raw: "Ping down"},
			},
		}
	}
	if err := l.p.AddEvents(l.b.Context(), events); err != nil {
		l.b.Fatal(err)
	}
	l.n += n
}

// during has events recorded, so many in a second, as long as more says.
func (l *arrivals) during(more func(started time.Time) bool) {
	l.commits, l.marks = nil, nil
	started := time.Now()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for more(started) {
		<-ticker.C
		l.marks = append(l.marks, mark{l.n, time.Now()})
		l.record(l.each)
		l.commits = append(l.commits, time.Since(l.marks[len(l.marks)-1].at))
	}
	l.marks = append(l.marks, mark{l.n, time.Time{}})
}

// p99 is that of the delays of the last phase: of the events to the other receiver, and of the commits.
func (l *arrivals) p99() (delay, commit time.Duration) {
	var delays []time.Duration
	for i := range len(l.marks) - 1 {
		for n := l.marks[i].event; n < l.marks[i+1].event; n++ {
			delays = append(delays, l.other.when(n).Sub(l.marks[i].at))
		}
	}
	of := func(all []time.Duration) time.Duration {
		slices.Sort(all)
		return all[len(all)*99/100]
	}
	return of(delays), of(l.commits)
}

// meter is a receiver that notes when each event came.
type meter struct {
	*httptest.Server
	refuse atomic.Bool
	got    atomic.Int64

	mu   sync.Mutex
	came []time.Time
}

func newMeter(b *testing.B) *meter {
	m := &meter{}
	m.Server = httptest.NewServer(m)
	b.Cleanup(m.Close)
	return m
}

func (m *meter) sink(b *testing.B, name string, batch bool) *webhook.Sink {
	b.Helper()
	s, err := webhook.New(webhook.Config{URL: m.URL, Secret: sinksSecret, BatchMode: batch}, webhook.Options{Name: name, Agent: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

func (m *meter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m.refuse.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	now, begin := time.Now(), []byte(`"text":"#`)
	m.mu.Lock()
	n := 0
	for {
		i := bytes.Index(body, begin)
		if i < 0 {
			break
		}
		body = body[i+len(begin):]
		event, err := strconv.Atoi(string(body[:bytes.IndexByte(body, '#')]))
		if err != nil || event != len(m.came) {
			m.mu.Unlock()
			panic(fmt.Sprintf("event %d came as number %d", event, len(m.came))) // the server answers nothing then
		}
		m.came = append(m.came, now)
		n++
	}
	m.mu.Unlock()
	m.got.Add(int64(n))
}

func (m *meter) when(n int) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.came[n]
}

// waitFor waits until n events have come.
func (m *meter) waitFor(b *testing.B, n int) {
	b.Helper()
	for m.got.Load() < int64(n) {
		if b.Context().Err() != nil {
			b.Fatal("interrupted")
		}
		time.Sleep(time.Millisecond)
	}
}

package pipeline

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

// load is n devices seen by three sources, after their first polls, with one more poll of each in which share of the
// devices have changed their word.
type load struct {
	c    *committer
	at   time.Time
	n    int
	vary int
}

func newLoad(b *testing.B, n int) *load {
	b.Helper()
	cfg := testConfig("librenms", "prtg", "snmp")
	l := &load{n: n, at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	l.c = &committer{journal: nullJournal{}, view: newView(cfg), mem: newMemory(nil, nil, consensus.NewState()), stages: stages()}
	// Devices are calm once the ring of their proposals is full.
	for range consensus.DefaultRules().FlapSize + 2 {
		in := l.instant(0)
		if err := runStages(l.c.stages, l.c.view, in); err != nil {
			b.Fatal(err)
		}
		l.apply(in)
	}
	return l
}

func (l *load) apply(in *instant) {
	l.c.view.advance(in)
	l.c.mem.remember(in)
}

// snapshots are what the three sources say next; changed of every hundred devices say something new.
func (l *load) snapshots(changed int) []submitted {
	l.at = l.at.Add(time.Minute)
	l.vary++
	var items []submitted
	for _, source := range []string{"librenms", "prtg", "snmp"} {
		s := device.Snapshot{Source: source, Observations: make([]device.Observation, l.n)}
		for i := range l.n {
			raw := "status=1"
			if (i+l.vary)%100 < changed {
				raw = fmt.Sprintf("status=1 %d", l.vary)
			}
			s.Observations[i] = device.Observation{
				Identity: device.Identity{
					Ref: fmt.Sprint(i), Name: fmt.Sprintf("dev%d", i), Addresses: []string{fmt.Sprintf("2001:db8::%x", i+1)},
					Hostnames: []string{fmt.Sprintf("dev%d.example.net", i)}, Vendor: "HP", Model: "2530-48G", Version: "YA.16.08",
				},
				ObservedAt: l.at.Add(-time.Second),
				Claims: []device.Claim{
					{Facet: device.FacetReach, State: device.StateUp, Raw: raw}, {Facet: device.FacetMgmt, State: device.StateUp, Raw: "uptime=5"},
				},
			}
		}
		items = append(items, submitted{snapshot: s})
	}
	return items
}

func (l *load) instant(changed int) *instant {
	items := l.snapshots(changed)
	return newInstant(l.at, false, items, l.c.view.cfg, l.c.mem)
}

type nullJournal struct{ Journal }

// BenchmarkStages measures identify, dedupe and vote on 1 % change, with what prepares an instant for them, and each
// step alone with those around them: observations/cpu-s is by the mean of all rounds, the figures in ns by the least,
// since whatever else the machine does, it only ever takes longer. B/claim is what the state takes of the heap.
func BenchmarkStages(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("devices=%d", n), func(b *testing.B) {
			before := heap()
			l := newLoad(b, n)
			claims := 2 * 3 * n
			taken := heap() - before
			l.measure(b)
			b.ReportMetric(float64(taken)/float64(claims), "B/claim")
		})
	}
}

// measure takes polls through the steps and reports what they took.
func (l *load) measure(b *testing.B) {
	b.Helper()
	var items []submitted
	var in *instant
	steps := []struct {
		name   string
		stages bool
		run    func()
		least  time.Duration
	}{
		{"prepare", true, func() { in = newInstant(l.at, false, items, l.c.view.cfg, l.c.mem) }, time.Hour},
		{"identify", true, func() { identify(l.c.view, in) }, time.Hour},
		{"dedupe", true, func() { dedupe(l.c.view, in) }, time.Hour},
		{"vote", true, func() { vote(l.c.view, in) }, time.Hour},
		{"record", false, func() { record(l.c.view, in) }, time.Hour},
		{"apply", false, func() { l.apply(in) }, time.Hour},
	}
	observations := float64(3 * l.n)
	least, sum := time.Hour, time.Duration(0)
	for b.Loop() {
		items = l.snapshots(1)
		round := time.Duration(0)
		for i := range steps {
			s := &steps[i]
			start := cpu()
			s.run()
			took := cpu() - start
			s.least = min(s.least, took)
			if s.stages {
				round += took
			}
		}
		least = min(least, round)
		sum += round
	}
	for i := range steps {
		b.ReportMetric(float64(steps[i].least.Nanoseconds())/observations, steps[i].name+"-ns")
	}
	b.ReportMetric(float64(least.Nanoseconds())/observations, "least-ns/observation")
	b.ReportMetric(observations*float64(b.N)/sum.Seconds(), "observations/cpu-s")
	b.ReportMetric(0, "ns/op")
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first one found to be finalized
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// cpu is the time that all threads of the process have worked, the collector's included: on a busy machine the clock
// on the wall says nothing.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

package pipeline

import (
	"fmt"
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
	l.c = &committer{journal: nullJournal{}, view: newView(cfg), mem: newMemory(nil, consensus.NewState()), stages: stages()}
	for range 25 {
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

// BenchmarkStages measures identify, dedupe and vote on 1 % change, without and with what comes around them.
func BenchmarkStages(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("devices=%d", n), func(b *testing.B) {
			l := newLoad(b, n)
			perObservation(b, 3*n, func() time.Duration {
				items := l.snapshots(1)
				start := cpu()
				in := newInstant(l.at, false, items, l.c.view.cfg, l.c.mem)
				identify(l.c.view, in)
				dedupe(l.c.view, in)
				vote(l.c.view, in)
				took := cpu() - start
				record(l.c.view, in)
				l.apply(in)
				return took
			})
		})
	}
}

// BenchmarkStage measures each step alone, at 10,000 devices and 1 % change.
func BenchmarkStage(b *testing.B) {
	const n = 10_000
	for _, step := range []string{"prepare", "identify", "dedupe", "vote", "record", "apply"} {
		b.Run(step, func(b *testing.B) {
			l := newLoad(b, n)
			perObservation(b, 3*n, func() time.Duration {
				items := l.snapshots(1)
				var in *instant
				var took time.Duration
				for _, s := range []struct {
					name string
					run  func()
				}{
					{"prepare", func() { in = newInstant(l.at, false, items, l.c.view.cfg, l.c.mem) }},
					{"identify", func() { identify(l.c.view, in) }},
					{"dedupe", func() { dedupe(l.c.view, in) }},
					{"vote", func() { vote(l.c.view, in) }},
					{"record", func() { record(l.c.view, in) }},
					{"apply", func() { l.apply(in) }},
				} {
					start := cpu()
					s.run()
					if s.name == step {
						took = cpu() - start
					}
				}
				return took
			})
		})
	}
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

// perObservation reports what f says it took, by observation.
func perObservation(b *testing.B, observations int, f func() time.Duration) {
	b.Helper()
	var sum time.Duration
	least := time.Hour // whatever else the machine does, it only ever takes longer
	for b.Loop() {
		took := f()
		sum += took
		least = min(least, took)
	}
	b.ReportMetric(float64(least.Nanoseconds())/float64(observations), "least-ns/observation")
	b.ReportMetric(float64(sum.Nanoseconds())/float64(b.N)/float64(observations), "cpu-ns/observation")
	b.ReportMetric(float64(observations)*float64(b.N)/sum.Seconds(), "observations/cpu-s")
	b.ReportMetric(0, "ns/op")
}

package backtest_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/backtest"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// A day of a lab of 68 devices: three monitors that ask once a minute, of which one sees all, one eleven and one eight;
// some device fails every few minutes; clock instants every ten seconds.
func BenchmarkBacktestDay(b *testing.B) {
	s, cfg := day(b)
	r := s.Reader
	for _, bb := range []struct {
		name   string
		change func(*pipeline.Config)
	}{
		{"the same settings", func(*pipeline.Config) {}},
		{"other settings", func(c *pipeline.Config) { c.Consensus.Defaults.Confirm = 1 }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			other := cfg
			bb.change(&other)
			b.ReportAllocs()
			var report *backtest.Report
			began := cpu()
			for b.Loop() {
				var err error
				if report, err = backtest.Run(context.Background(), r, backtest.Options{Settings: &other}); err != nil {
					b.Fatal(err)
				}
			}
			per := (cpu() - began).Seconds() / float64(b.N) // the machine may have other work
			b.ReportMetric(float64(report.Observations)/per, "observations/cpu-s")
			b.ReportMetric(float64(report.Polls)/per, "polls/cpu-s")
			b.ReportMetric(per/report.Until.Sub(report.Since).Hours()*24, "cpu-s/day")
		})
	}
}

// cpu is the processor time of this process so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkDayOnDisk is how large that day is in the record: at first, and when polls are no longer kept.
func BenchmarkDayOnDisk(b *testing.B) {
	ctx := context.Background()
	s, _ := day(b)
	size := func(name string) float64 {
		c, err := store.Backup(ctx, filepath.Dir(s.Path()), filepath.Join(b.TempDir(), name), noon, store.BackupOptions{})
		if err != nil {
			b.Fatal(err)
		}
		return float64(c.Bytes) / 1e6
	}
	for b.Loop() {
		b.ReportMetric(size("day.db"), "MB/day")
	}
	if _, err := s.Checkpoint(ctx); err != nil {
		b.Fatal(err)
	}
	end := noon.Add(1e4 * time.Hour)
	if _, err := s.PruneBefore(ctx, store.Horizon{Polls: end, Observations: end, Rejected: end}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(size("kept.db"), "MB-kept/day")
}

func day(b *testing.B) (*store.Store, pipeline.Config) {
	b.Helper()
	cfg := pipeline.Config{Consensus: consensus.Config{Sources: map[string]consensus.Source{}, Hash: "h"}}
	sees := map[string]int{"prtg": 68, "librenms": 11, "snmp": 8}
	for name := range sees {
		cfg.Consensus.Sources[name] = consensus.Source{Name: name, Interval: time.Minute}
	}
	s, err := store.Open(context.Background(), filepath.Join(b.TempDir(), "data"), store.Options{Temporary: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	rnd := rand.New(rand.NewPCG(1, 1))
	down := make([]int, 68) // the tick up to which a device is down
	const ticks = 24 * 360
	var waiting []device.Snapshot
	tick := 0
	_, err = pipeline.Replay(context.Background(), cfg, s, func() (device.Snapshot, error) {
		if len(waiting) > 0 {
			next := waiting[0]
			waiting = waiting[1:]
			return next, nil
		}
		if tick == ticks {
			return device.Snapshot{}, io.EOF
		}
		at := noon.Add(time.Duration(tick) * 10 * time.Second)
		if rnd.IntN(30) == 0 {
			down[rnd.IntN(68)] = tick + rnd.IntN(120)
		}
		for i, name := range []string{"prtg", "librenms", "snmp"} {
			if tick%6 != 2*i {
				continue
			}
			poll := device.Snapshot{At: at, Source: name}
			for d := range sees[name] {
				state := device.StateUp
				if down[d] > tick {
					state = device.StateDown
				}
				o := says(fmt.Sprint(2000+d), fmt.Sprintf("nas%d", d), state)
				o.ObservedAt = at.Add(-time.Duration(d%30) * time.Second)
				o.Claims = append(o.Claims, device.Claim{Facet: device.FacetMgmt, State: state}, device.Claim{Facet: device.FacetHealth, Component: "disk:1", State: device.StateOK})
				poll.Observations = append(poll.Observations, o)
			}
			waiting = append(waiting, poll)
		}
		tick++
		return device.Snapshot{At: at}, nil
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
	return s, cfg
}

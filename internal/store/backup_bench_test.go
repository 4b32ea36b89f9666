package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// large fills a record until its file has so many bytes and returns the number of its last batch.
func large(b *testing.B, s *Store, bytes int64) uint64 {
	b.Helper()
	batch, seq := uint64(0), int64(0)
	for {
		batch++
		r := shift(record(batch, 2000), seq)
		r.IdentityDevices, r.Bindings, r.Readings, r.Devices = nil, nil, nil, nil
		seq = r.LastSeq()
		mustCommit(b, s, r)
		if err := s.w.use(func() error { return s.w.exec("PRAGMA wal_checkpoint(PASSIVE)") }); err != nil {
			b.Fatal(err)
		}
		info, err := os.Stat(s.Path())
		if err != nil {
			b.Fatal(err)
		}
		if info.Size() >= bytes {
			return batch
		}
	}
}

// commits makes small commits, one each 20 ms, until work has ended, and returns how long each took.
func commits(b *testing.B, s *Store, batch *uint64, work func() error) (took []time.Duration, wal int64) {
	b.Helper()
	ended := make(chan error, 1)
	var group sync.WaitGroup
	group.Go(func() { ended <- work() })
	defer group.Wait()
	seq, err := s.LastSeq(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for {
		*batch++
		r := shift(record(*batch, 68), seq)
		seq = r.LastSeq()
		began := time.Now()
		mustCommit(b, s, r)
		took = append(took, time.Since(began))
		size, err := s.walSize()
		if err != nil {
			b.Fatal(err)
		}
		wal = max(wal, size)
		select {
		case err := <-ended:
			if err != nil {
				b.Fatal(err)
			}
			return took, wal
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func p99(took []time.Duration) float64 {
	slices.Sort(took)
	return took[len(took)*99/100].Seconds() * 1000
}

// BenchmarkBackup copies a record of 500 MB beside commits. "p99-ms" is a commit's beside it, "alone-p99-ms" one without.
func BenchmarkBackup(b *testing.B) {
	const size = 500 << 20
	s := mustOpenDurable(b, folder(b), Options{})
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	batch := large(b, s, size)
	ended := make(chan error, 1)
	go func() { ended <- s.Maintain(ctx) }()
	path := filepath.Join(b.TempDir(), "backup.db")
	var took time.Duration
	var alone, beside []time.Duration
	var wal int64
	for b.Loop() {
		quiet, _ := commits(b, s, &batch, func() error {
			select {
			case <-time.After(3 * time.Second):
			case <-ctx.Done():
			}
			return nil
		})
		began := time.Now()
		busy, grown := commits(b, s, &batch, func() error {
			_, err := Backup(ctx, s.dir, path, began, BackupOptions{Unverified: true})
			return err
		})
		took += time.Since(began)
		alone, beside, wal = append(alone, quiet...), append(beside, busy...), max(wal, grown)
	}
	b.ReportMetric(p99(alone), "alone-p99-ms")
	b.ReportMetric(p99(beside), "p99-ms")
	b.ReportMetric(float64(wal)/1e6, "wal-MB")
	b.ReportMetric(float64(size)/1e6*float64(b.N)/took.Seconds(), "MB/s")
	stop()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}

// BenchmarkQuickCheck is the look at a database of 100 MB that every start begins with.
func BenchmarkQuickCheck(b *testing.B) {
	for _, mb := range []int64{100} {
		b.Run(fmt.Sprint(mb, "MB"), func(b *testing.B) {
			s := mustOpenDurable(b, folder(b), Options{})
			large(b, s, mb<<20)
			for b.Loop() {
				if err := s.quickCheck(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPrune removes 14 days' worth of rows beside commits. "ratio" is a commit's p99 beside it to one without.
func BenchmarkPrune(b *testing.B) {
	ctx := b.Context()
	var alone, beside []time.Duration
	var rows int64
	for b.Loop() {
		s := mustOpenDurable(b, folder(b), Options{})
		batch := large(b, s, 100<<20)
		quiet, _ := commits(b, s, &batch, func() error {
			select {
			case <-time.After(3 * time.Second):
			case <-ctx.Done():
			}
			return nil
		})
		horizon := start.Add(1e6 * time.Hour)
		busy, _ := commits(b, s, &batch, func() error {
			n, err := s.PruneBefore(ctx, Horizon{Polls: horizon, Observations: horizon, Rejected: horizon})
			rows += n
			return err
		})
		alone, beside = append(alone, quiet...), append(beside, busy...)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(p99(alone), "alone-p99-ms")
	b.ReportMetric(p99(beside), "p99-ms")
	b.ReportMetric(p99(beside)/p99(alone), "ratio")
	b.ReportMetric(float64(rows)/float64(b.N), "rows")
}

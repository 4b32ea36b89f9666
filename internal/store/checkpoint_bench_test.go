package store

import (
	"context"
	"testing"
	"time"
)

// A day's checkpoint of 10,000 devices: what it costs beside the commits, and what of it they wait for.
func BenchmarkCheckpoint(b *testing.B) {
	ctx := context.Background()
	s := mustOpenDurable(b, folder(b), Options{})
	mustCommit(b, s, record(1, 10_000))
	batch := uint64(1)
	var bytes int64
	var wait time.Duration
	for b.Loop() {
		b.StopTimer()
		batch++
		mustCommit(b, s, record(batch, 10_000))
		b.StartTimer()
		if _, err := s.Checkpoint(ctx); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		var body []byte
		if err := s.db.QueryRowContext(ctx, "SELECT length(body), body FROM checkpoint ORDER BY id DESC LIMIT 1").Scan(&bytes, &body); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if err := s.w.update(func() error { return s.w.put(s.t.kv, "bench", "body", body) }); err != nil {
			b.Fatal(err)
		}
		wait += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(bytes)/1e6, "MB")
	b.ReportMetric(wait.Seconds()*1000/float64(b.N), "ms-commits-wait")
}

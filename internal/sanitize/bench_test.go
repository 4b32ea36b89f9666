package sanitize

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// BenchmarkText cleans posts with 5,000 known values, as a home of ten thousand spellings has.
func BenchmarkText(b *testing.B) {
	var known []Known
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 2500 {
		known = append(known, Known{Kind: KindHost, Value: fmt.Sprintf("zq%x-%d", r.Uint32(), i)},
			Known{Kind: KindIPv4, Value: fmt.Sprintf("10.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256))})
	}
	c := NewCleaner(newTable(b, &memory{}), known)
	post, err := os.ReadFile(filepath.Join("..", "..", "blogsink", "testdata", "notes.golden.md"))
	if err != nil {
		b.Fatal(err)
	}
	text := string(bytes.Repeat(post, 10))
	b.SetBytes(int64(len(text)))
	from := processor()
	for b.Loop() {
		if _, err := c.Text(b.Context(), text, &Report{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(text))*float64(b.N)/1e6/(processor()-from).Seconds(), "MB/cpu-s")
}

// processor is the time that the process has had on processors: on a busy machine the clock says little.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano())
}

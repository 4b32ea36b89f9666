package oracle

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// seeds are those of a test's runs, one after the other: first the one of the environment, or where it gives none those
// that have failed once, and a new one; then numbers that follow it, as many as are asked for.
type seeds struct {
	first []uint64
	next  uint64
}

func newSeeds(t testing.TB) *seeds {
	t.Helper()
	if text := os.Getenv("QUORATE_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("QUORATE_SEED=%s is no number", text)
		}
		return &seeds{next: n}
	}
	return &seeds{first: failedOnce(t), next: uint64(time.Now().UnixMilli())}
}

func (s *seeds) take() uint64 {
	if len(s.first) > 0 {
		n := s.first[0]
		s.first = s.first[1:]
		return n
	}
	s.next++
	return s.next - 1
}

// failedOnce reads the test's lines of testdata/seeds.txt: its name, the seed, and what had been wrong.
func failedOnce(t testing.TB) (list []uint64) {
	t.Helper()
	f, err := os.Open("testdata/seeds.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || fields[0] != t.Name() {
			continue
		}
		n, err := strconv.ParseUint(fields[1], 10, 64)
		if err != nil {
			t.Fatalf("testdata/seeds.txt: %s", lines.Text())
		}
		list = append(list, n)
	}
	return list
}

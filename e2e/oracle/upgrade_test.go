package oracle

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/quorate/quorate/internal/crashpoint"
)

// TestCrashInUpgrade ends the agent within the migrations of a new record, and within the copies that are made before the
// rest of them: a record that was begun by an older program. What is left is a database that the next start brings on.
func TestCrashInUpgrade(t *testing.T) {
	t.Parallel()
	l := everyDay()
	l.feeds = 1
	last := latest(t)
	count := map[string]int{}
	s := newSeeds(t)
	for n := 0; n < *pointRounds || len(s.first) > 0; n++ {
		r := newRig(t, s.take(), built.crasher, l)
		// The migrations of a record that is begun are each by itself: what is left is that of an older program.
		r.crash(crashpoint.Migration, 2+r.rand.IntN(last-1))
		r.crash(crashpoint.MigrationCopy, 1)
		if n%2 == 0 {
			r.crash(crashpoint.Migration, 1)
		}
		if n%5 == 4 {
			r.recover("an upgrade that was cut off")
		}
		for p, times := range r.count.points {
			count[p] += times
		}
		r.close()
	}
	report.note(&tally{kind: "SIGKILL to itself in an upgrade", rounds: count[crashpoint.Migration] + count[crashpoint.MigrationCopy], more: fmt.Sprint(count)})
}

// latest is how many migrations there are.
func latest(t *testing.T) int {
	t.Helper()
	names, err := filepath.Glob("../../internal/store/migrations/*.sql")
	if err != nil || len(names) < 3 {
		t.Fatalf("%d migrations: %v", len(names), err)
	}
	return len(names)
}

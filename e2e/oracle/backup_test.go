package oracle

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/quorate/quorate/internal/crashpoint"
	"github.com/quorate/quorate/internal/store"
)

// TestCrashInBackup ends a backup at its last step. What is in its place is the one of before, whole; the record is as it
// was.
func TestCrashInBackup(t *testing.T) {
	t.Parallel()
	l := everyDay()
	l.feeds = 1
	r := newRig(t, newSeeds(t).take(), built.crasher, l)
	backup := filepath.Join(r.dir, "backup.db")
	for n := range *pointRounds {
		if n%5 == 0 {
			r.recover("some backups that were cut off")
			if out, err := r.command(nil, "backup", "--config", r.config(), backup); err != nil {
				t.Fatalf("seed %d: backup: %v\n%s", r.seed, err, out)
			}
		}
		whole, err := os.ReadFile(backup)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := r.command([]string{"CRASH_AT=" + crashpoint.Backup + ":1"}, "backup", "--config", r.config(), backup); err == nil {
			t.Fatalf("seed %d: void: the backup does not come to its crash point\n%s", r.seed, out)
		}
		if is, err := os.ReadFile(backup); err != nil || string(is) != string(whole) {
			t.Fatalf("seed %d: a backup that was cut off has touched the one of before: %v", r.seed, err)
		}
		r.examine("a backup that was cut off")
	}
	if out, err := r.command(nil, "restore", "--config", r.config(), backup); err != nil {
		t.Fatalf("seed %d: restore: %v\n%s", r.seed, err, out)
	}
	s, err := store.Open(t.Context(), r.data(), store.Options{})
	if err != nil {
		t.Fatalf("seed %d: what was restored cannot be opened: %v", r.seed, err)
	}
	defer func() { _ = s.Close() }() // what it holds has been read by then
	if err := s.Scrub(t.Context()); err != nil {
		t.Errorf("seed %d: what was restored is damaged: %v", r.seed, err)
	}
	report.note(&tally{kind: "SIGKILL to itself in a backup", rounds: *pointRounds})
}

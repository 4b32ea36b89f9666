package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
)

// TestRecordOutAndBack takes the record of a running agent out and brings an older state of it back.
func TestRecordOutAndBack(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	first := s.agent(t)
	eventually(t, "68 devices up", func() bool { return countStatus(first.devices(t), device.StatusUp) == 68 })
	c := s.command()

	// The export is what the agent itself lists; more may have happened between the two.
	listed, exported := c.ok(t, "events", "--json"), c.ok(t, "export")
	if n := strings.Count(listed, "\n"); n < 68 || !strings.HasPrefix(exported, listed) {
		t.Errorf("the export does not begin with the %d events that the agent lists", n)
	}
	if n := strings.Count(c.ok(t, "export", "--what", "observations", "--source", "prtg"), "\n"); n < 68 {
		t.Errorf("%d observations of prtg, want 68 at least", n)
	}

	backup := filepath.Join(s.dir, "backup.db")
	c.ok(t, "backup", backup)
	if r := c.run(t, "restore", backup); r.code != 3 || !strings.Contains(r.stderr, fmt.Sprintf("process %d", first.cmd.Process.Pid)) {
		t.Errorf("a restore under a running agent: exit %d, %s", r.code, r.stderr)
	}
	if err := s.World.Kill(coreSwitch); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the switch down", func() bool { return first.devices(t)[coreSwitch].Status == device.StatusDown })
	before := idsOf(t, c.ok(t, "events", "--json"))
	first.kill()

	// A database of nothing, as after a crash of its file system: the agent says what to do, and the backup does it.
	db := filepath.Join(s.data(), "quorate.db")
	if err := errors.Join(os.Truncate(db, 0), os.Remove(db+"-wal"), os.Remove(db+"-shm")); err != nil {
		t.Fatal(err)
	}
	if r := c.run(t, "agent", "--config", s.config); r.code != 3 || !strings.Contains(r.stderr, "quorate restore FILE") {
		t.Errorf("a damaged database: exit %d, %s", r.code, r.stderr)
	}
	c.ok(t, "restore", "--dry-run", backup)
	c.ok(t, "restore", backup)
	if kept, err := filepath.Glob(filepath.Join(s.data(), "quorate-before-restore-*.db")); err != nil || len(kept) != 1 {
		t.Errorf("kept: %q, %v", kept, err)
	}
	second := s.agent(t)
	eventually(t, "the switch down again", func() bool { return second.devices(t)[coreSwitch].Status == device.StatusDown })
	again := c.ok(t, "events", "--json")
	// Numbers are given again, ids never.
	shared := 0
	for id, seq := range idsOf(t, again) {
		if was, ok := before[id]; ok {
			shared++
			if was != seq {
				t.Errorf("event %s was %d and is %d", id, was, seq)
			}
		}
	}
	if shared < 68 || shared == len(before) {
		t.Errorf("%d of %d events are on record again; those since the backup are not", shared, len(before))
	}
}

func idsOf(t *testing.T, lines string) map[string]int64 {
	t.Helper()
	ids := map[string]int64{}
	for line := range strings.Lines(lines) {
		var e device.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if _, twice := ids[e.ID]; twice {
			t.Errorf("the id %s was given twice", e.ID)
		}
		ids[e.ID] = e.Seq
	}
	return ids
}

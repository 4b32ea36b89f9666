package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/quorate/quorate/device"
)

// TestPluginThatComesLater is that a source whose plugin is not there at the start is heard once it is, and that nothing
// else is disturbed by that.
func TestPluginThatComesLater(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := fmt.Sprintf("#!/bin/sh\nexec %q plugin puppet\n", self)
	sum := sha256.Sum256([]byte(program))
	s := newStage(t, fmt.Sprintf("source \"puppet\" \"late\" {\n  command = \"DIR/late/source\"\n  sha256 = %q\n  interval = \"50ms\"\n  config {\n    dir = \"DIR/late\"\n  }\n}\n",
		hex.EncodeToString(sum[:])), nil)
	s.event("late is blind", ofType(device.EventSourceBlind, "late"))
	var before int
	s.until("a runs", func() bool { before = s.status("a").Plugin.PID; return before != 0 })
	if state := s.status("late").Plugin.State; state != device.PluginRefused {
		t.Errorf("late is %s", state)
	}

	if err := os.Mkdir(filepath.Join(s.dir, "late"), 0o700); err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(s.dir, "late", "part")
	if err := os.WriteFile(part, []byte(program), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(part, filepath.Join(s.dir, "late", "source")); err != nil {
		t.Fatal(err)
	}
	e := s.event("late runs", ofType(device.EventSourceRestarted, "late"))
	if want := "the plugin of late, which could not be started before, runs now"; e.Text != want {
		t.Error(e.Text)
	}
	s.event("late is heard", ofType(device.EventSourceRecovered, "late"))
	s.until("its polls are durable", func() bool { return len(s.lines("late", "committed")) > 1 })
	if after := s.status("a").Plugin.PID; after != before || s.generation().number != 1 {
		t.Errorf("a was %d and is %d, in generation %d", before, after, s.generation().number)
	}
}

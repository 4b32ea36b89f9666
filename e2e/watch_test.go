package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/quorate/quorate/device"
)

const tellerConfig = `agent {
  data_dir = "data"
  listen   = "127.0.0.1:0"
}

source "teller" "teller" {
  interval = "1h"
  command  = %q
  sha256   = %q
  config {
    word = %q
  }
}

consensus {
  confirm = 1
}
`

// TestWatch: what a source hears by itself changes a verdict without a poll, also after its plugin was killed, and is on
// record when it is acknowledged, whatever becomes of the agent then.
func TestWatch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program, word := filepath.Join(dir, "quorate-source-teller"), filepath.Join(dir, "word")
	if out, err := exec.Command("go", "build", "-o", program, "./quorate-source-teller").CombinedOutput(); err != nil {
		t.Fatalf("build the plugin: %v\n%s", err, out)
	}
	s := &site{dir: dir, config: write(t, filepath.Join(dir, "quorate.hcl"), fmt.Sprintf(tellerConfig, program, checksum(t, program), word))}
	tell := func(what string) {
		t.Helper()
		write(t, word+".new", what)
		if err := os.Rename(word+".new", word); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is acknowledged: "+what, func() bool {
			_, err := os.Stat(word)
			return errors.Is(err, os.ErrNotExist)
		})
	}
	a := s.agent(t)
	status := func(name string) device.Status { return a.devices(t)[name].Status }
	eventually(t, "the only poll of this hour", func() bool { return status("device-1") == device.StatusUp })
	polled := a.source(t, "teller").LastPoll

	tell("1 down")
	if got := status("device-1"); got != device.StatusDown {
		t.Errorf("device-1 is %s after the word of the watch", got)
	}
	tell("2 up")
	if got := status("device-2"); got != device.StatusUp {
		t.Errorf("device-2, of which no poll knows, is %q", got)
	}
	tell("3 sideways")
	if text := s.command().ok(t, "rejected", "list"); !strings.Contains(text, "teller") || !strings.Contains(text, "sideways") {
		t.Errorf("quorate rejected list:\n%s", text)
	}
	if now := a.source(t, "teller"); !now.LastPoll.Equal(polled) {
		t.Errorf("what the watch says counts as a poll: %v, %v", polled, now.LastPoll)
	}
	if text := s.command().ok(t, "sources"); !strings.Contains(text, "teller: its watch has heard 2 observations") {
		t.Errorf("quorate sources:\n%s", text)
	}

	old := pluginOf(t, a, program)
	if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	tell("1 up") // by the process that takes its place
	if now := pluginOf(t, a, program); now == old {
		t.Error("the plugin was not replaced")
	}
	eventually(t, "device-1 is up again", func() bool { return status("device-1") == device.StatusUp })

	// No monitor repeats what the watch said last.
	tell("2 down")
	children := a.children()
	a.kill()
	gone(t, children)
	text := s.command().ok(t, "explain", "device-2")
	if !strings.Contains(text, "device-2 is down") || !strings.Contains(text, "told down") {
		t.Errorf("the record of a killed agent says:\n%s", text)
	}
	if b := s.command().backtest(t); !b.Same || b.Drift.Inside != 0 {
		t.Errorf("judged again, the record comes to something else: %+v", b)
	}
	a = s.agent(t)
	if got := status("device-2"); got != device.StatusDown {
		t.Errorf("device-2 is %s when the agent is back", got)
	}
	tell("2 up")
	a.stop(t, 0)
}

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slowExec is a source whose program takes long. What it runs is given as a program with a last argument, which a shell
// or an interpreter reads.
const slowExec = `
source "exec" "%s" {
  timeout = "50s"
  config {
    command = [%q, %q, %q]
    timeout = "45s"
    env     = { PATH = "/usr/local/bin:/usr/bin:/bin" }
  }
}
`

// TestNoOrphans kills the agent, and makes it crash, with plugins of every kind: nothing that they started outlives it.
func TestNoOrphans(t *testing.T) {
	needs(t, "setsid", "util-linux")
	needs(t, "python3", "python3")
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "crashed": syscall.SIGABRT} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path, sum := thirdParty(t, dir)
			// One that takes no notice of anything, one with children in its group, in another group and session, and away
			// from their parent, and one that is gone but for its daemon.
			deaf := write(t, filepath.Join(dir, "deaf.py"), `import signal, time
for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
    signal.signal(s, signal.SIG_IGN)
while True:
    time.sleep(1000)
`)
			crowd := write(t, filepath.Join(dir, "crowd.sh"), "sleep 1001 &\nsetsid sleep 1002 &\n(setsid sleep 1003 &)\nsleep 1004\n")
			daemon := write(t, filepath.Join(dir, "daemon.sh"), "(setsid sleep 1005 >/dev/null 2>&1 &)\nexec sleep 1006\n")
			config := fmt.Sprintf(tcpConfig, filepath.Base(path), sum, door(t))
			for name, command := range map[string][]string{"deaf": {"/usr/bin/env", "python3", deaf}, "crowd": {"/bin/sh", "-e", crowd}, "daemon": {"/bin/sh", "-e", daemon}} {
				config += fmt.Sprintf(slowExec, name, command[0], command[len(command)-2], command[len(command)-1])
			}
			s := &site{dir: dir, config: write(t, filepath.Join(dir, "quorate.hcl"), config)}
			a := s.agent(t)
			var all []child
			eventually(t, "every kind of process", func() bool {
				all = a.children()
				return missing(all, "quorate-source-tcp", "deaf.py", "sleep\x001001", "sleep\x001002", "sleep\x001003", "sleep\x001004", "plugin\x00exec",
					"sleep\x001005", "sleep\x001006", "plugin\x00@keeper") == ""
			})
			// The crowd came with the keeper's first look, or before it.
			if err := a.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			a.wait()
			at := time.Now()
			gone(t, all)
			t.Logf("%d processes were gone %v after the agent", len(all), time.Since(at).Round(10*time.Millisecond))
		})
	}
}

// missing returns the first of the words that is in nobody's command line.
func missing(all []child, words ...string) string {
	var lines strings.Builder
	for _, c := range all {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", c.pid))
		if err == nil {
			lines.Write(line)
			lines.WriteByte('\n')
		}
	}
	for _, w := range words {
		if !strings.Contains(lines.String(), w) {
			return w
		}
	}
	return ""
}

// TestNextAgentEndsWhatIsLeft: what a killed agent could not end, since its keeper was killed with it, the next one does.
func TestNextAgentEndsWhatIsLeft(t *testing.T) {
	needs(t, "setsid", "util-linux")
	t.Parallel()
	// A short path: plugins' sockets lie in the data folder then, and so does the name of who was there before.
	dir, err := os.MkdirTemp("", "q")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	daemon := write(t, filepath.Join(dir, "daemon.sh"), "(setsid sleep 1007 >/dev/null 2>&1 &)\nsleep 1008\n")
	config := "agent {\n  data_dir = \"data\"\n  listen = \"127.0.0.1:0\"\n}\n" + fmt.Sprintf(slowExec, "daemon", "/bin/sh", "-e", daemon)
	s := &site{dir: dir, config: write(t, filepath.Join(dir, "quorate.hcl"), config)}
	a := s.agent(t)
	var all []child
	eventually(t, "the daemon and the keeper", func() bool {
		all = a.children()
		return missing(all, "sleep\x001007", "plugin\x00@keeper") == ""
	})
	for _, c := range all {
		if missing([]child{c}, "@keeper") == "" {
			if err := syscall.Kill(c.pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	a.kill()
	left := 0
	for _, c := range all {
		if missing([]child{c}, "sleep\x001007") == "" {
			left++
		}
	}
	if left != 1 {
		t.Fatalf("%d daemons are left, want 1 for the next agent", left)
	}
	next := s.agent(t)
	gone(t, all)
	next.stop(t, 0)
}

package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	quorateagent "github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/device"
)

const reloadConfig = `agent {
  data_dir = "data"
  listen   = "127.0.0.1:0"
}

source "tcp" "first" {
  interval = "300ms"
  command  = "first-tcp"
  sha256   = "%[1]s"
  config {
    target "nas1" {
      address = "%[2]s"
    }
  }
}

source "tcp" "second" {
  interval = "300ms"
  command  = "second-tcp"
  sha256   = "%[1]s"
  config {
    target "nas2" {
      address = "%[2]s"
    }
  }
}
`

// reloadSite is a folder with a configuration of two strangers' plugins, each of a file of its own.
func reloadSite(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	path, sum := thirdParty(t, dir)
	for _, name := range []string{"first-tcp", "second-tcp"} {
		if err := os.Link(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return &site{dir: dir, config: write(t, filepath.Join(dir, "quorate.hcl"), fmt.Sprintf(reloadConfig, sum, door(t)))}
}

// edit changes the configuration and returns what it was.
func (s *site) edit(t *testing.T, old, with string) string {
	t.Helper()
	before := read(t, s.config)
	after := strings.Replace(before, old, with, 1)
	if after == before {
		t.Fatalf("there is no %q in the configuration", old)
	}
	write(t, s.config, after)
	return before
}

// told counts the recorded events of a type.
func (a *agent) told(t *testing.T, kind device.EventType) int {
	t.Helper()
	n := 0
	for _, raw := range a.record(t) {
		var e device.Event
		decodeLine(t, string(raw), &e)
		if e.Type == kind {
			n++
		}
	}
	return n
}

func (a *agent) configStatus(t *testing.T) device.ConfigStatus {
	t.Helper()
	var s device.AgentStatus
	a.get(t, "/api/v1/status", &s)
	return s.Config
}

// TestReload changes the configuration under a running agent, by command and by signal.
func TestReload(t *testing.T) {
	t.Parallel()
	s := reloadSite(t)
	a := s.agent(t)
	eventually(t, "both devices up", func() bool { return countStatus(a.devices(t), device.StatusUp) == 2 })
	first, second := pluginOf(t, a, "first-tcp"), pluginOf(t, a, "second-tcp")

	// Terms of a source are no business of its plugin.
	s.edit(t, "300ms", "200ms")
	if got := s.command().ok(t, "reload", "--dry-run"); got != "a reload would change:\n  interval of source first changed\n" {
		t.Errorf("dry run: %s", got)
	}
	if c := a.configStatus(t); c.Generation != 1 {
		t.Errorf("after a dry run: generation %d", c.Generation)
	}
	if got := s.command().ok(t, "reload"); got != "generation 2 is in force:\n  interval of source first changed\n" {
		t.Errorf("reload: %s", got)
	}
	if f := pluginOf(t, a, "first-tcp"); f != first {
		t.Errorf("the plugin of a source with another interval ran as %d and runs as %d", first, f)
	}

	// Its settings are.
	s.edit(t, `target "nas2"`, `target "nas3"`)
	var done quorateagent.Reloaded
	decodeLine(t, s.command().ok(t, "reload", "--json"), &done)
	if done.Generation != 3 || len(done.Changes) != 1 || done.Changes[0].String() != "source second restarted (other settings)" {
		t.Errorf("reload: %+v", done)
	}
	eventually(t, "the device of the new settings", func() bool { return a.devices(t)["nas3"].Status == device.StatusUp })
	if f, n := pluginOf(t, a, "first-tcp"), pluginOf(t, a, "second-tcp"); f != first || n == second {
		t.Errorf("plugins ran as %d and %d, and run as %d and %d", first, second, f, n)
	}
	second = pluginOf(t, a, "second-tcp")

	// A mistake changes nothing, and is told as validate tells it.
	good := s.edit(t, "200ms", "soon")
	r, v := s.command().run(t, "reload"), s.command().run(t, "validate", s.config)
	if r.code != 1 || r.stdout != "" || r.stderr != v.stderr+"quorate: nothing was changed: the agent goes on as before\n" || !strings.Contains(v.stderr, "quorate.hcl line 7") {
		t.Errorf("reload of a mistake: exit %d\n%s%s\nvalidate says:\n%s", r.code, r.stdout, r.stderr, v.stderr)
	}
	if c := a.configStatus(t); c.Generation != 3 || !strings.Contains(c.Error, "quorate.hcl:7: Not a duration") {
		t.Errorf("status: %+v", c)
	}
	if err := a.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "two mistakes on record", func() bool { return a.told(t, device.EventConfigRejected) == 2 })
	write(t, s.config, "agent {\n  data_dir = \"data\"\n") // not even the syntax is right
	if r := s.command().run(t, "reload"); r.code != 1 || !strings.Contains(r.stderr, "Unclosed configuration block") {
		t.Errorf("reload of half a file: exit %d\n%s", r.code, r.stderr)
	}

	write(t, s.config, good[:strings.Index(good, "source \"tcp\" \"second\"")])
	if err := a.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the mistakes", func() bool { c := a.configStatus(t); return c.Generation == 4 && c.Error == "" })
	left := a.children()
	if f := pluginOf(t, a, "first-tcp"); f != first || slices.ContainsFunc(left, func(c child) bool { return c.pid == second }) {
		t.Errorf("plugins that run: %v; want %d and not %d", left, first, second)
	}
	if n := a.told(t, device.EventConfigReloaded); n != 3 {
		t.Errorf("%d reloads on record, want 3", n)
	}
	a.stop(t, 0)
}

// TestReloadTellsTheServiceManager follows what the agent says of itself to whoever supervises it.
func TestReloadTellsTheServiceManager(t *testing.T) {
	t.Parallel()
	s := reloadSite(t)
	dir, err := os.MkdirTemp("", "q") // a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = manager.Close() })
	heard := make(chan string, 100)
	go func() {
		defer close(heard)
		b := make([]byte, 4096)
		for {
			n, err := manager.Read(b)
			if err != nil {
				return
			}
			if text := string(b[:n]); !strings.HasPrefix(text, "STATUS=") && !strings.HasPrefix(text, "WATCHDOG=") {
				heard <- text
			}
		}
	}()
	hear := func(want string) {
		t.Helper()
		if got := <-heard; !strings.HasPrefix(got, want) {
			t.Errorf("said %q, want %q", got, want)
		}
	}
	s.env = append(s.env, "NOTIFY_SOCKET="+filepath.Join(dir, "notify"))
	a := s.agent(t)
	hear("READY=1")
	if err := a.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	hear("RELOADING=1\nMONOTONIC_USEC=")
	hear("READY=1")
	a.stop(t, 0)
	hear("STOPPING=1")
}

// TestSecondSignal: who cannot wait for an orderly stop ends it, and nothing is the worse for it.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	s := reloadSite(t)
	a := s.agent(t)
	eventually(t, "both devices up", func() bool { return countStatus(a.devices(t), device.StatusUp) == 2 })
	events := len(a.record(t))
	children := a.children()
	// A plugin that answers nothing holds up the stop.
	if err := syscall.Kill(pluginOf(t, a, "first-tcp"), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		if err := a.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	if code := a.wait(); code != 1 {
		t.Errorf("exit %d after the second signal, want 1\n%s", code, a.output())
	}
	gone(t, children)
	again := s.agent(t)
	if n := len(again.record(t)); n < events {
		t.Errorf("%d events are left of %d", n, events)
	}
	again.stop(t, 0)
}

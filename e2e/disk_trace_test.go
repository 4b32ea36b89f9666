package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
)

// faulty has a system call of the agent fail, or wait, until the returned function ends that. It takes strace, and the
// right to trace a process that another one has started.
func faulty(t *testing.T, a *agent, call, how string) (end func()) {
	t.Helper()
	cmd := exec.Command("strace", "-f", "-q", "-o", "/dev/null", "-p", strconv.Itoa(a.cmd.Process.Pid), "-e", "trace="+call, "-e", "inject="+call+":"+how)
	var said bytes.Buffer // read once it has ended
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	end = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	}
	t.Cleanup(end)
	eventually(t, "strace at work", func() bool {
		select {
		case <-ended:
			t.Fatalf("strace ended: %s", said.String())
		default:
		}
		return traced(a.cmd.Process.Pid)
	})
	return end
}

// traced reports whether every thread of a process is traced.
func traced(pid int) bool {
	tasks, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/status")
	if err != nil || len(tasks) == 0 {
		return false
	}
	for _, path := range tasks {
		b, err := os.ReadFile(path)
		if err != nil || strings.Contains(string(b), "TracerPid:\t0\n") {
			return false
		}
	}
	return true
}

// mayTrace skips the test where a process may not be traced by a sibling.
func mayTrace(t *testing.T) {
	t.Helper()
	needs(t, "strace", "strace")
	sleeper := exec.Command("sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = sleeper.Process.Kill()
		_ = sleeper.Wait()
	}()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	out, err := exec.CommandContext(ctx, "timeout", "1", "strace", "-q", "-p", strconv.Itoa(sleeper.Process.Pid)).CombinedOutput()
	if text := string(out); err != nil && strings.Contains(text, "ptrace(") {
		if os.Getenv("QUORATE_CI") == "1" {
			t.Fatalf("may not trace: %s", text)
		}
		t.Skipf("SKIPPED: needs the right to trace its own processes: %s", strings.TrimSpace(text))
	}
}

// TestDiskFaults lets the disk answer with errors, turn read-only and become slow under a working agent.
func TestDiskFaults(t *testing.T) {
	t.Parallel()
	mayTrace(t)
	s := newSite(t, "")
	a := s.agent(t)
	live := a.stream(t, 0)
	all68(t, a)
	for _, c := range []struct {
		name, call, how string
		limit           device.LimitKind
	}{
		{"syncs that fail", "fsync,fdatasync", "error=EIO", device.LimitDiskError},
		{"a file system turned read-only", "pwrite64", "error=EROFS", device.LimitReadOnly},
		{"a quota", "pwrite64", "error=EDQUOT", device.LimitDiskFull},
		{"syncs that wait", "fsync,fdatasync", "delay_enter=6s", device.LimitDiskSlow},
	} {
		end := faulty(t, a, c.call, c.how)
		waitDegraded(t, s, a, c.limit)
		if c.limit == device.LimitDiskSlow {
			end()
			continue // left after a minute without a slow commit: too long for here
		}
		room := time.Now()
		end()
		waitWell(t, s, a, room, c.name)
	}
	checkStreamed(t, a, live)
	before := a.record(t)
	a.stop(t, 0)
	if out := a.output(); strings.Contains(out, "panic") {
		t.Error(out)
	}
	st, err := store.Open(t.Context(), s.data(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	if err := st.Scrub(t.Context()); err != nil {
		t.Error(err)
	}
	if events, err := st.Events(t.Context(), 0, len(before)+1000); err != nil || len(events) < len(before) {
		t.Errorf("%d events on record, %d were before the stop: %v", len(events), len(before), err)
	}
}

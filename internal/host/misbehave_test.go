package host

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// limited starts a puppet that may hold so much.
func (s *stage) limited(t *testing.T, l Limits) *Source {
	t.Helper()
	spec := s.spec()
	spec.Limits = l
	src, err := s.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// One plugin crashes at every poll until it is left alone; another's polls go on as if nothing were.
func TestCrashesDoNotTouchOthers(t *testing.T) {
	t.Parallel()
	st, calm := newStage(t, quick()), t.TempDir()
	sick := st.puppet(t)
	spec := st.spec()
	spec.Name, spec.Config = "calm", fmt.Appendf(nil, `{"dir": %q}`, calm)
	well, err := st.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	wantDevices(t, poll(t, well))
	before := well.Status().PID
	st.mode(t, "panic")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			sick.Poll(ctx)
		}
	}()
	polls := 0
	eventually(t, "quarantine of the other", func() bool {
		wantDevices(t, poll(t, well))
		polls++
		return sick.Plugin().State == device.PluginQuarantined
	})
	// It is told a moment after it is so.
	eventually(t, "the quarantine is told", func() bool { return st.heard(device.EventSourceQuarantined) > 0 })
	cancel()
	<-done
	if p := well.Plugin(); p.PID != before || p.Crashes != 0 || p.Restarts != 0 || p.LastError != "" {
		t.Errorf("the calm one: %+v", p)
	}
	if got, err := os.ReadFile(filepath.Join(calm, "polls")); err != nil || strings.Count(string(got), "\n") != polls+1 {
		t.Errorf("%d polls were asked for, the plugin saw %q, %v", polls+1, got, err)
	}
	p := sick.Plugin()
	if p.Crashes != 5 || p.Restarts != 4 || !p.Until.After(time.Now()) || !strings.Contains(p.LastError, "the puppet falls") || p.PID != 0 {
		t.Errorf("the sick one: %+v", p)
	}
	if st.heard(device.EventSourceRestarted) != 4 || st.heard(device.EventSourceCrashed) != 4 || st.heard(device.EventSourceQuarantined) != 1 {
		t.Errorf("events %v", st.events)
	}
}

// TestADayOfCrashes: however a plugin fails for a whole day, what is told of it stays little.
func TestADayOfCrashes(t *testing.T) {
	for _, c := range []struct {
		name string
		runs time.Duration // before it crashes
		most int
	}{
		{"at once", time.Second, 2 * 60}, {"every three minutes", 3 * time.Minute, 2 * 24 * (maxTold + 1)}, {"every six minutes", 6 * time.Minute, 2 * 24 * (maxTold + 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told, crashes := 0, 0
				s := newSource(&Host{log: discard(), limits: defaultLimits(), onEvent: func(string, device.EventType, string) { told++ }}, Spec{Name: "lab"}, func() {})
				end := time.Now().Add(24 * time.Hour)
				var h history
				for time.Now().Before(end) {
					time.Sleep(c.runs)
					if c.runs >= s.host.limits.healthy {
						h.well()
					}
					crashes++
					if !s.pause(t.Context(), &h, &failure{err: errClosed, kind: device.EventSourceCrashed}) {
						t.Fatal("cut off")
					}
					s.restarted(&h)
				}
				if told > c.most || told == 0 {
					t.Errorf("%d crashes, %d events, want %d at most", crashes, told, c.most)
				}
			})
		})
	}
}

// A plugin that hangs is replaced within 30 seconds, whenever it does.
func TestHangArithmetic(t *testing.T) {
	l := defaultLimits()
	idle := l.healthEvery + time.Duration(l.missed)*l.healthTimeout + time.Duration(l.missed-1)*l.healthRetry + l.restart
	if idle > 30*time.Second {
		t.Errorf("one that stops between polls is replaced after %v", idle)
	}
	if l.start > 10*time.Second || l.call > 10*time.Second {
		t.Errorf("a start may take %v and a call %v", l.start, l.call)
	}
}

// A plugin that sends for ever is alive by every measure but the poll's time-out.
func TestEndlessPollIsEnded(t *testing.T) {
	t.Parallel()
	st := newStage(t, hasty())
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	before := src.Status().PID
	st.mode(t, "once endless")
	if snap := st.overrun(t, src, "polls"); !strings.HasPrefix(snap.Err, "timeout: ") || len(snap.Observations) != 0 {
		t.Errorf("error %q, %d observations", snap.Err, len(snap.Observations))
	}
	eventually(t, "a new process", func() bool {
		p := src.Plugin()
		return p.PID != 0 && p.PID != before && p.State == device.PluginRunning
	})
	wantDevices(t, poll(t, src))
	if st.heard(device.EventSourceHung) != 1 || st.heard(device.EventSourceRestarted) != 1 {
		t.Errorf("events %v", st.events)
	}
}

// The agent's stop does not wait for ever for what the kernel holds.
func TestCloseGivesUp(t *testing.T) {
	t.Parallel()
	h := &Host{log: discard(), limits: limits{kill: time.Millisecond}, sources: map[*Source]bool{}}
	s := newSource(h, Spec{Name: "lab"}, func() {})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// Its supervisor never returns, since nobody runs it.
	if err := s.Close(ctx); err == nil || !strings.Contains(err.Error(), "the kernel holds it") {
		t.Errorf("error %v", err)
	}
}

// What floods both its outputs is not blocked, and all of it is counted.
func TestFloodIsCounted(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	st.mode(t, "once flood")
	wantDevices(t, pollWithin(t, src, 2*time.Minute))
	eventually(t, "all of stdout is counted", func() bool { return src.Plugin().StdoutDropped == floodBytes })
	if p := src.Plugin(); p.Restarts != 0 {
		t.Errorf("status %+v", p)
	}
	if err := src.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(st.log.String(), "plugin prints on stdout"); n != 1 {
		t.Errorf("stdout is spoken of %d times", n)
	}
	for line := range strings.Lines(st.log.String()) {
		if len(line) > 8<<10 {
			t.Errorf("a log line of %d bytes", len(line))
		}
	}
}

// What a plugin holds too much of ends it, and the reason names the limit.
func TestLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode   string
		limits Limits
		says   string
	}{
		{"hog", Limits{Memory: 300 << 20}, "may hold 300 MiB: \"memory\" in \"limits\""},
		{"fork", Limits{Processes: 8}, "may run 8: \"processes\" in \"limits\""},
	} {
		t.Run(c.mode, func(t *testing.T) {
			t.Parallel()
			st := newStage(t, quick())
			src := st.limited(t, c.limits)
			wantDevices(t, poll(t, src))
			st.mode(t, "once "+c.mode)
			wantDevices(t, pollWithin(t, src, 2*time.Minute)) // done again by a new process
			if p := src.Plugin(); !strings.Contains(p.LastError, c.says) || p.Crashes != 1 {
				t.Errorf("status %+v", p)
			}
			if st.heard(device.EventSourceLimit) != 1 || st.heard(device.EventSourceCrashed) != 0 {
				t.Errorf("events %v", st.events)
			}
			eventually(t, "one process", func() bool { return src.Plugin().Processes == 1 && src.Plugin().Memory > 0 })
		})
	}
	t.Run("before its handshake", func(t *testing.T) {
		t.Parallel()
		st := newStage(t, quick())
		_, err := st.Describe(t.Context(), Spec{Name: "lab", Type: "glutton", Limits: Limits{Memory: 300 << 20}})
		if err == nil || !strings.Contains(err.Error(), `may hold 300 MiB: "memory" in "limits"`) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		st := newStage(t, quick())
		src := st.limited(t, Limits{Files: 64})
		st.mode(t, "leak")
		if got := poll(t, src).Err; !strings.Contains(got, `too many open files: it may open 64: "files" in "limits"`) {
			t.Errorf("error %q", got)
		}
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", src.Status().PID))
		if err != nil || !strings.Contains(strings.Join(strings.Fields(string(b)), " "), "Max open files 64 64 files") {
			t.Errorf("%v\n%s", err, b)
		}
	})
}

// What a plugin started and lost sight of ends with it, and a child that holds stderr does not hide its death.
func TestStraysEndWithThePlugin(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	marker := []byte(environ(t, src.Status().PID, sdk.EnvRun))
	st.mode(t, "once stray")
	wantDevices(t, poll(t, src))
	if n := withEnvironment(t, marker); n != 0 {
		t.Errorf("%d processes of the run that ended are left", n)
	}
}

// environ returns a variable of a process as "KEY=VALUE".
func environ(t *testing.T, pid int, key string) string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		t.Fatal(err)
	}
	for e := range strings.SplitSeq(string(b), "\x00") {
		if strings.HasPrefix(e, key+"=") {
			return e
		}
	}
	t.Fatalf("process %d has no %s", pid, key)
	return ""
}

// withEnvironment counts the processes that have a variable.
func withEnvironment(t *testing.T, variable []byte) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && bytes.Contains(b, variable) {
			n++
		}
	}
	return n
}

// What is no plugin of ours, or must not be one, is refused in one line that says what to do; the rest runs.
func TestProgramsThatCannotRun(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	good := st.puppet(t)
	file := func(content []byte) string {
		path := filepath.Join(t.TempDir(), "plugin")
		writeProgram(t, path, content)
		return path
	}
	other := elf.EM_AARCH64
	if runtime.GOARCH == "arm64" {
		other = elf.EM_X86_64
	}
	header := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(other), Version: 1, Ehsize: 64, Phentsize: 56, Shentsize: 64}
	copy(header.Ident[:], "\x7fELF\x02\x01\x01")
	var foreign bytes.Buffer
	if err := binary.Write(&foreign, binary.LittleEndian, header); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, command, typ, want string }{
		{"another machine", file(foreign.Bytes()), "acme", "exec format error: it is built for " + strings.ToLower(strings.TrimPrefix(other.String(), "EM_")) + ", this machine is " + runtime.GOARCH},
		{"no interpreter", file([]byte("#!/no/such/interpreter -x\n")), "acme", `its interpreter "/no/such/interpreter" is not there: install it, or change the first line`},
		{"empty", file(nil), "acme", "exec format error: it is neither a program nor a script that begins with #!"},
		{"another program's cookie", "", "stranger", "the plugin ended before its handshake: exit status 1: "},
		{"binary garbage", file([]byte("#!/bin/sh\nhead -c 3000 /dev/urandom | tr -d '\\n|' ; echo; exec sleep 1000\n")), "acme", "it prints on stdout before the handshake: "},
		{"no newline", file([]byte("#!/bin/sh\nprintf 'hello there'\n")), "acme", `it prints on stdout before the handshake: "hello there"`},
		{"two handshakes in one", file([]byte("#!/bin/sh\nprintf '1|1|unix'\n")), "acme", "it prints on stdout before the handshake: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := st.Describe(t.Context(), Spec{Name: "bad", Type: c.typ, Command: c.command})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\n\x00") {
				t.Errorf("error %v, want %q", err, c.want)
			}
			wantDevices(t, poll(t, good))
		})
	}
}

// A file that somebody replaces all the time: what runs is what was checked, or nothing.
func TestSwappedAllTheTime(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	path, sum := script(t, "echo checked >&2; exit 1\n")
	swapped := filepath.Join(filepath.Dir(path), "swapped")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			// The two change places at once: one of them is always there.
			if err := swap(path, swapped); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	writeProgram(t, swapped, []byte("#!/bin/sh\necho swapped >&2; exit 1\n"))
	ran, refused := 0, 0
	for range 200 {
		prog, err := openProgram(path, sum)
		if err != nil {
			if !strings.Contains(err.Error(), "sha256 mismatch") {
				t.Fatal(err)
			}
			refused++
			continue
		}
		logs := newLogs(discard(), newTexts(nil), &atomic.Int64{})
		r := newRun(prog, st.Host, Limits{}.orDefault(), nil, logs, &atomic.Int64{})
		err = r.Start(t.Context())
		prog.close()
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = r.handshake.Read(make([]byte, 1)) }()
		<-r.exited
		if got := logs.lastLine(); got != "checked" {
			t.Fatalf("it was %q that ran", got)
		}
		ran++
	}
	cancel()
	<-done
	if ran == 0 || refused == 0 {
		t.Errorf("%d starts and %d refusals: the swap was never in between", ran, refused)
	}
}

// swap lets two files change places.
func swap(a, b string) error {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.ENOENT) {
		return nil // not there yet
	}
	return err
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// A poll that a crash cut off waits for the next start, however long the delay has become, where its time allows it. One
// of a plugin that is not there at all does not wait.
func TestMissedPollIsDoneAgain(t *testing.T) {
	t.Parallel()
	l := quick()
	l.restart, l.restartMax = time.Second, time.Minute
	st := newStage(t, l)
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	if err := syscall.Kill(src.Status().PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the crash is noticed", func() bool { return src.Plugin().State == device.PluginWaiting })
	if got := src.Plugin().LastError; got != "signal: killed from outside the agent, by a person or by the kernel for want of memory" {
		t.Errorf("last error %q", got)
	}
	snap := poll(t, src)
	wantDevices(t, snap)
	if got := st.noted("polls"); got != "1\n2\n" || snap.Poll != 2 {
		t.Errorf("polls %q, the last has number %d", got, snap.Poll)
	}
	none := st.spec()
	none.Command = filepath.Join(t.TempDir(), "plugin")
	gone, err := st.Start(t.Context(), none)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if got := poll(t, gone).Err; !strings.Contains(got, "no such file") || time.Since(began) > 50*time.Second {
		t.Errorf("error %q after %v", got, time.Since(began))
	}
}

package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcetest"
)

// puppet is a source that does in each poll what the file "mode" in its folder says, and notes its polls beside it.
type puppet struct {
	dir            string
	stdout, stderr *os.File // the process's own, which go-plugin replaces
}

func (p *puppet) Info() sdk.Info {
	return sdk.Info{Type: "puppet", Version: "1", Config: sdk.Schema{Attributes: []sdk.Attribute{
		{Name: "dir", Type: sdk.TypeString, Required: true}, {Name: "token", Type: sdk.TypeString, Sensitive: true},
	}}}
}

func (p *puppet) Configure(_ context.Context, config []byte) error {
	var c struct{ Dir, Token string }
	if err := json.Unmarshal(config, &c); err != nil {
		return err
	}
	if c.Dir == "" {
		return errors.New("dir: must be set, token " + c.Token)
	}
	p.dir = c.Dir
	return nil
}

func (p *puppet) Poll(ctx context.Context, emit func(device.Observation) error) error {
	if err := note(p.dir, "polls", strconv.FormatUint(sdk.PollNumber(ctx), 10)+"\n"); err != nil {
		return err
	}
	path := filepath.Join(p.dir, "mode")
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	mode, once := strings.CutPrefix(string(b), "once ")
	if once {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	switch mode {
	case "panic":
		panic("the puppet falls")
	case "fail":
		return errors.New("list devices:\n500 with token-5f1c0e\x00 in it")
	case "permanent":
		return sdk.Permanent(errors.New("list devices: 401 Unauthorized"))
	case "slow":
		<-ctx.Done()
		return ctx.Err()
	case "deaf":
		select {}
	case "endless":
		// Takes no notice of what emit says.
		for n := 0; ; n++ {
			_ = emit(device.Observation{Identity: device.Identity{Ref: strconv.Itoa(n)}})
			<-time.After(20 * time.Millisecond)
		}
	case "stray":
		// What leaves the group, the session and its parent.
		for range 3 {
			c := exec.Command("/bin/sh", "-c", "(setsid sleep 1000 &)")
			c.Env, c.Stderr = os.Environ(), p.stderr
			if err := c.Run(); err != nil {
				return err
			}
		}
		os.Exit(7)
	case "fork":
		for range 20 {
			c := exec.Command("/bin/sleep", "1000")
			c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			if err := c.Start(); err != nil {
				return err
			}
		}
		<-ctx.Done()
	case "hog":
		hog()
	case "leak":
		for {
			if _, err := os.Open("/dev/null"); err != nil {
				return err
			}
		}
	case "flood":
		chunk := []byte(strings.Repeat("y", 64<<10))
		for range floodBytes / len(chunk) {
			// On stderr no line ever ends.
			if _, err := p.stdout.Write(chunk); err != nil {
				return err
			}
			if _, err := p.stderr.Write(chunk); err != nil {
				return err
			}
		}
	case "orphan":
		// A grandchild that holds stderr open for longer than any test.
		c := exec.Command("/bin/sleep", "1000")
		c.Stderr = p.stderr
		if err := c.Start(); err != nil {
			return err
		}
		if err := note(p.dir, "pid", strconv.Itoa(c.Process.Pid)); err != nil {
			return err
		}
		os.Exit(7)
	case "noise":
		_, _ = p.stderr.WriteString("{\"@message\":1}\n{\"msg\":[],\"level\":{}}\n{\"@message\":\"m\",\"@level\":3,\"@timestamp\":1}\n\xff\xfe\n" + strings.Repeat("x", 300<<10) + "\n")
		for range 20 {
			_, _ = p.stdout.WriteString(strings.Repeat("y", 100<<10) + "\n")
		}
		for n := range 5000 {
			slog.Info("flood token-5f1c0e", "n", n)
		}
	case "bad":
		nan := device.Reading{Quantity: "load", Value: 0}
		nan.Value /= nan.Value
		for _, o := range []device.Observation{
			{Identity: device.Identity{Name: "without a ref"}},
			{Identity: device.Identity{Ref: "nan"}, Readings: []device.Reading{nan}},
			{Identity: device.Identity{Ref: "utf8", Name: "\xff"}},
		} {
			if err := emit(o); err != nil {
				return err
			}
		}
	}
	for _, ref := range []string{"1", "2"} {
		o := device.Observation{Identity: device.Identity{Ref: ref}, Claims: []device.Claim{{Facet: device.FacetReach, State: device.StateUp}}}
		if err := emit(o); err != nil {
			return err
		}
	}
	return nil
}

func (p *puppet) Probe(_ context.Context, ref string) (device.Observation, error) {
	return device.Observation{Identity: device.Identity{Ref: ref}}, nil
}

// Check finds what the mode says.
func (p *puppet) Check(ctx context.Context) ([]sdk.Finding, error) {
	switch mode, _ := os.ReadFile(filepath.Join(p.dir, "check")); string(mode) {
	case "fail":
		return nil, errors.New("ask for the version:\n500 with token-5f1c0e\x00 in it")
	case "permanent":
		return nil, sdk.Permanent(errors.New("ask for the version: 401 Unauthorized"))
	case "slow":
		<-ctx.Done()
		return nil, ctx.Err()
	case "panic":
		panic("the puppet falls over a check")
	}
	return []sdk.Finding{
		{Topic: "server", Level: sdk.LevelOK, Value: "26.7.0", Text: "Its token\nis token-5f1c0e."},
		{Topic: "time zone", Level: "shout", HCL: "timezone = \"UTC\"\ntoken = \"token-5f1c0e\"\n  deep = 1"},
	}, nil
}

// Receive does what the push says.
func (p *puppet) Receive(_ context.Context, push sdk.Push) ([]string, error) {
	switch what, rest, _ := strings.Cut(string(push.Body), " "); what {
	case "refs":
		return strings.Split(rest, ","), nil
	case "panic":
		panic("the puppet falls over a push")
	case "deaf":
		select {}
	case "permanent":
		return nil, sdk.Permanent(errors.New("no such push"))
	}
	return nil, errors.New("not understood:\ntoken-5f1c0e\x00")
}

func (p *puppet) Committed(_ context.Context, poll uint64) {
	_ = note(p.dir, "committed", strconv.FormatUint(poll, 10)+"\n")
}

func (p *puppet) Clock() (theirs, ours time.Time, ok bool) {
	return time.Now().Add(-time.Hour), time.Now(), true
}

// note appends to a file.
func note(dir, name, text string) error {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// floodBytes is what the mode "flood" writes to stdout and to stderr, each.
const floodBytes = 16 << 20

// hog takes more and more memory, and touches it.
func hog() {
	var held [][]byte
	for {
		b := make([]byte, 16<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		held = append(held, b)
		<-time.After(time.Millisecond)
		runtime.KeepAlive(held)
	}
}

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "plugin" {
		switch os.Args[2] {
		case KeeperType:
			Keep(os.Stdin)
			return
		case "hostile":
			hostilePlugin()
			return
		case "stranger":
			strangersPlugin()
			return
		case "glutton":
			hog()
		}
	}
	if len(os.Args) == 3 && os.Args[1] == "host-puppet" {
		hostPuppet(os.Args[2])
		return
	}
	sourcetest.Main(m, map[string]func() sdk.Source{"puppet": func() sdk.Source { return &puppet{stdout: os.Stdout, stderr: os.Stderr} }})
}

// quick are limits that let a test see supervision at work.
func quick() limits {
	l := defaultLimits()
	l.restart, l.restartMax = 20*time.Millisecond, 100*time.Millisecond
	l.healthEvery, l.healthRetry, l.healthTimeout = 50*time.Millisecond, 500*time.Millisecond, 30*time.Second
	l.watchWell = 50 * time.Millisecond
	l.start, l.call, l.drain, l.kill, l.look = 30*time.Second, 30*time.Second, 30*time.Second, time.Second, 50*time.Millisecond
	return l
}

// hasty are quick limits for plugins that do hang.
func hasty() limits {
	l := quick()
	l.drain = 2 * time.Second
	return l
}

// stage is a host with one puppet.
type stage struct {
	*Host
	dir string
	log *syncBuffer

	mu     sync.Mutex
	events []device.EventType
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newStage(t *testing.T, l limits) *stage {
	t.Helper()
	s := &stage{dir: t.TempDir(), log: &syncBuffer{}}
	h, err := New(Options{
		RunDir: shortDir(t), Log: slog.New(slog.NewTextHandler(s.log, nil)),
		OnEvent: func(_ string, kind device.EventType, _ string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.events = append(s.events, kind)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.limits, h.looks.every = l, l.look
	s.Host = h
	t.Cleanup(func() {
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log:\n%.8000s", s.log)
		}
	})
	return s
}

// shortDir is a folder whose path leaves room for sockets.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "q")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (s *stage) spec() Spec {
	return Spec{
		Name: "lab", Type: "puppet", Config: fmt.Appendf(nil, `{"dir": %q, "token": "token-5f1c0e"}`, s.dir),
		Secrets: []device.Secret{"token-5f1c0e"},
	}
}

func (s *stage) puppet(t *testing.T) *Source {
	t.Helper()
	src, err := s.Start(t.Context(), s.spec())
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func (s *stage) mode(t *testing.T, mode string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, "mode"), []byte(mode), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *stage) noted(name string) string {
	b, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		return ""
	}
	return string(b)
}

func (s *stage) heard(kind device.EventType) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.events {
		if e == kind {
			n++
		}
	}
	return n
}

// poll polls within a generous deadline.
func poll(t *testing.T, s *Source) device.Snapshot {
	t.Helper()
	return pollWithin(t, s, time.Minute)
}

func pollWithin(t *testing.T, s *Source, d time.Duration) device.Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	return s.Poll(ctx)
}

// overrun polls until the plugin is at what it notes in a file, and has used the time up that it is given.
func (s *stage) overrun(t *testing.T, src *Source, file string) device.Snapshot {
	t.Helper()
	for d := 300 * time.Millisecond; ; d *= 2 {
		before := s.noted(file)
		if snap := pollWithin(t, src, d); s.noted(file) != before || d > time.Minute {
			return snap
		}
	}
}

func wantDevices(t *testing.T, snap device.Snapshot) {
	t.Helper()
	if snap.Err != "" || len(snap.Observations) != 2 {
		t.Fatalf("poll %d: %d observations, error %q", snap.Poll, len(snap.Observations), snap.Err)
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	end := time.After(time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// alive reports whether a process runs; one that waits for its parent to take notice does not.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(after, "Z")
}

func TestPollBringsWhatThePluginSays(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	snap := poll(t, src)
	wantDevices(t, snap)
	if snap.Source != "lab" || snap.Poll != 1 || snap.Started.IsZero() || snap.At.Before(snap.Started) {
		t.Errorf("source %q, poll %d, started %v, at %v", snap.Source, snap.Poll, snap.Started, snap.At)
	}
	if off := snap.At.Sub(snap.SourceClock) - time.Hour; off.Abs() > 10*time.Second {
		t.Errorf("source clock %v at %v, want an hour less", snap.SourceClock, snap.At)
	}
	if n := poll(t, src).Poll; n != 2 {
		t.Errorf("second poll has number %d", n)
	}
	src.Committed(t.Context(), 2)
	if got := st.noted("committed"); got != "2\n" {
		t.Errorf("committed %q", got)
	}
	o, err := src.Probe(t.Context(), "9")
	if err != nil || o.Ref != "9" {
		t.Errorf("probe: %v, %v", o.Ref, err)
	}
	if s := src.Status(); !s.Running || s.PID == 0 || s.Restarts != 0 || s.Info.Type != "puppet" || !src.Can(sdk.CapabilityProbe) {
		t.Errorf("status %+v", s)
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	i, err := st.Describe(t.Context(), Spec{Name: "lab", Type: "puppet"})
	if err != nil || i.Type != "puppet" || len(i.Config.Attributes) != 2 {
		t.Errorf("%+v, %v", i, err)
	}
	if _, err := st.Describe(t.Context(), Spec{Name: "lab", Type: "teapot"}); err == nil || !strings.Contains(err.Error(), "teapot") {
		t.Errorf("unknown built-in: %v", err)
	}
}

func TestBadObservationsAreRejectedAlone(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	st.mode(t, "bad")
	snap := poll(t, src)
	wantDevices(t, snap)
	var got []string
	for _, r := range snap.Rejected {
		got = append(got, r.Source+" "+r.Ref+": "+r.Reason)
		if bytes.Contains(r.Body, []byte("token-5f1c0e")) {
			t.Errorf("a secret is in a rejected body: %s", r.Body)
		}
	}
	want := []string{"lab : ref is empty", "lab nan: readings[0]: value is not a finite number", "lab utf8: name is not valid UTF-8"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("rejected\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFailedPollIsOneCleanLine(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	st.mode(t, "fail")
	if got, want := poll(t, src).Err, "list devices: 500 with (secret)  in it"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	st.mode(t, "")
	wantDevices(t, poll(t, src))
	if n := src.Status().Restarts; n != 0 {
		t.Errorf("%d restarts", n)
	}
}

func TestCrashIsReplacedAndThePollDoneAgain(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	before := src.Status().PID
	st.mode(t, "once panic")
	snap := poll(t, src)
	wantDevices(t, snap)
	if got := st.noted("polls"); snap.Poll != 2 || got != "1\n2\n2\n" {
		t.Errorf("polls %q, the last has number %d", got, snap.Poll)
	}
	if s := src.Status(); s.PID == before || s.Restarts != 1 || !strings.Contains(s.LastError, "panic: the puppet falls") {
		t.Errorf("status %+v, pid before %d", s, before)
	}
	if alive(before) || st.heard(device.EventSourceCrashed) != 1 {
		t.Errorf("old process alive: %v; crashes told: %d", alive(before), st.heard(device.EventSourceCrashed))
	}
}

func TestCrashLoopEndsInQuarantine(t *testing.T) {
	t.Parallel()
	l := quick()
	l.quarantine = 500 * time.Millisecond
	st := newStage(t, l)
	src := st.puppet(t)
	st.mode(t, "panic")
	eventually(t, "quarantine", func() bool {
		if got := poll(t, src).Err; !strings.Contains(got, "the puppet falls") {
			t.Errorf("error %q", got)
		}
		return st.heard(device.EventSourceQuarantined) > 0
	})
	if n := st.heard(device.EventSourceCrashed); n != 4 {
		t.Errorf("%d crashes told before the quarantine, want 4", n)
	}
	// It is left alone, and in the end tried again.
	st.mode(t, "")
	eventually(t, "a poll after the quarantine", func() bool { return poll(t, src).Err == "" })
	if src.Status().Quarantined {
		t.Error("still quarantined")
	}
}

func TestStoppedPluginIsReplaced(t *testing.T) {
	t.Parallel()
	l := hasty()
	l.healthTimeout = time.Second // what answers may be late, too
	st := newStage(t, l)
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	before := src.Status().PID
	if err := syscall.Kill(before, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a new process", func() bool { p := src.Status().PID; return p != 0 && p != before })
	if alive(before) {
		t.Error("the stopped process lives on")
	}
	wantDevices(t, poll(t, src))
}

func TestSlowPollKeepsThePlugin(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	before := src.Status().PID
	st.mode(t, "slow")
	if got := pollWithin(t, src, 200*time.Millisecond).Err; !strings.HasPrefix(got, "timeout: ") {
		t.Errorf("error %q", got)
	}
	st.mode(t, "")
	wantDevices(t, poll(t, src))
	if now := src.Status().PID; now != before {
		t.Errorf("pid %d, before %d", now, before)
	}
}

func TestDeafPollCostsThePlugin(t *testing.T) {
	t.Parallel()
	st := newStage(t, hasty())
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	before := src.Status().PID
	st.mode(t, "once deaf")
	if got := st.overrun(t, src, "polls").Err; !strings.HasPrefix(got, "timeout: ") {
		t.Errorf("error %q", got)
	}
	eventually(t, "a new process", func() bool { p := src.Status().PID; return p != 0 && p != before })
	wantDevices(t, poll(t, src))
}

func TestPermanentErrorOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	st.mode(t, "once permanent")
	const want = "list devices: 401 Unauthorized"
	if got := poll(t, src).Err; got != want {
		t.Fatalf("error %q", got)
	}
	before := src.Status().PID
	if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a new process", func() bool { p := src.Status().PID; return p != 0 && p != before })
	snap := poll(t, src)
	if got := st.noted("polls"); snap.Err != want || got != "1\n" {
		t.Errorf("error %q, polls that the plugin saw %q", snap.Err, got)
	}
	if s := src.Status(); !s.Permanent {
		t.Errorf("status %+v", s)
	}
	// Configured anew it is asked again.
	if err := src.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantDevices(t, poll(t, st.puppet(t)))
}

func TestRefusedConfigurationIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	spec := st.spec()
	spec.Config = []byte(`{"token": "token-5f1c0e"}`)
	src, err := st.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, want := poll(t, src).Err, "configure: dir: must be set, token (secret)"; got != want {
			t.Errorf("error %q, want %q", got, want)
		}
	}
	if s := src.Status(); s.Restarts != 0 || !s.Permanent || s.Running {
		t.Errorf("status %+v", s)
	}
}

func TestNoiseHarmsNobody(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	st.mode(t, "once noise")
	wantDevices(t, poll(t, src))
	if n := src.Status().Restarts; n != 0 {
		t.Errorf("%d restarts", n)
	}
	if err := src.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	log := st.log.String()
	if n := strings.Count(log, "flood"); n < 50 || n > 1000 {
		t.Errorf("%d lines of 5000 in the log", n)
	}
	if !strings.Contains(log, "plugin logs too much") || strings.Contains(log, "token-5f1c0e") {
		t.Errorf("drops not told, or a secret in the log:\n%.4000s", log)
	}
	for line := range strings.Lines(log) {
		if len(line) > 4<<10 {
			t.Errorf("a log line of %d bytes", len(line))
		}
	}
}

func TestGrandchildDoesNotHideTheDeath(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	st.mode(t, "once orphan")
	wantDevices(t, poll(t, src))
	pid, err := strconv.Atoi(st.noted("pid"))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the grandchild", func() bool { return !alive(pid) })
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	st := newStage(t, hasty())
	a, b := st.puppet(t), st.puppet(t)
	wantDevices(t, poll(t, a))
	wantDevices(t, poll(t, b))
	// One of the two hangs: it is killed.
	pids := []int{a.Status().PID, b.Status().PID}
	if err := syscall.Kill(pids[1], syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if alive(pids[0]) || alive(pids[1]) {
		t.Error("a plugin outlived its host")
	}
	if _, err := os.Stat(st.Host.dir.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("run folder: %v", err)
	}
	if got := poll(t, a).Err; got != errClosed.Error() {
		t.Errorf("error %q", got)
	}
	if _, err := st.Start(t.Context(), st.spec()); !errors.Is(err, errClosed) {
		t.Errorf("start: %v", err)
	}
}

// hostPuppet is the process that TestNoOrphan kills: it runs a puppet and prints its pid.
func hostPuppet(dir string) {
	h, err := New(Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := h.Start(context.Background(), Spec{Name: "lab", Type: "puppet", Config: fmt.Appendf(nil, `{"dir": %q}`, dir)})
	if err != nil {
		fmt.Println(err)
		return
	}
	if snap := s.Poll(context.Background()); snap.Err != "" {
		fmt.Println(snap.Err)
		return
	}
	fmt.Println(s.Status().PID)
	select {}
}

func TestNoOrphan(t *testing.T) {
	for _, c := range []struct {
		name    string
		stopped bool // it can do nothing itself: the kernel must
	}{{"running", false}, {"stopped", true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command("/proc/self/exe", "host-puppet", t.TempDir())
			// A temporary folder of its own, since a killed host leaves its sockets.
			cmd.Env = append(os.Environ(), "TMPDIR="+shortDir(t))
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var pid int
			_, err = fmt.Fscanln(out, &pid)
			if err != nil || !alive(pid) {
				t.Errorf("pid %d: %v", pid, err)
			}
			if c.stopped && pid > 0 {
				if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
					t.Error(err)
				}
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if pid > 0 {
				eventually(t, "the end of the plugin", func() bool { return !alive(pid) })
			}
		})
	}
}

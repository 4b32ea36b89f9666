package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcetest"
)

// puppet is a built-in source that does in each poll what the file "mode" in its folder says, and notes in the file
// "committed" which of its polls are durable.
type puppet struct{ dir string }

func (*puppet) Info() sdk.Info {
	return sdk.Info{Type: "puppet", Version: "1", Config: sdk.Schema{Attributes: []sdk.Attribute{
		{Name: "dir", Type: sdk.TypeString, Required: true}, {Name: "token", Type: sdk.TypeString, Sensitive: true},
	}}}
}

func (p *puppet) Configure(_ context.Context, config []byte) error {
	var c struct{ Dir string }
	if err := json.Unmarshal(config, &c); err != nil {
		return err
	}
	if c.Dir == "nowhere" {
		return errors.New(`"dir": there is no such folder`)
	}
	p.dir = c.Dir
	return nil
}

func (p *puppet) Poll(ctx context.Context, emit func(device.Observation) error) error {
	mode, err := os.ReadFile(filepath.Join(p.dir, "mode"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := appendLine(p.dir, "polls", strconv.FormatUint(sdk.PollNumber(ctx), 10)); err != nil {
		return err
	}
	reach := device.StateUp
	switch string(mode) {
	case "wait":
		for string(mode) == "wait" {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(5 * time.Millisecond):
			}
			if mode, err = os.ReadFile(filepath.Join(p.dir, "mode")); err != nil {
				return err
			}
		}
	case "fail":
		// What it has said before it fails is as void as if it had not.
		_ = emit(observed("1", device.StateDown))
		return errors.New("list devices: 500 Internal Server Error")
	case "refuse":
		return sdk.Permanent(errors.New("list devices: 401 Unauthorized"))
	case "panic":
		panic("the puppet falls")
	case "turns":
		if sdk.PollNumber(ctx)%2 == 0 {
			reach = device.StateDown
		}
	case "down":
		reach = device.StateDown
	}
	return emit(observed("1", reach))
}

func (p *puppet) Committed(_ context.Context, poll uint64) {
	if err := appendLine(p.dir, "committed", strconv.FormatUint(poll, 10)); err != nil {
		panic(err)
	}
}

// Receive does what the push says, and notes that it was asked.
func (p *puppet) Receive(ctx context.Context, push sdk.Push) ([]string, error) {
	if err := appendLine(p.dir, "pushes", string(push.Body)); err != nil {
		return nil, err
	}
	switch what, rest, _ := strings.Cut(string(push.Body), " "); what {
	case "refs":
		return strings.Fields(rest), nil
	case "panic":
		panic("the puppet falls over a push")
	case "hang":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, errors.New("no push of ours")
}

func appendLine(dir, name, line string) error {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, line)
	return errors.Join(err, f.Close())
}

func observed(ref string, reach device.State) device.Observation {
	return device.Observation{
		Identity: device.Identity{Ref: ref, Name: "nas1", Addresses: []string{"192.0.2.10"}},
		Claims:   []device.Claim{{Facet: device.FacetReach, State: reach}},
	}
}

// puppets holds a stranger too, of which the started process knows nothing.
var puppets = map[string]func() sdk.Source{
	"puppet": func() sdk.Source { return &puppet{} }, "eyes": func() sdk.Source { return &eyes{} }, "stranger": nil,
}

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "post" && os.Args[2] == "verify" {
		os.Exit(0) // stands in for the leak check of the same binary, which is not this one; the agent's own has looked
	}
	sourcetest.Main(m, map[string]func() sdk.Source{"puppet": puppets["puppet"], "eyes": puppets["eyes"]})
}

// stage is an agent at work with puppets a and b, each with its folder.
type stage struct {
	*Agent
	t       *testing.T
	dir     string
	address string
	times   pushTimes
	stop    context.CancelFunc
	ended   chan error

	mu     sync.Mutex
	events []device.Event
	more   chan struct{} // one token: look again

	log syncBuffer
}

func (s *stage) heard(events []device.Event) {
	s.mu.Lock()
	s.events = append(s.events, events...)
	s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
}

const patience = time.Minute

// event waits for a recorded event that fits.
func (s *stage) event(what string, fits func(device.Event) bool) device.Event {
	s.t.Helper()
	deadline := time.After(patience)
	for {
		s.mu.Lock()
		i := slices.IndexFunc(s.events, fits)
		all := slices.Clone(s.events)
		s.mu.Unlock()
		if i >= 0 {
			return all[i]
		}
		select {
		case <-s.more:
		case err := <-s.ended:
			s.t.Fatalf("the agent ended (%v) before: %s", err, what)
		case <-deadline:
			s.t.Fatalf("no event in time: %s; there were %v", what, all)
		}
	}
}

func ofType(kind device.EventType, source string) func(device.Event) bool {
	return func(e device.Event) bool { return e.Type == kind && e.Source == source }
}

// until looks again until it is so.
func (s *stage) until(what string, so func() bool) {
	s.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); !so(); {
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Fatalf("not in time: %s", what)
		}
	}
}

func (s *stage) mode(source, mode string) {
	s.t.Helper()
	path := filepath.Join(s.dir, source, "mode")
	if err := os.WriteFile(path+".new", []byte(mode), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		s.t.Fatal(err)
	}
}

// end stops the agent and returns what Run returned.
func (s *stage) end() error {
	s.t.Helper()
	s.stop()
	select {
	case err := <-s.ended:
		s.ended <- err
		return err
	case <-time.After(patience):
		s.t.Fatal("the agent does not stop")
		return nil
	}
}

// patientRules let no word of a source that is asked every 50 ms become stale because the machine stalls.
const patientRules = "consensus {\n  stale_after = 1000\n}\n"

// newStage writes a configuration of puppets and starts the agent; modes are in force from the first poll on.
func newStage(t *testing.T, extra string, modes map[string]string) *stage {
	t.Helper()
	return newStageWith(t, quickPushes, extra, modes)
}

// newStageWith is newStage with other times for pushes.
func newStageWith(t *testing.T, times pushTimes, extra string, modes map[string]string) *stage {
	t.Helper()
	dir, err := os.MkdirTemp("", "q") // a short path, for the sockets in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &stage{t: t, dir: dir, more: make(chan struct{}, 1), times: times}
	extra = strings.ReplaceAll(extra, "DIR", dir)
	config := "agent {\n  data_dir = \"data\"\n  listen = \"127.0.0.1:0\"\n}\n" + extra
	if !strings.Contains(extra, "consensus {") {
		config += patientRules
	}
	if strings.Contains(extra, dir+"/c\"") {
		if err := os.Mkdir(filepath.Join(dir, "c"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		s.mode(name, modes[name])
		if !strings.Contains(extra, "\" \""+name+"\" {") {
			config += fmt.Sprintf("source \"puppet\" %q {\n  interval = \"50ms\"\n  config {\n    dir = %q\n    token = env(\"TOKEN\")\n  }\n}\n", name, filepath.Join(dir, name))
		}
	}
	path := filepath.Join(dir, "quorate.hcl")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	return s
}

// start runs an agent on the configuration that lies there.
func (s *stage) start() {
	s.t.Helper()
	load := func() (*Config, error) {
		return Load([]string{filepath.Join(s.dir, "quorate.hcl")}, LoadOptions{Lookup: lookup})
	}
	cfg, err := load()
	if err != nil {
		s.t.Fatal(err)
	}
	ready := make(chan string, 1)
	s.ended = make(chan error, 1)
	s.Agent, err = New(cfg, Options{Builtin: puppets, Load: load, Log: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})), OnReady: func(a string) { ready <- a }, OnEvents: s.heard})
	if err != nil {
		s.t.Fatal(err)
	}
	s.pushTimes, s.reviveEvery = s.times, 50*time.Millisecond
	ctx, stop := context.WithCancel(s.t.Context())
	s.stop = stop
	go func() { s.ended <- s.Run(ctx) }()
	s.t.Cleanup(func() { _ = s.end() })
	select {
	case s.address = <-ready:
	case err := <-s.ended:
		s.ended <- err
		s.t.Fatal(err)
	case <-time.After(patience):
		s.t.Fatal("the agent does not get ready")
	}
}

func (s *stage) status(name string) device.SourceStatus {
	for _, src := range (&reader{s.Agent}).Sources(now()) {
		if src.Name == name {
			return src
		}
	}
	return device.SourceStatus{}
}

func TestFailedPollSaysNothing(t *testing.T) {
	s := newStage(t, "", map[string]string{"b": "fail"})
	s.event("b is blind", ofType(device.EventSourceBlind, "b"))
	s.until("a's word on nas1", func() bool { d := s.Devices(); return len(d) == 1 && d[0].Status == device.StatusUp })
	for _, v := range s.Devices()[0].Votes {
		if v.Source == "b" && v.Abstain == "" {
			t.Errorf("b votes %s though all its polls failed", v.State)
		}
	}
	if got := s.status("b").LastError; !strings.Contains(got, "500 Internal Server Error") {
		t.Errorf("b's last error is %q", got)
	}
	if err := s.end(); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(filepath.Join(s.dir, "b", "committed")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("failed polls were called committed: %q, %v", b, err)
	}
}

func TestPluginThatDoesNotStart(t *testing.T) {
	s := newStage(t, "source \"puppet\" \"b\" {\n  interval = \"50ms\"\n  config {\n    dir = \"nowhere\"\n  }\n}\n", nil)
	s.event("b is blind", ofType(device.EventSourceBlind, "b"))
	s.until("the page says why", func() bool { return strings.Contains(s.status("b").LastError, "there is no such folder") })
	s.until("a is heard", func() bool { return s.status("a").Devices == 1 })
}

func TestPluginThatCannotSayWhatItIs(t *testing.T) {
	s := newStage(t, "source \"stranger\" \"b\" {\n  interval = \"50ms\"\n}\n", nil)
	s.event("b is blind", ofType(device.EventSourceBlind, "b"))
	s.until("the page says that it failed", func() bool { return s.status("b").LastError != "" })
	s.until("a is heard", func() bool { return s.status("a").Devices == 1 })
}

func TestCommittedMeansCommitted(t *testing.T) {
	s := newStage(t, "", nil)
	var last string
	s.until("three polls are committed", func() bool {
		b, err := os.ReadFile(filepath.Join(s.dir, "a", "committed"))
		lines := strings.Fields(string(b))
		if err != nil || len(lines) < 3 {
			return false
		}
		last = lines[len(lines)-1]
		return true
	})
	// Read by another connection: what is not durable is not there.
	r, err := store.OpenReader(t.Context(), s.dataDir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	polls, err := r.Polls(t.Context(), "a", time.Time{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range polls {
		if strconv.FormatUint(p.Number, 10) == last {
			return
		}
	}
	t.Errorf("poll %s was called committed, and is none of the %d on record", last, len(polls))
}

func TestCrashIsRecorded(t *testing.T) {
	s := newStage(t, "", nil)
	s.until("b is heard", func() bool { return s.status("b").Devices == 1 })
	s.mode("b", "panic")
	e := s.event("b crashed", ofType(device.EventSourceCrashed, "b"))
	if e.Text == "" || strings.Contains(e.Text, environment["TOKEN"]) {
		t.Errorf("the crash reads %q", e.Text)
	}
	s.mode("b", "")
	s.until("b came back", func() bool { st := s.status("b"); return st.Restarts > 0 && st.LastError == "" })
}

// nothingLeft waits until no goroutine runs that did not run before.
func nothingLeft(t *testing.T, before goleak.Option) {
	t.Helper()
	err := goleak.Find(before)
	for end := time.Now().Add(patience); err != nil && time.Now().Before(end); {
		err = goleak.Find(before) // which looks again for a while by itself
	}
	if err != nil {
		t.Error(err)
	}
}

func TestStopIsClean(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s := newStage(t, "", nil)
	s.until("both are heard", func() bool { return s.status("a").Devices == 1 && s.status("b").Devices == 1 })
	// A reader that stays, as a browser does.
	resp, err := http.Get("http://" + s.address + "/api/v1/events/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	s.mode("a", "down")
	s.mode("b", "down")
	s.event("nas1 is down", func(e device.Event) bool {
		return e.Type == device.EventVerdictChanged && strings.Contains(e.Text, "down")
	})
	if err := s.end(); err != nil {
		t.Errorf("Run: %v", err)
	}
	_ = resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	nothingLeft(t, before)
	if _, err := os.Stat(filepath.Join(s.dataDir, SocketName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.dataDir, "run", "host-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	// What a sink heard is on record, and the next agent on it goes on from there.
	s.mu.Lock()
	heard := s.events[len(s.events)-1].Seq
	s.mu.Unlock()
	s.start()
	if got := s.pipe.LastSeq(); got < heard {
		t.Errorf("the record ends at %d, a sink heard of %d", got, heard)
	}
}

func TestStopAtOnce(t *testing.T) {
	s := newStage(t, "", nil)
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	r, err := store.OpenReader(t.Context(), s.dataDir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for _, name := range []string{"a", "b"} {
		polls, err := r.Polls(t.Context(), name, time.Time{}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range polls {
			if p.Err != "" {
				t.Errorf("%s: our own stop was recorded as a failed poll: %s", name, p.Err)
			}
		}
	}
}

func TestStartFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	s := newStage(t, "", nil)
	run := func(change func(*Config)) error {
		cfg := *s.generation().cfg
		change(&cfg)
		a, err := New(&cfg, Options{Builtin: puppets})
		if err != nil {
			return err
		}
		ctx, stop := context.WithTimeout(t.Context(), patience)
		defer stop()
		return a.Run(ctx)
	}
	if _, ok := errors.AsType[*DataError](run(func(*Config) {})); !ok {
		t.Error("two agents on one folder: want a DataError")
	}
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	before := goleak.IgnoreCurrent()
	other := filepath.Join(s.dir, "other")
	err = run(func(c *Config) { c.DataDir, c.Listen = other, taken.Addr().String() })
	if err == nil || !strings.Contains(err.Error(), "listen") {
		t.Errorf("a taken port: got %v", err)
	}
	long := filepath.Join(s.dir, strings.Repeat("long/", 20))
	if err = run(func(c *Config) { c.DataDir = long }); err == nil || !strings.Contains(err.Error(), "data_dir") {
		t.Errorf("a long folder: got %v", err)
	}
	nothingLeft(t, before)
	s.start() // nothing holds the folder
	if _, err := New(&Config{}, Options{}); !errors.Is(err, errNoSources) {
		t.Errorf("no sources: got %v", err)
	}
}

func TestSocketIsOurs(t *testing.T) {
	s := newStage(t, "", nil)
	path := filepath.Join(s.dataDir, SocketName)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the socket is %v, %v; want mode 0600", info.Mode(), err)
	}
	c := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}}}
	defer c.CloseIdleConnections()
	resp, err := c.Get("http://localhost/control/registry")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var values map[string][]string
	if err := json.NewDecoder(resp.Body).Decode(&values); err != nil || !slices.Contains(values["tokens"], environment["TOKEN"]) {
		t.Errorf("the registry is %v, %v", values, err)
	}
	resp, err = c.Post("http://localhost/control/post/draft", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a draft without a blog: got %s", resp.Status)
	}
	// The page, which everybody on this machine reaches, has none of it.
	resp, err = http.Get("http://" + s.address + "/control/registry")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < 400 {
		t.Errorf("the registry is on the page: %s", resp.Status)
	}
	http.DefaultClient.CloseIdleConnections()
}

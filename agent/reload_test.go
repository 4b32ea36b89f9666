package agent

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/host"
)

// rewrite changes the configuration that lies there, as a person does between two reloads.
func (s *stage) rewrite(change func(string) string) {
	s.t.Helper()
	path := filepath.Join(s.dir, "quorate.hcl")
	b, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(change(string(b))), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) reloadNow() *Reloaded {
	s.t.Helper()
	done, err := s.Reload(s.t.Context(), false)
	if err != nil {
		s.t.Fatal(err)
	}
	return done
}

func said(changes []Change) []string {
	words := []string{}
	for _, c := range changes {
		words = append(words, c.String())
	}
	return words
}

// pids are the plugins that run, by source, once every source of the configuration has one.
func (s *stage) pids() map[string]int {
	s.t.Helper()
	var pids map[string]int
	s.until("every plugin runs", func() bool {
		pids = map[string]int{}
		for name := range s.generation().sources {
			if v, ok := s.running.Load(name); ok {
				pids[name] = v.(*host.Source).Status().PID
			}
		}
		return len(pids) == len(s.generation().sources) && !slices.Contains(slices.Collect(valuesOf(pids)), 0)
	})
	return pids
}

func valuesOf(m map[string]int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

func replacing(old, with string) func(string) string {
	return func(config string) string { return strings.Replace(config, old, with, 1) }
}

func adding(more string) func(string) string {
	return func(config string) string { return config + more }
}

// TestReloadChangesWhatChanged takes one agent through changes of its configuration, one after the other.
func TestReloadChangesWhatChanged(t *testing.T) {
	t.Parallel()
	s := newStage(t, "source \"puppet\" \"c\" {\n  interval = \"50ms\"\n  config {\n    dir = \"DIR/a\"\n  }\n}\n", nil)
	secret := filepath.Join(s.dir, "secret")
	if err := os.WriteFile(secret, []byte("the first secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(string) string
		// says is what the reload tells, restarts the sources whose plugin is another one afterwards.
		says     []string
		restarts []string
	}{
		{name: "nothing", change: adding(""), says: []string{}},
		{name: "a remark", change: adding("# a remark\n"), says: []string{}},
		{name: "terms of a source", change: replacing("\"c\" {\n  interval = \"50ms\"", "\"c\" {\n  interval = \"60ms\"\n  timeout = \"20s\"\n  trust = 2\n  fault_domain = \"here\"\n  anchors = [\"nas1\"]"),
			says: []string{"interval, timeout, trust, fault domain, anchors of source c changed"}},
		{name: "another name", change: replacing("agent {", "agent {\n  name = \"cellar\"\n  domains = [\"example.net\"]"),
			says: []string{"name, domains of agent changed"}},
		{name: "a device", change: adding("device \"nas1\" {\n  trust = { a = 0.5 }\n  match {\n    address = \"192.0.2.10\"\n  }\n}\n"),
			says: []string{"device nas1 added"}},
		{name: "trust of a device", change: replacing("{ a = 0.5 }", "{ a = 0.7 }"), says: []string{"trust of device nas1 changed"}},
		{name: "a group and its maintenance", change: adding("group \"all\" {\n  devices = [\"nas1\"]\n}\nmaintenance \"night\" {\n  groups = [\"all\"]\n  schedule = \"0 2 * * *\"\n  duration = \"1h\"\n}\n"),
			says: []string{"group all added", "maintenance night added"}},
		{name: "another night", change: replacing("0 2 * * *", "0 3 * * *"), says: []string{"time of maintenance night changed"}},
		{name: "rules", change: replacing("consensus {\n", "shared_addresses = [\"192.0.2.254\"]\nconsensus {\n  confirm = 2\n"),
			says: []string{"rules of consensus changed", "shared_addresses of identity changed"}},
		{name: "settings of a source", change: replacing("dir = \""+filepath.Join(s.dir, "a")+"\"\n  }", "dir = \""+filepath.Join(s.dir, "b")+"\"\n    token = file(\"secret\")\n  }"),
			says: []string{"source c restarted (other settings)"}, restarts: []string{"c"}},
		{name: "another secret in the file", change: func(config string) string {
			if err := os.WriteFile(secret, []byte("the second secret"), 0o600); err != nil {
				t.Fatal(err)
			}
			return config
		}, says: []string{"source c restarted (other settings)"}, restarts: []string{"c"}},
		{name: "pushes", change: replacing("anchors = [\"nas1\"]", "anchors = [\"nas1\"]\n  push {\n    token = env(\"PUSH\")\n  }"),
			says: []string{"source c restarted (other pushes)"}, restarts: []string{"c"}},
		{name: "another limit of pushes", change: replacing("token = env(\"PUSH\")", "token = env(\"PUSH\")\n    per_minute = 5"), says: []string{"push limits of source c changed"}},
		{name: "a sink", change: adding("sink \"file\" \"lines\" {\n  path = \"events.jsonl\"\n}\n"), says: []string{"sink lines added"}},
		{name: "another of its name", change: replacing("\"events", "\"others"), says: []string{"sink lines restarted (other settings)"}},
		{name: "one more sink", change: adding("sink \"file\" \"downs\" {\n  path = \"downs.jsonl\"\n  on = [\"verdict.changed:down\"]\n}\n"), says: []string{"sink downs added"}},
		{name: "one sink less", change: func(config string) string { return config[:strings.Index(config, "sink \"file\" \"downs\"")] },
			says: []string{"sink downs removed"}},
		{name: "one more", change: adding("source \"puppet\" \"d\" {\n  interval = \"50ms\"\n  config {\n    dir = \"" + s.dir + "/b\"\n  }\n}\n"),
			says: []string{"source d added"}, restarts: []string{"d"}},
		{name: "one less", change: func(config string) string { return config[:strings.Index(config, "source \"puppet\" \"d\"")] },
			says: []string{"source d removed"}},
	} {
		before, generation, sinks := s.pids(), s.generation().number, s.generation().sinks
		s.rewrite(c.change)
		planned, err := s.Reload(t.Context(), true)
		if err != nil {
			t.Fatalf("%s: dry run: %v", c.name, err)
		}
		if s.generation().number != generation {
			t.Fatalf("%s: a dry run changed something", c.name)
		}
		done := s.reloadNow()
		if diff := cmp.Diff(c.says, said(done.Changes)); diff != "" {
			t.Errorf("%s: changes (-want +got):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(said(planned.Changes), said(done.Changes)); diff != "" || planned.Hash != done.Hash {
			t.Errorf("%s: the dry run said something else:\n%s", c.name, diff)
		}
		if c.name != "nothing" {
			generation++
		}
		if done.Generation != generation || s.generation().number != generation {
			t.Errorf("%s: generation %d, want %d", c.name, done.Generation, generation)
		}
		after := s.pids()
		for name, pid := range after {
			if restarted := before[name] != pid; restarted != slices.Contains(c.restarts, name) {
				t.Errorf("%s: the plugin of %s ran as %d and runs as %d", c.name, name, before[name], pid)
			}
		}
		if c.name != "nothing" {
			e := s.event(c.name+" is on record", func(e device.Event) bool {
				return e.Type == device.EventConfigReloaded && strings.Contains(e.Text, "generation "+strconv.Itoa(generation)+":")
			})
			for _, words := range c.says {
				if !strings.Contains(e.Text, words) {
					t.Errorf("%s: the event does not say %q: %s", c.name, words, e.Text)
				}
			}
		}
		for _, k := range s.generation().sinks {
			if !slices.Contains(sinks, k) && !slices.ContainsFunc(c.says, func(w string) bool { return strings.Contains(w, "sink "+k.config.Name) }) {
				t.Errorf("%s: the sink %s is another one", c.name, k.config.Name)
			}
		}
		n := len(s.lines("b", "polls"))
		s.until("polls go on after "+c.name, func() bool { return len(s.lines("b", "polls")) > n+2 })
	}
	// The sink that took the place of another went on behind it: between them they have every event once.
	s.until("both files together hold every event", func() bool {
		return s.seqs("events")+s.seqs("others") == int(s.pipe.LastSeq())
	})
	values, err := s.generation().private.values(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"the first secret", "the second secret"} {
		if !slices.Contains(values["tokens"], secret) {
			t.Errorf("posts are not checked for %q any more", secret)
		}
	}
}

// seqs counts the events in a file that a sink has written.
func (s *stage) seqs(file string) int {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, file+".jsonl"))
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.Count(string(b), "\n")
}

// lines are what a puppet has noted.
func (s *stage) lines(source, name string) []string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, source, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	return strings.Fields(string(b))
}

// TestReloadRefuses: whatever is wrong with a configuration, the one before goes on with the same plugins.
func TestReloadRefuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	s := newStage(t, "", nil)
	path := filepath.Join(s.dir, "quorate.hcl")
	before, hash := s.pids(), s.generation().cfg.Hash
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rejected := 0
	for _, c := range []struct {
		name   string
		change func(string) string
		says   string // of the error and of the event
		place  bool   // the event names file and line
	}{
		{"syntax", adding("source {"), "Unclosed configuration block", true},
		{"unknown type", adding("source \"nothing\" \"x\" {\n}\n"), "Unknown type", true},
		{"unknown word", replacing("interval", "intervall"), "interval", true},
		{"unreadable secret", replacing("env(\"TOKEN\")", "file(\"nowhere\")"), "nowhere", true},
		{"secret in the file", replacing("env(\"TOKEN\")", "\"typed-"+environment["TOKEN"]+"\""), "Secret in the configuration", true},
		{"settings that the plugin refuses", replacing(filepath.Join(s.dir, "a"), "nowhere"), "there is no such folder", true},
		{"a plugin that is not there", adding("source \"x\" \"x\" {\n  command = \"/nowhere\"\n  sha256 = \"" + strings.Repeat("0", 64) + "\"\n}\n"), "/nowhere", false},
		{"a cycle", adding("device \"p\" {\n  parents = [\"q\"]\n}\ndevice \"q\" {\n  parents = [\"p\"]\n}\n"), "circle", true},
		{"another data folder", replacing("\"data\"", "\"elsewhere\""), "restart", true},
		{"a taken port", replacing("127.0.0.1:0", taken.Addr().String()), "listen on", false},
		{"a certificate that is not there", replacing("127.0.0.1:0\"\n", "127.0.0.1:0\"\n  tls {\n    cert_file = \"nowhere\"\n    key_file = \"nowhere\"\n  }\n"), "Read the key", true},
		{"no source", func(string) string { return "agent {\n  data_dir = \"data\"\n}\n" }, "no source block", false},
		{"a blog inside the data folder", adding("sink \"blog\" \"x\" {\n  dir = \"data\"\n}\n"), "private folder", false},
	} {
		s.rewrite(func(string) string { return c.change(string(good)) })
		done, err := s.Reload(t.Context(), false)
		if err == nil {
			t.Errorf("%s: taken: %v", c.name, said(done.Changes))
			continue
		}
		rejected++
		if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: the error does not say %q: %v", c.name, c.says, err)
		}
		s.until(c.name+" is on record", func() bool { return s.count(device.EventConfigRejected) == rejected })
		e := s.newest(device.EventConfigRejected)
		if c.place && !strings.Contains(e.Text, path+":") || strings.Contains(e.Text, "\n") {
			t.Errorf("%s: the event does not name the place in one line: %s", c.name, e.Text)
		}
		if last := s.reloaded.Load(); last.err == "" || !strings.Contains(e.Text, last.err) {
			t.Errorf("%s: the status says %q", c.name, last.err)
		}
		if strings.Contains(err.Error()+e.Text+s.log.String(), environment["TOKEN"]) {
			t.Errorf("%s: a secret is told", c.name)
		}
		if g := s.generation(); g.number != 1 || g.cfg.Hash != hash {
			t.Errorf("%s: generation %d is in force", c.name, g.number)
		}
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	s.rewrite(func(string) string { return string(good) })
	if _, err := s.Reload(t.Context(), false); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
		t.Errorf("a file that others may write: %v", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, s.pids()); diff != "" {
		t.Errorf("plugins (-before +after):\n%s", diff)
	}
	// All is well again, and that is on record although nothing has changed.
	s.reloadNow()
	s.event("the end of it", ofType(device.EventConfigReloaded, ""))
	if last := s.reloaded.Load(); last.err != "" || s.generation().number != 1 {
		t.Errorf("after the mistakes: %+v, generation %d", last, s.generation().number)
	}
}

// TestReloadWithdrawsVotes: who is no longer configured has no say from that moment on.
func TestReloadWithdrawsVotes(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", map[string]string{"a": "down"})
	s.event("a dispute", func(e device.Event) bool { return e.Type == device.EventDisputeOpened })
	s.rewrite(func(config string) string { return config[:strings.Index(config, "source \"puppet\" \"b\"")] })
	if got := said(s.reloadNow().Changes); !slices.Equal(got, []string{"source b removed"}) {
		t.Errorf("changes: %q", got)
	}
	s.until("nas1 is down", func() bool {
		d := s.Devices()
		return len(d) == 1 && d[0].Status == device.StatusDown && d[0].Witnesses.Enrolled == 1
	})
	if _, running := s.running.Load("b"); running || s.status("b").Name != "" {
		t.Error("b is still there")
	}
}

// TestReloadTriesAgain: a plugin that has given up gets another chance, although nothing of it has changed.
func TestReloadTriesAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", map[string]string{"b": "refuse"})
	s.until("b has given up", func() bool {
		v, ok := s.running.Load("b")
		return ok && v.(*host.Source).Status().Permanent
	})
	s.mode("b", "")
	if got := said(s.reloadNow().Changes); !slices.Equal(got, []string{"source b restarted (it had given up)"}) {
		t.Errorf("changes: %q", got)
	}
	s.until("b is heard", func() bool { return s.status("b").Devices == 1 && s.status("b").LastError == "" })
	// Its polls count on, so that what it is told of their commits means one poll.
	polls := s.lines("b", "polls")
	for i := 1; i < len(polls); i++ {
		before, _ := strconv.Atoi(polls[i-1])
		if now, _ := strconv.Atoi(polls[i]); now <= before {
			t.Errorf("poll %d after poll %d", now, before)
		}
	}
}

// TestReloadMovesThePage: the new address answers, the old one no longer does.
func TestReloadMovesThePage(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", nil)
	get := func(address string) error {
		resp, err := http.Get("http://" + address + "/api/v1/version")
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	// The same in other words needs no other socket.
	_, port, _ := net.SplitHostPort(s.address)
	s.rewrite(replacing("127.0.0.1:0", "localhost:"+port))
	s.reloadNow()
	if err := get(s.address); err != nil {
		t.Errorf("the same address by its name: %v", err)
	}
	s.rewrite(replacing("localhost:"+port, "127.0.0.2:0"))
	s.reloadNow()
	if err := get(s.page.address()); err != nil || s.page.address() == s.address {
		t.Errorf("the new address %s: %v", s.page.address(), err)
	}
	if err := get(s.address); err == nil {
		t.Error("the old address still answers")
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestReloadLetsPollsEnd: a poll that runs while its source is replaced comes to its end and counts.
func TestReloadLetsPollsEnd(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", map[string]string{"b": "wait"})
	s.letEnd = patience
	s.until("b is at its poll", func() bool { return len(s.lines("b", "polls")) == 1 })
	s.rewrite(func(config string) string {
		i := strings.Index(config, "source \"puppet\" \"b\"")
		return config[:i] + strings.Replace(config[i:], "env(\"TOKEN\")", "env(\"PUSH\")", 1)
	})
	old, done := s.generation().sources["b"], make(chan error, 1)
	go func() {
		_, err := s.Reload(context.WithoutCancel(t.Context()), false)
		done <- err
	}()
	s.until("b is asked to leave", old.leaving)
	s.mode("b", "")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	s.until("both polls are durable", func() bool {
		polls := s.lines("b", "committed")
		return len(polls) >= 2 && polls[0] == "1" && polls[1] == "2"
	})
}

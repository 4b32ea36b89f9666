package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func (a *agent) status(t *testing.T) device.AgentStatus {
	t.Helper()
	var s device.AgentStatus
	a.get(t, "/api/v1/status", &s)
	return s
}

// at reports whether the agent is at that limit.
func at(s device.AgentStatus, kind device.LimitKind) bool {
	return s.State == device.AgentDegraded && slices.ContainsFunc(s.Limits, func(l device.Limit) bool { return l.Limit == kind })
}

// waitDegraded waits until the agent says that it is at the limit, and looks at how it says so.
func waitDegraded(t *testing.T, s *site, a *agent, kind device.LimitKind) {
	t.Helper()
	eventually(t, "the agent at the limit "+string(kind), func() bool { return at(a.status(t), kind) })
	r := s.command().run(t, "status")
	if r.code != 6 || !strings.Contains(r.stdout, "degraded for ") || !strings.Contains(r.stdout, string(kind)) || !strings.Contains(r.stdout, s.data()) {
		t.Errorf("status: exit %d, want 6\n%s%s", r.code, r.stdout, r.stderr)
	}
	for _, page := range []string{"/", "/sources", "/events"} {
		resp, err := http.Get(a.url + page)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "The agent is degraded") {
			t.Errorf("%s: %s, %v\n%.2000s", page, resp.Status, err, body)
		}
	}
}

// waitWell waits until the agent has left all limits, and says how long commits took to go on since then.
func waitWell(t *testing.T, s *site, a *agent, since time.Time, what string) {
	t.Helper()
	eventually(t, "a commit after "+what, func() bool { return a.status(t).LastCommit.After(since) })
	committed := time.Since(since)
	eventually(t, "the agent well again after "+what, func() bool { return a.status(t).State == device.AgentOK })
	t.Logf("FIGURE: %s: the first commit %s later, state ok %s later", what, committed.Round(time.Millisecond), time.Since(since).Round(time.Millisecond))
	if out := s.command().ok(t, "status"); !strings.Contains(out, ": ok for ") {
		t.Errorf("status: %s", out)
	}
	eventually(t, "both events on the limit on record", func() bool { return len(limitEvents(t, a)) >= 2 })
}

// limitEvents are the recorded events on limits.
func limitEvents(t *testing.T, a *agent) []device.Event {
	t.Helper()
	var out []device.Event
	for _, raw := range a.record(t) {
		var e device.Event
		decodeLine(t, string(raw), &e)
		if e.Type == device.EventAgentDegraded || e.Type == device.EventAgentRecovered {
			out = append(out, e)
		}
	}
	return out
}

// all68 waits until the lab is up.
func all68(t *testing.T, a *agent) {
	t.Helper()
	eventually(t, "68 devices up", func() bool { return countStatus(a.devices(t), device.StatusUp) == 68 })
}

// stayFull takes what room comes back, until the returned function ends that: of a draft that it cannot finish the agent
// removes the files again.
func stayFull(t *testing.T, disk *smallDisk) (end func()) {
	t.Helper()
	f, err := os.OpenFile(disk.filler(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer f.Close()
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
				_, _ = f.Write(make([]byte, 4096))
			}
		}
	}()
	end = sync.OnceFunc(func() {
		close(over)
		<-ended
	})
	t.Cleanup(end)
	return end
}

// TestDiskFull fills the disk under a working agent, and under one that is told to stop.
func TestDiskFull(t *testing.T) {
	if !mounting(t) {
		return
	}
	s := newSite(t, "")
	disk := mountSmall(t, s.data(), "8m")
	a := s.agent(t)
	live := a.stream(t, 0)
	all68(t, a)

	full := time.Now()
	disk.fill()
	end := stayFull(t, disk)
	waitDegraded(t, s, a, device.LimitDiskFull)
	if err := s.World.Kill(coreSwitch); err != nil {
		t.Fatal(err)
	}
	eventually(t, "sources that wait", func() bool { return a.status(t).Waiting >= 2 })
	if n := len(limitEvents(t, a)); n > 0 {
		t.Errorf("%d events recorded on a full disk", n)
	}
	end()
	room := time.Now()
	disk.free()
	waitWell(t, s, a, room, "disk full")
	told := limitEvents(t, a)
	first, last := told[0], told[len(told)-1]
	if first.Type != device.EventAgentDegraded || first.Reason != string(device.LimitDiskFull) || first.Since.Before(full) || first.Since.After(room) || first.At.Before(first.Since) {
		t.Errorf("degraded: %+v, full from %s to %s", first, full, room)
	}
	if last.Type != device.EventAgentRecovered || !last.Since.Equal(first.Since) || last.Until.Before(room.Add(-time.Millisecond)) {
		t.Errorf("recovered: %+v", last)
	}
	eventually(t, "the outage that began while the disk was full", func() bool {
		_, ok := live.find(t, func(e device.Event) bool {
			return e.Type == device.EventIncidentOpened && e.Because != nil && e.Because.Name == coreSwitch
		})
		return ok && countStatus(a.devices(t), device.StatusDown) == 15
	})
	checkStreamed(t, a, live)

	// A stop while nothing can be stored: it ends in time, and what it had acknowledged is there afterwards.
	disk.fill()
	end = stayFull(t, disk)
	waitDegraded(t, s, a, device.LimitDiskFull)
	before := a.record(t)
	stopped := time.Now()
	a.stop(t, 0)
	t.Logf("FIGURE: SIGTERM on a full disk: ended after %s", time.Since(stopped).Round(time.Millisecond))
	if out := a.output(); strings.Contains(out, "panic") || !strings.Contains(out, "not recorded") {
		t.Errorf("what was not recorded is not said, or worse:\n%s", out)
	}
	end()
	disk.free()
	again := s.agent(t)
	after := again.record(t)
	if len(after) < len(before) {
		t.Fatalf("%d events on record, %d before the stop", len(after), len(before))
	}
	for i := range before {
		if string(before[i]) != string(after[i]) {
			t.Fatalf("event %d is another than before the stop:\n%s\n%s", i+1, before[i], after[i])
		}
	}
	again.stop(t, 0)
}

// checkStreamed: what was streamed is on record, byte for byte and without a gap.
func checkStreamed(t *testing.T, a *agent, live *stream) {
	t.Helper()
	seen := live.all()
	gapless(t, 0, seen)
	record := a.record(t)
	for i, f := range seen {
		if string(record[i]) != f.data {
			t.Fatalf("event %d on record is not what was streamed:\n%s\n%s", i+1, record[i], f.data)
		}
	}
}

// TestStartWithoutADisk: where nothing can be stored from the start, the agent says so with the path and ends with 3.
func TestStartWithoutADisk(t *testing.T) {
	if !mounting(t) {
		return
	}
	s := newSite(t, "")
	refused := func(name string, wants ...string) {
		t.Helper()
		r := s.command().run(t, "agent", "--config", s.config)
		if r.code != 3 {
			t.Errorf("%s: exit %d, want 3\n%s", name, r.code, r.stderr)
		}
		for _, want := range append(wants, s.data()) {
			if !strings.Contains(r.stderr, want) {
				t.Errorf("%s: %q is not said:\n%s", name, want, r.stderr)
			}
		}
	}
	disk := mountSmall(t, s.data(), "8m")
	disk.fill()
	refused("a full disk", "no space left")
	disk.free()
	a := s.agent(t)
	all68(t, a)
	a.stop(t, 0)
	before := fileNames(t, s.data())
	if err := syscall.Mount("", s.data(), "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	refused("a read-only file system", "read-only")
	if after := fileNames(t, s.data()); !slices.Equal(before, after) {
		t.Errorf("files %q, before %q", after, before)
	}
	if err := syscall.Mount("", s.data(), "", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	s.agent(t).stop(t, 0)
}

func fileNames(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestFileSizeLimit: a limit on the size of files, as a quota is, ends nothing and passes.
func TestFileSizeLimit(t *testing.T) {
	t.Parallel()
	needs(t, "prlimit", "util-linux")
	s := newSite(t, "")
	a := s.agent(t)
	live := a.stream(t, 0)
	all68(t, a)
	limitFiles := func(bytes string) {
		t.Helper()
		command{}.program(t, "prlimit", "--pid", strconv.Itoa(a.cmd.Process.Pid), "--fsize="+bytes+":")
	}
	limitFiles("4096")
	waitDegraded(t, s, a, device.LimitDiskFull)
	room := time.Now()
	limitFiles("unlimited")
	waitWell(t, s, a, room, "limit on files")
	checkStreamed(t, a, live)
	a.stop(t, 0)
}

// TestStatusOfNoAgent: a script tells the agent that does not run from the one that is degraded.
func TestStatusOfNoAgent(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	if r := s.command().run(t, "status"); r.code != 1 || !strings.Contains(r.stderr, "quorate agent") {
		t.Errorf("without an agent: exit %d, want 1 and how to start it\n%s", r.code, r.stderr)
	}
	a := s.agent(t)
	var told device.AgentStatus
	if err := json.Unmarshal([]byte(s.command().ok(t, "status", "--json")), &told); err != nil || told.State != device.AgentOK || told.Config.Generation != 1 || told.Limits == nil {
		t.Errorf("%v: %+v", err, told)
	}
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	a.wait()
}

package e2e

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
)

const coreSwitch = "core-switch"

// TestKill9 ends the agent as a power cut does, in the middle of an outage, and starts it again on the same folder.
func TestKill9(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	first := s.agent(t)
	live := first.stream(t, 0)
	eventually(t, "68 devices up", func() bool { return countStatus(first.devices(t), device.StatusUp) == 68 })
	draft := s.command().ok(t, "post", "draft")

	dead := append(s.World.Behind(coreSwitch), coreSwitch)
	if err := s.World.Kill(coreSwitch); err != nil {
		t.Fatal(err)
	}
	eventually(t, "one incident of the switch with 14 behind it", func() bool {
		_, ok := live.find(t, func(e device.Event) bool { return strings.Contains(e.Text, "14 devices behind it are unreachable") })
		return ok
	})
	if r := s.command().run(t, "agent", "--config", s.config); r.code != 3 || !strings.Contains(r.stderr, "in use") {
		t.Errorf("a second agent on the folder: exit %d, want 3\n%s", r.code, r.stderr)
	}
	before := remember(t, s, first, dead)
	children := first.children()
	if len(children) < 3 {
		t.Fatalf("%d processes beside the agent, want one for each of 3 sources", len(children))
	}

	first.kill()
	gone(t, children)
	<-live.ended
	if live.broken != nil {
		t.Fatal(live.broken)
	}
	seen := live.all()
	gapless(t, 0, seen)

	// Nobody runs: the record alone explains.
	if diff := cmp.Diff(before.explained, s.command().ok(t, "explain", "--json", coreSwitch)); diff != "" {
		t.Errorf("explain without an agent (-running +stopped):\n%s", diff)
	}
	if text := s.command().ok(t, "explain", coreSwitch); !strings.Contains(text, "core-switch is down") {
		t.Errorf("explain without an agent says %q", text)
	}
	if r := s.command().run(t, "devices"); r.code != 1 || !strings.Contains(r.stderr, "quorate agent") {
		t.Errorf("devices without an agent: exit %d, %q; want 1 and how to start it", r.code, r.stderr)
	}

	// No monitor answers, so that what the agent knows when it starts is what it had on record.
	s.LibreNMS.SetFault(lab.Fault{Kind: lab.FaultServerError})
	s.PRTG.SetFault(lab.Fault{Kind: lab.FaultServerError})
	second := s.agent(t)
	before.compare(t, second)
	whole, resumed := second.stream(t, 0), second.stream(t, seen[len(seen)-1].id)
	s.LibreNMS.SetFault(lab.Fault{})
	s.PRTG.SetFault(lab.Fault{})

	if err := s.World.Revive(coreSwitch); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all 68 devices up again", func() bool { return countStatus(second.devices(t), device.StatusUp) == 68 })
	eventually(t, "the end of the incident that began before the crash", func() bool {
		_, ok := resumed.find(t, func(e device.Event) bool {
			return e.Type == device.EventIncidentClosed && e.Because != nil && e.Because.Name == coreSwitch
		})
		return ok
	})
	eventually(t, "both streams at the same event", func() bool {
		a, b := whole.all(), resumed.all()
		return len(a) > 0 && len(b) > 0 && a[len(a)-1].id == b[len(b)-1].id
	})
	checkResumed(t, seen, whole.all(), resumed.all())
	checkDrafts(t, draft, s.command().ok(t, "post", "draft"))
	t.Run("api", func(t *testing.T) {
		for i, raw := range second.record(t)[:len(seen)] {
			if string(raw) != seen[i].data {
				t.Fatalf("event %d of the API is not what was streamed before the crash:\n%s\n%s", i+1, raw, seen[i].data)
			}
		}
	})
	second.stop(t, 0)
	t.Run("newer", func(t *testing.T) { checkNewer(t, s) })
}

// TestKill9Often kills the agent again and again at whatever it is doing. A client that resumes each time ends up with
// the whole record.
func TestKill9Often(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	var seen []frame
	for round := range 6 {
		a := s.agent(t)
		live := a.stream(t, int64(len(seen)))
		looks, dead, turn := 0, round%2 == 0, 50
		eventually(t, "some more events", func() bool {
			// The switch dies and comes back until each has been noticed: each time it stays longer.
			if looks++; looks == turn {
				dead, turn = !dead, 3*turn
			}
			change := s.World.Revive
			if dead {
				change = s.World.Kill
			}
			if err := change(coreSwitch); err != nil {
				t.Fatal(err)
			}
			// Each round is cut off at another number of events: between two commits or in the middle of one.
			return len(live.all()) > 3+5*round
		})
		a.kill()
		<-live.ended
		gapless(t, int64(len(seen)), live.all())
		seen = append(seen, live.all()...)
	}
	a := s.agent(t)
	record := a.record(t)
	if len(record) < len(seen) {
		t.Fatalf("%d events on record, %d were streamed", len(record), len(seen))
	}
	for i, f := range seen {
		if string(record[i]) != f.data {
			t.Fatalf("event %d was streamed as %s and is on record as %s", f.id, f.data, record[i])
		}
	}
	a.stop(t, 0)
}

// memory is what a client of the API has been told: it was committed before anybody could be told.
type memory struct {
	devices   map[string]device.Current
	verdicts  map[string][]json.RawMessage
	explained string
}

func remember(t *testing.T, s *site, a *agent, names []string) memory {
	t.Helper()
	m := memory{devices: a.devices(t), verdicts: map[string][]json.RawMessage{}}
	for _, n := range names {
		m.verdicts[n] = items[json.RawMessage](t, a, devicePath(n, "/verdicts"))
		if len(m.verdicts[n]) == 0 {
			t.Fatalf("no verdict on %s", n)
		}
	}
	m.explained = s.command().ok(t, "explain", "--json", coreSwitch)
	return m
}

// compare looks for all of it in an agent that has started again and hears nobody.
func (m memory) compare(t *testing.T, a *agent) {
	t.Helper()
	now := a.devices(t)
	if len(now) != len(m.devices) {
		t.Errorf("%d devices after the crash, %d before", len(now), len(m.devices))
	}
	for name, was := range m.devices {
		is := now[name]
		if diff := cmp.Diff(identityOf(was), identityOf(is)); diff != "" {
			t.Errorf("who %s is (-before +after):\n%s", name, diff)
		}
		if was.Status != is.Status || !was.Since.Equal(is.Since) {
			t.Errorf("%s was %s since %s and is %s since %s", name, was.Status, was.Since, is.Status, is.Since)
		}
		compareWords(t, name, was.Votes, is.Votes)
	}
	for name, was := range m.verdicts {
		is := items[json.RawMessage](t, a, devicePath(name, "/verdicts"))
		if len(is) < len(was) {
			t.Errorf("%s has %d verdicts on record, %d before the crash", name, len(is), len(was))
			continue
		}
		for i, v := range was { // newest first
			if got := is[len(is)-len(was)+i]; string(got) != string(v) {
				t.Errorf("a verdict on %s is another after the crash:\n%s\n%s", name, v, got)
			}
		}
	}
}

// identityOf is what observations say of who a device is. Host names are the same with and without the domain.
func identityOf(d device.Current) []any {
	names := map[string]bool{}
	for _, h := range d.Hostnames {
		names[strings.TrimSuffix(h, ".example.net")] = true
	}
	return []any{d.ID, d.Name, d.Bindings, d.Addresses, names, d.MACs, d.Serial, d.Vendor, d.Model, d.OS, d.Version, d.Location}
}

// compareWords holds that no source's word from before the crash is missing or has become older. A newer word may say
// something else: the devices themselves answer all the time.
func compareWords(t *testing.T, name string, before, after []device.Vote) {
	t.Helper()
	type place struct {
		source, ref, component string
		facet                  device.Facet
	}
	words := map[place]device.Vote{}
	for _, v := range after {
		words[place{v.Source, v.Ref, v.Component, v.Facet}] = v
	}
	for _, v := range before {
		got, ok := words[place{v.Source, v.Ref, v.Component, v.Facet}]
		switch {
		case !ok:
			t.Errorf("%s: the word of %s on %s %s is lost", name, v.Source, v.Facet, v.Component)
		case got.ObservedAt.Before(v.ObservedAt), got.ObservedAt.Equal(v.ObservedAt) && got.State != v.State:
			t.Errorf("%s: %s said %s of %s %s at %s, after the crash %s at %s", name, v.Source, v.State, v.Facet, v.Component,
				v.ObservedAt, got.State, got.ObservedAt)
		}
	}
}

// checkResumed compares the stream of before the crash with the whole record afterwards, and with that of a client
// that went on where it was.
func checkResumed(t *testing.T, seen, whole, resumed []frame) {
	t.Helper()
	last := seen[len(seen)-1].id
	gapless(t, 0, whole)
	gapless(t, last, resumed)
	if !slices.Equal(seen, whole[:len(seen)]) {
		t.Error("events from before the crash are not what was streamed")
	}
	n := min(len(whole)-len(seen), len(resumed))
	if n == 0 || !slices.Equal(whole[len(seen):len(seen)+n], resumed[:n]) {
		t.Error("who resumed sees other events than who reads all")
	}
	ids := map[string]int64{}
	for _, f := range whole {
		var e device.Event
		decodeLine(t, f.data, &e)
		if ids[e.ID] != 0 {
			t.Errorf("the events %d and %d have the same id", ids[e.ID], e.Seq)
		}
		ids[e.ID] = e.Seq
		if e.Seq > last && e.Type == device.EventDeviceDiscovered {
			t.Errorf("event %d: a device that was known: %s", e.Seq, e.Text)
		}
	}
}

// checkDrafts compares what "post draft" said before and after: it is the same post, and the fictional names in it
// have stayed what they were.
func checkDrafts(t *testing.T, before, after string) {
	t.Helper()
	if before != after {
		t.Errorf("the draft before the crash: %s\nafter it: %s", before, after)
	}
	path := strings.TrimPrefix(strings.Split(after, "\n")[0], "draft: ")
	post := read(t, path)
	if !strings.Contains(post, "from events 1 to ") || !strings.Contains(post, "Outages | 1 ") {
		t.Errorf("the post does not tell of the whole record:\n%s", post)
	}
	drafts, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(drafts) != 1 {
		t.Errorf("drafts: %q, %v", drafts, err)
	}
}

// userVersion is where a SQLite file holds the number that the program gave its schema.
const userVersion = 60

// checkNewer: a database from a newer program is refused with 4 and not touched; one that is none with 3.
func checkNewer(t *testing.T, s *site) {
	file := filepath.Join(s.data(), "quorate.db")
	if _, err := os.Stat(file + "-wal"); err == nil {
		t.Fatal("a clean stop left a write-ahead log")
	}
	b := []byte(read(t, file))
	binary.BigEndian.PutUint32(b[userVersion:], 9999)
	for _, c := range []struct {
		name    string
		content []byte
		code    int
		says    string
	}{
		{"newer", b, 4, "newer than this program"},
		{"foreign", []byte(strings.Repeat("this is no database\n", 300)), 3, ""},
	} {
		if err := os.WriteFile(file, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		r := s.command().run(t, "agent", "--config", s.config)
		if r.code != c.code || !strings.Contains(r.stderr, c.says) || !strings.Contains(r.stderr, file) {
			t.Errorf("%s: exit %d, want %d\n%s", c.name, r.code, c.code, r.stderr)
		}
		if sha256.Sum256([]byte(read(t, file))) != sha256.Sum256(c.content) {
			t.Errorf("%s: the file was touched", c.name)
		}
		if r := s.command().run(t, "explain", coreSwitch); r.code != c.code {
			t.Errorf("%s: explain exits with %d, want %d\n%s", c.name, r.code, c.code, r.stderr)
		}
	}
}

// TestStop: SIGTERM in the middle of polls that hang ends everything, and with 0.
func TestStop(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	a := s.agent(t)
	eventually(t, "68 devices", func() bool { return len(a.devices(t)) == 68 })
	open := a.stream(t, 0)
	asked := s.LibreNMS.Requests()
	s.LibreNMS.SetFault(lab.Fault{Kind: lab.FaultSilent})
	s.PRTG.SetFault(lab.Fault{Delay: time.Minute})
	eventually(t, "a poll that hangs", func() bool { return s.LibreNMS.Requests() > asked })
	a.stop(t, 0)
	<-open.ended
	if left, err := filepath.Glob(filepath.Join(s.data(), "run", "host-*")); err != nil || len(left) > 0 {
		t.Errorf("folders of sockets are left: %q, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(s.data(), "quorate.sock")); err == nil {
		t.Error("the socket for commands is left")
	}
}

// TestRestartsKeepCalm: that we stopped and started says nothing about any source or device.
func TestRestartsKeepCalm(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	for range 3 {
		a := s.agent(t)
		eventually(t, "68 devices up", func() bool { return countStatus(a.devices(t), device.StatusUp) == 68 })
		a.stop(t, 0)
	}
	a := s.agent(t)
	for i, raw := range a.record(t) {
		var e device.Event
		decodeLine(t, string(raw), &e)
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has the number %d", i+1, e.Seq)
		}
		switch {
		case strings.HasPrefix(string(e.Type), "source.") && e.Type != device.EventSourceUp, strings.HasPrefix(string(e.Type), "incident."):
			t.Errorf("a stop and a start: %s: %s", e.Type, e.Text)
		case e.Type == device.EventVerdictChanged && e.To != string(device.StatusUp):
			t.Errorf("a stop and a start: %s", e.Text)
		}
	}
	a.stop(t, 0)
}

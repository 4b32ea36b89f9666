package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// twoMonitors are sources that print what lies in a file each.
func twoMonitors(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	config := "agent {\n  data_dir = \"data\"\n  listen = \"127.0.0.1:0\"\n}\ngroup \"core\" {\n  devices = [\"nas1\"]\n}\n"
	for _, name := range []string{"one", "two"} {
		config += fmt.Sprintf("source \"exec\" %q {\n  interval = \"200ms\"\n  config {\n    command = [\"/bin/cat\", %q]\n  }\n}\n", name, filepath.Join(dir, name))
	}
	write(t, filepath.Join(dir, "one"), `{"ref":"1","name":"nas1","addresses":["192.0.2.1"],"model":"RS1","claims":[{"facet":"reach","state":"up"}]}
{"ref":"2","name":"switch","addresses":["192.0.2.2"],"claims":[{"facet":"reach","state":"up"}]}
`)
	write(t, filepath.Join(dir, "two"), `{"ref":"9","name":"storage","addresses":["192.0.2.9"],"model":"RS1+","claims":[{"facet":"reach","state":"up"}]}
`)
	return &site{dir: dir, config: write(t, filepath.Join(dir, "quorate.hcl"), config)}
}

// TestDeviceCommands: a person corrects who is who, sees before what it changes, and takes it back; it outlives restarts.
func TestDeviceCommands(t *testing.T) {
	t.Parallel()
	s := twoMonitors(t)
	a := s.agent(t)
	eventually(t, "three devices", func() bool { return len(a.devices(t)) == 3 && a.devices(t)["storage"].Status == device.StatusUp })
	storage, met := a.devices(t)["storage"].ID, time.Now()
	want := func(code int, out string, args ...string) string {
		t.Helper()
		r := s.command().run(t, append(append([]string{"device"}, args...), "--config", s.config)...)
		if r.code != code || !strings.Contains(r.stdout+r.stderr, out) {
			t.Fatalf("quorate device %q: exit %d, want %d with %q\n%s%s", args, r.code, code, out, r.stdout, r.stderr)
		}
		return r.stdout
	}

	// What cannot be done says why, and what cannot be asked is not done.
	want(2, "nobody can be asked here", "merge", "nas1", "storage")
	want(1, `there is no device "nas9"`, "merge", "nas9", "storage", "--dry-run")
	want(1, "leave it at least one of one/1", "split", "nas1", "one/1", "--yes")
	want(1, "is no ref", "split", "nas1", "one", "--yes")
	want(1, "there is nothing to undo", "undo", "--yes")
	want(1, "there is no event 99999", "undo", "99999", "--yes")
	want(1, "is nothing that can be undone", "undo", "1", "--yes")

	out := ""
	for _, piece := range []string{"BEFORE", "AFTER", "2 of 2", "one/1 two/9", "confirmed"} {
		// A program that has just been late leaves its source without a voice until its next poll.
		eventually(t, fmt.Sprintf("a preview that says %q", piece), func() bool {
			out = want(0, "are one device, says a person", "merge", "nas1", "192.0.2.9", "--dry-run")
			return strings.Contains(out, piece)
		})
	}
	if len(a.devices(t)) != 3 {
		t.Fatal("a preview has changed something")
	}
	want(0, "done;", "merge", "one/1", string(storage), "--yes")
	eventually(t, "one device of two", func() bool { return len(a.devices(t)) == 2 })
	var old device.Current
	a.get(t, "/api/v1/devices/"+string(storage), &old)
	if len(old.Bindings) != 2 {
		t.Errorf("the id of the merged device leads to %+v", old)
	}
	// What the id of the merged device stood for is readable under it: itself, then the one that it is part of.
	told := map[device.EventType]device.ID{}
	for _, e := range items[device.Event](t, a, "/api/v1/devices/"+string(storage)+"/events") {
		told[e.Type] = e.Device.ID
	}
	if told[device.EventDeviceDiscovered] != storage || told[device.EventDeviceMerged] != old.ID {
		t.Errorf("history under the id %s: %v", storage, told)
	}
	var before device.Verdict
	decodeLine(t, s.command().ok(t, "explain", string(storage), "--at", met.Format(time.RFC3339Nano), "--json"), &before)
	if before.Device.ID != storage {
		t.Errorf("before the merge the id stood for %v", before.Device)
	}

	// A restart remembers; a note says what the configuration no longer finds.
	a.stop(t, 0)
	a = s.agent(t)
	name := old.Name
	out = want(0, "is now called vault", "rename", name, "vault", "--yes")
	if name == "nas1" && !strings.Contains(out, "note: the configuration speaks of nas1") {
		t.Errorf("nothing is said of the group that names it:\n%s", out)
	}
	eventually(t, "the new name", func() bool { _, ok := a.devices(t)["vault"]; return ok })
	want(0, "done;", "undo", "--yes")
	want(0, "two devices again", "undo", "--yes")
	eventually(t, "both devices", func() bool { return a.devices(t)["storage"].ID == storage && len(a.devices(t)) == 3 })

	want(0, "is forgotten, says a person", "forget", "switch", "--yes")
	eventually(t, "its source brings it up anew", func() bool { return len(a.devices(t)) == 3 })
	var v identity.Simulation
	decodeLine(t, s.command().ok(t, "identity", "simulate", "--map", "192.0.2.0/24=198.51.100.0/24", "--json", "--config", s.config), &v)
	if len(v.Refs) != 3 || len(v.Orders) != 2 || len(v.Events) != 0 {
		t.Errorf("simulation %+v", v)
	}
	if out := s.command().ok(t, "identity", "simulate", "--map", "192.0.2.1=192.0.2.9", "--source", "one", "--config", s.config); !strings.Contains(out, "would not stay") {
		t.Errorf("a move onto the address of another device:\n%s", out)
	}
	a.stop(t, 0)
}

// TestDeviceCommandAsks: on a terminal nothing is done without a yes.
func TestDeviceCommandAsks(t *testing.T) {
	t.Parallel()
	s := twoMonitors(t)
	a := s.agent(t)
	eventually(t, "three devices", func() bool { return len(a.devices(t)) == 3 })
	for _, c := range []struct {
		answer string
		code   int
		names  int
	}{{"n", 1, 0}, {"y", 0, 1}} {
		x := onTerminal(t, s.env, s.dir, "device", "rename", "nas1", "vault", "--config", s.config)
		x.answer("Do it? [y/N]", c.answer)
		if code := x.wait(); code != c.code {
			t.Errorf("exit %d after %q", code, c.answer)
		}
		n := 0
		if _, ok := a.devices(t)["vault"]; ok {
			n = 1
		}
		if n != c.names {
			t.Errorf("after %q there are %d devices of the new name", c.answer, n)
		}
	}
	a.stop(t, 0)
}

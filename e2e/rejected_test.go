package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	quorateagent "github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/device"
)

// TestRejected: what a source hands over and nobody can accept is listed, shown without a trick of its own, replayed once it
// can be, and dropped.
func TestRejected(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	said := write(t, filepath.Join(dir, "said.jsonl"), `{"ref":"1","name":"nas1","claims":[{"facet":"reach","state":"up"}]}
{"ref":"2","name":"\u001b[31mnas2","claims":[{"facet":"reach","state":"sideways"}]}
`)
	config := write(t, filepath.Join(dir, "quorate.hcl"), `agent {
  data_dir = "data"
  listen   = "127.0.0.1:0"
}
source "exec" "nas" {
  interval = "1h"
  config {
    command = ["/bin/cat", "`+said+`"]
  }
}
`)
	s := &site{dir: dir, config: config}
	a := s.agent(t)
	c := s.command()
	list := func() []quorateagent.RejectedItem {
		t.Helper()
		var items []quorateagent.RejectedItem
		r := c.run(t, "rejected", "list", "--json")
		if r.code != 0 {
			t.Fatalf("%d: %s", r.code, r.stderr)
		}
		for line := range strings.Lines(r.stdout) {
			var item quorateagent.RejectedItem
			if err := json.Unmarshal([]byte(line), &item); err != nil {
				t.Fatal(err)
			}
			items = append(items, item)
		}
		return items
	}
	eventually(t, "a rejection", func() bool { return len(list()) == 1 })
	item := list()[0]
	if item.Source != "nas" || item.Ref != "2" || !strings.Contains(item.Reason, "sideways") {
		t.Errorf("%+v", item)
	}
	if r := c.run(t, "rejected", "show", "1"); r.code != 0 || strings.Contains(r.stdout, "\x1b") || !strings.Contains(r.stdout, "sideways") {
		t.Errorf("%d: %q %s", r.code, r.stdout, r.stderr)
	}
	if r := c.run(t, "rejected", "replay", "--all"); r.code != 1 || !strings.Contains(r.stderr, "1 stays: it is still not accepted") || len(list()) != 1 {
		t.Errorf("%d: %s", r.code, r.stderr)
	}
	if r := c.run(t, "rejected", "drop"); r.code != 2 {
		t.Errorf("%d: %s", r.code, r.stderr)
	}
	if r := c.run(t, "rejected", "drop", "1"); r.code != 0 || r.stdout != "1 dropped\n" || len(list()) != 0 {
		t.Errorf("%d: %q %s", r.code, r.stdout, r.stderr)
	}
	if r := c.run(t, "rejected"); r.code != 0 || r.stdout != "nothing was rejected\n" {
		t.Errorf("%d: %q %s", r.code, r.stdout, r.stderr)
	}
	if n := countStatus(a.devices(t), device.StatusUp); n > 1 {
		t.Errorf("%d devices are up", n)
	}
	a.stop(t, 0)
	if _, err := os.Stat(filepath.Join(dir, "data")); err != nil {
		t.Error(err)
	}
}

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
	"github.com/quorate/quorate/internal/store"
)

// TestTieBreaker: as soon as the votes on a device are contested, the agent asks the SNMP prober, a process of its own,
// to look at it at once: not more often than the rules say, and not in maintenance. What it sees votes, and is no poll.
func TestTieBreaker(t *testing.T) {
	t.Parallel()
	s := newSite(t, " ")
	word := filepath.Join(s.dir, "word")
	say := func(state string) {
		line := fmt.Sprintf(`{"ref":"1","name":"core-switch","addresses":["192.0.2.2"],"claims":[{"facet":"reach","state":%q,"raw":"cat says %s"}]}`+"\n", state, state)
		write(t, word+".new", line)
		if err := os.Rename(word+".new", word); err != nil {
			t.Fatal(err)
		}
	}
	say("up")
	s.config = write(t, filepath.Join(s.dir, "quorate.hcl"), fmt.Sprintf(`
agent {
  data_dir = env("DEMO_DATA_DIR")
  listen   = env("DEMO_LISTEN")
}
source "exec" "script" {
  interval = "400ms"
  config {
    command = ["/bin/cat", %q]
  }
}
source "snmp-direct" "snmp" {
  interval = "1h"
  config {
    request_timeout = "300ms"
    credential "v2c" "lab" {
      community = env("DEMO_SNMP_COMMUNITY")
    }
    target "core-switch" {
      address     = env("DEMO_SNMP_CORE_SWITCH")
      credentials = ["lab"]
    }
  }
}
device "core-switch" {
  match {
    refs = { script = ["1"], snmp = ["core-switch"] }
  }
}
consensus {
  probe_every = "1s"
}
`, word))
	a := s.agent(t)
	live := a.stream(t, 0)
	eventually(t, "both sources on the switch", func() bool {
		d, ok := a.devices(t)["core-switch"]
		return ok && d.Status == device.StatusUp && d.Witnesses.Voting == 2
	})
	polled := a.source(t, "snmp").LastPoll
	asked := s.Agents.Agent("core-switch").Requests()
	opened := func(e device.Event) bool { return e.Type == device.EventDisputeOpened }
	began := time.Now()
	say("down")
	// The next poll of the prober is an hour away: only what it was asked for can be newer than the first down.
	eventually(t, "a dispute, for both sides have looked again", func() bool { _, ok := live.find(t, opened); return ok })
	if s.Agents.Agent("core-switch").Requests() == asked {
		t.Error("nobody asked the switch")
	}
	if now := a.source(t, "snmp"); !now.LastPoll.Equal(polled) {
		t.Errorf("the answer counts as a poll of %s", now.LastPoll)
	}
	eventually(t, "a vote of the tie-breaker", func() bool {
		for _, v := range a.devices(t)["core-switch"].Votes {
			if v.Source == "snmp" && v.Facet == device.FacetReach {
				return v.State == device.StateUp && v.Weight == 1 && time.Duration(v.Age) < time.Minute
			}
		}
		return false
	})
	probes := func() (n int) {
		r, err := store.OpenReader(t.Context(), s.data())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Close() }()
		polls, err := r.Polls(t.Context(), "snmp", time.Time{}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range polls {
			if p.Probe {
				n++
			}
		}
		return n
	}
	eventually(t, "three looks", func() bool { return probes() >= 3 })
	if n, most := probes(), 2+int(time.Since(began)/time.Second); n > most {
		t.Errorf("%d looks in %s, want at most one a second", n, time.Since(began))
	}
	if table := s.command().ok(t, "disputes"); !strings.Contains(table, "core-switch") || !strings.Contains(table, "snmp 1.00") || !strings.Contains(table, "unknown in ") {
		t.Errorf("quorate disputes:\n%s", table)
	}
	if text := s.command().ok(t, "explain", "core-switch"); !strings.Contains(text, "sources disagree about reach: snmp for up, script for down") {
		t.Errorf("quorate explain:\n%s", text)
	}

	s.command().ok(t, "maintenance", "start", "core-switch", "--for", "1h", "--reason", "new cables")
	n := probes()
	seen := len(live.all())
	polls := func() time.Time { return a.source(t, "script").LastPoll }
	since := polls()
	eventually(t, "three more seconds of the dispute", func() bool { return polls().Sub(since) > 3*time.Second })
	if now := probes(); now > n+1 { // one may have been on its way
		t.Errorf("%d looks in maintenance", now-n)
	}
	for _, f := range live.all()[seen:] {
		if f.kind == string(device.EventSourceCrashed) {
			t.Errorf("event %d: %s", f.id, f.data)
		}
	}
	if strings.Contains(a.output(), lab.Canary) {
		t.Error("a secret is in the log")
	}
	say("up")
	closed := func(e device.Event) bool { return e.Type == device.EventDisputeClosed && e.Winner == "up" }
	eventually(t, "the end of the dispute", func() bool { _, ok := live.find(t, closed); return ok })
	a.stop(t, 0)
}

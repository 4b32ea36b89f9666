package oracle

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// reloadRounds is how often the configuration changes under load.
const reloadRounds = 100

// TestReloads changes the configuration of an agent under load, good ones and bad ones by turns, and then ends it by
// SIGTERM as it works. Plugins are replaced in the middle of polls, sinks in the middle of deliveries.
func TestReloads(t *testing.T) {
	t.Parallel()
	began := time.Now()
	y := &tally{kind: "reload under load, then SIGTERM", rounds: 1}
	r := newRig(t, newSeeds(t).take(), built.agent, everyDay())
	r.webhook.behave(10)
	b, err := os.ReadFile(r.config())
	if err != nil {
		t.Fatal(err)
	}
	good := string(b)
	// The same program in another file is another plugin.
	twin := filepath.Join(r.dir, "quorate-source-twin")
	if err := os.Link(r.plugin(), twin); err != nil {
		t.Fatal(err)
	}
	a := r.start()
	r.underLoad(a, 0)
	_, before, _ := r.ledger.counts()
	restarts, refused := 0, 0
	for i := range reloadRounds {
		config, bad := good, false
		switch {
		case i%3 == 1:
			config, bad = good+"source {", true
		case i%10 == 0:
			config = strings.Replace(good, r.plugin(), twin, 1)
		case i%10 == 5:
			config = strings.Replace(good, `timeout     = "1s"`, fmt.Sprintf(`timeout     = "%dms"`, 1000+i), 1)
		case i%10 == 8:
			config = strings.Replace(good, `max_size    = "64KiB"`, `max_size    = "80KiB"`, 1)
		default:
			config += fmt.Sprintf("device \"pinned-%d\" {\n  match {\n    address = \"192.0.2.7\"\n  }\n}\n", i)
		}
		if err := os.WriteFile(r.config(), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := r.command(nil, "reload", "--config", r.config())
		if exit, ok := errors.AsType[*exec.ExitError](err); (err != nil) != bad || ok && exit.ExitCode() != 1 {
			t.Fatalf("seed %d: reload %d: %v\n%s", r.seed, i, err, out)
		}
		if bad {
			refused++
		}
		restarts += strings.Count(out, " restarted (")
		a.alive()
	}
	if err := os.WriteFile(r.config(), b, 0o600); err != nil {
		t.Fatal(err)
	}
	_, after, _ := r.ledger.counts()
	stopped := time.Now()
	a.stop()
	took := time.Since(stopped)
	r.examine("reloads and a stop")
	r.recover("reloads and a stop")
	y.add(r)
	y.took = time.Since(began)
	y.more = fmt.Sprintf("%d reloads, %d of them of a bad file; plugins and sinks restarted %d times; %d polls were called durable meanwhile. SIGTERM under load: ended after %s.",
		reloadRounds, refused, restarts, after-before, took.Round(time.Millisecond))
	report.note(y)
	t.Log(y.more)
	if restarts < 20 || after-before < reloadRounds/2 {
		t.Errorf("void: %d restarts, %d polls called durable meanwhile", restarts, after-before)
	}
}

// TestStopInAStorm ends the agent by SIGTERM while ten sources speak without a pause.
func TestStopInAStorm(t *testing.T) {
	t.Parallel()
	began := time.Now()
	y := &tally{kind: "storm, then SIGTERM", rounds: 1}
	r := newRig(t, newSeeds(t).take(), built.agent, storm())
	a := r.start()
	r.underLoad(a, 2*time.Second)
	acked := 0
	r.until("the first poll that is called durable", func() bool {
		a.alive()
		_, acked, _ = r.ledger.counts()
		return acked > 0
	})
	stopped := time.Now()
	a.stop()
	took := time.Since(stopped)
	r.examine("a stop in a storm")
	r.ledger.calm(time.Minute)
	r.configure()
	r.recover("a stop in a storm")
	y.add(r)
	y.took = time.Since(began)
	y.more = fmt.Sprintf("ended after %s, with %d polls called durable.", took.Round(time.Millisecond), acked)
	report.note(y)
	t.Log(y.more)
}

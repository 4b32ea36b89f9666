package oracle

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// storm is about 10,000 observations a second, of which a few hundred say something new.
func storm() load {
	return load{feeds: 10, devices: 250, most: 250, fresh: 5, interval: 200 * time.Millisecond}
}

// TestStorm lets ten sources speak without a pause, ends the agent in the middle of it, and judges.
func TestStorm(t *testing.T) {
	t.Parallel()
	y := &tally{kind: "storm, then kill -9", rounds: 1}
	r := newRig(t, newSeeds(t).take(), built.agent, storm())
	r.webhook.behave(10)
	began := time.Now()
	a := r.start()
	r.underLoad(a, 0)
	from := time.Now()
	before := r.ledger.spoken()
	longest := int64(0)
	for time.Since(from) < *stormTime {
		a.alive()
		if info, err := os.Stat(filepath.Join(r.data(), "quorate.db-wal")); err == nil {
			longest = max(longest, info.Size())
		}
		<-time.After(100 * time.Millisecond)
	}
	rate := float64(r.ledger.spoken()-before) / time.Since(from).Seconds()
	peak := a.peak()
	a.kill()
	r.examine("the storm")
	r.ledger.calm(time.Minute)
	r.configure()
	r.recover("the storm")
	y.add(r)
	y.took = time.Since(began)
	y.more = fmt.Sprintf("%.0f observations a second called durable over %s; the agent's memory was %.0f MiB at most, its write-ahead log %.1f MiB.",
		rate, stormTime, peak, float64(longest)/(1<<20))
	report.note(y)
	t.Log(y.more)
	if y.acked == 0 {
		t.Error("void: no poll was called durable")
	}
}

// calm makes the sources speak seldom from the next configuration on, so that what waits can be delivered.
func (l *ledger) calm(interval time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.load.fresh, l.load.interval = 1, interval
}

// spoken is how many observations were in polls called durable.
func (l *ledger) spoken() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.words
}

// peak is the most memory that the agent has had, resident, in MiB; 0 where the system does not say.
func (a *agent) peak() float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", a.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				return 0
			}
			return float64(kb) / 1024
		}
	}
	return 0
}

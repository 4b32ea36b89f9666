package oracle

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/crashpoint"
)

// TestCrashPoints ends the agent at each place that matters, each time at another pass.
func TestCrashPoints(t *testing.T) {
	one := everyDay()
	one.feeds = 1
	for _, c := range []struct {
		name   string
		points []string
		load   load
		passes int // the agent ends at one of that many passes
	}{
		{"before the commit", []string{crashpoint.Order, crashpoint.Identify, crashpoint.Dedupe, crashpoint.Vote, crashpoint.Alerts, crashpoint.Record}, one, 4},
		{"around the commit", []string{
			crashpoint.BeforeCommit, crashpoint.AfterCommit, crashpoint.AfterAck, crashpoint.BeforeDelivery, crashpoint.AfterDelivery,
		}, one, 4},
		// The write-ahead log has to be long before it is moved.
		{"checkpoints", []string{crashpoint.Checkpoint, crashpoint.Checkpointed}, load{feeds: 1, devices: 150, most: 150, fresh: 20, interval: 50 * time.Millisecond}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			count, next := map[string]int{}, 0
			y := run(t, "SIGKILL to itself at crash points: "+c.name, *pointRounds*len(c.points),
				func(seed uint64) *rig { return newRig(t, seed, built.crasher, c.load) },
				func(r *rig, rounds int) {
					next = r.crashes(c.points, next, rounds, c.passes)
					for p, n := range r.count.points {
						count[p] += n
					}
				})
			y.more = fmt.Sprint(count)
			for _, p := range c.points {
				if count[p] < *pointRounds {
					t.Errorf("void: the agent ended %d times at %s, want %d", count[p], p, *pointRounds)
				}
			}
			if y.acked < y.rounds/2 || y.again == 0 {
				t.Errorf("void: %d polls called durable in %d rounds, %d events came again", y.acked, y.rounds, y.again)
			}
		})
	}
}

// crashes ends the agent at each of the points in turn, from number next on over that many rounds, and returns where to go on.
func (r *rig) crashes(points []string, next, rounds, passes int) int {
	r.t.Helper()
	at := ""
	for range rounds {
		r.webhook.behave([]int{0, 50, 300}[r.rand.IntN(3)])
		at = r.crash(points[next%len(points)], 1+r.rand.IntN(passes))
		r.examine("a crash at " + at)
		next++
	}
	r.recover("a crash at " + at)
	return next
}

// crash starts the agent, which ends itself at that pass of a crash point.
func (r *rig) crash(point string, pass int) string {
	r.t.Helper()
	at := fmt.Sprintf("%s:%d", point, pass)
	a := r.start("CRASH_AT=" + at)
	if !a.killed(limit) {
		r.t.Fatalf("seed %d: void: the agent does not come to %s\n%s", r.seed, at, a.output())
	}
	r.count.points[point]++
	return at
}

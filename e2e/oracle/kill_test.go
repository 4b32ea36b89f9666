package oracle

import (
	"fmt"
	"testing"
	"time"
)

// perRig is how many rounds one folder goes through: to judge a long record after each takes long.
const perRig = 25

// run lets rounds of one kind go over rigs, each with a new folder and the next seed.
func run(t *testing.T, kind string, rounds int, rig func(seed uint64) *rig, do func(r *rig, rounds int)) *tally {
	t.Helper()
	began := time.Now()
	y := &tally{kind: kind}
	s := newSeeds(t)
	for len(s.first) > 0 || y.rounds < rounds {
		n := min(perRig, max(rounds-y.rounds, 1))
		r := rig(s.take())
		do(r, n)
		y.rounds += n
		y.add(r)
		r.close()
	}
	y.took = time.Since(began)
	report.note(y)
	t.Logf("%s: %d rounds in %s: %d polls, %d of them called durable, %d observations owed, %d events, %d came again",
		kind, y.rounds, y.took.Round(time.Second), y.polls, y.acked, y.owed, y.events, y.again)
	return y
}

// TestKills ends the agent by SIGKILL at random moments, some of them in the middle of a recovery, while its plugins and the
// webhook's receiver misbehave every now and then.
func TestKills(t *testing.T) {
	t.Parallel()
	early, misbehaved := 0, map[string]int{}
	y := run(t, "kill -9 at any moment", *killRounds,
		func(seed uint64) *rig { return newRig(t, seed, built.agent, everyDay()) },
		func(r *rig, rounds int) {
			early += r.kills(rounds)
			for mode, n := range r.mouth.obedience() {
				misbehaved[mode] += n
			}
		})
	y.more = fmt.Sprintf("%d of the kills in the first quarter of a second of a start; plugins misbehaved: %v.", early, misbehaved)
	if y.acked < 4*y.rounds || y.again == 0 || early == 0 {
		t.Errorf("void: %d polls called durable in %d rounds, %d events came again, %d kills during a start", y.acked, y.rounds, y.again, early)
	}
}

// misbehaviours are what plugins are told to do in one round of four.
var misbehaviours = []string{"fail", "hang", "die", "stop", "garbage", "babble"}

// kills is that many rounds. It returns how many of the kills were during a start.
func (r *rig) kills(rounds int) (early int) {
	r.t.Helper()
	for i := range rounds {
		r.webhook.behave([]int{0, 50, 300}[r.rand.IntN(3)])
		if i%4 == 1 {
			r.mouth.order(misbehaviours[r.rand.IntN(len(misbehaviours))])
		}
		a := r.start()
		what := ""
		if i%5 == 4 {
			d := time.Duration(r.rand.IntN(250)) * time.Millisecond
			what = fmt.Sprintf("kill %d, %s after the start", i, d)
			<-time.After(d)
			early++
		} else {
			// Short ones more often than long ones, since most that can go wrong is at the beginning.
			share := r.rand.Float64()
			d := 20*time.Millisecond + time.Duration(share*share*float64(1980*time.Millisecond))
			what = fmt.Sprintf("kill %d, %s after the first poll", i, d)
			r.underLoad(a, d)
		}
		a.alive()
		a.kill()
		r.examine(what)
		if i%10 == 9 || i == rounds-1 {
			r.recover(what)
		}
	}
	return early
}

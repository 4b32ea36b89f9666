package oracle

import (
	"fmt"
	"path/filepath"
	"time"
)

// fresh is how many polls have to be called durable after a recovery before it counts as one.
const fresh = 3

// outlet is where events come out, and what has come there.
type outlet interface {
	// lacks returns one of the observations that have not been told of, and how many there are.
	lacks(ids []uint64) (one uint64, n int)
	// compare returns what is not as it is on record.
	compare(record []digest) []string
}

func (r *rig) outlets() map[string]outlet {
	return map[string]outlet{"stream": r.stream, "webhook": r.webhook.inbox, "file": r.file}
}

// examine has the judge look at what a fault has left, before anything starts again.
func (r *rig) examine(after string) {
	r.t.Helper()
	odd, err := r.judge.look(r.t.Context(), filepath.Join(r.dir, "scratch"))
	if err != nil {
		r.t.Fatalf("seed %d: after %s: %v", r.seed, after, err)
	}
	r.count.judged++
	r.fail(after, odd)
}

// fail ends the run with what is odd, if anything is.
func (r *rig) fail(after string, odd []string) {
	r.t.Helper()
	if len(odd) == 0 {
		return
	}
	text := ""
	for i, o := range odd {
		if i == 20 {
			text += fmt.Sprintf("and %d more\n", len(odd)-i)
			break
		}
		text += o + "\n"
	}
	r.t.Fatalf("seed %d: after %s:\n%s", r.seed, after, text)
}

// recover starts the agent with no fault at work, waits until it has caught up and something new has got through, ends it
// as one ends a service, and judges everything.
func (r *rig) recover(after string) {
	r.t.Helper()
	r.count.recoveries++
	r.webhook.behave(0)
	a := r.start()
	_, before, _ := r.ledger.counts()
	r.until("new observations after "+after, func() bool {
		a.alive()
		_, acks, _ := r.ledger.counts()
		return acks >= before+fresh
	})
	owed := r.ledger.obligations()
	for name, out := range r.outlets() {
		var one uint64
		n := len(owed) + 1
		for less := n; n > 0; less = n {
			// As long as ever more comes, a slow machine is at work, and not a sink that has forgotten something.
			if !r.waits(func() bool {
				a.alive()
				one, n = out.lacks(owed)
				return n < less
			}) {
				r.fail(after, []string{fmt.Sprintf("NOT DELIVERED: for %s nothing has come that the %s lacks: observation %d, and %d of %d in all", limit, name, one, n, len(owed))})
			}
		}
	}
	a.stop()
	r.examine(after + " and a recovery")
	for _, out := range r.outlets() {
		r.fail(after, out.compare(r.judge.record))
	}
	r.fail(after, r.webhook.oddities())
}

// underLoad waits until the agent that has just been started asks for observations, and then for d.
func (r *rig) underLoad(a *agent, d time.Duration) {
	r.t.Helper()
	select {
	case <-r.mouth.asked: // by the agent before
	default:
	}
	select {
	case <-r.mouth.asked:
	case <-a.ended:
		a.alive()
	case <-time.After(limit):
		r.t.Fatalf("seed %d: nobody asks the oracle\n%s", r.seed, a.output())
	}
	select {
	case <-a.ended:
	case <-time.After(d):
	}
}

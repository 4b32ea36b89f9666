package oracle

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// tally is what the runs of one kind saw, over all rigs: for the rules by which they are void, and for the table.
type tally struct {
	kind   string
	rounds int
	took   time.Duration

	starts, judged, recoveries int
	polls, acked               int // begun, and called durable
	owed, events               int
	refused, again             int // requests that the webhook's receiver did not take, events that came to it more than once
	more                       string
}

// tallies are those of this process, in the order in which they ended. They are the report of a run, which TestMain writes.
type tallies struct {
	mu  sync.Mutex
	all []*tally
}

// add counts what one rig has seen.
func (y *tally) add(r *rig) {
	owed, acked, polls := r.ledger.counts()
	y.owed, y.acked, y.polls = y.owed+owed, y.acked+acked, y.polls+polls
	y.events += len(r.judge.record)
	y.starts, y.judged, y.recoveries = y.starts+r.count.starts, y.judged+r.count.judged, y.recoveries+r.count.recoveries
	refused, again := r.webhook.trouble()
	y.refused, y.again = y.refused+refused, y.again+again
}

func (l *tallies) note(y *tally) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, y)
}

// table is that of docs/reliability.md. It is written where nothing failed: lost is 0 in each line, or there is no table.
func (l *tallies) table() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	b.WriteString("| fault | rounds | starts | polls acknowledged | observations owed | lost | events | came again | record judged | minutes |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|\n")
	for _, y := range l.all {
		fmt.Fprintf(&b, "| %s | %d | %d | %d of %d | %d | 0 | %d | %d | %d | %.1f |\n",
			y.kind, y.rounds, y.starts, y.acked, y.polls, y.owed, y.events, y.again, y.judged, y.took.Minutes())
	}
	for _, y := range l.all {
		if y.more != "" {
			fmt.Fprintf(&b, "\n%s: %s\n", y.kind, y.more)
		}
	}
	return b.String()
}

package host

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/internal/host/proc"
	"github.com/quorate/quorate/sdk"
)

// looks looks at all plugins' processes again and again while there are any: at what they hold, and at what they
// started. One look reads the whole table of processes, for all of them.
type looks struct {
	every  time.Duration
	log    *slog.Logger
	prefix string // of the runs' names
	keeper *keeper

	mu     sync.Mutex
	runs   map[*run]bool
	stop   context.CancelFunc // nil while nobody looks
	done   chan struct{}
	reaper proc.Reaper
}

func newLooks(every time.Duration, log *slog.Logger, prefix, self string) *looks {
	return &looks{every: every, log: log, prefix: prefix, keeper: &keeper{self: self, log: log}, runs: map[*run]bool{}}
}

// name returns a name for a run that no other has, not even one of another agent.
func (l *looks) name() string { return l.prefix + rand.Text() }

// add begins to look at a run, which has been started.
func (l *looks) add(r *run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs[r] = true
	if l.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	l.stop, l.done = stop, make(chan struct{})
	go l.loop(ctx, l.done)
}

func (l *looks) remove(r *run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.runs, r)
}

// close returns when nobody looks any more. No run may be added afterwards.
func (l *looks) close() {
	l.mu.Lock()
	stop, done := l.stop, l.done
	l.mu.Unlock()
	if stop != nil {
		stop()
		<-done
	}
	l.keeper.close()
}

func (l *looks) loop(ctx context.Context, done chan<- struct{}) {
	defer close(done)
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		l.look()
	}
}

func (l *looks) look() {
	t, err := proc.ReadTable()
	if err != nil {
		l.log.Debug("processes cannot be looked at", "err", err)
		return
	}
	l.mu.Lock()
	runs := make([]*run, 0, len(l.runs))
	for r := range l.runs {
		runs = append(runs, r)
	}
	l.mu.Unlock()
	var strays []proc.Process
	for _, r := range runs {
		strays = append(strays, left(r.pid(), r.look(t))...)
	}
	slices.SortFunc(strays, func(a, b proc.Process) int { return a.PID - b.PID })
	l.keeper.keep(sdk.EnvRun+"="+l.prefix, strays)
	// What a plugin left to us and what has ended since.
	l.reaper.Reap(t, time.Now())
}

// look notes what the run's processes hold, ends it where that is too much, and returns them.
func (r *run) look(t proc.Table) []proc.Process {
	var u usage
	members := r.family.Members(t)
	for _, p := range members {
		if !p.Zombie {
			u.processes++
			u.memory += p.Memory
		}
	}
	r.mu.Lock()
	r.held = u
	r.mu.Unlock()
	if err := r.limits.exceeded(u); err != nil {
		r.condemn(err)
	}
	return members
}

// holds returns what the run's processes held a moment ago, or what its first one holds now where nobody has looked yet.
func (r *run) holds() usage {
	r.mu.Lock()
	u := r.held
	r.mu.Unlock()
	if u.processes > 0 {
		return u
	}
	p, err := proc.Read(r.pid())
	if err != nil || p.Parent != os.Getpid() {
		return usage{}
	}
	return usage{memory: p.Memory, processes: 1}
}

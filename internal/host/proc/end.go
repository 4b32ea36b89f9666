package proc

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// End kills every member of the family but its leader, and returns when none is left or patience is over; what is left
// is its result. It looks again after each round, since what is killed may just have started another. The zombies of
// those that we adopted are reaped.
func (f *Family) End(patience time.Duration) (left int) {
	over := time.Now().Add(patience)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		t, err := ReadTable()
		if err != nil {
			return 0
		}
		left = 0
		for _, p := range f.Members(t) {
			switch {
			case p.PID == f.leader:
			case p.Zombie:
				reap(p)
			default:
				left++
				kill(p)
			}
		}
		if left == 0 || time.Now().After(over) {
			return left
		}
		time.Sleep(pause)
	}
}

// kill kills p, and nobody who got its number meanwhile.
func kill(p Process) {
	fd, err := unix.PidfdOpen(p.PID, 0)
	if err != nil {
		if !errors.Is(err, unix.ESRCH) && same(p) {
			_ = unix.Kill(p.PID, unix.SIGKILL)
		}
		return
	}
	if same(p) {
		_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	}
	_ = unix.Close(fd)
}

func same(p Process) bool {
	now, err := Read(p.PID)
	return err == nil && now.Start == p.Start
}

// Adopt makes the processes that lose their parent below us our children, instead of init's, so that they stay in sight.
func Adopt() error {
	return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

// Reaper takes note of the deaths of adopted processes, which nobody else waits for.
type Reaper struct{ since map[id]time.Time }

// Whoever started a process itself has waited for it long before.
const reapAfter = time.Minute

// Reap reaps the zombies among our children that have been zombies for a minute.
func (r *Reaper) Reap(t Table, now time.Time) {
	since := map[id]time.Time{}
	for _, p := range t {
		if !p.Zombie || p.Parent != os.Getpid() {
			continue
		}
		at, ok := r.since[id{p.PID, p.Start}]
		if !ok {
			at = now
		}
		if now.Sub(at) >= reapAfter {
			reap(p)
			continue
		}
		since[id{p.PID, p.Start}] = at
	}
	r.since = since
}

// reap works on our own children alone: the others' parents do it.
func reap(p Process) {
	if p.Parent == os.Getpid() {
		_, _ = unix.Wait4(p.PID, nil, unix.WNOHANG, nil)
	}
}

package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// A commit of slowCommit is slow; one of stuckCommit is a limit by itself, also while it still runs. A sync of a disk
// that is well takes up to some tens of milliseconds.
const (
	slowCommit  = time.Second
	stuckCommit = 5 * time.Second
	// slowOf the last slowAmong commits being slow is a limit as well. It is over when none was slow for slowCalm.
	slowOf    = 3
	slowAmong = 20
	slowCalm  = time.Minute
)

// watched is the store as the pipeline writes to it, with an eye on what the disk says: it tells limits, and nothing
// else. Every instant is a commit, at least one each pipeline.ClockInterval, so the end of a limit is noticed soon.
type watched struct {
	*store.Store
	limits *limits

	mu      sync.Mutex
	began   time.Time // of the commit that runs, else zero
	last    time.Time // when the last one that succeeded was done
	took    time.Duration
	recent  [slowAmong]bool // slow, by the number of the commit
	commits int
	slowAt  time.Time // when the newest slow one was done
	// failing is since when the disk answers with errors, without a commit in between; zero where it does not.
	failing time.Time
	failed  int
}

// Commit commits, and looks how that went.
func (w *watched) Commit(ctx context.Context, r *pipeline.Record) error {
	began := w.limits.clock()
	w.mu.Lock()
	w.began = began
	w.mu.Unlock()
	err := w.Store.Commit(ctx, r)
	w.committed(began, err)
	return err
}

// Events reads events, and looks whether they are what was written.
func (w *watched) Events(ctx context.Context, after int64, limit int) ([]device.Event, error) {
	events, err := w.Store.Events(ctx, after, limit)
	if errors.Is(err, store.ErrCorrupt) {
		w.met(err)
	}
	return events, err
}

// Reject records what could not be processed, and looks how that went.
func (w *watched) Reject(ctx context.Context, at time.Time, rs []device.Rejection) error {
	err := w.Store.Reject(ctx, at, rs)
	w.met(err)
	return err
}

func (w *watched) committed(began time.Time, err error) {
	now := w.limits.clock()
	w.mu.Lock()
	w.began = time.Time{}
	took := now.Sub(began)
	slow := took >= slowCommit
	w.recent[w.commits%slowAmong] = slow
	w.commits++
	if slow {
		w.slowAt = now
	}
	if err == nil {
		w.last, w.took, w.failing, w.failed = now, took, time.Time{}, 0
	} else if errors.Is(err, store.ErrDisk) {
		if w.failing.IsZero() {
			w.failing = now
		}
		w.failed++
	}
	w.mu.Unlock()
	w.met(err)
	if err == nil {
		for _, kind := range []device.LimitKind{device.LimitDiskFull, device.LimitReadOnly, device.LimitDiskError} {
			w.limits.over(kind, "")
		}
	}
}

// met tells the limit that a write has met.
func (w *watched) met(err error) {
	switch {
	case errors.Is(err, store.ErrFull):
		w.limits.met(device.LimitDiskFull, "", "no space is left for the record")
	case errors.Is(err, store.ErrReadOnly):
		w.limits.met(device.LimitReadOnly, "", "the record cannot be written: the data folder is read-only")
	case errors.Is(err, store.ErrDisk):
		w.limits.met(device.LimitDiskError, "", "the disk answers with errors, so nothing can be recorded")
	case errors.Is(err, store.ErrCorrupt):
		w.limits.met(device.LimitRecordDamaged, "", "the record is damaged")
	}
}

// tick looks at the commits of late, and at one that still runs.
func (w *watched) tick() {
	now := w.limits.clock()
	w.mu.Lock()
	running := time.Duration(0)
	if !w.began.IsZero() {
		running = now.Sub(w.began)
	}
	slow := 0
	for _, s := range w.recent {
		if s {
			slow++
		}
	}
	since := now.Sub(w.slowAt)
	took := w.took
	w.mu.Unlock()
	switch {
	case running >= stuckCommit:
		w.limits.met(device.LimitDiskSlow, "", fmt.Sprintf("a commit has been waiting for the disk for %s", running.Round(time.Second)))
	case took >= stuckCommit && since < slowCalm, slow >= slowOf && since < slowCalm:
		w.limits.met(device.LimitDiskSlow, "", fmt.Sprintf("%d of the last %d commits took longer than %s, the last one %s", slow, slowAmong, slowCommit, took.Round(10*time.Millisecond)))
	case since >= slowCalm && running < slowCommit:
		w.limits.over(device.LimitDiskSlow, "")
	}
}

// failingFor returns how long the disk has answered every commit with an error, and how many there were.
func (w *watched) failingFor() (time.Duration, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failing.IsZero() {
		return 0, 0
	}
	return w.limits.clock().Sub(w.failing), w.failed
}

// lastCommit returns when the last commit was done and how long it took.
func (w *watched) lastCommit() (time.Time, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last, w.took
}

// onDamage takes what is found damaged in the record; nil says that all of it was read and is whole.
func (a *Agent) onDamage(err error) {
	if err == nil {
		a.limits.over(device.LimitRecordDamaged, "")
		return
	}
	a.limits.met(device.LimitRecordDamaged, "", err.Error())
}

// onHeld takes that somebody holds the write-ahead log back; "" says that nobody does any more.
func (a *Agent) onHeld(text string) { a.limits.is(text != "", device.LimitWALHeld, "", text) }

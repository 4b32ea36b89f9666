package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/crashpoint"
)

// A commit is retried with these pauses, for as long as it takes; once the pipeline stops, for stopGrace at most. The
// longest is what a disk that has room again is noticed by.
const (
	commitFirst = 50 * time.Millisecond
	commitMost  = time.Second
	stopGrace   = 3 * time.Second
)

// committer takes batches through the stages and commits them, one after the other. Its fields belong to the one
// goroutine that calls it.
type committer struct {
	journal Journal
	log     *slog.Logger
	view    *View
	mem     *memory
	stages  []stage
	// giveUp is closed when retries have lasted long enough: stopGrace after the stop.
	giveUp <-chan struct{}
}

// process judges snapshots and events as one instant and commits it. Snapshots that a stage cannot take are rejected,
// each with its reason, and the others stand.
func (c *committer) process(ctx context.Context, at time.Time, lost bool, items []submitted) (*instant, error) {
	in := newInstant(at, lost, items, c.view.cfg, c.mem)
	for _, it := range items {
		in.extra = append(in.extra, it.events...)
	}
	err := runStages(c.stages, c.view, in)
	if in.refused != nil {
		return nil, &Refused{in.refused}
	}
	if err != nil && in.orders != nil {
		c.logPanic(err)
		return nil, &Refused{err}
	}
	if err != nil {
		in = c.isolate(at, lost, items, err)
		if in == nil {
			return nil, err
		}
	}
	for _, it := range items {
		if it.settles > 0 {
			in.record.Settled = append(in.record.Settled, it.settles)
		}
	}
	if err := c.commit(ctx, in.record); err != nil {
		return nil, err
	}
	c.view.advance(in)
	c.mem.remember(in)
	return in, nil
}

// isolate finds the snapshots that stages cannot take, each by itself and then together, and leaves them out. It
// returns nil where not even the empty instant passes.
func (c *committer) isolate(at time.Time, lost bool, items []submitted, cause error) *instant {
	c.logPanic(cause)
	var good []submitted
	var bad []device.Rejection
	for _, it := range items {
		if it.snapshot.Source == "" {
			continue
		}
		alone := newInstant(at, lost, []submitted{it}, c.view.cfg, c.mem)
		if err := runStages(c.stages, c.view, alone); err != nil {
			bad = append(bad, rejection(&it.snapshot, err.Error()))
			continue
		}
		good = append(good, it)
	}
	for {
		in := newInstant(at, lost, good, c.view.cfg, c.mem)
		in.rejected = append(in.rejected, bad...)
		for _, it := range items {
			in.extra = append(in.extra, it.events...)
		}
		err := runStages(c.stages, c.view, in)
		if err == nil {
			return in
		}
		if len(good) == 0 {
			return nil
		}
		// Only together they fail: nobody can say which is at fault, so the last gives way.
		last := good[len(good)-1]
		good, bad = good[:len(good)-1], append(bad, rejection(&last.snapshot, err.Error()))
	}
}

func (c *committer) logPanic(err error) {
	se, ok := errors.AsType[*stageError](err)
	switch {
	case !ok:
	case se.stack == nil:
		c.log.Error("stage gave up", "stage", se.stage, "err", err)
	default:
		c.log.Error("stage panicked", "stage", se.stage, "err", err, "stack", string(se.stack))
	}
}

// commit stores r, however often that takes.
func (c *committer) commit(ctx context.Context, r *Record) error {
	// A commit once begun is not to be given up half way, and a cancellable context costs a goroutine a statement.
	ctx = context.WithoutCancel(ctx)
	failing := false
	for pause := commitFirst; ; pause = min(2*pause, commitMost) {
		err := c.journal.Commit(ctx, r)
		if err == nil {
			crashpoint.Here(crashpoint.AfterCommit)
			if failing {
				c.log.Info("commit works again", "batch", r.Batch)
			}
			return nil
		}
		err = fmt.Errorf("commit: %w", err)
		if permanent(err) {
			return err
		}
		if !failing {
			failing = true
			c.log.Error("commit failed, trying again", "err", err)
		}
		select {
		case <-time.After(jitter(pause)):
		case <-c.giveUp:
			return err
		}
	}
}

// reject lists snapshots that could not be processed, however often that takes.
func (c *committer) reject(ctx context.Context, at time.Time, rs []device.Rejection) error {
	for pause := commitFirst; ; pause = min(2*pause, commitMost) {
		err := c.journal.Reject(context.WithoutCancel(ctx), at, rs)
		if err == nil || permanent(err) {
			return err
		}
		select {
		case <-time.After(jitter(pause)):
		case <-c.giveUp:
			return fmt.Errorf("reject: %w", err)
		}
	}
}

// maxRejectedBody bounds what is kept of a rejected snapshot.
const maxRejectedBody = 64 << 10

func rejection(s *device.Snapshot, reason string) device.Rejection {
	r := device.Rejection{Source: s.Source, Reason: reason}
	if b, err := s.MarshalJSON(); err == nil {
		r.Body = b[:min(len(b), maxRejectedBody)]
	}
	return r
}

// jitter spreads retries by a fifth, so that what failed together does not come back together.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

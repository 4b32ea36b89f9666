package agent

import (
	"context"
	"time"

	"github.com/quorate/quorate/internal/store"
)

const (
	// keepPolls is how long the rows that polls leave behind are kept, with the observations that others have
	// superseded. Events and verdicts are kept for good.
	keepPolls  = 14 * 24 * time.Hour
	pruneEvery = time.Hour
	// keepRejected is how many rejections of a source are kept, the newest, and capEvery how often the others are removed:
	// a source that sends nothing else must not fill the disk. A poll leaves 100 of 64 KiB at most.
	keepRejected = 1000
	capEvery     = 5 * time.Minute
	// checkpointEvery is how far apart the states are kept that polls are judged again from: a backtest begins with at
	// most so much of the record before it.
	checkpointEvery = 24 * time.Hour
)

// prune keeps a checkpoint a day and removes what has outlived its use, once an hour until ctx ends. It runs beside the
// commits and holds none up.
func (a *Agent) prune(ctx context.Context) error {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if err := a.checkpoint(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("no checkpoint made", "err", err)
		}
		before := now().Add(-keepPolls)
		n, err := a.store.PruneBefore(ctx, store.Horizon{Polls: before, Observations: before, Rejected: before})
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			a.log.Warn("record not pruned", "err", err)
		case n > 0:
			a.log.Info("record pruned", "rows", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// capRejected removes rejections that are too many until ctx ends, and says how many.
func (a *Agent) capRejected(ctx context.Context) error {
	tick := time.NewTicker(capEvery)
	defer tick.Stop()
	for {
		over, err := a.store.CapRejected(ctx, keepRejected)
		if err != nil && ctx.Err() == nil {
			a.log.Warn("rejections not removed", "err", err)
		}
		for source, n := range over {
			a.log.Warn("source has more rejected than is kept, the oldest are removed", "source", source, "removed", n, "kept", keepRejected)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// checkpoint keeps the state where the newest one kept is a day old.
func (a *Agent) checkpoint(ctx context.Context) error {
	last, err := a.store.LastCheckpoint(ctx)
	if err != nil || now().Sub(last) < checkpointEvery {
		return err
	}
	_, err = a.store.Checkpoint(ctx)
	return err
}

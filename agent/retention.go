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
)

// prune removes what has outlived its use, once an hour until ctx ends. It runs beside the commits and holds none up.
func (a *Agent) prune(ctx context.Context) error {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
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

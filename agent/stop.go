package agent

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// A stop has one deadline. Its parts are counted from its begin, so that what one leaves over the next one has.
const (
	endSources = 4 * time.Second // polls are cut off, plugins end what they do, open requests too; who has not is killed
	endNotes   = endSources + time.Second
	endSinks   = endNotes + lastChance // what waits is delivered where that goes at once
	endHost    = 9 * time.Second       // after the pipeline, which retries commits for 3 s
	stopWithin = 10 * time.Second

	lastChance  = time.Second // of sinks, where the stop is in no hurry
	lookAtSinks = 10 * time.Millisecond
)

// patience is as long as a part of the stop may take: from the begin of the stop, or from now where there is none.
func (a *Agent) patience(part time.Duration) (context.Context, context.CancelFunc) {
	begin := time.Now()
	if at := a.stopAt.Load(); at != nil {
		begin = *at
	}
	return context.WithDeadline(context.Background(), begin.Add(part))
}

// Run runs the agent until ctx ends, then stops within ten seconds with everything accepted committed. It returns nil
// if ctx ended it, and an error where something hangs so that it could not wait for it: then only the end of the
// process ends that, and the record is as after a crash.
func (a *Agent) Run(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	limit := time.NewTimer(a.stopLimit)
	defer limit.Stop()
	select {
	case err := <-ended:
		return err
	case <-limit.C:
		return fmt.Errorf("the stop was not complete after %s: something hangs, perhaps the disk of %s; all that was acknowledged is on record", a.stopLimit, a.dataDir)
	}
}

// lastDeliveries waits until the sinks have taken what is on record. It does not wait for one that fails, and not long:
// each goes on from where it stopped when the agent starts again.
func (a *Agent) lastDeliveries() {
	ctx, cancel := a.patience(endSinks)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, lastChance)
	defer cancel()
	tick := time.NewTicker(lookAtSinks)
	defer tick.Stop()
	waited := a.generation().named()
	for slices.ContainsFunc(a.pipe.SinkStatus(), func(s device.SinkStatus) bool {
		_, isBlog := waited[s.Name].(*blog) // which lets time pass between its drafts
		return s.Waiting > 0 && s.State != device.SinkFailing && s.State != device.SinkStuck && !isBlog
	}) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

package agent

import (
	"context"
	"time"
)

// notesEvery is how often the folders of notes are looked at. A note is written by hand: nobody waits for its draft by
// the second.
const notesEvery = 3 * time.Second

// followNotes brings drafts up to date when their owner's notes change, until ctx ends.
func (a *Agent) followNotes(ctx context.Context) {
	tick := time.NewTicker(notesEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, b := range a.generation().blogs {
			once, cancel := context.WithTimeout(ctx, blogTimeout)
			if err := b.FollowNotes(once); err != nil && ctx.Err() == nil {
				a.log.Warn("draft not brought up to date", "sink", b.Name(), "err", err)
			}
			cancel()
		}
	}
}

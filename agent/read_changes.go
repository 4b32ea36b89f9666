package agent

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// changes keeps the verdicts that pages draw, so that a page reads from the record only what came since the last one.
type changes struct {
	mu   sync.Mutex
	from time.Time // the list is whole from here on
	seq  int64     // up to here it was read
	list []view.Change
}

// Changes reads what is new and forgets what is older than since. Callers share the list's memory: it is only ever appended
// to, or replaced.
func (r *reader) Changes(ctx context.Context, since time.Time) ([]view.Change, error) {
	c := &r.a.changes
	c.mu.Lock()
	defer c.mu.Unlock()
	newest := r.LastSeq()
	if c.from.IsZero() || since.Before(c.from) {
		before, err := r.a.store.SeqBefore(ctx, since)
		if err != nil {
			return nil, err
		}
		c.from, c.seq, c.list = since, before, nil
	}
	if newest > c.seq {
		verdicts, err := r.a.store.Changes(ctx, c.seq)
		if err != nil {
			return nil, err
		}
		for _, v := range verdicts {
			c.list = append(c.list, view.Change{
				Seq: v.Seq, Device: v.Device.ID, At: v.DecidedAt, From: v.From, To: v.To,
				Unreachable: slices.Contains(v.Overlays, device.OverlayUnreachable),
			})
			newest = max(newest, v.Seq)
		}
		c.seq = newest
	}
	old := 0
	for old < len(c.list) && c.list[old].At.Before(since) {
		old++
	}
	c.list, c.from = c.list[old:], since
	return slices.Clip(c.list), nil
}

package reach

import (
	"context"
	"sync"
	"time"
)

// pacer spreads packets evenly: each waits for its turn, a gap after the one before. It keeps no turns for later, so a
// pause does not end in a burst.
type pacer struct {
	gap time.Duration

	mu   sync.Mutex
	next time.Time
}

func newPacer(rate float64) *pacer { return &pacer{gap: time.Duration(float64(time.Second) / rate)} }

// wait returns when the caller's turn has come. An urgent packet goes at once, and those after it wait the longer.
func (p *pacer) wait(ctx context.Context, urgent bool) error {
	p.mu.Lock()
	now := time.Now()
	turn := now
	if p.next.After(now) {
		turn = p.next
	}
	p.next = turn.Add(p.gap)
	p.mu.Unlock()
	if urgent || turn.Equal(now) {
		return context.Cause(ctx)
	}
	return sleep(ctx, turn.Sub(now))
}

// sleep returns after d, or with the cause of the context's end.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

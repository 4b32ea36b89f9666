package truth

import (
	"context"
	"sync"
	"time"

	"github.com/quorate/quorate/internal/lab/seeded"
)

// Labs are labs that are run together: those of the seeds from First on.
type Labs struct {
	First uint64
	Count int
	Scale float64 // of the rates of faults
	// Length is how long each is watched; 0 means a day.
	Length time.Duration
}

// Run runs the labs on so many processors, and calls done after each. The scores do not depend on the order in which
// labs end. At any time there are as many labs in memory as processors.
func (l Labs) Run(ctx context.Context, processors int, done func(finished int)) (Scores, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var (
		mu       sync.Mutex // guards what follows
		next     int
		finished int
		sum      = Scores{}
	)
	take := func() (uint64, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next == l.Count || ctx.Err() != nil {
			return 0, false
		}
		next++
		return l.First + uint64(next-1), true
	}
	var workers sync.WaitGroup
	for range processors {
		workers.Go(func() {
			for {
				seed, more := take()
				if !more {
					return
				}
				scores, err := Run(ctx, seeded.New(seeded.Options{Seed: seed, Scale: l.Scale, Length: l.Length}))
				if err != nil {
					stop(err)
					return
				}
				mu.Lock()
				sum.Merge(scores)
				finished++
				done(finished)
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return sum, context.Cause(ctx)
}

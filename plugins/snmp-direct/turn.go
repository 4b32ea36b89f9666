package snmpdirect

import (
	"context"
	"sync"
	"time"
)

const (
	// quickLane and slowLane bound the devices that are asked at the same time: each holds a socket and 64 KiB for its
	// answers. Slow and silent devices mostly wait, so that more of them fit.
	quickLane = 32
	slowLane  = 64
	// slowAfter is when a device counts as slow, in this poll and at the start of the next.
	slowAfter = 2 * time.Second
)

// lanes keep slow devices from the places of quick ones.
type lanes struct {
	quick, slow chan struct{}
	end         time.Time // when no device may be asked any more; zero is never
}

func newLanes(end time.Time) *lanes {
	return &lanes{quick: make(chan struct{}, quickLane), slow: make(chan struct{}, slowLane), end: end}
}

// pollEnd is when devices must be done for the poll to hand over what it has: a little before its deadline.
func pollEnd(ctx context.Context) time.Time {
	deadline, ok := ctx.Deadline()
	if !ok {
		return time.Time{}
	}
	return deadline.Add(-min(time.Until(deadline)/10, time.Second))
}

// each runs work for every index, in the lane that slow names for it, and returns when all have ended.
func (l *lanes) each(n int, slow func(int) bool, work func(int, *turn)) {
	var wg sync.WaitGroup
	start := func(lane chan struct{}, kind bool) {
		wg.Go(func() {
			for i := range n {
				if slow(i) != kind {
					continue
				}
				lane <- struct{}{}
				wg.Go(func() {
					t := &turn{lanes: l, slow: kind}
					defer t.leave()
					work(i, t)
				})
			}
		})
	}
	start(l.quick, false)
	start(l.slow, true)
	wg.Wait()
}

// turn is a device's place in a lane. A nil turn is a device that is asked alone.
type turn struct {
	lanes *lanes
	slow  bool
}

// yield moves a device that turns out to be slow to the slow lane, where there is a place for it.
func (t *turn) yield() {
	if t == nil || t.slow {
		return
	}
	select {
	case t.lanes.slow <- struct{}{}:
		t.slow = true
		<-t.lanes.quick
	default:
	}
}

func (t *turn) leave() {
	if t.slow {
		<-t.lanes.slow
		return
	}
	<-t.lanes.quick
}

// timed notes whether the device was slow, as the next poll wants to know.
func (t *target) timed(began time.Time) { t.slow.Store(time.Since(began) > slowAfter) }

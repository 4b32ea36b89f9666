package snmpdirect

import (
	"context"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
)

// maxHastened bounds the devices that are asked at the same time because of traps.
const maxHastened = 4

// Watch listens for traps, looks at whoever sends one, and looks for devices, until ctx ends: what of it the configuration
// asks for. What a trap says is never believed: it is only a reason to ask.
func (s *Source) Watch(ctx context.Context, emit func(device.Observation) error) error {
	adopts := s.discovery != nil && s.discovery.adopt
	if s.traps == nil && !adopts {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	if adopts {
		wg.Go(func() { cancel(s.adopt(ctx)) })
	}
	if s.traps != nil {
		wg.Go(func() { cancel(s.hearken(ctx, emit)) })
	}
	wg.Wait()
	return context.Cause(ctx)
}

// hearken listens for traps until ctx ends.
func (s *Source) hearken(ctx context.Context, emit func(device.Observation) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	conn, err := s.traps.listenForTraps(ctx)
	if err != nil {
		return err
	}
	agenda := newAgenda()
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := newEar(s.traps, agenda, s.now).hear(conn); err != nil {
			cancel(err)
		}
	})
	jobs := make(chan int)
	var one sync.Mutex // emit takes one at a time
	for range maxHastened {
		wg.Go(func() {
			for i := range jobs {
				if err := s.lookAt(ctx, i, &one, emit); err != nil {
					cancel(err)
				}
			}
		})
	}
	s.dispatch(ctx, agenda, jobs)
	close(jobs)
	wg.Wait()
	return context.Cause(ctx)
}

// dispatch hands out what is due until ctx ends.
func (s *Source) dispatch(ctx context.Context, a *agenda, jobs chan<- int) {
	for {
		i, ok, wait := a.due(s.now())
		if ok {
			select {
			case jobs <- i:
				continue
			case <-ctx.Done():
				return
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-a.wake:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

func (s *Source) lookAt(ctx context.Context, i int, one *sync.Mutex, emit func(device.Observation) error) error {
	o, err := s.Probe(ctx, s.all()[i].name)
	if err != nil {
		return err
	}
	one.Lock()
	defer one.Unlock()
	return emit(o)
}

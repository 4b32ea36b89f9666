package store

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// scrubFirst is when the first pass begins, scrubEvery how far apart two passes begin: a day, or a pass where that is
	// longer.
	scrubFirst = time.Minute
	scrubEvery = 24 * time.Hour
	// scrubPause follows each page of rows, or scrubIdle times as long as the page took: a pass takes at most a fifth of
	// one disk, and with pages of a few hundred KB about 2 MB/s.
	scrubPause = 200 * time.Millisecond
	scrubIdle  = 4
	// maxTold bounds the damaged rows that are told one by one.
	maxTold = 1000
)

// damages tells of each damaged row once, however many meet it.
type damages struct {
	mu   sync.Mutex
	told map[string]bool
}

func (d *damages) news(err error) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.told == nil {
		d.told = map[string]bool{}
	}
	key := err.Error()
	if d.told[key] || len(d.told) >= maxTold {
		return false
	}
	d.told[key] = true
	return true
}

// met tells the owner of damage that somebody met.
func (s *Store) met(err error) {
	if !s.damages.news(err) {
		return
	}
	s.log.Error("record damaged", "path", s.Path(), "err", err)
	if s.onDamage != nil {
		s.onDamage(err)
	}
}

// Watch reads the whole record over and over until ctx ends, a pass a day, in small steps beside the commits, and tells of
// damage before anybody needs what is damaged.
func (s *Store) Watch(ctx context.Context) error {
	next := time.NewTimer(scrubFirst)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
		}
		began := time.Now()
		found, err := s.pass(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			s.log.Warn("record not read through", "path", s.Path(), "err", err)
		case found == 0 && s.onDamage != nil:
			s.onDamage(nil)
		}
		next.Reset(max(scrubFirst, scrubEvery-time.Since(began)))
	}
}

// pass reads every row once and returns how much damage there is.
func (s *Store) pass(ctx context.Context) (found int, err error) {
	began := time.Now()
	x, err := s.scrubber(ctx)
	if damage, ok := errors.AsType[*CorruptError](err); ok {
		s.met(damage)
		return 1, nil
	}
	pause := time.NewTimer(0)
	defer pause.Stop()
	for more := err == nil; more && err == nil; {
		select {
		case <-ctx.Done():
			return found, context.Cause(ctx)
		case <-pause.C:
		}
		step := time.Now()
		more, err = x.step(ctx, scrubRows, func(c *CorruptError) {
			found++
			s.met(c)
		})
		pause.Reset(max(scrubPause, scrubIdle*time.Since(step)))
	}
	if err == nil {
		s.log.Info("record read through", "path", s.Path(), "rows", x.rows, "damaged", found, "took", time.Since(began).Round(time.Second))
	}
	return found, err
}

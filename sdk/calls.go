package sdk

import (
	"context"
	"errors"
	"sync"
)

var errStopping = errors.New("the plugin is stopping")

// calls knows which calls of the agent run, so that Drain can wait for them and the end of the process cancel them.
type calls struct {
	mu      sync.Mutex
	open    int
	idle    chan struct{} // closed while open is 0
	stopped chan struct{} // closed by stop
}

func newCalls() *calls {
	c := &calls{idle: make(chan struct{}), stopped: make(chan struct{})}
	close(c.idle)
	return c
}

// begin counts a call in. Its context ends with ctx and with stop; the returned function counts it out.
func (c *calls) begin(ctx context.Context) (context.Context, func()) {
	c.mu.Lock()
	if c.open == 0 {
		c.idle = make(chan struct{})
	}
	c.open++
	c.mu.Unlock()

	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() {
		select {
		case <-c.stopped:
			cancel(errStopping)
		case <-ended:
		}
	})
	return ctx, func() {
		close(ended)
		watcher.Wait()
		cancel(nil)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.open--; c.open == 0 {
			close(c.idle)
		}
	}
}

// wait returns when no call runs, or ctx's cause when that ended first.
func (c *calls) wait(ctx context.Context) error {
	c.mu.Lock()
	idle := c.idle
	c.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// stop cancels every call, those that come later too. It may be called more than once.
func (c *calls) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.stopped:
	default:
		close(c.stopped)
	}
}

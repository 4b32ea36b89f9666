package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Pusher sends what a fake has seen to a webhook, as the product does. Send and Run may not run at the same time.
type Pusher struct {
	// What differs between the products: how often a push is tried, how long an answer is waited for, and the address.
	tries   int
	timeout time.Duration
	url     string
	kind    string // Content-Type
	// due renders what has happened since it was called last, the oldest first.
	due func() ([]string, error)

	mu     sync.Mutex
	fault  PushFault
	events int // so far
}

// PushFault is how pushes go wrong on their way. The zero value is a good day.
type PushFault struct {
	// Lose is how many pushes there are to one that is lost: 1 loses all, 0 none.
	Lose int
	// Repeat is how many times more each is sent.
	Repeat int
	// Reverse sends the newest first of those that are sent together.
	Reverse bool
}

// SetFault changes what becomes of every later push.
func (p *Pusher) SetFault(f PushFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

// Send sends everything that has happened since the last time, and returns how many pushes were taken. The error is of
// those that were not.
func (p *Pusher) Send(ctx context.Context) (int, error) {
	bodies, err := p.due()
	if err != nil {
		return 0, fmt.Errorf("push: %w", err)
	}
	return p.sendAll(ctx, p.onTheWay(bodies))
}

// Run sends what has happened every so often until ctx ends. A push that nobody takes is lost, as with the product.
func (p *Pusher) Run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_, _ = p.Send(ctx)
		}
	}
}

// onTheWay is what is left of pushes by the fault that is set.
func (p *Pusher) onTheWay(bodies []string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []string
	for _, b := range bodies {
		p.events++
		if p.fault.Lose > 0 && p.events%p.fault.Lose == 0 {
			continue
		}
		for range p.fault.Repeat + 1 {
			left = append(left, b)
		}
	}
	if p.fault.Reverse {
		slices.Reverse(left)
	}
	return left
}

func (p *Pusher) sendAll(ctx context.Context, bodies []string) (int, error) {
	taken := 0
	var errs []error
	for _, b := range bodies {
		if err := p.send(ctx, b); err != nil {
			errs = append(errs, err)
			continue
		}
		taken++
	}
	return taken, errors.Join(errs...)
}

func (p *Pusher) send(ctx context.Context, body string) error {
	var err error
	for range p.tries {
		if err = p.try(ctx, body); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// try takes any 2xx as delivered.
func (p *Pusher) try(ctx context.Context, body string) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader([]byte(body)))
	if err != nil {
		return fmt.Errorf("push: %w", err)
	}
	req.Header.Set("Content-Type", p.kind)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("push: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return fmt.Errorf("push: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("push: %s", resp.Status)
	}
	return nil
}

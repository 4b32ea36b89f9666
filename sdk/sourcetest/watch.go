package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// How long a plugin is watched that must not go on before it is told that a message is stored. A good one never does, so
// this is only how surely a bad one is found out.
const unheardTime = 200 * time.Millisecond

func watch(ctx context.Context, k *kit) error {
	p, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer p.stop()
	i, err := p.Describe(ctx)
	if err != nil {
		return err
	}
	if !i.Can(sdk.CapabilityWatch) {
		return skipped("the source does not watch")
	}
	// Twice: a watch that was cancelled leaves nothing that the next one would stumble over.
	for range 2 {
		if err := k.watched(ctx, p); err != nil {
			return err
		}
		if _, err := k.poll(ctx, p); err != nil {
			return fmt.Errorf("the poll after a watch that was cancelled: %w", err)
		}
	}
	if k.c.Stir == nil {
		return nil
	}
	return k.heldBack(ctx, sourcepb.NewSourceClient(p.conn))
}

// watched opens a watch, does everything beside it, and cancels it.
func (k *kit) watched(ctx context.Context, p *process) error {
	watch, cancel := context.WithCancel(ctx)
	defer cancel()
	messages, stored, done := make(chan sdk.Heard), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- p.Watch(watch, func(h sdk.Heard) error {
			select {
			case messages <- h:
			case <-watch.Done():
				return context.Cause(watch)
			}
			select {
			case <-stored:
			case <-watch.Done():
				return context.Cause(watch)
			}
			return nil
		})
	}()
	if k.c.Stir != nil {
		h, err := stir(k, messages, done)
		if err != nil {
			return err
		}
		k.saw(sdk.Polled{Observations: h.Observations, Rejected: h.Rejected})
		if len(h.Rejected) > 0 {
			return fmt.Errorf("what it heard of is not valid: %s", h.Rejected[0].Reason)
		}
		if len(h.Observations) == 0 {
			return errors.New("a message without observations")
		}
	}
	if err := k.besideWatch(ctx, p); err != nil {
		return err
	}
	if k.c.Stir != nil {
		select {
		case stored <- struct{}{}:
		case err := <-done:
			return fmt.Errorf("the watch ended before its message was stored: %w", k.heard(err))
		}
	}
	cancel()
	select {
	case err := <-done:
		if k.heard(err) != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("the watch failed: %w", err)
		}
	case <-time.After(cancelTime):
		return errors.New("the watch does not end when it is cancelled")
	}
	return nil
}

// stir stirs until something is heard of: nobody sees when a watch has begun to listen.
func stir[T any](k *kit, messages <-chan T, done <-chan error) (T, error) {
	var none T
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for end := time.After(k.timeout); ; {
		k.c.Stir()
		select {
		case m := <-messages:
			return m, nil
		case err := <-done:
			return none, fmt.Errorf("the watch ended: %w", k.heard(err))
		case <-end:
			return none, fmt.Errorf("nothing was heard of within %v", k.timeout)
		case <-again.C:
		}
	}
}

// besideWatch does what goes on while a watch is open, with a message that nobody has stored yet.
func (k *kit) besideWatch(ctx context.Context, p *process) error {
	if _, err := k.poll(ctx, p); err != nil {
		return fmt.Errorf("a poll beside the watch: %w", err)
	}
	drain, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if err := p.Drain(drain); err != nil {
		return fmt.Errorf("drain waits for the watch: %w", err)
	}
	return p.healthy(ctx)
}

// heldBack sees whether the second message waits until the first is stored, and comes then.
func (k *kit) heldBack(ctx context.Context, client sourcepb.SourceClient) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := client.Watch(ctx)
	if err != nil {
		return err
	}
	if err := stream.Send(&sourcepb.WatchRequest{}); err != nil {
		return err
	}
	messages, done := make(chan uint64), make(chan error, 1)
	go func() {
		for {
			m, err := stream.Recv()
			if err != nil {
				done <- err
				return
			}
			select {
			case messages <- m.GetNumber():
			case <-ctx.Done():
				return
			}
		}
	}()
	for n := uint64(1); n <= 3; n++ {
		got, err := stir(k, messages, done)
		if err != nil {
			return fmt.Errorf("message %d: %w", n, err)
		}
		if got != n {
			return fmt.Errorf("message %d of the watch has number %d", n, got)
		}
		k.c.Stir()
		select {
		case <-messages:
			return fmt.Errorf("it goes on before message %d is stored", n)
		case <-time.After(unheardTime):
		}
		if err := stream.Send(&sourcepb.WatchRequest{Stored: n}); err != nil {
			return err
		}
	}
	return nil
}

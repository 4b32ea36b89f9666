package blogsink

import "context"

// turn is a lock that nobody waits for longer than a context lasts: whoever has it may be waiting for a record that
// cannot be written, and a stop must not wait for that.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// take waits for the turn. Without an error it must be given up again.
func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t turn) leave() { <-t }

package notify

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nicholas-fedor/shoutrrr/pkg/types"
)

// An attempt whose outcome is not known is waited for this long; then another is made beside it, but only so many.
const (
	giveUpAfter = 2 * time.Minute
	maxHanging  = 4
)

// grace is how long a message on its way is waited for when the sink stops.
const grace = 3 * time.Second

// outbound makes attempts, one at a time. A service of shoutrrr knows no context, and some wait without end: an attempt
// runs in a goroutine of its own, and what takes too long is left alone until it comes back.
type outbound struct {
	*target
	service types.Service // of a service that logs in; nil until the first attempt, and after one that hangs
	flight  *flight
	hanging atomic.Int32
}

// flight is an attempt under way.
type flight struct {
	id    int64 // of the message
	began time.Time
	done  chan outcome // gets one
}

type outcome struct {
	service types.Service
	err     error
}

// send makes one attempt, or goes on waiting for the one under way, and returns when it has an outcome or ctx ends. It
// returns the number of the message that was taken: an attempt that took longer than its caller waited may have been
// that of a message before.
func (o *outbound) send(ctx context.Context, m *message, now time.Time) (int64, error) {
	if o.flight == nil {
		if o.hanging.Load() >= maxHanging {
			return 0, fmt.Errorf("%s: %d attempts hang without an answer", o.scheme, maxHanging)
		}
		o.start(m, now)
	}
	f := o.flight
	var out outcome
	select {
	case out = <-f.done:
	case <-ctx.Done():
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			// The sink stops: what is on its way is not to be sent a second time for want of a moment.
			select {
			case out = <-f.done:
			case <-time.After(grace):
				return 0, ctx.Err()
			}
			break
		}
		if now.Sub(f.began) > giveUpAfter {
			o.flight, o.service = nil, nil
			o.hanging.Add(1)
			go func() {
				<-f.done
				o.hanging.Add(-1)
			}()
		}
		return 0, fmt.Errorf("%s: no answer in time", o.scheme)
	}
	o.flight = nil
	if out.err != nil {
		return 0, o.safely(out.err)
	}
	// Others are made anew for each message: that of ntfy sends the title of its first message with all that follow.
	if o.scheme == schemeMatrix {
		o.service = out.service
	}
	return f.id, nil
}

func (o *outbound) start(m *message, now time.Time) {
	f := &flight{id: m.ID, began: now, done: make(chan outcome, 1)}
	o.flight = f
	service, sent := o.service, *m
	go func() {
		out := outcome{service: service}
		defer func() {
			if cause := recover(); cause != nil {
				out.err = errors.New("the service panicked")
			}
			f.done <- out
		}()
		if out.service == nil {
			if out.service, out.err = o.connect(); out.err != nil {
				return
			}
		}
		out.err = o.post(out.service, &sent)
	}()
}

package api

import (
	"context"
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/quorate/quorate/internal/live"
)

const (
	// streamTimeout is how long one event may take to a client: one that reads nothing is dropped.
	streamTimeout = 10 * time.Second
	// slowBehind and slowWrite are when a client that once was at the head is dropped as slow: that many events behind,
	// and its last events took that long.
	slowBehind = 256
	slowWrite  = time.Second
)

// dropReason says why a client was dropped. It is a label of a metric: the set is closed.
type dropReason string

const (
	dropSlow     dropReason = "slow"
	dropShutdown dropReason = "shutdown"
	dropRecord   dropReason = "record"   // it could not be read
	dropAccess   dropReason = "access"   // the token or session is over
	dropSilent   dropReason = "silent"   // pings were not answered
	dropProtocol dropReason = "protocol" // it broke the rules
)

// transport carries a stream to one client. An error of a method means that nothing can be written any more.
type transport interface {
	// send hands over what came; position is where the client is afterwards.
	send(b live.Batch, position int64) error
	// beat is a sign of life at times without events, or of a position that went on without any.
	beat(position int64) error
	// end says goodbye as well as it can.
	end(reason dropReason, position int64)
}

// carry brings the events of l to the client until one of them ends, and returns why, "" where the client left.
func (s *Server) carry(ctx context.Context, l *live.Follower, out transport, beat <-chan time.Time) dropReason {
	told := l.Position()
	for {
		news := l.Caught()
		b, err := l.Next(ctx, beat)
		if err != nil {
			return s.ended(ctx, err)
		}
		began := time.Now()
		switch {
		case b.Reset != nil || len(b.Events) > 0:
			err = out.send(b, l.Position())
			if n := len(b.Events); n > 0 {
				told = b.Events[n-1].Seq
			} else {
				told = b.Reset.Seq
			}
		default:
			if told < l.Position() {
				told = l.Position()
				err = out.beat(told)
			} else if news {
				err = out.beat(0)
			}
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
			return dropSlow
		case err != nil:
			return s.ended(ctx, nil)
		case l.Caught() && l.Behind() > slowBehind && time.Since(began) > slowWrite:
			return dropSlow
		}
	}
}

// ended says why a stream came to its end, from its context and what the record said.
func (s *Server) ended(ctx context.Context, err error) dropReason {
	switch {
	case ctx.Err() == nil && err != nil:
		s.log.Error("stream ended", "err", err)
		return dropRecord
	case ctx.Err() == nil:
		return ""
	case listenerOf(ctx).closing():
		return dropShutdown
	case !errors.Is(context.Cause(ctx), context.Canceled):
		return dropAccess
	}
	return ""
}

// dropped logs and counts a client that was dropped.
func (s *Server) dropped(r *http.Request, kind string, reason dropReason) {
	if reason == "" {
		return
	}
	s.meter.Dropped(kind, string(reason))
	if reason == dropSlow || reason == dropSilent || reason == dropProtocol {
		s.log.Info("live client dropped", "transport", kind, "reason", string(reason), "address", addressOf(r))
	}
}

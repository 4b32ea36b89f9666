package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// Heard is one message of Watch.
type Heard struct {
	// Observations are valid, and each ref comes once.
	Observations []device.Observation
	Rejected     []device.Rejection
}

// Watch implements the contract. Emit itself reads the agent's answer, so that no goroutine outlives the call.
func (s *server) Watch(stream grpc.BidiStreamingServer[sourcepb.WatchRequest, sourcepb.WatchResponse]) error {
	w, ok := s.src.(Watcher)
	if !ok {
		return s.UnimplementedSourceServer.Watch(stream)
	}
	ctx, done := s.watches.begin(stream.Context())
	defer done()
	if _, err := stream.Recv(); err != nil {
		return err
	}
	var number uint64
	one := make(chan struct{}, 1)
	err := w.Watch(ctx, func(o device.Observation) error {
		select {
		case one <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		defer func() { <-one }()
		number++
		m := &sourcepb.WatchResponse{Number: number}
		if p, err := checkedObservation(&o); err == nil {
			m.Observations = []*sourcepb.Observation{p}
		} else {
			var aside rejections
			aside.add(reject(o, err))
			m.Rejected = toRejected(aside.kept)
		}
		if err := stream.Send(m); err != nil {
			return err
		}
		for stored := uint64(0); stored < number; {
			r, err := stream.Recv()
			if err != nil {
				return err
			}
			stored = r.GetStored()
		}
		return nil
	})
	if err == nil && ctx.Err() != nil {
		// A watch that ends because it was told to has more to say.
		err = context.Cause(ctx)
	}
	if err != nil {
		return toStatus(ctx, err, codes.Unknown)
	}
	return nil
}

// Watch delivers what the plugin hears of, message by message, until ctx ends. The plugin goes on when deliver has
// returned nil. Nil means that there is nothing to watch.
func (c *Client) Watch(ctx context.Context, deliver func(Heard) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.rpc.Watch(ctx)
	if err != nil {
		return fromStatus(ctx, err)
	}
	if err := stream.Send(&sourcepb.WatchRequest{}); err != nil && !errors.Is(err, io.EOF) {
		return fromStatus(ctx, err)
	}
	for last := uint64(0); ; last++ {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fromStatus(ctx, err)
		}
		if m.GetNumber() != last+1 {
			return fmt.Errorf("%w: message %d of the watch follows number %d", ErrRefused, m.GetNumber(), last)
		}
		if err := deliver(heard(m)); err != nil {
			return err
		}
		if err := stream.Send(&sourcepb.WatchRequest{Stored: m.GetNumber()}); err != nil && !errors.Is(err, io.EOF) {
			return fromStatus(ctx, err)
		}
	}
}

// heard reads a message. An observation that cannot be accepted goes to Rejected.
func heard(m *sourcepb.WatchResponse) Heard {
	var (
		h     Heard
		aside rejections
		seen  = map[string]bool{}
	)
	for _, r := range m.GetRejected() {
		aside.add(device.Rejection{Ref: r.GetRef(), Reason: r.GetReason(), Body: r.GetBody()})
	}
	for _, x := range m.GetObservations() {
		o, err := accept(x)
		if err == nil && seen[o.Ref] {
			err = errors.New("ref was already in this message")
		}
		if err != nil {
			aside.add(reject(o, err))
			continue
		}
		seen[o.Ref] = true
		h.Observations = append(h.Observations, o)
	}
	h.Rejected = aside.list()
	return h
}

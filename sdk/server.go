package sdk

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// server is the plugin's end of the wire.
type server struct {
	sourcepb.UnimplementedSourceServer
	src     Source
	calls   *calls
	watches *calls        // apart from the others: they end with the process, and Drain does not wait for them
	turn    chan struct{} // held by Configure, Poll, Check and Follow: the agent's promise, kept even if the agent breaks it
}

func newServer(src Source) *server {
	return &server{src: src, calls: newCalls(), watches: newCalls(), turn: make(chan struct{}, 1)}
}

func (s *server) register(g *grpc.Server) { sourcepb.RegisterSourceServer(g, s) }

// finish cancels what runs and gives it a moment to end.
func (s *server) finish() {
	s.calls.stop()
	s.watches.stop()
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	// What does not end in time ends with the process.
	_ = s.calls.wait(ctx)
	_ = s.watches.wait(ctx)
}

// alone begins a call that runs alone.
func (s *server) alone(ctx context.Context) (context.Context, func(), error) {
	ctx, done := s.calls.begin(ctx)
	select {
	case s.turn <- struct{}{}:
		return ctx, func() { <-s.turn; done() }, nil
	case <-ctx.Done():
		defer done()
		if err := context.Cause(ctx); errors.Is(err, errStopping) {
			return nil, nil, toStatus(ctx, err, codes.Canceled) // there may be no other call at all
		}
		return nil, nil, status.Error(codes.Aborted, "another call is still running")
	}
}

// Describe implements the contract.
func (s *server) Describe(context.Context, *sourcepb.DescribeRequest) (*sourcepb.DescribeResponse, error) {
	return toInfo(describe(s.src)), nil
}

// Configure implements the contract.
func (s *server) Configure(ctx context.Context, r *sourcepb.ConfigureRequest) (*sourcepb.ConfigureResponse, error) {
	ctx, done, err := s.alone(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := s.src.Configure(ctx, r.GetConfigJson()); err != nil {
		return nil, toStatus(ctx, err, codes.InvalidArgument)
	}
	return &sourcepb.ConfigureResponse{}, nil
}

// Poll implements the contract.
func (s *server) Poll(r *sourcepb.PollRequest, stream grpc.ServerStreamingServer[sourcepb.PollResponse]) error {
	ctx, done, err := s.alone(stream.Context())
	if err != nil {
		return err
	}
	defer done()
	b := &batch{send: stream.Send}
	err = s.src.Poll(context.WithValue(ctx, pollNumber{}, r.GetPoll()), b.emit)
	if err == nil && ctx.Err() != nil {
		// A source that stops early because it was told to has not said all.
		err = context.Cause(ctx)
	}
	var rejected []device.Rejection
	if x, ok := s.src.(Rejecter); ok && err == nil {
		rejected = x.Rejected()
	}
	if err := b.end(err, s.clock(), rejected); err != nil {
		return toStatus(ctx, err, codes.Unknown)
	}
	return nil
}

// clock returns what the monitor's clock shows now, 0 where that is unknown.
func (s *server) clock() int64 {
	c, ok := s.src.(Clocked)
	if !ok {
		return 0
	}
	theirs, ours, ok := c.Clock()
	if !ok || theirs.IsZero() || ours.IsZero() {
		return 0
	}
	us, err := toMicros(theirs.Add(time.Since(ours)))
	if err != nil {
		return 0
	}
	return us
}

// Probe implements the contract.
func (s *server) Probe(ctx context.Context, r *sourcepb.ProbeRequest) (*sourcepb.ProbeResponse, error) {
	p, ok := s.src.(Prober)
	if !ok {
		return s.UnimplementedSourceServer.Probe(ctx, r)
	}
	ctx, done := s.calls.begin(ctx)
	defer done()
	o, err := p.Probe(ctx, r.GetRef())
	if err != nil {
		return nil, toStatus(ctx, err, codes.Unknown)
	}
	x, err := checkedObservation(&o)
	if err != nil {
		return nil, toStatus(ctx, err, codes.Unknown)
	}
	return &sourcepb.ProbeResponse{Observation: x}, nil
}

// Receive implements the contract.
func (s *server) Receive(ctx context.Context, r *sourcepb.ReceiveRequest) (*sourcepb.ReceiveResponse, error) {
	x, ok := s.src.(Receiver)
	if !ok {
		return s.UnimplementedSourceServer.Receive(ctx, r)
	}
	ctx, done := s.calls.begin(ctx)
	defer done()
	refs, err := x.Receive(ctx, Push{ContentType: r.GetContentType(), Body: r.GetBody()})
	if err != nil {
		return nil, toStatus(ctx, err, codes.Unknown)
	}
	return &sourcepb.ReceiveResponse{Refs: refs}, nil
}

// Check implements the contract.
func (s *server) Check(ctx context.Context, r *sourcepb.CheckRequest) (*sourcepb.CheckResponse, error) {
	x, ok := s.src.(Checker)
	if !ok {
		return s.UnimplementedSourceServer.Check(ctx, r)
	}
	ctx, done, err := s.alone(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	findings, err := x.Check(ctx)
	if err != nil {
		return nil, toStatus(ctx, err, codes.Unknown)
	}
	resp := &sourcepb.CheckResponse{}
	for _, f := range findings {
		resp.Findings = append(resp.Findings, toFinding(f))
	}
	return resp, nil
}

// Committed implements the contract.
func (s *server) Committed(ctx context.Context, r *sourcepb.CommittedRequest) (*sourcepb.CommittedResponse, error) {
	x, ok := s.src.(Acknowledged)
	if !ok {
		return s.UnimplementedSourceServer.Committed(ctx, r)
	}
	ctx, done := s.calls.begin(ctx)
	defer done()
	x.Committed(ctx, r.GetPoll())
	return &sourcepb.CommittedResponse{}, nil
}

// Drain implements the contract.
func (s *server) Drain(ctx context.Context, _ *sourcepb.DrainRequest) (*sourcepb.DrainResponse, error) {
	if err := s.calls.wait(ctx); err != nil {
		return nil, toStatus(ctx, err, codes.DeadlineExceeded)
	}
	return &sourcepb.DrainResponse{}, nil
}

// No message of an error is longer.
const maxMessage = 2 << 10

// toStatus gives err the form that crosses the wire. Code is that of an ordinary error.
func toStatus(ctx context.Context, err error, code codes.Code) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		code = codes.DeadlineExceeded
	case ctx.Err() != nil:
		code = codes.Canceled
	case IsPermanent(err):
		code = codes.FailedPrecondition
	}
	return status.Error(code, clean(err.Error(), maxMessage))
}

package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// One poll may not hold more than this. Elements are claims, readings, links, addresses and whatever else there is many
// of in an observation; a monitor of 5,000 devices with 20 sensors each has some 120,000.
const (
	MaxPollObservations = 20_000
	MaxPollElements     = 500_000
	MaxPollBytes        = 64 << 20
)

// No push names more devices.
const maxReceivedRefs = 1000

// ErrRefused is the error of a call whose answer breaks a limit or the form of the wire.
var ErrRefused = errors.New("what the plugin sent is refused")

// ErrUnavailable is the error of a call to which the plugin's process gave no answer, because it is not there or not
// well; a plugin may also give it as its own.
var ErrUnavailable = errors.New("the plugin does not answer")

// Client is the agent's end of the wire. Every call honours its context. The methods may be called concurrently,
// within the order that the contract allows.
type Client struct{ rpc sourcepb.SourceClient }

// NewClient returns a Client that speaks over conn.
func NewClient(conn grpc.ClientConnInterface) *Client {
	return &Client{rpc: sourcepb.NewSourceClient(guarded{conn})}
}

// Describe asks what the plugin is. The answer is checked.
func (c *Client) Describe(ctx context.Context) (Info, error) {
	r, err := c.rpc.Describe(ctx, &sourcepb.DescribeRequest{})
	if err != nil {
		return Info{}, fromStatus(ctx, err)
	}
	i, err := fromInfo(r)
	if err != nil {
		return Info{}, err
	}
	return i, i.Check()
}

// Configure hands over the configuration as JSON, for the source of that name. An error that the plugin gives for the
// configuration itself is permanent.
func (c *Client) Configure(ctx context.Context, source string, config []byte) error {
	_, err := c.rpc.Configure(ctx, &sourcepb.ConfigureRequest{ConfigJson: config, Source: source})
	return fromStatus(ctx, err)
}

// Polled is what one poll brought.
type Polled struct {
	// Observations are valid, and each ref comes once.
	Observations []device.Observation
	Rejected     []device.Rejection
	// RejectedCount is how many were rejected: Rejected holds the first of them alone.
	RejectedCount int
	// SourceClock is what the monitor's clock showed when the poll ended; zero where that is unknown.
	SourceClock time.Time
}

// Poll runs poll number n to its end. With an error the poll says nothing of any device. An observation that cannot
// be accepted goes to Rejected.
func (c *Client) Poll(ctx context.Context, n uint64) (Polled, error) {
	// Ends the stream also where we stop reading early.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.rpc.Poll(ctx, &sourcepb.PollRequest{Poll: n})
	if err != nil {
		return Polled{}, fromStatus(ctx, err)
	}
	var (
		p        Polled
		rejected rejections
		size     int
		elements int
		seen     = map[string]bool{}
	)
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			p.Rejected, p.RejectedCount = rejected.list(), len(rejected.kept)+rejected.more
			return p, nil
		}
		if err != nil {
			return Polled{}, fromStatus(ctx, err)
		}
		// An empty message costs something too: a stream of them does not go on for ever.
		if size += proto.Size(m) + messageCost; size > MaxPollBytes {
			return Polled{}, fmt.Errorf("%w: the poll is larger than %d MiB", ErrRefused, MaxPollBytes>>20)
		}
		for _, r := range m.GetRejected() {
			rejected.add(device.Rejection{Ref: r.GetRef(), Reason: r.GetReason(), Body: r.GetBody()})
		}
		rejected.more += int(m.GetRejectedMore())
		for _, x := range m.GetObservations() {
			o, err := accept(x)
			if err == nil && seen[o.Ref] {
				err = errors.New("ref was already in this poll")
			}
			if err != nil {
				rejected.add(reject(o, err))
				continue
			}
			if len(p.Observations) == MaxPollObservations {
				return Polled{}, fmt.Errorf("%w: the poll holds more than %d observations", ErrRefused, MaxPollObservations)
			}
			if elements += o.Elements(); elements > MaxPollElements {
				return Polled{}, fmt.Errorf("%w: the observations of the poll hold more than %d claims, readings and other elements", ErrRefused, MaxPollElements)
			}
			seen[o.Ref] = true
			p.Observations = append(p.Observations, o)
		}
		if us := m.GetSourceClockUs(); us != 0 {
			t, err := fromMicros(us)
			if err != nil {
				rejected.add(device.Rejection{Reason: "source_clock: " + err.Error()})
				continue
			}
			p.SourceClock = t
		}
	}
}

// Probe asks for one device now.
func (c *Client) Probe(ctx context.Context, ref string) (device.Observation, error) {
	r, err := c.rpc.Probe(ctx, &sourcepb.ProbeRequest{Ref: ref})
	if err != nil {
		return device.Observation{}, fromStatus(ctx, err)
	}
	o, err := accept(r.GetObservation())
	if err == nil && o.Ref != ref {
		err = fmt.Errorf("the answer is for ref %.80q", o.Ref)
	}
	return o, err
}

// Receive hands a webhook's body over and returns the refs to poll again.
func (c *Client) Receive(ctx context.Context, p Push) ([]string, error) {
	r, err := c.rpc.Receive(ctx, &sourcepb.ReceiveRequest{ContentType: p.ContentType, Body: p.Body})
	if err != nil {
		return nil, fromStatus(ctx, err)
	}
	if n := len(r.GetRefs()); n > maxReceivedRefs {
		return nil, fmt.Errorf("the push named %d devices, more than %d", n, maxReceivedRefs)
	}
	return r.GetRefs(), nil
}

// Check asks what the source finds at its monitor.
func (c *Client) Check(ctx context.Context) ([]Finding, error) {
	r, err := c.rpc.Check(ctx, &sourcepb.CheckRequest{})
	if err != nil {
		return nil, fromStatus(ctx, err)
	}
	return fromFindings(r.GetFindings())
}

// Committed tells that poll number n is durable.
func (c *Client) Committed(ctx context.Context, n uint64) error {
	_, err := c.rpc.Committed(ctx, &sourcepb.CommittedRequest{Poll: n})
	return fromStatus(ctx, err)
}

// Drain returns when none of the other calls but Watch runs any more in the plugin. A plugin that cannot tell counts as drained.
func (c *Client) Drain(ctx context.Context) error {
	_, err := c.rpc.Drain(ctx, &sourcepb.DrainRequest{})
	if err = fromStatus(ctx, err); errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

func accept(x *sourcepb.Observation) (device.Observation, error) {
	o, err := fromObservation(x)
	if err != nil {
		return o, err
	}
	return o, o.Validate()
}

// fromStatus turns an error off the wire into one of ours. The message is the plugin's and made one clean line.
func fromStatus(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	st := status.Convert(err)
	msg := errors.New(clean(st.Message(), maxMessage))
	if refusedByUs(st) {
		return fmt.Errorf("%w: %w", ErrRefused, msg)
	}
	switch st.Code() {
	case codes.FailedPrecondition, codes.InvalidArgument:
		return Permanent(msg)
	case codes.Unimplemented:
		return fmt.Errorf("%w: %w", errors.ErrUnsupported, msg)
	case codes.Unavailable:
		return fmt.Errorf("%w: %w", ErrUnavailable, msg)
	case codes.DeadlineExceeded, codes.Canceled:
		// The plugin keeps the same deadline and may be a moment ahead of us.
		if at, ok := ctx.Deadline(); ok && time.Until(at) < 100*time.Millisecond {
			<-ctx.Done()
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if st.Code() == codes.Canceled {
			// Not by us: our connection was closed, or the plugin is ending.
			return fmt.Errorf("%w: %w", ErrUnavailable, msg)
		}
	}
	return msg
}
